"""Text messages by Tencent Cloud (SMS 2021-01-11, SendSms), signed by TC3-HMAC-SHA256.

A text is a template that was approved there; its variables are numbered in the order of our text.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.channels.http import Account, Answer, ask
from customers.states import Channel

HOST, VERSION, ACTION, SERVICE = "sms.tencentcloudapi.com", "2021-01-11", "SendSms", "sms"
ALGORITHM = "TC3-HMAC-SHA256"
#: About this number or this text; every other refusal may pass: limits, balance, the account.
FOR_GOOD = (
    "InvalidParameter",
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "UnsupportedOperation",
)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(headers: Mapping[str, str], body: bytes, stamp: int, secret: str) -> tuple[str, str, str]:
    """Scope, names of the signed headers, and the signature (Tencent Cloud API, “Signature v3”)."""
    names = "content-type;host;x-tc-action"
    lines = (
        f"{name}:{headers[name].lower() if name.startswith('x-') else headers[name]}\n" for name in names.split(";")
    )
    canonical = "".join(lines)
    request = "\n".join(["POST", "/", "", canonical, names, hashlib.sha256(body).hexdigest()])
    day = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{SERVICE}/tc3_request"
    to_sign = "\n".join([ALGORITHM, str(stamp), scope, hashlib.sha256(request.encode()).hexdigest()])
    key = _hmac(_hmac(_hmac(f"TC3{secret}".encode(), day), SERVICE), "tc3_request")
    return scope, names, hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Tencent:
    """`tencent://SECRET_ID:SECRET_KEY@/?app=1400000000&sign=签名&region=ap-guangzhou`."""

    account: Account
    channel: str = Channel.SMS

    @classmethod
    def of(cls, url: SplitResult) -> "Tencent":
        """From the address in MESSAGE_GATEWAYS."""
        return cls(Account.of(url, HOST))

    @property
    def name(self) -> str:
        return self.account.name

    def send(self, outgoing: Outgoing) -> str:
        """The SerialNo, which comes back as `sid` in the receipt."""
        if not outgoing.template_code:
            raise Refusal("no template code", temporary=False)
        body = json.dumps(
            {
                "PhoneNumberSet": [outgoing.address],
                "SmsSdkAppId": self.account.options.get("app", ""),
                "SignName": outgoing.signature or self.account.options.get("sign", ""),
                "TemplateId": outgoing.template_code,
                "TemplateParamSet": list(outgoing.variables.values()),
                "SessionContext": outgoing.key.hex,
            }
        ).encode()
        return _taken(ask(self.account, "POST", "/", self._headers(body), body))

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = int(time.time())
        headers = {
            "host": self.account.netloc,
            "content-type": "application/json; charset=utf-8",
            "x-tc-action": ACTION,
            "x-tc-version": VERSION,
            "x-tc-timestamp": str(stamp),
            "x-tc-region": self.account.options.get("region", "ap-guangzhou"),
        }
        scope, names, signed = signature(headers, body, stamp, self.account.password)
        credential = f"Credential={self.account.user}/{scope}"
        return headers | {"Authorization": f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signed}"}


def _taken(answer: Answer) -> str:
    response = answer.json.get("Response")
    if not isinstance(response, dict):
        raise Unsure(f"http {answer.status}, no response")
    error, statuses = response.get("Error"), response.get("SendStatusSet")
    if isinstance(error, dict):
        raise _refusal(str(error.get("Code", "")))
    if not isinstance(statuses, list) or not statuses or not isinstance(statuses[0], dict):
        raise Unsure("no status")
    code, number = str(statuses[0].get("Code", "")), str(statuses[0].get("SerialNo", ""))
    if code.lower() == "ok" and number:
        return number
    raise _refusal(code)


def _refusal(code: str) -> Exception:
    return Refusal(code, temporary=not code.startswith(FOR_GOOD)) if code else Unsure("no code")
