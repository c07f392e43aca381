"""Reads of people and places."""

from django.db.models import QuerySet

from accounts.models import Branch, Membership, Team, User


def memberships_of(user: User) -> list[Membership]:
    """The active memberships of a person, the oldest first. One query."""
    mine = Membership.objects.filter(user=user, active=True).select_related("branch", "user")
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
