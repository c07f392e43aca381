"""Reads of people and places."""

import hashlib

from django.db.models import QuerySet

from accounts.models import ApiToken, Branch, Membership, Team, User
from dms.clock import now


def memberships_of(user: User) -> list[Membership]:
    """The active memberships of a person, the oldest first. One query."""
    return memberships_by_id(user.pk)


def memberships_by_id(user_id: int) -> list[Membership]:
    """The same by the person's id; each row brings the person along."""
    mine = Membership.objects.filter(user=user_id, active=True).select_related("branch", "user")
    return list(mine.order_by("created_at", "id"))


def chosen(found: list[Membership], wanted_branch: int | None) -> Membership | None:
    """The membership at the wanted branch, else the first one; None for nobody's member."""
    return next((one for one in found if one.branch_id == wanted_branch), found[0] if found else None)


def people(branch: Branch) -> list[Membership]:
    """Everybody of a branch, those who are switched off last, by name. One query."""
    rows = Membership.objects.filter(branch=branch).select_related("user", "team")
    return list(rows.order_by("-active", "user__name", "id"))


def person_of(membership_id: int, branch: Branch) -> Membership | None:
    """A person of this branch; None for another branch's."""
    return Membership.objects.filter(pk=membership_id, branch=branch).select_related("user", "team").first()


def teams_of(branch: Branch) -> QuerySet[Team]:
    """The teams of a branch, by name."""
    return Team.objects.filter(branch=branch).order_by("name", "id")


def secret_hash(secret: str) -> str:
    """What is kept of a token's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_of(secret: str) -> ApiToken | None:
    """The token that works now: not expired, not revoked, its person active and still of the branch. One query."""
    return (
        ApiToken.objects.filter(
            secret_hash=secret_hash(secret),
            revoked_at__isnull=True,
            expires_at__gt=now(),
            membership__active=True,
            membership__user__is_active=True,
        )
        .select_related("membership__user", "membership__branch")
        .first()
    )


def tokens_of(user: User) -> list[ApiToken]:
    """A person's tokens at all branches, newest first. One query."""
    return list(ApiToken.objects.filter(membership__user=user).select_related("membership__branch").order_by("-id"))
