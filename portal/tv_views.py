"""The board on a television: behind a secret address, without sign-in, and with nothing personal on it."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dms.clients import client_address
from dms.htmx import page, polled
from portal.private import private
from portal.selectors.tv import wall
from records.services.guesses import guessed_wrong, locked_out, sender_of
from workshop.models import Screen
from workshop.selectors.screens import living, screen_behind

WHAT = "screen"


@private
@require_safe
def workshop(request: HttpRequest, link: str) -> HttpResponseBase:
    """For the workshop: minutes until the promise, bays, and what cars wait for."""
    return _shown(request, link, lounge=False)


@private
@require_safe
def lounge(request: HttpRequest, link: str) -> HttpResponseBase:
    """For those who wait: the stage of their car, and when it is ready."""
    return _shown(request, link, lounge=True)


def _shown(request: HttpRequest, link: str, *, lounge: bool) -> HttpResponse:
    # A right address first: a television with an old one asks again and again, and must not lock out its neighbours.
    screen = screen_behind(link)
    if screen is None:
        return _unknown(request)
    if not living(screen):
        told = _("This address has ended. The supervisor of the workshop makes a new one.")
        return page(request, "portal/tv_ended.html", {"told": told}, status=410)
    return _wall(request, screen, lounge=lounge)


def _wall(request: HttpRequest, screen: Screen, *, lounge: bool) -> HttpResponse:
    branch = screen.branch
    with timezone.override(ZoneInfo(branch.zone)):
        context: dict[str, object] = {"wall": wall(branch), "branch": branch, "lounge": lounge}
        return polled(request, "portal/tv.html", context, part="wall")


def _unknown(request: HttpRequest) -> HttpResponse:
    sender = sender_of(client_address(request))
    if locked_out(what=WHAT, sender=sender):
        told = _("Too many wrong addresses. Wait 15 minutes.")
        return page(request, "portal/tv_ended.html", {"told": told}, status=429)
    guessed_wrong(what=WHAT, sender=sender)
    return page(request, "portal/tv_ended.html", {"told": _("There is no such address.")}, status=404)
