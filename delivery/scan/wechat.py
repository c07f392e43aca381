"""WeChat Pay, API v3, Native: the customer scans a code of ours, and the money is with the merchant at once.

By the merchant documents of pay.weixin.qq.com: every request is signed with the merchant's key (RSA, SHA-256), every
answer and notification by WeChat's; what a notification says is encrypted with the API v3 key (AES-256-GCM). Amounts
are in fen. The bill of a day is made at ten the next morning, as CSV whose values begin with a backtick.
"""

import csv
import hashlib
import io
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from customers.channels.base import Refusal, Unsure
from customers.channels.http import SERVER, TOO_MANY, Account, Raw, exchange, read
from delivery.scan.base import Asked, Back, BackOutcome, Billed, Notice, NotTrusted, Outcome
from delivery.states import Verdict
from dms.clock import now
from dms.money import quantise

HOST = "api.mch.weixin.qq.com"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
#: Older or newer notifications are somebody's replay; so WeChat's documents ask.
FRESH = timedelta(minutes=5)
#: A day of a busy house has some thousand lines of 300 bytes.
LONGEST_BILL = 20_000_000
#: Files in the account's folder: our key, WeChat's public key or certificate, and the API v3 key (32 characters).
OUR_KEY, THEIR_KEY, SECRET = "apiclient_key.pem", "wechatpay.pem", "apiv3.key"
_PAID = ("SUCCESS", "REFUND")
_BACK = {"SUCCESS": "sent", "PROCESSING": "accepted", "CLOSED": "failed", "ABNORMAL": "failed"}


def _fen(amount: Decimal) -> int:
    return int(quantise(amount) * 100)


def _yuan(fen: object) -> Decimal:
    if not isinstance(fen, int) or isinstance(fen, bool):
        raise TypeError("fen are whole")
    return Decimal(fen) / 100


def _their_key(pem: bytes) -> rsa.RSAPublicKey:
    if b"CERTIFICATE" in pem:
        return cast(rsa.RSAPublicKey, load_pem_x509_certificate(pem).public_key())
    return cast(rsa.RSAPublicKey, load_pem_public_key(pem))


class WeChat:
    """`wechat://MERCHANT@host?appid=…&serial=…&their_serial=…&folder=…&branch=…#name` of SCAN_PAY.

    `serial` is that of our certificate, `their_serial` the id of their public key (PUB_KEY_ID_…) or certificate.
    """

    zone = "Asia/Shanghai"

    def __init__(self, account: Account, branches: tuple[str, ...] = ()) -> None:
        """Reads the keys; raises OSError or ValueError where one is missing."""
        self._account, self._branches = account, branches
        self.name, self.merchant = account.name, account.user
        self._appid, self._serial = account.options["appid"], account.options["serial"]
        self._their_serial = account.options["their_serial"]
        folder = Path(account.options["folder"])
        self._key = cast(rsa.RSAPrivateKey, load_pem_private_key((folder / OUR_KEY).read_bytes(), None))
        self._theirs = _their_key((folder / THEIR_KEY).read_bytes())
        self._cipher = AESGCM((folder / SECRET).read_bytes().strip())

    def serves(self, branch_code: str, currency: str) -> bool:
        return currency == "CNY" and (not self._branches or branch_code in self._branches)

    def create(self, asked: Asked) -> str:
        body = {
            "appid": self._appid, "mchid": self.merchant, "description": asked.words[:127],
            "out_trade_no": asked.number, "notify_url": asked.notify_url,
            "time_expire": asked.expires_at.astimezone(UTC).replace(microsecond=0).isoformat(),
            "amount": {"total": _fen(asked.amount), "currency": asked.currency},
        }  # fmt: skip
        return str(self._asked("POST", "/v3/pay/transactions/native", body)["code_url"])

    def query(self, number: str) -> Outcome:
        path = f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.merchant}"
        try:
            return self._outcome(self._asked("GET", path))
        except Refusal as refusal:
            if refusal.code.endswith("ORDER_NOT_EXIST"):  # our request for it never arrived
                return Outcome(number, "closed")
            raise

    def close(self, number: str) -> bool:
        try:
            self._asked("POST", f"/v3/pay/transactions/out-trade-no/{number}/close", {"mchid": self.merchant})
        except Refusal as refusal:
            code = refusal.code.rpartition(" ")[2]
            if code == "ORDERPAID":
                return False
            if code not in ("ORDER_CLOSED", "ORDERNOTEXIST", "ORDER_NOT_EXIST"):
                raise
        return True

    def refund(self, back: Back) -> BackOutcome:
        body = {
            "out_trade_no": back.charge_number, "out_refund_no": back.number, "reason": back.reason[:80],
            "amount": {"refund": _fen(back.amount), "total": _fen(back.whole), "currency": back.currency},
        }  # fmt: skip
        return self._back(self._asked("POST", "/v3/refund/domestic/refunds", body))

    def refunded(self, number: str) -> BackOutcome:
        return self._back(self._asked("GET", f"/v3/refund/domestic/refunds/{number}"))

    def bill(self, day: date) -> list[Billed]:
        try:
            found = self._asked("GET", f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL")
        except Refusal as refusal:
            if refusal.code.endswith("NO_STATEMENT_EXIST"):
                return []
            raise
        url = urlsplit(str(found.get("download_url", "")))
        if url.hostname != self._account.host:  # our signature goes to them and to nobody else
            raise Refusal("bill at another host", temporary=False)
        answer = self._sent("GET", f"{url.path}?{url.query}", b"", LONGEST_BILL)
        if answer.status != 200:
            raise Refusal(f"http {answer.status}", temporary=True)
        digest = hashlib.sha1(answer.body, usedforsecurity=False).hexdigest()
        if digest != str(found.get("hash_value", "")).lower():
            raise Refusal("bill damaged", temporary=True)
        return billed(answer.body.decode("utf-8-sig"))

    def read(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Notice:
        """Raises `NotTrusted`: first the signature, then its time, then what it says."""
        self._check_signed(headers, body, at)
        try:
            notice = json.loads(body)
            sealed = notice["resource"]
            named = (sealed.get("associated_data") or "").encode()
            text = self._cipher.decrypt(sealed["nonce"].encode(), b64decode(sealed["ciphertext"]), named)
            said, kind = json.loads(text), str(notice["event_type"])
            outcome = self._back(said) if kind.startswith("REFUND.") else self._outcome(said)
            return Notice(str(notice["id"])[:64], outcome)
        except (ValueError, TypeError, KeyError, AttributeError, InvalidTag) as error:
            raise NotTrusted(Verdict.UNREADABLE) from error

    def _check_signed(self, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        if not self._signed(headers, body):
            raise NotTrusted(Verdict.UNSIGNED)
        said = datetime.fromtimestamp(int(headers["Wechatpay-Timestamp"]), UTC)
        if abs(at - said) > FRESH:
            raise NotTrusted(Verdict.STALE)

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """By WeChat: timestamp, nonce and body, each on a line, with the key that its serial names."""
        found = {name.lower(): value for name, value in headers.items()}
        time, nonce = found.get("wechatpay-timestamp", ""), found.get("wechatpay-nonce", "")
        if found.get("wechatpay-serial") != self._their_serial or not (time.isascii() and time.isdigit()):
            return False
        text = f"{time[:12]}\n{nonce}\n".encode() + body + b"\n"
        try:
            signature = b64decode(found.get("wechatpay-signature", ""), validate=True)
            self._theirs.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return len(time) <= 12

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What it answered. An answer that is not signed by WeChat says nothing: `Unsure`."""
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        answer = self._sent(method, path, sent)
        if answer.status in (200, 204):
            if not self._signed(answer.headers, answer.body):
                raise Unsure("answer not signed")
            return read(answer) if answer.body else {}
        code = str(read(answer).get("code", ""))[:60]
        passing = answer.status == TOO_MANY or answer.status >= SERVER
        raise Refusal(f"http {answer.status} {code}".strip(), temporary=passing)

    def _sent(self, method: str, path: str, body: bytes, longest: int = 200_000) -> Raw:
        headers = {
            "Accept": "application/json", "Content-Type": "application/json", "User-Agent": "DMS-lite",
            "Host": self._account.netloc, "Authorization": self._authorisation(method, path, body),
            "Wechatpay-Serial": self._their_serial,
        }  # fmt: skip
        return exchange(self._account, method, path, headers, body, longest)

    def _authorisation(self, method: str, path: str, body: bytes) -> str:
        time, nonce = int(now().timestamp()), secrets.token_hex(16)
        text = f"{method}\n{path}\n{time}\n{nonce}\n".encode() + body + b"\n"
        signature = b64encode(self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return (
            f'{SCHEME} mchid="{self.merchant}",nonce_str="{nonce}",signature="{signature}",timestamp="{time}",'
            f'serial_no="{self._serial}"'
        )

    def _outcome(self, said: Mapping[str, Any]) -> Outcome:
        number, state = str(said["out_trade_no"]), str(said["trade_state"])
        if state not in _PAID:
            return Outcome(number, "closed" if state in ("CLOSED", "REVOKED") else "open")
        ours = str(said["mchid"]) == self.merchant and str(said["appid"]) == self._appid
        return Outcome(
            number, "paid", str(said["transaction_id"]), _yuan(said["amount"]["total"]),
            str(said["amount"].get("currency", "CNY")), self.merchant if ours else "",
            datetime.fromisoformat(str(said["success_time"])),
        )  # fmt: skip

    def _back(self, said: Mapping[str, Any]) -> BackOutcome:
        """Of an answer (`status`) or of a notification (`refund_status`, and the merchant)."""
        state = _BACK[str(said.get("refund_status") or said["status"])]
        merchant = str(said.get("mchid", self.merchant))
        return BackOutcome(
            str(said["out_refund_no"]), state, str(said["refund_id"]), merchant, _yuan(said["amount"]["refund"])
        )


def billed(text: str) -> list[Billed]:
    """The lines of a bill; its sums, which stand below a second heading, are left out. Raises `Refusal`."""
    rows = csv.reader(io.StringIO(text))
    try:
        heading = [name.strip() for name in next(rows, [])]
        found = []
        for row in rows:
            if not row or not row[0].startswith("`"):
                break
            found.append(_billed(dict(zip(heading, (cell.strip().lstrip("`") for cell in row), strict=False))))
    except (KeyError, InvalidOperation, csv.Error) as error:
        raise Refusal("bill not to be read", temporary=False) from error
    return found


def _billed(row: Mapping[str, str]) -> Billed:
    back = row["商户退款单号"] if row["交易状态"] == "REFUND" else ""
    amount = Decimal(row["申请退款金额"] if back else row["订单金额"])
    return Billed(row["商户订单号"], row["微信订单号"], amount, back)
