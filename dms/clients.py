"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The peer's address; behind `TRUSTED_PROXIES` of ours the one that the first of them saw.

    Each proxy adds at the right whom it spoke to, so what a client made up stands further left and is never read.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if not proxies or not seen:
        return peer
    claimed = seen[max(0, len(seen) - proxies)]
    try:
        return str(ipaddress.ip_address(claimed.strip("[]")))
    except ValueError:
        return peer
