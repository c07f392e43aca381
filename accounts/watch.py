"""Middleware: what a sign-in may still do, judged with each request and without a query.

It ends what is too old or was idle, holds a locked desk at its lock, leads whoever must have a second factor to where
one is set up, and tells a browser why its sign-in ended. Pages that tell no permission are for everybody: left alone.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import seat as seats
from accounts.devices import desk_of
from accounts.house import limits_of
from accounts.models import SignIn, User
from accounts.services.pins import check_pin
from accounts.states import Ended
from dms.errors import Refused, Unproved
from dms.htmx import go
from dms.problems import API, MEDIA_TYPE, body_of

#: Tells the sign-in page what happened; a made-up one changes nothing but that sentence.
WHY_COOKIE = "dms_why"
#: The page locks the desk itself; the server a little later, so that what is being typed stays on the screen. Seconds.
GRACE = 45
#: Set by scripts that ask again and again: a board that refreshes itself is nobody at work.
POLL_HEADER = "X-Poll"
#: Field by which a page at a shared desk proves who is there.
PIN_FIELD = "desk_pin"
#: Open while a factor must be set up.
SETUP = frozenset({
    "accounts:security", "accounts:totp", "accounts:passkey_new", "accounts:passkey_add", "accounts:confirm",
    "accounts:branch", "accounts:lock", "accounts:own_password",
})  # fmt: skip
#: Open at a locked desk.
LOCKED = frozenset({"accounts:lock"})


def _guarded(view: Any) -> bool:
    """Whether the view asks who is there."""
    target = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    return hasattr(target, "permission")


class Watch:
    """The middleware itself; stands inside of `Workplace`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        why = getattr(request, "ended_why", None)
        if why:
            response.set_cookie(WHY_COOKIE, why, max_age=300, httponly=True, samesite="Lax")
        return response

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        by_token = request.path.startswith(API) and "Authorization" in request.headers
        if not _guarded(view) or by_token:
            return None
        if not isinstance(request.user, User):
            _tell_why(request)
            return None
        seat = seats.seat_of(request)
        why = _over(seat)
        if seat is None or why:
            return _ended(request, why)
        route = request.resolver_match.view_name if request.resolver_match else ""
        if seat["desk"] and _locks(request, seat) and route not in LOCKED:
            return _held(request)
        if seat["must"] and not seat["factor"] and route not in SETUP:
            return _led(request)
        _note_life(request, seat)
        return _ask_pin(request, seat) if seat["desk"] else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """An act of money at a shared desk that nobody proved: ask for the PIN and send the same again."""
        return pin_page(request, "") if isinstance(exception, Unproved) else None


def _over(seat: seats.Seat | None) -> str:
    """Why the sign-in may not go on; '' when it may."""
    if seat is None:
        return Ended.OUT
    at = seats.stamp()
    if at >= seat["until"]:
        return Ended.AGE
    return Ended.IDLE if at - seat["seen"] > seat["idle"] * 60 else ""


def _ended(request: HttpRequest, why: str) -> HttpResponse:
    request.ended_why = why  # type: ignore[attr-defined]  # read at the way out, and by the receiver of the sign-out
    logout(request)
    if request.path.startswith(API):
        return _problem(HTTPStatus.UNAUTHORIZED, _("Please sign in again"))
    return redirect_to_login(request.get_full_path())


def _problem(status: HTTPStatus, detail: str) -> HttpResponse:
    return JsonResponse(body_of(status, status.phrase, detail), status=status, content_type=MEDIA_TYPE)


def _tell_why(request: HttpRequest) -> None:
    """What ended the sign-in that this browser's cookie names. One query, and only for a cookie without a session."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key or request.session.get("half"):
        return
    row = SignIn.objects.filter(session_key=key, why__isnull=False).order_by("-id").first()
    if row is not None and row.why != Ended.OUT:
        request.ended_why = row.why  # type: ignore[attr-defined]


def _locks(request: HttpRequest, seat: seats.Seat) -> bool:
    """Whether the desk is locked, by hand or because nobody was there."""
    if not seat["locked"] and seats.stamp() - seat["seen"] > seat["lock"] * 60 + GRACE:
        seats.keep(request, locked=True)
        return True
    return seat["locked"]


def _held(request: HttpRequest) -> HttpResponse:
    told = _("This desk is locked. Enter your PIN to go on.")
    if request.path.startswith(API):
        return _problem(HTTPStatus.FORBIDDEN, told)
    if getattr(request, "htmx", None) or request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(told, status=HTTPStatus.UNAUTHORIZED, content_type="text/plain; charset=utf-8")
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return go(request, f"{reverse('accounts:unlock')}?{urlencode({'next': back})}")


def _led(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return _problem(HTTPStatus.FORBIDDEN, _("This branch asks for a second factor. Set one up first."))
    return go(request, reverse("accounts:security"))


def _note_life(request: HttpRequest, seat: seats.Seat) -> None:
    """Once a minute: somebody is there, and the rules that hold now."""
    at = seats.stamp()
    place = getattr(request, "workplace", None)
    if at - seat["seen"] >= seats.EVERY and POLL_HEADER not in request.headers and place is not None:
        seats.limit(request, limits_of(place.branch), seen=at)


def _ask_pin(request: HttpRequest, seat: seats.Seat) -> HttpResponse | None:
    """At a shared desk: whether the person proved lately that it is them, and the PIN that came with this request."""
    place = getattr(request, "workplace", None)
    if place is None:
        return None
    place.desk_lock = seat["lock"] * 60
    place.proved = seats.stamp() - seat["pin_at"] <= seat["pin"] * 60
    if request.method != "POST" or PIN_FIELD not in request.POST:
        return None
    desk = desk_of(request)
    if desk is None or desk.pk != seat["desk"]:
        return pin_page(request, _("This browser is no shared desk any more. Sign in anew."))
    try:
        check_pin(user_id=place.membership.user_id, desk=desk, pin=request.POST[PIN_FIELD])
    except Refused as refused:
        return pin_page(request, refused.sentence)
    seats.keep(request, pin_at=seats.stamp())
    place.proved = True
    return None


def pin_page(request: HttpRequest, error: str) -> HttpResponse:
    """The act once more, with everything that was typed, and a field for the PIN."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (PIN_FIELD, "csrfmiddlewaretoken")
        for value in values
    ]
    context = {"typed": typed, "error": error, "field": PIN_FIELD}
    response = render(request, "accounts/prove.html", context, status=HTTPStatus.FORBIDDEN)
    response["X-Refusal"] = Unproved.code
    if getattr(request, "htmx", None):
        # Instead of the page's content; a 403 would be shown as "not saved" and nothing else.
        response.status_code = HTTPStatus.OK
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML"
    return response
