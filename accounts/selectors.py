"""Reads of people and places."""

from accounts.models import Membership, User


def membership_for(user: User, wanted_branch: int | None) -> Membership | None:
    """The active membership at the wanted branch, else the oldest one; None for nobody's member. One query."""
    found = list(
        Membership.objects.filter(user=user, active=True).select_related("branch", "user").order_by("created_at", "id")
    )
    return next((m for m in found if m.branch_id == wanted_branch), found[0] if found else None)
