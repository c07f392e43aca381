"""What a session knows of its sign-in, so that no page asks the database for it: kept under one key of the session.

Times are seconds since the epoch, lengths are minutes.
"""

from typing import Any, TypedDict

from django.http import HttpRequest

from accounts.house import Limits
from accounts.models import SignIn
from accounts.states import Proof
from dms.clock import now

KEY = "seat"
#: A password shown this many minutes ago still lets through to what only its owner may change.
PROVED_MINUTES = 15
#: How often the last sign of life is written, and the rules are read again. Seconds.
EVERY = 60


class Seat(TypedDict):
    """The sign-in of this session."""

    id: int
    until: float
    seen: float
    idle: int
    must: bool
    factor: bool
    proved: float
    desk: int
    lock: int
    pin: int
    pin_at: float
    locked: bool


def stamp() -> float:
    """This instant."""
    return now().timestamp()


def seat_of(request: HttpRequest) -> Seat | None:
    """The seat of this session; None when nobody signed in."""
    found: Seat | None = request.session.get(KEY)
    return found


def sit(request: HttpRequest, row: SignIn, limits: Limits, *, factor: bool) -> None:
    """Take the seat: just signed in."""
    at, by_pin = stamp(), row.proof == Proof.PIN
    request.session[KEY] = Seat(
        id=row.pk, until=row.expires_at.timestamp(), seen=at, idle=limits.idle, must=limits.second_factor,
        factor=factor, proved=0 if by_pin else at, desk=row.desk_id or 0, lock=limits.desk_lock, pin=limits.desk_pin,
        pin_at=at, locked=False,
    )  # fmt: skip


def keep(request: HttpRequest, **changes: Any) -> None:
    """Change what the seat says."""
    seat = seat_of(request)
    if seat is not None:
        request.session[KEY] = {**seat, **changes}


def limit(request: HttpRequest, limits: Limits, **changes: Any) -> None:
    """The rules that hold now."""
    keep(
        request, idle=limits.idle, must=limits.second_factor, lock=limits.desk_lock, pin=limits.desk_pin, **changes
    )  # fmt: skip


def proved_of_late(request: HttpRequest) -> bool:
    """Whether the person showed a password or passkey within the last minutes."""
    seat = seat_of(request)
    return seat is not None and stamp() - seat["proved"] <= PROVED_MINUTES * 60
