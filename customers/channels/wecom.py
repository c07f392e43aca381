"""WeChat messages by WeCom's customer service (企业微信 微信客服, kf/send_msg).

`msgid` is our key: WeCom refuses a second message of the same id, so even a repeated call would be one message.
"""

import json
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import SplitResult, urlencode

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.channels.http import Account, Answer, ask
from customers.states import Channel

HOST = "qyapi.weixin.qq.com"
#: Busy, and limits of an hour or a day (WeCom, global error codes).
FOR_NOW = frozenset({-1, 45009, 45033, 45047, 60020, 40001, 40013, 48002})
STALE_TOKEN = frozenset({40014, 42001})
#: Seconds by which a token is given up before it ends.
MARGIN = 120.0


@dataclass(slots=True)
class _Token:
    text: str = ""
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class WeCom:
    """`wecom://CORP_ID:SECRET@/?kf=wk…`; the address of a customer is the external_userid."""

    account: Account
    channel: str = Channel.WECHAT
    token: _Token = field(default_factory=_Token, compare=False)

    @classmethod
    def of(cls, url: SplitResult) -> "WeCom":
        """From the address in MESSAGE_GATEWAYS."""
        return cls(Account.of(url, HOST))

    @property
    def name(self) -> str:
        return self.account.name

    def send(self, outgoing: Outgoing) -> str:
        """Our own id, which is theirs as well. A token that ended is renewed once: nothing was taken with it."""
        answer = self._call(outgoing)
        if answer.json.get("errcode") in STALE_TOKEN:
            self.token.until = 0.0
            answer = self._call(outgoing)
        code = answer.json.get("errcode")
        if code == 0:
            return outgoing.key.hex
        if not isinstance(code, int):
            raise Unsure(f"http {answer.status}, no errcode")
        raise Refusal(f"wecom {code}", temporary=code in FOR_NOW | STALE_TOKEN)

    def _call(self, outgoing: Outgoing) -> Answer:
        body = {
            "touser": outgoing.address,
            "open_kfid": self.account.options.get("kf", ""),
            "msgid": outgoing.key.hex,
            "msgtype": "text",
            "text": {"content": outgoing.body},
        }
        path = f"/cgi-bin/kf/send_msg?{urlencode({'access_token': self._token()})}"
        headers = {"Content-Type": "application/json"}
        return ask(self.account, "POST", path, headers, json.dumps(body, ensure_ascii=False).encode())

    def _token(self) -> str:
        if monotonic() >= self.token.until:
            query = urlencode({"corpid": self.account.user, "corpsecret": self.account.password})
            self._renew(f"/cgi-bin/gettoken?{query}")
        return self.token.text

    def _renew(self, path: str) -> None:
        """Whatever goes wrong here, no message was sent."""
        try:
            answer = ask(self.account, "GET", path, {})
        except Unsure as unsure:
            raise Refusal(f"token {unsure.code}", temporary=True) from unsure
        if answer.json.get("errcode") != 0 or not answer.json.get("access_token"):
            raise Refusal(f"token {answer.json.get('errcode')}", temporary=True)
        self.token.text = str(answer.json["access_token"])
        self.token.until = monotonic() + float(answer.json.get("expires_in", 0)) - MARGIN
