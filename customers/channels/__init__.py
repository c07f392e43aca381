"""Providers by channel, as `MESSAGE_GATEWAYS` names them (docs/admin/messages.md), in the order of trying."""

from collections.abc import Callable
from functools import cache
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from customers.channels.aliyun import Aliyun
from customers.channels.base import Outgoing, Provider, Refusal, Unsure
from customers.channels.esp import Esp
from customers.channels.inbox import Inbox
from customers.channels.mail import Mail
from customers.channels.tencent import Tencent
from customers.channels.twilio import Twilio
from customers.channels.wecom import WeCom
from customers.states import Channel

__all__ = ["CARRIERS", "Outgoing", "Provider", "Refusal", "Unsure", "named", "providers"]

#: Channels by which a message goes; a phone call is none.
CARRIERS = (Channel.SMS, Channel.WECHAT, Channel.EMAIL)
_MAKERS: dict[str, Callable[[SplitResult], Provider]] = {
    "aliyun": Aliyun.of,
    "tencent": Tencent.of,
    "twilio": Twilio.of,
    "wecom": WeCom.of,
    "esp": Esp.of,
    "mail": lambda _url: Mail(),
}


@cache
def _made(urls: tuple[str, ...], inbox: bool) -> tuple[Provider, ...]:
    made: list[Provider] = []
    for text in urls:
        url = urlsplit(text)
        if url.scheme not in _MAKERS:
            raise ImproperlyConfigured(f"MESSAGE_GATEWAYS: nobody speaks {url.scheme}:")
        made.append(_MAKERS[url.scheme](url))
    if inbox:
        served = {provider.channel for provider in made}
        made.extend(Inbox(channel) for channel in CARRIERS if channel not in served)
    return tuple(made)


def _all() -> tuple[Provider, ...]:
    return _made(tuple(settings.MESSAGE_GATEWAYS), settings.MESSAGE_INBOX)


def providers(channel: str) -> list[Provider]:
    """Those of a channel, the preferred one first; none where nothing is configured."""
    return [provider for provider in _all() if provider.channel == channel]


def named(name: str) -> Provider | None:
    """The provider of that name, if it is (still) configured."""
    return next((provider for provider in _all() if provider.name == name), None)
