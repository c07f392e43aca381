"""Providers of scan-to-pay, by the accounts in SCAN_PAY."""

import ipaddress
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured

from accounts.models import Branch
from customers.channels.http import Account
from delivery.scan.base import ScanProvider
from delivery.scan.wechat import HOST, WeChat


def providers() -> list[ScanProvider]:
    """All accounts, in the order of the setting. Raises `ImproperlyConfigured` for one that cannot be read."""
    return [_provider(url, settings.DEMO) for url in settings.SCAN_PAY]


def provider_for(branch: Branch) -> ScanProvider | None:
    """The account that takes this branch's money; None where codes are not shown."""
    return next((one for one in providers() if one.serves(branch.code, branch.currency)), None)


def named(name: str) -> ScanProvider | None:
    """The account of that name."""
    return next((one for one in providers() if one.name == name), None)


@lru_cache(maxsize=16)
def _provider(text: str, demo: bool) -> ScanProvider:
    url = urlsplit(text)
    if url.scheme != "wechat":
        raise ImproperlyConfigured(f"SCAN_PAY: {url.scheme}:// is no provider; known is wechat://")
    account = Account.of(url, HOST)
    if account.options.get("insecure") and not (demo and _this_machine(account.host)):
        raise ImproperlyConfigured("SCAN_PAY: insecure=1 is for the demo's own provider on this machine only.")
    try:
        return WeChat(account, tuple(parse_qs(url.query).get("branch", ())))
    except (OSError, ValueError, KeyError) as error:
        # The error's text may name a file, never what stands in it.
        raise ImproperlyConfigured(f"SCAN_PAY: the account {account.name} is not complete: {error}") from error


def check_accounts(app_configs: object, **_more: object) -> list[Error]:
    """`manage.py check --deploy`: an account that cannot be used is found before the first customer stands there."""
    try:
        providers()
    except ImproperlyConfigured as wrong:
        return [Error(str(wrong), id="delivery.E001")]
    return []


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
