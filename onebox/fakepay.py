"""A provider of scan-to-pay for the tests and the demo: speaks WeChat Pay's API v3 (Native), takes no real money.

It checks the merchant's signature by itself, from what came over the wire, signs its answers and notifications, and
keeps a ledger. `python -m onebox.fakepay FOLDER PORT` runs it as a process of its own; `/` lists the codes, and a
button on each pays it. It listens on this machine only, and the product talks to it only in the demo.
"""

import hashlib
import json
import re
import secrets
import sys
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html import escape
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

MERCHANT, APPID, SERIAL, THEIR_SERIAL = "1900000001", "wx0000000000000001", "OURS01", "PUB_KEY_ID_DEMO"
CHINA = timezone(timedelta(hours=8))
HEADING = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,"
    "订单金额,申请退款金额,费率备注"
)


def make_account(folder: Path) -> None:
    """The keys of both sides, once: what the merchant gets, and `provider.pem`, which only this fake has."""
    if (folder / "provider.pem").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "apiv3.key").write_text(secrets.token_hex(16))
    for name in ("apiclient_key.pem", "provider.pem"):
        key = rsa.generate_private_key(65537, 2048)
        (folder / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        if name == "provider.pem":
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            (folder / "wechatpay.pem").write_bytes(public)


def address(folder: Path, port: int) -> str:
    """The account as SCAN_PAY names it."""
    return (
        f"wechat://{MERCHANT}@127.0.0.1:{port}?appid={APPID}&serial={SERIAL}&their_serial={THEIR_SERIAL}"
        f"&folder={folder}&insecure=1#wechat"
    )


@dataclass
class FakePay:
    """The fake's memory. `script`: what to do with the next requests (`ok`, `down`, `hang`, `late`, `forged`)."""

    folder: Path
    port: int = 0
    script: list[str] = field(default_factory=list)
    notifies: bool = True
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    #: What a refund comes to at once.
    refund_status: str = "SUCCESS"
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        make_account(self.folder)
        self._own = self._load("provider.pem")
        self._merchant = self._load("apiclient_key.pem").public_key()
        self._cipher = AESGCM((self.folder / "apiv3.key").read_bytes())
        outer = self
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Bound", (Handler,), {"fake": outer}))
        self.server.daemon_threads = True
        self.port = self.server.server_port

    def _load(self, name: str) -> rsa.RSAPrivateKey:
        key = load_pem_private_key((self.folder / name).read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - made above
        return key

    def start(self) -> "FakePay":
        """Serve in a thread."""
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """No more answers."""
        self.server.shutdown()
        self.server.server_close()

    def mode(self) -> str:
        """What happens to this request."""
        with self.lock:
            return self.script.pop(0) if self.script else "ok"

    def signed(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """The headers of an answer or a notification."""
        stamp, nonce = str(int(at or time.time())), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = b64encode(self._own.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return {
            "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Signature": signature,
            "Wechatpay-Serial": THEIR_SERIAL,
        }  # fmt: skip

    def knows(self, authorisation: str, method: str, path: str, body: bytes) -> bool:
        """Whether the merchant signed this request, as the documents say."""
        scheme, _space, rest = authorisation.partition(" ")
        values = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        text = f"{method}\n{path}\n{values.get('timestamp')}\n{values.get('nonce_str')}\n".encode() + body + b"\n"
        try:
            self._merchant.verify(b64decode(values.get("signature", "")), text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        ours = (values.get("mchid"), values.get("serial_no")) == (MERCHANT, SERIAL)
        return scheme == "WECHATPAY2-SHA256-RSA2048" and ours

    def pay(self, number: str, **said: Any) -> bytes:
        """The customer scans and pays; the merchant is told. `said`: what the notification says otherwise."""
        with self.lock:
            order = self.orders[number]
            if order["trade_state"] == "NOTPAY":
                order |= {
                    "trade_state": "SUCCESS", "transaction_id": f"42{secrets.randbelow(10**26):026d}",
                    "success_time": datetime.now(CHINA).replace(microsecond=0).isoformat(),
                    "payer": {"openid": "demo"}, "bank_type": "OTHERS", "trade_state_desc": "支付成功",
                }  # fmt: skip
        body = self.notice("TRANSACTION.SUCCESS", {**_shown(order), **said})
        if self.notifies:
            self.tell(order["notify_url"], body)
        return body

    def notice(self, event: str, said: dict[str, Any]) -> bytes:
        """A notification's body: what it says is sealed with the API v3 key."""
        kind, nonce = event.partition(".")[0].lower(), secrets.token_hex(6)
        sealed = self._cipher.encrypt(nonce.encode(), json.dumps(said).encode(), kind.encode())
        resource = {
            "original_type": kind, "algorithm": "AEAD_AES_256_GCM", "ciphertext": b64encode(sealed).decode(),
            "associated_data": kind, "nonce": nonce,
        }  # fmt: skip
        return json.dumps({
            "id": f"EV-{secrets.token_hex(12)}", "create_time": datetime.now(CHINA).isoformat(), "event_type": event,
            "resource_type": "encrypt-resource", "resource": resource, "summary": "",
        }).encode()  # fmt: skip

    def tell(self, url: str, body: bytes) -> int:
        """Send a notification; the merchant's status, 0 where nobody answers (the real one tries again for a day)."""
        where = urlsplit(url)
        connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=10)
        try:
            connection.request("POST", where.path, body, {"Content-Type": "application/json", **self.signed(body)})
            status = connection.getresponse().status
        except OSError:
            status = 0
        finally:
            connection.close()
        self.told.append(status)
        return status

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        """Status, and JSON or the CSV of a bill."""
        self.asked.append(f"{method} {path}")
        parts = path.strip("/").split("/")
        if path == "/v3/pay/transactions/native":
            return self._create(body)
        if parts[:4] == ["v3", "pay", "transactions", "out-trade-no"]:
            return self._of_order(self.orders.get(parts[4]), closes=parts[-1] == "close")
        if path == "/v3/refund/domestic/refunds":
            return self._refund(body)
        if parts[:4] == ["v3", "refund", "domestic", "refunds"]:
            known = self.refunds.get(parts[4])
            return (200, known) if known else _no(404, "RESOURCE_NOT_EXISTS")
        if path == "/v3/bill/tradebill":
            return self._bill(query.get("bill_date", ""))
        if path == "/v3/billdownload/file":
            return 200, self._csv(query["token"])
        return _no(404, "NOT_FOUND")

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        number = body["out_trade_no"]
        known = self.orders.get(number)
        if known and known["amount"]["total"] != body["amount"]["total"]:
            return _no(400, "OUT_TRADE_NO_USED")
        if known is None:
            self.orders[number] = {
                **body, "trade_state": "NOTPAY", "trade_type": "NATIVE", "token": secrets.token_urlsafe(8),
                "trade_state_desc": "未支付",
            }  # fmt: skip
        return 200, {"code_url": f"http://127.0.0.1:{self.port}/pay/{self.orders[number]['token']}"}

    def _of_order(self, order: dict[str, Any] | None, *, closes: bool) -> tuple[int, Any]:
        if order is None:
            return _no(404, "ORDER_NOT_EXIST")
        if not closes:
            return 200, _shown(order)
        if order["trade_state"] == "SUCCESS":
            return _no(400, "ORDERPAID")
        order["trade_state"] = "CLOSED"
        return 204, None

    def _refund(self, body: dict[str, Any]) -> tuple[int, Any]:
        known = self.refunds.get(body["out_refund_no"])
        if known:
            return 200, known
        order = self.orders.get(body["out_trade_no"])
        if order is None or order["trade_state"] != "SUCCESS":
            return _no(404, "RESOURCE_NOT_EXISTS")
        gone = sum(
            row["amount"]["refund"] for row in self.refunds.values() if row["out_trade_no"] == body["out_trade_no"]
        )
        total = order["amount"]["total"]
        if body["amount"]["total"] != total or gone + body["amount"]["refund"] > total:
            return _no(400, "INVALID_REQUEST")
        made = {
            "refund_id": f"50{secrets.randbelow(10**26):026d}", "out_refund_no": body["out_refund_no"],
            "transaction_id": order["transaction_id"], "out_trade_no": body["out_trade_no"],
            "channel": "ORIGINAL", "status": self.refund_status, "amount": dict(body["amount"]),
            "create_time": datetime.now(CHINA).replace(microsecond=0).isoformat(),
        }  # fmt: skip
        self.refunds[body["out_refund_no"]] = made
        return 200, made

    def _bill(self, day: str) -> tuple[int, Any]:
        text = self._csv(day)
        if text.count("\n`") < 2:  # its sums alone
            return _no(400, "NO_STATEMENT_EXIST")
        url = f"http://127.0.0.1:{self.port}/v3/billdownload/file?token={day}"
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    def _csv(self, day: str) -> str:
        paid = [
            _line(order, order["success_time"])
            for order in list(self.orders.values())
            if order["trade_state"] == "SUCCESS" and order["success_time"].startswith(day)
        ]
        gone = [
            _line(self.orders[back["out_trade_no"]], back["create_time"], back)
            for back in list(self.refunds.values())
            if back["create_time"].startswith(day) and back["status"] in ("SUCCESS", "PROCESSING")
        ]
        lines = [HEADING, *paid, *gone]
        sums = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
        return "\n".join([*lines, sums, f"`{len(lines) - 1},`0,`0,`0,`0,`0,`0"]) + "\n"


def _no(status: int, code: str) -> tuple[int, Any]:
    return status, {"code": code, "message": code}


def _shown(order: dict[str, Any]) -> dict[str, Any]:
    """What the documents let an order say of itself."""
    hidden = ("token", "notify_url", "description", "time_expire")
    return {key: value for key, value in order.items() if key not in hidden}


def _line(order: dict[str, Any], at: str, back: dict[str, Any] | None = None) -> str:
    whole, given = order["amount"]["total"] / 100, (back["amount"]["refund"] / 100 if back else 0)
    cells = [
        at[:19].replace("T", " "), APPID, MERCHANT, "0", "", order["transaction_id"], order["out_trade_no"], "demo",
        "NATIVE", "REFUND" if back else "SUCCESS", "OTHERS", "CNY", f"{0 if back else whole:.2f}", "0.00",
        back["refund_id"] if back else "0", back["out_refund_no"] if back else "0", f"{given:.2f}", "0.00",
        "ORIGINAL" if back else "", back["status"] if back else "", order["description"], "", "0.00", "0.60%",
        f"{0 if back else whole:.2f}", f"{given:.2f}", "",
    ]  # fmt: skip
    return ",".join(f"`{cell}" for cell in cells)


class Handler(BaseHTTPRequestHandler):
    """The API for the merchant, and two pages for whoever tries the demo."""

    fake: FakePay

    def do_GET(self) -> None:
        """API or page."""
        if self.path.startswith("/v3/"):
            self._api("GET")
        elif self.path == "/":
            self._page("".join(_button(order) for order in reversed(list(self.fake.orders.values()))))
        else:
            self._page("".join(_button(order) for order in self.fake.orders.values() if self._meant(order)))

    def do_POST(self) -> None:
        """API, or the button."""
        if self.path.startswith("/v3/"):
            self._api("POST")
            return
        for number, order in list(self.fake.orders.items()):
            if self._meant(order):
                self.fake.pay(number)
                self._page(f"<p>✓ {escape(number)}</p>")
                return
        self._page("<p>?</p>")

    def _meant(self, order: dict[str, Any]) -> bool:
        return self.path == f"/pay/{order['token']}"

    def _api(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mode = self.fake.mode()
        if mode == "hang":
            time.sleep(3)
            return
        if mode == "down":
            self._send(*_no(500, "SYSTEM_ERROR"))
            return
        if not self.fake.knows(self.headers.get("Authorization", ""), method, self.path, body):
            self._send(*_no(401, "SIGN_ERROR"))
            return
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        status, said = self.fake.answer(method, url.path, query, json.loads(body or b"{}"))
        if mode == "late":  # taken, and nobody knows
            return
        self._send(status, said, forged=mode == "forged")

    def _send(self, status: int, said: Any, *, forged: bool = False) -> None:
        text = said.encode() if isinstance(said, str) else b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        headers = self.fake.signed(text + b"." if forged else text)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _page(self, inner: str) -> None:
        title = "演示用支付服务 · 不收真钱 / Demo provider, no real money"
        style = "body{font:18px sans-serif;max-width:30rem;margin:2rem auto}button{font:inherit;padding:.8rem 1.6rem}"
        head = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        body = f"{head}<title>{title}</title><style>{style}</style><h1>{title}</h1>{inner or '<p>–</p>'}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


def _button(order: dict[str, Any]) -> str:
    words = f"{escape(order['description'])} · ¥{order['amount']['total'] / 100:.2f}"
    if order["trade_state"] != "NOTPAY":
        return f"<p>{words} · {escape(order['trade_state'])}</p>"
    return f"<form method=post action='/pay/{order['token']}'><p>{words}</p><button>支付 / Pay</button></form>"


if __name__ == "__main__":
    FakePay(Path(sys.argv[1]), int(sys.argv[2])).server.serve_forever()
