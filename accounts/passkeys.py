"""Passkeys over HTTP: the challenge lives in the session, is answered once, and within minutes."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import User
from accounts.seat import stamp
from accounts.services.factors import credentials_of, handle_of
from dms.errors import Invalid

KEY = "passkey"
#: Seconds within which a challenge is answered.
FRESH = 300
MOST_BYTES = 20_000


def server(request: HttpRequest) -> Fido2Server:
    """The judge of answers for the name under which this page was opened; any other origin is refused."""
    host = request.get_host()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    origin = f"{request.scheme}://{host}"
    return Fido2Server(PublicKeyCredentialRpEntity(id=name, name="DMS-lite"), verify_origin=lambda said: said == origin)


def _kept(request: HttpRequest, options: Any, state: Any, act: str) -> dict[str, Any]:
    request.session[KEY] = {"state": state, "at": stamp(), "act": act}
    return dict(options)


def creation(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to make a passkey that can sign in without a user name."""
    entity = PublicKeyCredentialUserEntity(id=handle_of(user), name=user.username, display_name=user.name)
    options, state = server(request).register_begin(
        entity, credentials_of(user), resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return _kept(request, options, state, "create")


def question(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """What the browser needs to sign in: with one of `user`'s passkeys after the password, else with any."""
    options, state = server(request).authenticate_begin(
        credentials_of(user) if user else None, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _kept(request, options, state, "get")


def answered(request: HttpRequest, act: str) -> tuple[Any, dict[str, Any], str]:
    """The challenge's state, the answer and the name that were posted; the challenge is used up now.

    Raises `Invalid` without a fresh challenge of this kind, and for a body that is no answer.
    """
    kept = request.session.pop(KEY, None)
    if not kept or kept["act"] != act or stamp() - kept["at"] > FRESH:
        raise Invalid(_("This took too long. Try again."))
    try:
        sent = json.loads(request.body[:MOST_BYTES])
        answer, name = sent["answer"], str(sent.get("name", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(_("The passkey was not accepted. Try again.")) from error
    if not isinstance(answer, dict):
        raise Invalid(_("The passkey was not accepted. Try again."))
    return kept["state"], answer, name
