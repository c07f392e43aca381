"""Texts of messages: placeholders, what providers refuse, and how many parts a text message has. No queries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.message_kinds import FIXED, MessageKind
from customers.states import Channel
from dms.errors import Invalid

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LINK = re.compile(r"https?:|www\.|[a-z0-9-]\.(?:com|cn|net|org|io|me|de|top|vip)\b", re.IGNORECASE)
#: Signs that Chinese providers refuse in a variable (template rules of Alibaba Cloud and Tencent Cloud).
_REFUSED = frozenset("¥￥【】")
#: GSM 03.38: the basic alphabet takes one place of seven bits, the extension two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
#: Places of a single message, and of each part of a longer one, whose header takes the difference.
_SEVEN_BIT, _UCS2 = (160, 153), (70, 67)
LONGEST_BODY, LONGEST_SUBJECT = 2_000, 200


@dataclass(frozen=True, slots=True)
class Parts:
    """How a text message is charged: parts, characters as counted, and the alphabet."""

    parts: int
    places: int
    seven_bit: bool


def parts_of(text: str) -> Parts:
    """Parts of a text message by 3GPP 23.038: 160 or 153 places of GSM-7, 70 or 67 of UCS-2 (UTF-16 units)."""
    seven_bit = all(sign in _GSM or sign in _GSM_TWICE for sign in text)
    twice = sum(sign in _GSM_TWICE for sign in text)
    places = len(text) + twice if seven_bit else len(text.encode("utf-16-le")) // 2
    single, each = _SEVEN_BIT if seven_bit else _UCS2
    return Parts(1 if places <= single else -(-places // each), places, seven_bit)


def placeholders(text: str) -> list[str]:
    """Names in the order in which they stand, each once."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; a missing one leaves nothing. What a value holds is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def one_line(text: str) -> str:
    """For subjects and values: no line breaks, so that nothing becomes a header."""
    return " ".join(text.split())


def refused_value(text: str) -> bool:
    """Whether providers of text messages would refuse it as a variable: a link, or a sign of theirs."""
    return bool(_LINK.search(text)) or not _REFUSED.isdisjoint(text)


def check_text(kind: MessageKind, channel: str, *, subject: str, body: str) -> None:
    """Raises `Invalid`, whose code is the field, for an unknown variable, a missing subject, or a text too long."""
    if not body.strip():
        raise Invalid(_("Write the text."), "body")
    if len(body) > LONGEST_BODY:
        raise Invalid(_("At most %(most)d characters.") % {"most": LONGEST_BODY}, "body")
    for field, text in (("subject", subject), ("body", body)):
        _check_names(kind, field, text)
    if channel == Channel.EMAIL and not subject.strip():
        raise Invalid(_("An e-mail needs a subject."), "subject")
    if channel == Channel.SMS:
        _check_sms(body)


def _check_names(kind: MessageKind, field: str, text: str) -> None:
    known = [*kind.variables, *FIXED]
    for name in placeholders(text):
        if name not in known:
            words = _("There is no variable {%(name)s}. These exist: %(known)s.")
            raise Invalid(words % {"name": name, "known": ", ".join(f"{{{one}}}" for one in known)}, field)
    if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
        raise Invalid(_("A variable is written {like_this}; a single brace is none."), field)


def _check_sms(body: str) -> None:
    if "【" in body or "】" in body:
        raise Invalid(_("The provider puts the signature 【】 before the text itself: leave it out here."), "body")
    if _LINK.search(body):
        raise Invalid(
            _("No link is written into a text message: {status_address} stands for the fixed address."), "body"
        )
