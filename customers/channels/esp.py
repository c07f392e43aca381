"""E-mail by the API of an e-mail service (Postmark, Mailgun, Brevo, Resend …), spoken by django-anymail.

`esp://postmark/?server_token=…`: the host names anymail's backend, the query its options. Nothing is asked of the
service's own Message-ID; receipts come by the reference that it gave, or by our key in the metadata.
"""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, parse_qs

import requests
from anymail.exceptions import AnymailAPIError, AnymailError  # type: ignore[import-untyped]
from anymail.message import AnymailMessage  # type: ignore[import-untyped]
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest
from urllib3.exceptions import NewConnectionError

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.channels.mail import enclose, ended_by
from customers.states import Channel

#: Refused before anything is looked at, or for a key that is wrong: a later try may be taken.
FOR_NOW = (401, 403, 429, 503)
BAD, SERVER = 400, 500
#: What anymail calls a letter that the service will send.
TAKEN = {"sent", "queued"}


def _never_connected(error: AnymailError) -> bool:
    cause = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if isinstance(cause, requests.ConnectionError) else None
    return isinstance(cause, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


@contextmanager
def _sending() -> Iterator[None]:
    """An answer of 4xx is a definite no; a missing one, 5xx or one that cannot be read says nothing."""
    try:
        yield
    except AnymailAPIError as error:
        if _never_connected(error):
            raise Refusal("unreachable", temporary=True) from error
        status = error.status_code or 0
        if status in FOR_NOW:
            raise Refusal(f"http {status}", temporary=True) from error
        if BAD <= status < SERVER:
            raise Refusal(f"http {status}", temporary=False) from error
        raise Unsure(f"http {status}" if status else "no answer") from error
    except AnymailError as error:  # the service's word on the address, or ours on the letter: nothing was taken
        raise Refusal(type(error).__name__, temporary=False) from error


@dataclass(frozen=True, slots=True)
class Esp:
    """`MESSAGE_GATEWAYS=esp://SERVICE/?option=value#name`, with the options of anymail's backend of that service."""

    service: str
    options: Mapping[str, str]
    name: str
    channel: str = Channel.EMAIL

    @classmethod
    def of(cls, url: SplitResult) -> "Esp":
        """From the address. Raises `ImproperlyConfigured` for a service that anymail does not know."""
        esp = cls(
            url.hostname or "", {name: row[-1] for name, row in parse_qs(url.query).items()}, url.fragment or "esp"
        )
        esp.backend()  # an option that is missing is told now, and not at the first letter
        return esp

    def backend(self) -> BaseEmailBackend:
        """Not connected yet."""
        try:
            module = import_module(f"anymail.backends.{self.service}")
        except ImportError as error:
            raise ImproperlyConfigured(f"MESSAGE_GATEWAYS: anymail does not speak {self.service}") from error
        backend: BaseEmailBackend = module.EmailBackend(timeout=settings.MESSAGE_TIMEOUT, **self.options)
        return backend

    def send(self, outgoing: Outgoing) -> str:
        """The service's own id of the letter."""
        letter = AnymailMessage(
            outgoing.subject, outgoing.body, None, [outgoing.address], headers=ended_by(outgoing),
            connection=self.backend(), metadata={"key": outgoing.key.hex},
        )  # fmt: skip
        enclose(letter, outgoing)
        with _sending():
            letter.send()
        if not letter.anymail_status.status <= TAKEN:
            raise Unsure("no word of the address")
        return str(letter.anymail_status.message_id or "")

    def events(self, request: HttpRequest) -> list[Any]:
        """What the service reports, as anymail's tracking events. Raises ValueError for what cannot be read."""
        module = import_module(f"anymail.webhooks.{self.service}")
        view: Any = next(
            found for name, found in inspect.getmembers(module, inspect.isclass)
            if name.endswith(("TrackingWebhookView", "CombinedWebhookView")) and found.__module__ == module.__name__
        )  # fmt: skip
        # Whoever reports has shown the house's secret already; without one the class warns.
        known = {name: value for name, value in self.options.items() if hasattr(view, name)}
        known["webhook_secret"] = settings.MESSAGE_RECEIPT_SECRET
        try:
            return list(view(**known).parse_events(request))
        except (AnymailError, LookupError, TypeError, AttributeError) as error:
            raise ValueError("not a report of this service") from error
