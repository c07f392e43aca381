"""Passkeys without a browser: what a right one opens, and everything that is not one."""

import json
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts.models import Factor, SignIn, User
from accounts.roles import Role
from accounts.services import factors
from dms.clock import now

pytestmark = pytest.mark.django_db
ASK, ANSWER = reverse("accounts:passkey_ask"), reverse("accounts:passkey_answer")
NEW, ADD, SECURITY = reverse("accounts:passkey_new"), reverse("accounts:passkey_add"), reverse("accounts:security")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Holder:
    """A passkey in software. `flags` and `origin` are what a false one would change."""

    def __init__(self, handle: bytes) -> None:
        self.private, self.id, self.handle = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32), handle
        self.count, self.flags, self.origin = 0, PRESENT | VERIFIED, "http://testserver"

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int, credential: bytes = b"") -> AuthenticatorData:
        return AuthenticatorData.create(sha256(b"testserver").digest(), flags, self.count, credential)

    def _sent(self, said: bytes, **response: bytes) -> dict[str, Any]:
        answer = {name: websafe_encode(value) for name, value in {"clientDataJSON": said, **response}.items()}
        return {
            "id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key", "response": answer,
            "clientExtensionResults": {},
        }  # fmt: skip

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        key = ES256.from_cryptography_key(self.private.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, key)
        attested = AttestationObject.create("none", self._data(self.flags | ATTESTED, credential), {})
        said = self._said("webauthn.create", options["publicKey"]["challenge"])
        return self._sent(said, attestationObject=bytes(attested))

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        said, data = self._said("webauthn.get", options["publicKey"]["challenge"]), self._data(self.flags)
        signature = self.private.sign(bytes(data) + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._sent(said, authenticatorData=bytes(data), signature=signature, userHandle=self.handle)


def post(client: Client, url: str, body: dict[str, Any]) -> Any:
    return client.post(url, body, "application/json")


def asked(client: Client) -> dict[str, Any]:
    return client.post(ASK).json()


def inside(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


@pytest.fixture
def holder(login: Any) -> Any:
    """`holder(role)`: a passkey that its person has made; `holder.user` tells whose."""

    def make(role: str = Role.GATE) -> Holder:
        client = login(role)
        options = client.post(NEW).json()
        made = Holder(websafe_decode(options["publicKey"]["user"]["id"]))
        answer = post(client, ADD, {"answer": made.made(options), "name": "key"})
        assert (answer.status_code, len(answer.json()["codes"])) == (200, 10)
        made.user = client.membership.user
        return made

    return make


def test_a_passkey_alone_opens(holder: Any, client: Client) -> None:
    key = holder()
    answer = post(client, f"{ANSWER}?next=/delivery/gate/", {"answer": key.answer(asked(client))})
    assert (answer.status_code, answer.json()) == (200, {"next": "/delivery/gate/"})
    assert inside(client)
    assert SignIn.objects.latest("id").proof == "passkey"
    assert User.objects.get(pk=key.user.pk).name not in str(key.handle)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_nobody_is_led_away(holder: Any, client: Client, target: str) -> None:
    answer = post(client, f"{ANSWER}?next={target}", {"answer": holder().answer(asked(client))})
    assert answer.json() == {"next": reverse("portal:home")}


def test_an_answer_opens_once(holder: Any) -> None:
    key, first, second = holder(), Client(), Client()
    answer = key.answer(asked(first))
    assert post(first, ANSWER, {"answer": answer}).status_code == 200
    first.post(reverse("accounts:logout"))
    assert post(first, ANSWER, {"answer": answer}).status_code == 422
    asked(second)
    assert post(second, ANSWER, {"answer": answer}).status_code == 422
    assert not inside(first)
    assert not inside(second)


def test_a_challenge_does_not_last(holder: Any, client: Client) -> None:
    answer = holder().answer(asked(client))
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        assert post(client, ANSWER, {"answer": answer}).status_code == 422


def tampered(key: Holder, how: str, options: dict[str, Any]) -> dict[str, Any]:
    """An answer with one thing wrong."""
    if how == "origin":
        key.origin = "https://testserver.evil.example"
    if how == "not verified":
        key.flags = PRESENT
    if how == "nobody there":
        key.flags = VERIFIED
    answer = key.answer(options)
    if how == "signature":
        answer["response"]["signature"] = websafe_encode(b"0" * 70)
    if how == "handle":
        answer["response"]["userHandle"] = websafe_encode(b"x" * 32)
    if how == "unknown":
        answer["id"] = answer["rawId"] = websafe_encode(b"y" * 32)
    return answer


@pytest.mark.parametrize("how", ["origin", "not verified", "nobody there", "signature", "handle", "unknown"])
def test_what_is_no_answer(holder: Any, client: Client, how: str) -> None:
    answer = tampered(holder(), how, asked(client))
    assert post(client, ANSWER, {"answer": answer}).status_code == 422
    assert not inside(client)


@pytest.mark.parametrize("body", [{}, {"answer": None}, {"answer": {}}, {"answer": {"rawId": "!", "id": "!"}}, []])
def test_a_body_that_is_none(client: Client, body: Any) -> None:
    asked(client)
    assert post(client, ANSWER, body).status_code == 422


def test_a_copied_passkey_is_refused(holder: Any) -> None:
    key = holder()
    for count, status in ((0, 200), (4, 200), (2, 422), (4, 422), (5, 200)):
        client = Client()
        key.count = count
        assert post(client, ANSWER, {"answer": key.answer(asked(client))}).status_code == status, count


def test_somebody_who_was_switched_off_stays_out(holder: Any, client: Client) -> None:
    key = holder()
    answer = key.answer(asked(client))
    User.objects.filter(pk=key.user.pk).update(is_active=False)
    assert post(client, ANSWER, {"answer": answer}).status_code == 422
    assert not inside(client)


def test_after_the_password_only_ones_own_passkey_counts(holder: Any, client: Client, knock: Any) -> None:
    mine, other = holder(), holder(Role.CRM)
    assert knock(client, mine.user)["Location"] == reverse("accounts:code")
    assert post(client, ANSWER, {"answer": other.answer(asked(client))}).status_code == 422
    assert not inside(client)
    assert post(client, ANSWER, {"answer": mine.answer(asked(client))}).status_code == 200
    assert inside(client)


def test_a_passkey_belongs_to_one_person(holder: Any, login: Any) -> None:
    key, other = holder(), login(Role.CRM)
    options = other.post(NEW).json()
    assert post(other, ADD, {"answer": key.made(options)}).status_code == 422
    assert Factor.objects.filter(kind="passkey").count() == 1


@pytest.mark.parametrize("how", ["origin", "flags", "challenge"])
def test_what_makes_no_passkey(login: Any, how: str) -> None:
    client = login(Role.GATE)
    options = client.post(NEW).json()
    key = Holder(factors.handle_of(client.membership.user))
    if how == "origin":
        key.origin = "http://evil.example"
    elif how == "flags":
        key.flags = PRESENT
    else:
        options["publicKey"]["challenge"] = websafe_encode(b"z" * 32)
    assert post(client, ADD, {"answer": key.made(options)}).status_code == 422
    assert not Factor.objects.exists()


def test_passkeys_cannot_be_guessed(client: Client) -> None:
    answers = [post(client, ANSWER, {}).status_code for _ in range(factors_free() + 1)]
    assert answers == [422] * factors_free() + [429]


def factors_free() -> int:
    from accounts.services.tries import FREE

    return FREE * 2
