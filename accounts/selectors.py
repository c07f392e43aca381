"""Reads of people and places."""

import hashlib

from django.db.models import Q, QuerySet

from accounts.models import ApiToken, Branch, Desk, Factor, Membership, SignIn, Team, User
from accounts.roles import DUTIES, Role
from accounts.states import Ended, FactorKind, Proof
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


def with_pin(branch: Branch, permission: str) -> QuerySet[User]:
    """Who holds a permission here and has a PIN to prove it with, by name."""
    roles = [str(role) for role, duty in DUTIES.items() if permission in duty.permissions]
    here = Membership.objects.filter(branch=branch, active=True, roles__overlap=roles)
    return User.objects.filter(is_active=True, pk__in=here.values("user")).exclude(pin_hash="").order_by("name", "id")


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


def open_of(user: User) -> QuerySet[SignIn]:
    """Where somebody is signed in."""
    return SignIn.objects.filter(user=user, why__isnull=True, expires_at__gt=now())


def of_today(desk: Desk) -> QuerySet[SignIn]:
    """Who may come back to this desk with a PIN: signed in here with a password, the day not over, not signed out."""
    mine = Q(why__isnull=True) | Q(why=Ended.SWITCHED)
    people = SignIn.objects.filter(mine, desk=desk, expires_at__gt=now()).exclude(proof=Proof.PIN)
    works = Membership.objects.filter(branch=desk.branch_id, active=True)
    people = people.filter(user__is_active=True, user__in=works.values("user"))
    return people.select_related("user").order_by("user__name", "user_id", "-began_at")


def desks_of(branch: Branch) -> list[Desk]:
    """The shared desks of a branch, those in use first. One query."""
    rows = Desk.objects.filter(branch=branch).select_related("marked_by", "retired_by")
    return list(rows.order_by("retired_at", "name", "id"))


def factors_of(user: User) -> list[Factor]:
    """What proves a person beside the password, the recovery codes last. One query."""
    return sorted(Factor.objects.filter(user=user), key=lambda row: (row.kind == FactorKind.RECOVERY, row.pk))


def has_factor(user: User) -> bool:
    """Whether the password alone does not let this person in. Recovery codes alone are no factor. One query."""
    return Factor.objects.filter(user=user).exclude(kind=FactorKind.RECOVERY).exists()


def may_join(admin: User, branch: Branch) -> QuerySet[User]:
    """People of other branches where `admin` is administrator too, who do not work at `branch` yet."""
    mine = Membership.objects.filter(user=admin, active=True, roles__contains=[Role.ADMIN])
    there = Membership.objects.filter(active=True, branch__in=mine.values("branch")).exclude(branch=branch)
    here = Membership.objects.filter(branch=branch)
    people = User.objects.filter(is_active=True, pk__in=there.values("user")).exclude(pk__in=here.values("user"))
    return people.order_by("name", "id")
