"""What a page of the workshop answers after an act: a message and the way back, sometimes with an undo."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from accounts.access import actor_of
from dms.htmx import go, polled
from workshop.selectors.stamp import stamp
from workshop.services import undo


def back(request: HttpRequest, route: str, said: str = "") -> HttpResponse:
    """To a page of the workshop, with a message."""
    if said:
        messages.success(request, said)
    return go(request, reverse(route))


def home(request: HttpRequest, said: str = "") -> HttpResponse:
    """Back to the page of this role: board, own work, or the start."""
    actor = actor_of(request)
    pages = (("workshop.view", "workshop:board"), ("job.work", "workshop:me"), ("parts.issue", "workshop:parts"))
    return back(request, next((route for may, route in pages if actor.can(may)), "portal:home"), said)


def live(
    request: HttpRequest, name: str, context: Callable[[], dict[str, object]], *, part: str, seen: Iterable[object] = ()
) -> HttpResponse:
    """A page that comes by itself when its rows change (`SHOWN[name]`); `seen` is what else it depends on."""
    actor = actor_of(request)
    shown = (stamp(actor.branch, name), actor.person.pk, get_language(), *seen)
    return polled(request, f"workshop/{name}.html", context, part=part, stamp=":".join(str(one) for one in shown))


def undoable(
    request: HttpRequest, said: str, *, order_id: int, permission: str, act: Callable[[], object]
) -> HttpResponse:
    """Do it and say so, beside a button that undoes it for ten seconds."""
    key = undo.keep(actor=actor_of(request), order_id=order_id, permission=permission, act=act)
    messages.success(request, said, extra_tags=reverse("workshop:undo", args=[key]) if key else "")
    return home(request)
