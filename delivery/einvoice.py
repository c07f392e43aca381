"""Fully digitalised invoices (数电发票) through a provider: what is asked, what it answers, and the one adapter.

The adapter speaks a plain form of ours: `POST /invoices` with an `Idempotency-Key`, `GET /invoices/KEY`. A provider
with another form is another class with the same two methods.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import Branch
from customers.channels.base import Refusal, Unsure
from customers.channels.http import SERVER, TOO_MANY, Account, exchange, read
from delivery.models import Invoice
from records.selectors import rules_now

ON, ENDPOINT = "einvoice.on", "einvoice.endpoint"
#: A number of the tax office, and an address under which anybody may look at the invoice.
_NUMBER, _LINK = re.compile(r"[0-9A-Za-z]{8,30}"), re.compile(r"https?://[^\s\"'<>]{1,480}")


@dataclass(frozen=True, slots=True)
class Issued:
    """What the provider says: `issued` with number, day and link; `accepted` while the tax office works; `refused`."""

    state: str
    number: str = ""
    issued_on: date | None = None
    link: str = ""
    told: str = ""


class EInvoiceProvider(Protocol):
    """An account at one provider. Raises `Refusal` and `Unsure` as the channels of messages do."""

    def issue(self, key: str, content: dict[str, Any]) -> Issued:
        """Ask for an invoice; the same key again is the same invoice."""

    def look(self, key: str) -> Issued:
        """What became of it."""


def provider_for(branch: Branch) -> EInvoiceProvider | None:
    """The branch's provider; None where invoices are only written down by hand. One query."""
    rules = rules_now(branch, [ON, ENDPOINT])
    url = urlsplit(str(rules[ENDPOINT]))
    if not rules[ON] or not url.hostname:
        return None
    options = {"insecure": "1"} if url.scheme == "http" else {}
    account = Account(host=url.hostname, port=url.port, user="", password="", options=options, name="e-invoice")
    return Plain(account, url.path.rstrip("/"))


class Plain:
    """Our plain form over HTTPS, with the token of the environment."""

    def __init__(self, account: Account, path: str) -> None:
        """`path`: what stands before `/invoices`."""
        self._account, self._path = account, path

    def issue(self, key: str, content: dict[str, Any]) -> Issued:
        body = json.dumps({"key": key, **content}, ensure_ascii=False).encode()
        return self._asked("POST", "/invoices", key, body)

    def look(self, key: str) -> Issued:
        return self._asked("GET", f"/invoices/{key}", key)

    def _asked(self, method: str, path: str, key: str, body: bytes = b"") -> Issued:
        headers = {
            "Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key,
            "Host": self._account.netloc,
        }  # fmt: skip
        if settings.EINVOICE_TOKEN:
            headers["Authorization"] = f"Bearer {settings.EINVOICE_TOKEN}"
        answer = exchange(self._account, method, self._path + path, headers, body)
        said = read(answer)
        told = f"http {answer.status} {str(said.get('message', ''))[:150]}".strip()
        if answer.status < 300:
            return _issued(said, told)
        raise Refusal(told, temporary=answer.status == TOO_MANY or answer.status >= SERVER)


def _issued(said: dict[str, Any], told: str) -> Issued:
    state = str(said.get("status", ""))
    if state in ("accepted", "refused"):
        return Issued(state, told=told)
    number, link = str(said.get("number", "")), str(said.get("pdf", ""))
    try:
        day = date.fromisoformat(str(said.get("issued_on", "")))
    except ValueError as error:
        raise Unsure(f"{told} without a day") from error
    if state != "issued" or not _NUMBER.fullmatch(number) or (link and not _LINK.fullmatch(link)):
        raise Unsure(f"{told} not to be read")
    return Issued("issued", number, day, link, told)


def content_of(invoice: Invoice) -> dict[str, Any]:
    """Everything that the provider needs: whose, for whom, amounts by rate of tax; of a red-letter one what it takes
    back. Amounts are text; those of a red-letter one are below zero.
    """
    share, first = invoice.receivable, invoice.reverses
    slip, sign = share.settlement, -1 if first else 1
    lines = [
        {"name": "汽车维修服务", "rate": str(row.rate), "net": str(sign * row.net), "tax": str(sign * row.tax)}
        for row in share.taxes.all()
    ]
    return {
        "kind": invoice.kind, "title": invoice.title, "tax_number": invoice.tax_number, "address": invoice.address,
        "bank": invoice.bank, "net": str(invoice.net), "tax": str(invoice.tax), "gross": str(invoice.gross),
        "lines": lines, "slip": slip.number, "seller": slip.order.branch.legal_name,
        "red_letter_of": first.number if first else "",
    }  # fmt: skip
