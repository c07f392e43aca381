"""The texts that hold: what somebody wrote for the branch, else the kind's own; and the words of one message."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.channels import CARRIERS
from customers.message_kinds import FIXED, MessageKind, kinds
from customers.models import MessageText
from customers.states import Channel
from customers.wording import check_text, filled, one_line, placeholders
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused

#: As `MessageText.signature`: 2 to 12 signs is what Chinese providers approve.
LONGEST_SIGNATURE = 12


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a kind on a channel in a language. `version` 0: the kind's own, that nobody changed."""

    channel: str
    language: str
    subject: str
    body: str
    version: int = 0
    template_code: str = ""
    signature: str = ""


def _latest(branch: Branch, keys: list[str]) -> list[MessageText]:
    rows = MessageText.objects.filter(branch=branch, kind__in=keys)
    return list(rows.order_by("kind", "channel", "language", "-version").distinct("kind", "channel", "language"))


def _joined(kind: MessageKind, rows: list[MessageText]) -> dict[tuple[str, str], Wording]:
    """The kind's own texts, and over them what was written; in the order of the channels."""
    known = {place: Wording(place[0], place[1], text.subject, text.body) for place, text in kind.texts.items()}
    for row in rows:
        if row.kind == kind.key and row.channel in kind.channels:
            known[row.channel, row.language] = Wording(
                row.channel, row.language, row.subject, row.body, row.version, row.template_code, row.signature
            )
    return known


def wordings(branch: Branch, kind: MessageKind) -> dict[tuple[str, str], Wording]:
    """The texts of a kind by (channel, language). One query."""
    return _joined(kind, _latest(branch, [kind.key]))


def wordings_of_all(branch: Branch) -> dict[str, dict[tuple[str, str], Wording]]:
    """The texts of every kind. One query."""
    rows = _latest(branch, [kind.key for kind in kinds()])
    return {kind.key: _joined(kind, rows) for kind in kinds()}


def wording_for(known: Mapping[tuple[str, str], Wording], channel: str, language: str) -> Wording | None:
    """In the customer's language, else in another one; None where the channel has no text."""
    if (channel, language) in known:
        return known[channel, language]
    return next((row for (way, _language), row in sorted(known.items()) if way == channel), None)


def house_values(branch: Branch, language: str) -> dict[str, str]:
    """What `FIXED` stands for."""
    with translation.override(language):
        public = settings.PUBLIC_URL.rstrip("/")
        booking = f"{public}/b/{branch.code}/"
        values = (branch.label, branch.phone, f"{public}/s/", booking, f"{booking}free/")
    return dict(zip(FIXED, values, strict=True))


def written(wording: Wording, context: Mapping[str, str], house: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body with their values. A subject and a value of a text message have one line."""
    values = {name: one_line(value) for name, value in context.items()} | dict(house)
    return one_line(filled(wording.subject, values))[:200], filled(wording.body, values)


def variables_of(wording: Wording, context: Mapping[str, str]) -> dict[str, str]:
    """What a provider of approved templates gets, in the order of the text."""
    return {name: one_line(context.get(name, "")) for name in placeholders(wording.body) if name not in FIXED}


@one_act
def write_text(
    *, actor: Actor, kind: MessageKind, channel: str, language: str, subject: str, body: str, template_code: str = "",
    signature: str = "", version: int | None = None,
) -> MessageText:  # fmt: skip
    """A new version of a text for the actor's branch; messages that went out keep theirs.

    `version` is the one that was shown. Raises `Forbidden` without `rules.edit`, `Invalid` whose code is the field,
    `Refused` when somebody wrote another version since.
    """
    check_may(actor, "rules.edit")
    if channel not in kind.channels or channel not in CARRIERS:
        raise Invalid(_("There is no such channel here."), "channel")
    check_text(kind, channel, subject=subject, body=body)
    _check_approval(channel, template_code, signature)
    rows = MessageText.objects.filter(branch=actor.branch, kind=kind.key, channel=channel, language=language)
    last = rows.aggregate(last=Max("version"))["last"] or 0
    if version is not None and version != last:
        raise _overtaken()
    try:
        with transaction.atomic():  # the table only grows and is not locked: the version is the key
            return MessageText.objects.create(
                branch=actor.branch, kind=kind.key, channel=channel, language=language, subject=one_line(subject),
                body=body.strip(), template_code=template_code.strip(), signature=signature.strip(), version=last + 1,
                written_at=now(), written_by=actor.person,
            )  # fmt: skip
    except IntegrityError as error:
        raise _overtaken() from error


def _overtaken() -> Refused:
    return Refused(_("Somebody else saved this text in the meantime. Look at theirs before you save yours."), "stale")


def _check_approval(channel: str, template_code: str, signature: str) -> None:
    if channel != Channel.SMS and (template_code or signature):
        raise Invalid(_("Only text messages have a template code and a signature."), "template_code")
    if len(signature.strip()) > LONGEST_SIGNATURE or "【" in signature:
        raise Invalid(_("A signature has at most 12 signs, without 【】."), "signature")
