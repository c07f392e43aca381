"""Text messages by Twilio (2010-04-01, Messages). The text goes as it is; receipts are signed by them."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode

from django.conf import settings
from django.urls import reverse

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.channels.http import TOO_MANY, Account, Answer, ask
from customers.states import Channel

HOST = "api.twilio.com"
#: About this number: not valid, no mobile, opted out, not routable from here. Every other refusal may pass.
FOR_GOOD = frozenset({21211, 21214, 21217, 21219, 21401, 21407, 21408, 21421, 21601, 21602, 21610, 21612, 21614, 21617})


def signature(url: str, values: Mapping[str, str], token: str) -> str:
    """Of a request of theirs: base64 of HMAC-SHA1 over the address and the sorted values (Twilio, “Security”)."""
    text = url + "".join(f"{name}{values[name]}" for name in sorted(values))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True, slots=True)
class Twilio:
    """`twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=%2B15550100` (or `service=MG…`)."""

    account: Account
    channel: str = Channel.SMS

    @classmethod
    def of(cls, url: SplitResult) -> "Twilio":
        """From the address in MESSAGE_GATEWAYS."""
        return cls(Account.of(url, HOST))

    @property
    def name(self) -> str:
        return self.account.name

    def callback(self, key: str) -> str:
        """Where they report; the key comes back in it, also when we did not get their answer."""
        path = reverse("customers:receipts", args=[self.name])
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}" + (f"?key={key}" if key else "")

    def send(self, outgoing: Outgoing) -> str:
        """The SID of the message."""
        options = self.account.options
        service = {"MessagingServiceSid": options["service"]} if "service" in options else {}
        sender = service or {"From": options.get("from", "")}
        values = {"To": outgoing.address, "Body": outgoing.body, **sender}
        values["StatusCallback"] = self.callback(outgoing.key.hex)
        known = base64.b64encode(f"{self.account.user}:{self.account.password}".encode()).decode()
        headers = {"Authorization": f"Basic {known}", "Content-Type": "application/x-www-form-urlencoded"}
        path = f"/2010-04-01/Accounts/{quote(self.account.user)}/Messages.json"
        return _taken(ask(self.account, "POST", path, headers, urlencode(values).encode()))


def _taken(answer: Answer) -> str:
    if answer.status in (200, 201) and answer.json.get("sid"):
        return str(answer.json["sid"])
    code = answer.json.get("code")
    if isinstance(code, int) and answer.status >= 400:
        raise Refusal(str(code), temporary=code not in FOR_GOOD)
    if answer.status == TOO_MANY:
        raise Refusal("http 429", temporary=True)
    raise Unsure(f"http {answer.status}")
