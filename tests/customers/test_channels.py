"""Providers over the wire: real requests to a gateway that speaks their protocols and checks their signatures."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from customers.channels import Outgoing, Refusal, Unsure, named, providers
from customers.channels.aliyun import Aliyun
from onebox.chaos.gateway import KEY, SECRET, Gateway, Server

SCHEMES = ("aliyun", "tencent", "twilio", "wecom")
OPTIONS = "insecure=1&sign=%E6%B7%B1%E5%9C%B3%E4%B8%80%E5%BA%97&app=1400000001&from=%2B15550100&kf=wk1"


@pytest.fixture
def gateway(tmp_path: Any) -> Iterator[Server]:
    """The fake, listening."""
    with Server(Gateway(tmp_path / "ledger.jsonl", stall=1.5)) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def account(settings: Any, gateway: Server) -> Callable[..., Any]:
    """`account("aliyun", key=KEY, secret=SECRET)`: the adapter, which calls the fake and waits for a second."""
    settings.MESSAGE_TIMEOUT, settings.MESSAGE_INBOX = 1, False

    def make(scheme: str, key: str = KEY, secret: str = SECRET) -> Any:
        settings.MESSAGE_GATEWAYS = [f"{scheme}://{key}:{secret}@127.0.0.1:{gateway.port}/?{OPTIONS}"]
        return named(scheme)

    return make


def outgoing(address: str = "+8613800000001") -> Outgoing:
    return Outgoing(
        uuid4(),
        address,
        "zh-hans",
        "",
        "粤B12345：保养 & 检查。",
        {"plate": "粤B12345", "words": "保养 & 检查"},
        "SMS_1",
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_message_is_taken_and_our_id_stands_in_the_ledger(gateway: Server, account: Any, scheme: str) -> None:
    one = outgoing()
    reference = account(scheme).send(one)
    assert reference
    assert (gateway.gateway.accepted(), gateway.gateway.refused) == ([one.key.hex], [])


def test_each_protocol_carries_what_its_provider_asks_for(gateway: Server, account: Any) -> None:
    for scheme in SCHEMES:
        account(scheme).send(outgoing("wm123" if scheme == "wecom" else "+8613800000001"))
    aliyun, tencent, twilio, wecom = gateway.gateway.seen
    assert (aliyun["PhoneNumbers"], aliyun["SignName"], aliyun["TemplateCode"]) == (
        "13800000001", "深圳一店", "SMS_1",
    )  # fmt: skip
    assert aliyun["TemplateParam"] == '{"plate": "粤B12345", "words": "保养 & 检查"}'
    assert (tencent["PhoneNumberSet"], tencent["TemplateParamSet"]) == (["+8613800000001"], ["粤B12345", "保养 & 检查"])
    assert (tencent["SmsSdkAppId"], tencent["SignName"]) == ("1400000001", "深圳一店")
    assert (twilio["To"], twilio["From"], twilio["Body"]) == ("+8613800000001", "+15550100", "粤B12345：保养 & 检查。")
    assert (wecom["touser"], wecom["open_kfid"], wecom["text"]["content"]) == (
        "wm123",
        "wk1",
        "粤B12345：保养 & 检查。",
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("mode", "temporary"), [("busy", True), ("wrong", False), ("down", True)])
def test_a_no_is_a_definite_no(gateway: Server, account: Any, scheme: str, mode: str, temporary: bool) -> None:
    gateway.gateway.script = [mode]
    with pytest.raises(Refusal) as refused:
        account(scheme).send(outgoing())
    assert (refused.value.temporary, gateway.gateway.accepted()) == (temporary, [])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("mode", ["late", "garbled", "cut"])
def test_what_may_have_been_taken_is_not_certain(gateway: Server, account: Any, scheme: str, mode: str) -> None:
    gateway.gateway.script = [mode]
    with pytest.raises(Unsure):
        account(scheme).send(outgoing())
    assert len(gateway.gateway.accepted()) == 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_wrong_secret_is_refused_for_the_time_being(gateway: Server, account: Any, scheme: str) -> None:
    with pytest.raises(Refusal) as refused:
        account(scheme, secret="another").send(outgoing())
    assert (refused.value.temporary, gateway.gateway.accepted()) == (True, [])


def test_nobody_there_is_a_definite_no(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.MESSAGE_GATEWAYS = [f"twilio://a:b@127.0.0.1:{port}/?insecure=1"]
    with pytest.raises(Refusal) as refused:
        providers("sms")[0].send(outgoing())
    assert refused.value.temporary


def test_without_an_approved_template_a_chinese_provider_is_not_asked(gateway: Server, account: Any) -> None:
    bare = Outgoing(uuid4(), "+8613800000001", "zh-hans", "", "x")
    for scheme in ("aliyun", "tencent"):
        with pytest.raises(Refusal, match="no template code"):
            account(scheme).send(bare)
    assert gateway.gateway.seen == []


def test_a_stale_token_of_wecom_is_renewed_once(gateway: Server, account: Any) -> None:
    provider = account("wecom")
    provider.token.text, provider.token.until = "old", float("inf")
    provider.send(outgoing("wm123"))
    assert (gateway.gateway.refused, len(gateway.gateway.accepted())) == (["/cgi-bin/kf/send_msg?access_token=old"], 1)


def test_the_order_of_the_configuration_is_the_order_of_trying(settings: Any) -> None:
    settings.MESSAGE_GATEWAYS = ["tencent://a:b@/", "aliyun://a:b@/#second", "mail:"]
    settings.MESSAGE_INBOX = True
    assert [one.name for one in providers("sms")] == ["tencent", "second"]
    assert [one.name for one in providers("email") + providers("wechat")] == ["mail", "inbox-wechat"]
    assert isinstance(named("second"), Aliyun)
    assert named("gone") is None


def test_an_unknown_scheme_is_told_at_once(settings: Any) -> None:
    settings.MESSAGE_GATEWAYS = ["pigeon://a:b@/"]
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        providers("sms")
