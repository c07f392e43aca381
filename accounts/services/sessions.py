"""Sign-ins begin and end. A session that ends is deleted, so its cookie is worth nothing with the next request."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Desk, SignIn, User
from accounts.selectors import open_of
from accounts.states import Ended
from dms.clock import now
from dms.fields import locked

#: After this a sign-in that is over is forgotten.
KEPT = timedelta(days=90)


@transaction.atomic
def begin(
    *, user: User, session_key: str, proof: str, browser: str, address: str | None, desk: Desk | None, most: int,
    until: datetime | None = None,
) -> SignIn:  # fmt: skip
    """Write a sign-in down; of more than `most` at once the oldest end. The person's row is locked while counting."""
    list(locked(User.objects.filter(pk=user.pk)))
    at = now()
    SignIn.objects.filter(user=user, expires_at__lt=at - KEPT).delete()
    # The session that is signed in anew belongs to this row from now on.
    _end(SignIn.objects.filter(session_key=session_key, why__isnull=True), Ended.OUT, keep_session=True)
    open_now = list(open_of(user).order_by("began_at", "id").values_list("pk", flat=True))
    crowd = open_now[: max(0, len(open_now) - most + 1)]
    _end(SignIn.objects.filter(pk__in=crowd), Ended.LIMIT)
    return SignIn.objects.create(
        user=user, session_key=session_key, desk=desk, proof=proof, browser=browser[:200], address=address,
        began_at=at, expires_at=until or at + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )  # fmt: skip


def end(*, sign_in_id: int, why: str, keep_session: bool = False) -> None:
    """One sign-in is over."""
    _end(SignIn.objects.filter(pk=sign_in_id), why, keep_session=keep_session)


@transaction.atomic
def end_all(*, user: User, why: str, but: int = 0) -> int:
    """All of a person's sign-ins but one are over, and no PIN revives them at a desk; how many were open."""
    mine = SignIn.objects.filter(user=user).exclude(pk=but)
    over = _end(mine, why)
    mine.filter(why=Ended.SWITCHED).update(why=why)
    return over


def _end(rows: QuerySet[SignIn], why: str, *, keep_session: bool = False) -> int:
    """End those that are still open, and delete their sessions."""
    with transaction.atomic():
        found = list(locked(rows.filter(why__isnull=True)).order_by("pk"))
        SignIn.objects.filter(pk__in=[row.pk for row in found]).update(ended_at=now(), why=why)
        for row in [] if keep_session else found:
            store().SessionStore(row.session_key).delete()
    return len(found)


def moved(*, sign_in_id: int, session_key: str) -> None:
    """The session got another key (after a new password); it is the same sign-in."""
    SignIn.objects.filter(pk=sign_in_id, why__isnull=True).update(session_key=session_key)


def store() -> Any:
    """The session engine of the settings."""
    return import_module(settings.SESSION_ENGINE)
