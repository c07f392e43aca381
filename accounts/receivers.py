"""Whoever signs in, by whatever door, gets a row and a seat; whoever signs out leaves it."""

from typing import Any

from django.http import HttpRequest

from accounts.devices import desk_of
from accounts.house import limits_of
from accounts.models import User
from accounts.seat import seat_of, sit
from accounts.selectors import chosen, memberships_of
from accounts.services import pins, sessions
from accounts.states import Ended, Proof
from dms.clients import client_address

#: Proofs that hold a second factor.
STRONG = (Proof.CODE, Proof.PASSKEY)


def signed_in(sender: object, request: HttpRequest, user: User, **_more: Any) -> None:
    """After Django's `login`: the session has its new key. The view says by what (`request.proof`)."""
    proof = getattr(request, "proof", Proof.PASSWORD)
    day = getattr(request, "day", None)  # the sign-in of today that a PIN brings back
    place = chosen(memberships_of(user), request.session.get("branch"))
    limits, desk = limits_of(place.branch if place else None), desk_of(request)
    if request.session.session_key is None:
        request.session.create()
    row = sessions.begin(
        user=user, session_key=request.session.session_key or "", proof=proof, desk=desk, most=limits.sessions,
        browser=request.headers.get("User-Agent", ""), address=client_address(request) or None,
        until=day.expires_at if day else None,
    )  # fmt: skip
    sit(request, row, limits, factor=(day.proof if day else proof) in STRONG)
    if proof != Proof.PIN:
        pins.password_shown(user=user)


def signing_out(sender: object, request: HttpRequest, user: User | None, **_more: Any) -> None:
    """Before the session is emptied; `request.ended_why` says why, unless the person just signs out."""
    seat = seat_of(request)
    if user is not None and seat is not None:
        sessions.end(sign_in_id=seat["id"], why=getattr(request, "ended_why", Ended.OUT), keep_session=True)
