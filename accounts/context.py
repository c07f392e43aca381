"""What the shell of every page needs."""

from typing import Any

from django.http import HttpRequest


def workplace(request: HttpRequest) -> dict[str, Any]:
    """The workplace with its menu; later apps register the entries (`accounts.menu`)."""
    from accounts.menu import entries

    place = getattr(request, "workplace", None)
    if place is not None and not place.menu:
        place.menu = entries(request, place.actor)
    return {"workplace": place}
