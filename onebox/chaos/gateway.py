"""A gateway that speaks what Alibaba Cloud, Tencent Cloud, Twilio and WeCom speak, and keeps a ledger.

It checks their signatures by itself, from what came over the wire, and writes each accepted message to an append-only
file before it answers: only our own id, never a number or a text. `python -m onebox.chaos.gateway PORT LEDGER` runs it
as a process of its own.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY, SECRET = "test-key", "test-secret"
TOKEN = "test-access-token"  # noqa: S105  # of this fake
#: What a gateway may do with a message. `late` and `garbled` accept it and let nobody know.
MODES = ("ok", "late", "garbled", "cut", "busy", "wrong", "down")


@dataclass
class Gateway:
    """The fake's memory. `script`: what to do with the next messages, then `ok`; `stall`: seconds of a late answer."""

    ledger: Path
    script: list[str] = field(default_factory=list)
    stall: float = 0.0
    delay: Callable[[], float] = lambda: 0.0
    refused: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def accept(self, out_id: str) -> None:
        """One line, on the disk before anybody is answered."""
        line = json.dumps({"id": out_id, "at": datetime.now(UTC).isoformat()}) + "\n"
        descriptor = os.open(self.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def mode(self) -> str:
        """What happens to this message."""
        with self.lock:
            return self.script.pop(0) if self.script else "ok"

    def accepted(self) -> list[str]:
        """The ids of the ledger, in order, each as often as it came."""
        if not self.ledger.exists():
            return []
        return [json.loads(line)["id"] for line in self.ledger.read_text().splitlines()]

    def doubled(self) -> bool:
        """Whether a message came twice."""
        came = self.accepted()
        return len(came) > len(set(came))

    def count(self) -> int:
        """How many lines the ledger has; asked many times a second."""
        return self.ledger.read_bytes().count(b"\n") if self.ledger.exists() else 0


def _hex(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """One request. The four protocols are told apart by path and headers."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_args: object) -> None:
        """Nothing: what is asked here holds numbers."""

    def do_GET(self) -> None:
        """WeCom's token."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        right = query.get("corpid") == KEY and query.get("corpsecret") == SECRET
        known = {"errcode": 0, "access_token": TOKEN, "expires_in": 7200} if right else {"errcode": 40013}
        self._answer(HTTPStatus.OK, known)

    def do_POST(self) -> None:
        """A message."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.server.gateway.delay())
        if "x-acs-action" in self.headers:
            self._aliyun(body)
        elif "x-tc-action" in self.headers:
            self._tencent(body)
        elif "/Accounts/" in self.path:
            self._twilio(body)
        else:
            self._wecom(body)

    # --- What each of them checks and says ---------------------------------------------------------------------------

    def _aliyun(self, body: bytes) -> None:
        given = self.headers["Authorization"].removeprefix("ACS3-HMAC-SHA256 ")
        parts = dict(part.split("=", 1) for part in given.split(","))
        names = parts["SignedHeaders"].split(";")
        canonical = "".join(f"{name}:{self.headers[name]}\n" for name in names)
        payload = hashlib.sha256(body).hexdigest()
        request = f"POST\n/\n\n{canonical}\n{parts['SignedHeaders']}\n{payload}"
        signed = _hex(SECRET.encode(), f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}")
        needed = {
            "host",
            "x-acs-action",
            "x-acs-content-sha256",
            "x-acs-date",
            "x-acs-signature-nonce",
            "x-acs-version",
        }
        right = signed == parts["Signature"] and parts["Credential"] == KEY and needed <= set(names)
        if not right or self.headers["x-acs-content-sha256"] != payload:
            self._refuse({"Code": "SignatureDoesNotMatch", "Message": "no"})
            return
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self._act(
            sent,
            sent["OutId"],
            good=lambda: {"Code": "OK", "Message": "OK", "BizId": uuid.uuid4().hex, "RequestId": uuid.uuid4().hex},
            busy=(400, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "no"}),
            wrong=(400, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "no"}),
        )

    def _tencent(self, body: bytes) -> None:
        given = self.headers["Authorization"].removeprefix("TC3-HMAC-SHA256 ")
        parts = dict(part.strip().split("=", 1) for part in given.split(","))
        names = parts["SignedHeaders"].split(";")
        values = {name: self.headers[name].strip().lower() for name in names}
        canonical = "".join(f"{name}:{values[name]}\n" for name in names)
        request = f"POST\n/\n\n{canonical}\n{parts['SignedHeaders']}\n{hashlib.sha256(body).hexdigest()}"
        stamp = self.headers["X-TC-Timestamp"]
        key, scope = parts["Credential"].split("/", 1)
        day, service, _end = scope.split("/")
        digest = hashlib.sha256(request.encode()).hexdigest()
        made = b"TC3" + SECRET.encode()
        for step in (day, service, "tc3_request"):
            made = hmac.new(made, step.encode(), hashlib.sha256).digest()
        signed = _hex(made, f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{digest}")
        fresh = (
            abs(time.time() - int(stamp)) < 300 and day == datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
        )
        if signed != parts["Signature"] or key != KEY or not fresh:
            self._refuse({"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "no"}}}, 200)
            return
        sent = json.loads(body)

        def status(code: str) -> dict[str, Any]:
            one = {"SerialNo": uuid.uuid4().hex, "Code": code, "SessionContext": sent["SessionContext"], "Fee": 1}
            return {"Response": {"SendStatusSet": [one], "RequestId": uuid.uuid4().hex}}

        self._act(
            sent,
            sent["SessionContext"],
            good=lambda: status("Ok"),
            busy=(200, status("LimitExceeded.PhoneNumberDailyLimit")),
            wrong=(200, status("InvalidParameterValue.IncorrectPhoneNumber")),
        )

    def _twilio(self, body: bytes) -> None:
        known = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.headers["Authorization"] != f"Basic {known}" or f"/Accounts/{KEY}/" not in self.path:
            self._refuse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
            return
        self._act(
            sent,
            parse_qs(urlsplit(sent["StatusCallback"]).query)["key"][0],
            good=lambda: {"sid": f"SM{uuid.uuid4().hex}", "status": "queued"},
            busy=(429, {"code": 20429, "message": "no", "status": 429}),
            wrong=(400, {"code": 21211, "message": "no", "status": 400}),
            status=201,
        )

    def _wecom(self, body: bytes) -> None:
        if parse_qs(urlsplit(self.path).query).get("access_token") != [TOKEN]:
            self._refuse({"errcode": 40014, "errmsg": "invalid access_token"}, 200)
            return
        sent = json.loads(body)
        self._act(
            sent,
            sent["msgid"],
            good=lambda: {"errcode": 0, "errmsg": "ok", "msgid": sent["msgid"]},
            busy=(200, {"errcode": 45009, "errmsg": "no"}),
            wrong=(200, {"errcode": 40003, "errmsg": "no"}),
        )

    # --- What becomes of it ------------------------------------------------------------------------------------------

    def _act(
        self,
        sent: dict[str, Any],
        out_id: str,
        *,
        good: Callable[[], dict[str, Any]],
        busy: tuple[int, dict[str, Any]],
        wrong: tuple[int, dict[str, Any]],
        status: int = 200,
    ) -> None:
        gateway, mode = self.server.gateway, self.server.gateway.mode()
        if mode in ("busy", "wrong"):
            self._answer(*(busy if mode == "busy" else wrong))
        elif mode == "down":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, None)
        else:
            gateway.seen.append(sent)
            gateway.accept(out_id)
            if mode == "late":
                time.sleep(gateway.stall)
            if mode == "cut":
                self.close_connection = True
                self.connection.close()
                return
            self._answer(
                HTTPStatus.INTERNAL_SERVER_ERROR if mode == "garbled" else status, None if mode == "garbled" else good()
            )

    def _refuse(self, answer: dict[str, Any], status: int = 400) -> None:
        self.server.gateway.refused.append(self.path)
        self._answer(status, answer)

    def _answer(self, status: int, answer: dict[str, Any] | None) -> None:
        body = b"<html>" if answer is None else json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked is dead


class Server(ThreadingHTTPServer):
    """One thread a connection."""

    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Whoever called was killed: that is what this is for."""

    def __init__(self, gateway: Gateway, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.gateway = gateway

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


def main(port: int, ledger: str) -> None:
    """Until it is stopped. Answers take up to 20 ms, as a provider nearby would."""
    dice = random.Random(port)  # noqa: S311  # a pause, no secret
    with Server(Gateway(Path(ledger), delay=lambda: dice.uniform(0.002, 0.02)), port) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
