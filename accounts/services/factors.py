"""What proves a person beside the password: authenticator app, passkeys, recovery codes.

pyotp makes and compares codes, fido2 judges passkeys; here stands what the house keeps of them. Every check locks the
factor, so that of two requests with one code the second is refused (RFC 6238 5.2: a code is used once).
"""

import secrets
import struct
from typing import Any

import pyotp
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

from accounts.models import Factor, User
from accounts.sealing import opened, sealed
from accounts.selectors import has_factor
from accounts.states import FactorKind
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked

STEP = 30
#: Steps before and after this one whose code is taken: clocks differ.
DRIFT = 1
CODES, CODE_LENGTH = 10, 10
#: Without what is mistaken for something else: no I, L, O, U, 0, 1.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_PASSKEYS = 10


def new_secret() -> str:
    """A key for an authenticator app, base32, 160 bits."""
    return pyotp.random_base32()


def address_of(user: User, secret: str) -> str:
    """The otpauth address that the app reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=user.username, issuer_name="DMS-lite")


def _step_of(secret: str, code: str) -> int:
    """The time step whose code this is, of those that are taken now; 0 for none."""
    typed = "".join(code.split())
    current = int(now().timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    steps = [current + drift for drift in range(-DRIFT, DRIFT + 1)]
    found = [step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), typed.encode())]
    return found[-1] if found else 0


@transaction.atomic
def add_totp(*, user: User, secret: str, code: str) -> list[str]:
    """Keep the app that showed this code; the recovery codes when this is the first factor, else none.

    Raises `Invalid` for a wrong code, `Refused` when there is an app already: it is removed first.
    """
    person = locked(User.objects.all()).get(pk=user.pk)
    step = _step_of(secret, code)
    if not step:
        raise Invalid(_("This code is not right. Check the time of your phone, and take the newest code."), "code")
    if Factor.objects.filter(user=person, kind=FactorKind.TOTP).exists():
        raise Refused(_("You have an authenticator app already. Remove it first."))
    first = not has_factor(person)
    Factor.objects.create(user=person, kind=FactorKind.TOTP, name="totp", secret=sealed(secret), counter=step)
    return renew_codes(user=person) if first else []


@transaction.atomic
def renew_codes(*, user: User) -> list[str]:
    """Ten new recovery codes, shown once; the old ones are worth nothing."""
    person = locked(User.objects.all()).get(pk=user.pk)
    fresh = ["".join(secrets.choice(_LETTERS) for _place in range(CODE_LENGTH)) for _code in range(CODES)]
    Factor.objects.update_or_create(
        user=person, kind=FactorKind.RECOVERY,
        defaults={"name": "recovery", "codes": [_hidden(person, code) for code in fresh], "used_at": None},
    )  # fmt: skip
    return [f"{code[:5]}-{code[5:]}" for code in fresh]


def _hidden(user: User, code: str) -> str:
    """What is kept of a recovery code: 49 random bits, keyed with the machine's secret."""
    return salted_hmac(f"recovery {user.pk}", code, algorithm="sha256").hexdigest()


@transaction.atomic
def check_code(*, user: User, code: str) -> bool:
    """Whether this is a code of the person's app that was not used yet, or a recovery code, which is used up now."""
    typed = "".join(code.upper().split()).replace("-", "")
    for row in locked(Factor.objects.filter(user=user).exclude(kind=FactorKind.PASSKEY)).order_by("pk"):
        if row.kind == FactorKind.RECOVERY and (kept := _hidden(user, typed)) in row.codes:
            row.codes = [one for one in row.codes if one != kept]
            return _used(row)
        if row.kind == FactorKind.TOTP:
            step = _step_of(opened(row.secret) or new_secret(), typed)
            if step > row.counter:
                row.counter = step
                return _used(row)
    return False


def _used(row: Factor) -> bool:
    row.used_at = now()
    row.save(update_fields=["codes", "counter", "used_at"])
    return True


@transaction.atomic
def remove(*, user: User, factor_id: int) -> None:
    """Take one's own factor away; the recovery codes go with the last one. Raises Factor.DoesNotExist."""
    person = locked(User.objects.all()).get(pk=user.pk)
    Factor.objects.filter(user=person).exclude(kind=FactorKind.RECOVERY).get(pk=factor_id).delete()
    if not has_factor(person):
        Factor.objects.filter(user=person).delete()


# --- Passkeys --------------------------------------------------------------------------------------------------------


def handle_of(user: User) -> bytes:
    """What a passkey knows its person by: no name, no number that means anything elsewhere."""
    return salted_hmac("passkey", str(user.pk), algorithm="sha256").digest()


def credentials_of(user: User) -> list[AttestedCredentialData]:
    """The public halves of a person's passkeys."""
    rows = Factor.objects.filter(user=user, kind=FactorKind.PASSKEY).order_by("pk")
    return [AttestedCredentialData(websafe_decode(row.secret)) for row in rows]


@transaction.atomic
def add_passkey(*, user: User, name: str, server: Fido2Server, state: Any, answer: dict[str, Any]) -> list[str]:
    """Keep a passkey; the recovery codes when this is the first factor, else none.

    Raises `Invalid` for an answer that is not to this challenge, and for a passkey that is known already.
    """
    person = locked(User.objects.all()).get(pk=user.pk)
    try:
        data = server.register_complete(state, answer)
        key = AttestedCredentialData(data.credential_data or b"")
    except (ValueError, KeyError, TypeError, AssertionError, struct.error) as error:
        raise Invalid(_("The passkey was not accepted. Try again.")) from error
    if Factor.objects.filter(user=person, kind=FactorKind.PASSKEY).count() >= MOST_PASSKEYS:
        raise Refused(_("You have ten passkeys. Remove one first."))
    first = not has_factor(person)
    called = name.strip()[:60] if name.isprintable() else ""
    try:
        with transaction.atomic():
            Factor.objects.create(
                user=person, kind=FactorKind.PASSKEY, name=called or _("Passkey"), secret=websafe_encode(key),
                credential=websafe_encode(key.credential_id), counter=data.counter,
            )  # fmt: skip
    except IntegrityError as error:
        raise Invalid(_("This passkey is known already.")) from error
    return renew_codes(user=person) if first else []


@transaction.atomic
def check_passkey(*, server: Fido2Server, state: Any, answer: dict[str, Any], expected: int = 0) -> User | None:
    """Whose passkey answered this challenge; None for nobody's, a copied one, or one of somebody else than `expected`.

    A key that counts must have counted on since its last use, or it was copied (W3C WebAuthn 7.2, step 22).
    """
    try:
        given = AuthenticationResponse.from_dict(answer)
        rows = Factor.objects.filter(kind=FactorKind.PASSKEY, credential=websafe_encode(given.raw_id))
        row = locked(rows).select_related("user").first()
        if row is None or (expected and row.user_id != expected) or not row.user.is_active:
            return None
        server.authenticate_complete(state, [AttestedCredentialData(websafe_decode(row.secret))], answer)
    except (ValueError, KeyError, TypeError, AssertionError, struct.error):
        return None
    handle, count = given.response.user_handle, given.response.authenticator_data.counter
    if (handle is not None and handle != handle_of(row.user)) or ((count or row.counter) and count <= row.counter):
        return None
    row.counter = count
    _used(row)
    return row.user
