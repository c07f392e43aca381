"""The address of the televisions: whether there is one, and whose a secret is."""

from accounts.models import Branch
from accounts.selectors import secret_hash
from dms.clock import now
from workshop.models import Screen


def screen_of(branch: Branch) -> Screen | None:
    """The address that stands now; None without one, and for one that has run out. One query."""
    found = Screen.objects.filter(branch=branch, ended_at__isnull=True, expires_at__gt=now())
    return found.select_related("made_by").first()


def screen_behind(secret: str) -> Screen | None:
    """The address with this secret, also one that has ended. One query."""
    return Screen.objects.filter(secret_hash=secret_hash(secret)).select_related("branch").first()


def living(screen: Screen) -> bool:
    """Whether an address still shows the board."""
    return screen.ended_at is None and screen.expires_at > now()
