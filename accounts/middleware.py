"""Puts the person's workplace on the request: branch, language, time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language_from_request

from accounts.access import Workplace as Place
from accounts.models import Membership, User
from accounts.selectors import chosen, memberships_by_id, memberships_of

LANGUAGE_COOKIE = "dms_language"


def _language(request: HttpRequest) -> str:
    if isinstance(request.user, User):
        return request.user.language
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in ("zh-hans", "en") else get_language_from_request(request)


def _signed_in(request: HttpRequest) -> list[Membership]:
    """The session's person with all memberships in one query, put on the request in place of Django's own.

    Judged as `django.contrib.auth.get_user` judges: the sign-in's backend is still one of ours, the person is active,
    the password is the one of the sign-in. Where anything differs the list is empty, and Django's way decides (it also
    knows older secrets, and ends a session that is none).
    """
    pk, backend = request.session.get(SESSION_KEY), request.session.get(BACKEND_SESSION_KEY)
    if not (isinstance(pk, str) and pk.isascii() and pk.isdigit()) or backend not in settings.AUTHENTICATION_BACKENDS:
        return []
    found = memberships_by_id(int(pk))
    if not found or not found[0].user.is_active:
        return []
    proof = str(request.session.get(HASH_SESSION_KEY, ""))
    if not constant_time_compare(proof, found[0].user.get_session_auth_hash()):
        return []
    request.user = found[0].user
    return found


class Workplace:
    """Middleware: `request.workplace` is None for somebody who is not signed in or belongs to no branch."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.workplace = self._place(request)  # type: ignore[attr-defined]  # ours, as request.htmx is
        language = _language(request)
        zone = request.workplace.branch.zone if request.workplace else "UTC"  # type: ignore[attr-defined]
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            response = self.get_response(request)
            # A page is rendered lazily by some views; render inside the language.
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Vary", "Cookie, Accept-Language")
        return response

    def _place(self, request: HttpRequest) -> Place | None:
        found = _signed_in(request)
        if not found and isinstance(request.user, User):
            found = memberships_of(request.user)
        membership = chosen(found, request.session.get("branch"))
        if membership is None:
            return None
        branches = [one.branch for one in found]
        return Place(branch=membership.branch, membership=membership, theme=membership.user.theme, branches=branches)
