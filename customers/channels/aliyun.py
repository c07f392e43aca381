"""Text messages by Alibaba Cloud (Dysmsapi 2017-05-25, SendSms), signed by ACS3-HMAC-SHA256.

Parameters go in the body, not in the address: addresses end in logs. A text is a template that was approved there.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlencode

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.channels.http import Account, Answer, ask
from customers.states import Channel

HOST, VERSION, ACTION = "dysmsapi.aliyuncs.com", "2017-05-25", "SendSms"
ALGORITHM = "ACS3-HMAC-SHA256"
#: About this number or this text; every other refusal may pass: limits, balance, the account.
FOR_GOOD = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
    }
)


def signature(method: str, path: str, headers: Mapping[str, str], payload_hash: str, secret: str) -> tuple[str, str]:
    """Names of the signed headers, and the signature (Alibaba Cloud, “Request syntax and signature method V3”)."""
    signed = sorted(name for name in headers if name in ("host", "content-type") or name.startswith("x-acs-"))
    canonical = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    names = ";".join(signed)
    request = f"{method}\n{path}\n\n{canonical}\n{names}\n{payload_hash}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return names, hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Aliyun:
    """`aliyun://KEY_ID:SECRET@/?sign=签名`."""

    account: Account
    channel: str = Channel.SMS

    @classmethod
    def of(cls, url: SplitResult) -> "Aliyun":
        """From the address in MESSAGE_GATEWAYS."""
        return cls(Account.of(url, HOST))

    @property
    def name(self) -> str:
        return self.account.name

    def send(self, outgoing: Outgoing) -> str:
        """The BizId. `OutId` is our key and comes back in the receipt."""
        if not outgoing.template_code:
            raise Refusal("no template code", temporary=False)
        body = urlencode(
            {
                "PhoneNumbers": outgoing.address.removeprefix("+86").removeprefix("+"),
                "SignName": outgoing.signature or self.account.options.get("sign", ""),
                "TemplateCode": outgoing.template_code,
                "TemplateParam": json.dumps(outgoing.variables, ensure_ascii=False),
                "OutId": outgoing.key.hex,
            }
        ).encode()
        return _taken(ask(self.account, "POST", "/", self._headers(body), body))

    def _headers(self, body: bytes) -> dict[str, str]:
        payload = hashlib.sha256(body).hexdigest()
        headers = {
            "host": self.account.netloc,
            "content-type": "application/x-www-form-urlencoded",
            "x-acs-action": ACTION,
            "x-acs-version": VERSION,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": payload,
        }
        names, signed = signature("POST", "/", headers, payload, self.account.password)
        return headers | {
            "Authorization": f"{ALGORITHM} Credential={self.account.user},SignedHeaders={names},Signature={signed}"
        }


def _taken(answer: Answer) -> str:
    code = str(answer.json.get("Code", ""))
    if code == "OK" and answer.json.get("BizId"):
        return str(answer.json["BizId"])
    if not code or code == "OK":
        raise Unsure(f"http {answer.status}, no code")
    raise Refusal(code, temporary=code not in FOR_GOOD)
