"""Cookies that a browser keeps for long: that somebody signed in with it before, and that it is a shared desk."""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import Desk, User

KNOWN_COOKIE, DESK_COOKIE = "dms_known", "dms_desk"
KNOWN_DAYS, DESK_DAYS = 180, 365
#: A browser remembers so many people; at a shared desk the one who came first is forgotten first.
MOST_PEOPLE = 12


def _read(request: HttpRequest, name: str, days: int) -> dict[str, Any]:
    try:
        said = signing.loads(request.COOKIES.get(name, ""), salt=name, max_age=days * 86_400)
    except signing.BadSignature:
        return {}
    return said if isinstance(said, dict) else {}


def _write(response: HttpResponse, name: str, said: dict[str, Any], days: int) -> None:
    response.set_cookie(
        name, signing.dumps(said, salt=name), max_age=days * 86_400, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def known_device(request: HttpRequest, user: User | None) -> str:
    """The id of this browser when this person signed in with it before, else ''. A forged cookie says nothing."""
    said = _read(request, KNOWN_COOKIE, KNOWN_DAYS)
    return str(said["id"]) if user is not None and user.pk in said.get("people", []) else ""


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """This person signed in with this browser."""
    said = _read(request, KNOWN_COOKIE, KNOWN_DAYS) or {"id": secrets.token_urlsafe(12), "people": []}
    said["people"] = [*(one for one in said["people"] if one != user.pk), user.pk][-MOST_PEOPLE:]
    _write(response, KNOWN_COOKIE, said, KNOWN_DAYS)


def desk_of(request: HttpRequest) -> Desk | None:
    """The shared desk that this browser is; None for any other. One query, for a desk's cookie only."""
    key = _read(request, DESK_COOKIE, DESK_DAYS).get("key")
    if not key:
        return None
    return Desk.objects.filter(key=key, retired_at__isnull=True).select_related("branch").first()


def make_desk(response: HttpResponse, desk: Desk) -> None:
    """Let this browser be the desk."""
    _write(response, DESK_COOKIE, {"key": desk.key}, DESK_DAYS)


def leave_desk(response: HttpResponse) -> None:
    """Let this browser be a person's own again."""
    response.delete_cookie(DESK_COOKIE, samesite="Lax")
