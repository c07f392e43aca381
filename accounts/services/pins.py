"""The short PIN by which somebody comes back to a shared desk where they signed in today."""

import re
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Desk, SignIn, User
from accounts.selectors import of_today
from dms.errors import Invalid, Refused
from dms.fields import locked

#: Wrong PINs in a row; then the password is asked for.
MOST_WRONG = 5
_PIN = re.compile(r"[0-9]{4,8}")


def _plain(pin: str) -> bool:
    """Whether it is among the first that anybody tries: one digit again and again, or digits in a row."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


@transaction.atomic
def set_pin(*, user: User, pin: str) -> User:
    """Set one's own PIN; '' takes it away. Raises `Invalid` for one that is not 4 to 8 digits or too plain."""
    if pin and (not _PIN.fullmatch(pin) or _plain(pin)):
        raise Invalid(_("A PIN has 4 to 8 digits, not all alike and not in a row."), "pin")
    row = locked(User.objects.all()).get(pk=user.pk)
    row.pin_hash, row.pin_failures = make_password(pin) if pin else "", 0
    row.save(update_fields=["pin_hash", "pin_failures"])
    return row


def check_pin(*, user_id: int, desk: Desk, pin: str) -> SignIn:
    """The sign-in of today that the PIN brings back. The wrong ones are counted with the person's row locked.

    Raises `Refused` (code "password") where only the password helps: nobody signed in with it here today, no PIN was
    set, or too many were wrong; and `Invalid` for a wrong PIN.
    """
    day = of_today(desk).filter(user=user_id).first()
    if day is None:
        raise Refused(
            _("Sign in with your password first; after that the PIN works here until the day is over."), "password"
        )
    prove_pin(user_id=user_id, pin=pin)
    return day


def prove_pin(*, user_id: int, pin: str) -> None:
    """Somebody shows by their PIN that it is them, at whatever device: the wrong ones are counted as at the desk.

    To be called before the act it proves, in no transaction that the refusal would roll back. Raises as `check_pin`.
    """
    right, left = _judged(user_id, pin)
    if right:
        return
    if left <= 0:
        raise Refused(_("Too many wrong PINs, or none is set. Sign in with your password."), "password")
    raise Invalid(_("This PIN is wrong."), "pin")


@transaction.atomic
def _judged(user_id: int, pin: str) -> tuple[bool, int]:
    """Whether it is right, and how many tries are left."""
    user = locked(User.objects.all()).get(pk=user_id)
    if not user.pin_hash or user.pin_failures >= MOST_WRONG:
        return False, 0
    right = bool(_PIN.fullmatch(pin)) and check_password(pin, user.pin_hash)
    user.pin_failures = 0 if right else user.pin_failures + 1
    user.save(update_fields=["pin_failures"])
    return right, MOST_WRONG - user.pin_failures


def password_shown(*, user: User) -> None:
    """The person signed in with the password: the PIN may be tried again."""
    if user.pin_failures:
        User.objects.filter(pk=user.pk).update(pin_failures=0)
