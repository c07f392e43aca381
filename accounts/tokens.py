"""Sign-in of programs: `Authorization: Bearer dms_…`, and how often one token may ask."""

from typing import Any

from django.core.cache import caches
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import ApiToken, User
from accounts.selectors import token_of
from accounts.services.tokens import note_use
from dms.clock import branch_day, now


class TokenAuthentication(BaseAuthentication):
    """The person of the token; `request.auth` is the token. A request without a bearer token is left to the session."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_of(secret.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is not known, has expired or was revoked."))
        note_use(token=token, on=branch_day(token.membership.branch))
        return token.membership.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says about signing in."""
        return 'Bearer realm="DMS-lite"'


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token; people at their desks are not counted.

    All processes count together in Redis, minute by minute of the clock. While Redis is away each process counts for
    itself: the limit stops a program in a loop, it is no quota, and a missing Redis refuses nobody.
    """

    scope = "token"
    left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; whether it is within the limit."""
        key = self.get_cache_key(request, view)
        most, length = self.parse_rate(self.rate)
        if key is None or most is None or length is None:
            return True
        period, passed = divmod(now().timestamp(), length)
        self.left = length - passed
        return self._count(f"{key}:{int(period)}", length) <= most

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return self.left

    def _count(self, key: str, length: int) -> int:
        for name in ("shared", "default"):
            try:
                caches[name].add(key, 0, length)
                return int(caches[name].incr(key))
            except (RedisError, OSError, ValueError):  # away, or the minute ended between the two
                continue
        return 1

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token: Any = request.auth
        return f"api-token:{token.pk}" if isinstance(token, ApiToken) else None
