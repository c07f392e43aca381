"""Puts the person's workplace on the request: branch, language, time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language_from_request

from accounts.access import Workplace as Place
from accounts.models import User
from accounts.selectors import chosen, memberships_of

LANGUAGE_COOKIE = "dms_language"


def _language(request: HttpRequest) -> str:
    if isinstance(request.user, User):
        return request.user.language
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in ("zh-hans", "en") else get_language_from_request(request)


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
        if not isinstance(request.user, User):
            return None
        found = memberships_of(request.user)
        membership = chosen(found, request.session.get("branch"))
        if membership is None:
            return None
        branches = [one.branch for one in found]
        return Place(branch=membership.branch, membership=membership, theme=request.user.theme, branches=branches)
