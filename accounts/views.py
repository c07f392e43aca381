"""Sign-in, sign-out, and what a user sets for themselves."""

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.forms import SignIn
from accounts.middleware import LANGUAGE_COOKIE
from accounts.models import User
from accounts.services import set_language, set_theme


class SignInView(LoginView):
    """The sign-in page; shows the demo's logins on a demo machine."""

    template_name = "accounts/login.html"
    form_class = SignIn
    redirect_authenticated_user = True
    extra_context = {"demo": settings.DEMO}


class SignOutView(LogoutView):
    """POST only: a link changes nothing."""


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else "/")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language: on the user, or before sign-in in a cookie."""
    chosen = request.POST.get("language", "")
    response = _back(request)
    if isinstance(request.user, User):
        set_language(user=request.user, language=chosen)
    elif chosen in ("zh-hans", "en"):
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the looks on the user."""
    if isinstance(request.user, User):
        set_theme(user=request.user, theme=request.POST.get("theme", ""))
    return _back(request)
