"""What providers report: receipts, bounces and answers of customers, read from their own shapes. No database.

Receipts: Alibaba Cloud SmsReport and SmsUp, Tencent Cloud status notification and reply, Twilio status callback and
incoming message, e-mail by RFC 3464 (delivery status) and RFC 5965 (complaints), or by the events of an e-mail
service as django-anymail has normalised them.
"""

import email
import email.policy
import json
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message as Letter
from hashlib import sha256
from typing import Any

from customers.public_links import key_of

#: Words with which a customer ends messages (China: TD, T, 退订; CTIA: STOP and its like).
STOP_WORDS = frozenset({"TD", "T", "退订", "退訂", "取消订阅"}) | frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
)
#: Events of anymail after which nothing more comes.
_ENDED = {"delivered": True, "bounced": False, "rejected": False, "failed": False}
_FINAL = {"delivered": True, "read": True, "undelivered": False, "failed": False}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whether a message arrived; known by the provider's reference, our key, or both. `digest`: of what was sent."""

    reference: str
    key: uuid.UUID | None
    delivered: bool
    code: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a customer wrote back, by number (E.164) or by the message that was complained of."""

    phone: str
    key: uuid.UUID | None
    stop: bool
    digest: str


def digest_of(item: object) -> str:
    """The same item again has the same digest."""
    return sha256(json.dumps(item, sort_keys=True, default=str).encode()).hexdigest()


def is_stop(text: str) -> bool:
    """Whether it is a word that ends messages, in whatever width and case, and nothing else."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if sign.isalnum()).upper() in STOP_WORDS


def _items(body: bytes) -> list[dict[str, Any]]:
    """The objects of a JSON array, or one alone. Raises ValueError."""
    found = json.loads(body)
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("not objects")
    return rows


def _abroad(number: str, country: str = "86") -> str:
    """E.164 of a number as Chinese providers give it."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if number.startswith("+"):
        return f"+{digits}"
    home = country == "86" and len(digits) == 11
    return f"+{country}{digits}" if home or country != "86" else f"+{digits}"


def aliyun(body: bytes) -> Iterator[Receipt | Reply]:
    """SmsReport: `success`, `biz_id`, `out_id`. SmsUp: `content`. Raises ValueError."""
    for item in _items(body):
        if "content" in item:
            phone = _abroad(str(item.get("phone_number", "")))
            yield Reply(phone, None, is_stop(str(item["content"])), digest_of(item))
        elif "success" in item:
            out_id = str(item.get("out_id", ""))
            yield Receipt(
                str(item.get("biz_id", "")), key_of(out_id), item["success"] is True, str(item.get("err_code", "")),
                digest_of(item),
            )  # fmt: skip


def tencent(body: bytes) -> Iterator[Receipt | Reply]:
    """Status: `report_status`, `sid`. Reply: `text`. Raises ValueError."""
    for item in _items(body):
        if "text" in item:
            phone = _abroad(str(item.get("mobile", "")), str(item.get("nationcode", "86")))
            yield Reply(phone, None, is_stop(str(item["text"])), digest_of(item))
        elif "report_status" in item:
            yield Receipt(
                str(item.get("sid", "")), None, item["report_status"] == "SUCCESS", str(item.get("errmsg", "")),
                digest_of(item),
            )  # fmt: skip


def twilio(values: Mapping[str, str], key: str) -> Iterator[Receipt | Reply]:
    """A status on its way (`queued`, `sent`) says nothing yet."""
    if "Body" in values and "MessageStatus" not in values:
        yield Reply(values.get("From", ""), None, is_stop(values["Body"]), digest_of(dict(values)))
    elif values.get("MessageStatus") in _FINAL:
        yield Receipt(
            values.get("MessageSid", ""), key_of(key), _FINAL[values["MessageStatus"]], values.get("ErrorCode", ""),
            digest_of(dict(values)),
        )  # fmt: skip


def esp(events: Iterable[Any]) -> Iterator[Receipt | Reply]:
    """Tracking events of anymail: what arrived, what did not, and who complained or unsubscribed there."""
    for event in events:
        key = key_of(str((event.metadata or {}).get("key", "")))
        digest = digest_of([event.event_type, event.event_id, event.message_id, key, str(event.timestamp)])
        if event.event_type in ("complained", "unsubscribed"):
            yield Reply("", key, stop=True, digest=digest)
        elif event.event_type in _ENDED:
            code = " ".join(filter(None, [event.event_type, event.reject_reason]))
            yield Receipt(event.message_id or "", key, _ENDED[event.event_type], code[:60], digest)


def mail(body: bytes) -> Iterator[Receipt | Reply]:
    """A returned letter as it came (message/rfc822). Nothing for one that is no report."""
    letter = email.message_from_bytes(body, policy=email.policy.default)
    if letter.get_content_type() != "multipart/report":
        return
    key, digest = _key_in(letter), sha256(body).hexdigest()
    if key is None:
        return
    kind = str(letter.get_param("report-type", ""))
    if kind == "feedback-report":
        yield Reply("", key, stop=True, digest=digest)
    elif kind == "delivery-status":
        status = next((value for value in _fields(letter, "Status") if value.startswith("5")), "")
        if status and "failed" in [value.lower() for value in _fields(letter, "Action")]:
            yield Receipt("", key, delivered=False, code=f"bounce {status}"[:60], digest=digest)


def _fields(letter: Letter, name: str) -> list[str]:
    return [str(value).strip() for part in letter.walk() for value in part.get_all(name, [])]


def _key_in(letter: Letter) -> uuid.UUID | None:
    """Our key, from the Message-ID of the letter that came back."""
    for value in _fields(letter, "Message-ID") + _fields(letter, "Original-Message-ID"):
        key = key_of(value.strip("<>").partition("@")[0])
        if key is not None:
            return key
    for part in letter.walk():  # text/rfc822-headers: the headers stand in its text
        if part.get_content_type() == "text/rfc822-headers":
            return _key_in(email.message_from_string(str(part.get_payload()), policy=email.policy.default))
    return None
