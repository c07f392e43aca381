"""Writes of customers and of their consents."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.policies import Actor, check_may
from customers.identifiers import normalise_phone, pinyin_of, region_of
from customers.models import Consent, Customer
from customers.selectors import consents_now
from customers.services.consent import take_back
from customers.services.versions import apply, check_version
from customers.states import Channel, CustomerKind, Purpose
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid
from dms.fields import locked

LABELS: dict[str, str | Promise] = {
    "kind": gettext_lazy("Kind"),
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "wecom_id": gettext_lazy("WeCom customer id"),
    "born_on": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "note": gettext_lazy("Note"),
}


def _cleaned(actor: Actor, values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are stored. Raises `Invalid` for an empty name or a phone number that is none."""
    cleaned = dict(values)
    if "name" in cleaned:
        cleaned["name"] = unicodedata.normalize("NFKC", cleaned["name"]).strip()
        if not cleaned["name"]:
            raise Invalid(_("Give the customer's name."))
    if "phone" in cleaned:
        cleaned["phone"] = normalise_phone(cleaned["phone"], region_of(actor.branch.currency))
    return cleaned


def _derived(name: str, phone: str, kind: str) -> dict[str, str]:
    full, initials = pinyin_of(name, company=kind == CustomerKind.COMPANY)
    return {"pinyin": full[:400], "pinyin_initials": initials[:120], "phone_tail": phone[-4:]}


@one_act
def register_customer(
    *,
    actor: Actor,
    name: str,
    phone: str = "",
    kind: str = CustomerKind.PERSON,
    email: str = "",
    language: str = "zh-hans",
    note: str = "",
) -> Customer:
    """A new customer of the actor's branch, or the known one of the same name and phone number.

    Raises `Forbidden` without `customer.edit`, `Invalid` for a bad name or phone.
    """
    check_may(actor, "customer.edit")
    values = _cleaned(
        actor, {"name": name, "phone": phone, "kind": kind, "email": email, "language": language, "note": note}
    )
    if values["phone"]:
        known = Customer.objects.filter(branch=actor.branch, name=values["name"], phone=values["phone"]).first()
        while known is not None and known.merged_into is not None:
            known = known.merged_into
        if known is not None:
            return known
    return Customer.objects.create(
        branch=actor.branch, **values, **_derived(values["name"], values["phone"], values["kind"])
    )


@one_act
def change_customer(*, actor: Actor, customer: Customer, version: int, **values: Any) -> Customer:
    """Change what is given of kind, name, phone, email, wecom_id, born_on, language, note.

    Raises `Forbidden`, `Invalid`, or `Stale` when somebody saved since `version`.
    """
    check_may(actor, "customer.edit")
    row = locked(Customer.objects.filter(branch=actor.branch)).get(pk=customer.pk)
    cleaned = _cleaned(actor, {name: value for name, value in values.items() if name in LABELS})
    check_version(row, version, cleaned, LABELS)
    merged = {name: cleaned.get(name, getattr(row, name)) for name in ("name", "phone", "kind")}
    apply(row, {**cleaned, **_derived(**merged)})
    return row


@one_act
def set_consent(
    *, actor: Actor, customer: Customer, channel: str, purpose: str, granted: bool, wording: str, source: str
) -> Consent:
    """Write a line into the ledger; the same answer again writes another line, since each has its own proof.

    What is planned and rests on a consent that is withdrawn is taken back.
    Raises `Forbidden`, or `Invalid` for an unknown channel or purpose, or a consent without its wording.
    """
    check_may(actor, "customer.edit")
    if customer.branch_id != actor.branch.pk or channel not in Channel.values or purpose not in Purpose.values:
        raise Invalid(_("There is no such channel or purpose here."))
    if granted and not wording.strip():
        raise Invalid(_("A consent needs the wording that the customer agreed to."))
    locked(Customer.objects.all()).get(pk=customer.pk)
    line = Consent.objects.create(
        customer=customer,
        channel=channel,
        purpose=purpose,
        granted=granted,
        wording=wording.strip(),
        source=source.strip(),
        at=now(),
        by=actor.user,
    )
    if not granted:
        take_back(customer)
    return line


#: The words that are read out or stand beside the button; the ledger keeps them as proof.
WORDING: dict[str, str | Promise] = {
    Purpose.SERVICE: gettext_lazy("You may remind me when a service of my car is due."),
    Purpose.CARE: gettext_lazy("You may ask me after a visit whether all is well."),
    Purpose.MARKETING: gettext_lazy("You may send me offers. I can take this back at any time."),
}


@one_act
def agree(*, actor: Actor, customer: Customer, purposes: Iterable[str], source: str) -> int:
    """The customer agrees to be reached for these purposes, in each way that is known of them; how many are new.

    A phone number is called, and written to by text and WeChat. Raises as `set_consent`.
    """
    ways = [Channel.SMS, Channel.PHONE, Channel.WECHAT] if customer.phone else []
    ways += [Channel.EMAIL] if customer.email else []
    known = {(row.channel, row.purpose) for row in consents_now(customer) if row.granted}
    new = [(way, what) for what in purposes for way in ways if (way.value, str(what)) not in known]
    for way, what in new:
        with translation.override(customer.language):
            wording = str(WORDING.get(what, ""))
        set_consent(
            actor=actor, customer=customer, channel=way, purpose=what, granted=True, wording=wording, source=source
        )
    return len(new)
