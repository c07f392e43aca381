"""Sign-in of programs: `Authorization: Bearer dms_…`, and how often one token may ask."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import ApiToken, User
from accounts.selectors import token_of
from accounts.services.tokens import note_use
from dms.clock import branch_day


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

    The count is kept by each process, so that it needs no Redis: it stops a program in a loop, it is no quota.
    """

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token: Any = request.auth
        return f"api-token:{token.pk}" if isinstance(token, ApiToken) else None
