"""The menu. An app of the road registers its pages at `ready()`, with the permission that shows each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from accounts.access import MenuEntry
from accounts.policies import Actor

MOST = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can stand in the menu. `count` may show how many wait there.

    Who holds the permission `first_for` finds it first: the day of that role begins there.
    """

    route: str
    label: str | Promise
    key: str
    permission: str
    order: int
    count: Callable[[Actor], int] | None = None
    first_for: str = ""


_pages: list[Page] = []


def register(*pages: Page) -> None:
    """Add pages; registering a route twice keeps the first."""
    known = {page.route for page in _pages}
    _pages.extend(page for page in pages if page.route not in known)
    _pages.sort(key=lambda page: page.order)


def entries(request: HttpRequest, actor: Actor, most: int | None = MOST) -> list[MenuEntry]:
    """What this person sees, at most six, with counts; with `most` None all of it, for the palette."""
    mine = [page for page in _pages if actor.can(page.permission)]
    shown = sorted(mine, key=lambda page: page.first_for not in actor.permissions)[:most]
    match = request.resolver_match
    here = match.view_name if match else ""
    return [
        MenuEntry(
            url=reverse(page.route),
            label=str(page.label),
            key=page.key,
            count=page.count(actor) if page.count else None,
            current=page.route == here,
        )
        for page in shown
    ]
