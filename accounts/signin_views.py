"""The door: password, second factor, passkey, the PIN at a shared desk, and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import passkeys
from accounts.access import needs, safe_next
from accounts.devices import desk_of, known_device, remember
from accounts.forms import CodeForm, PinForm, SignIn
from accounts.models import Desk, User
from accounts.seat import keep, seat_of, stamp
from accounts.selectors import factors_of, has_factor, of_today
from accounts.services import factors, sessions, tries
from accounts.services.pins import check_pin
from accounts.states import Ended, FactorKind, Proof
from accounts.watch import WHY_COOKIE
from dms.clients import client_address
from dms.errors import Refused
from dms.htmx import go, page

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: The password was right, the second factor is still to come: kept in the session for so many seconds.
HALF, HALF_LASTS = "half", 600


def let_in(request: HttpRequest, user: User, proof: str, wanted: str) -> HttpResponse:
    """Sign in for good: a new session key, a row, a seat, a browser that is known from now on."""
    former = seat_of(request)
    if former and getattr(request.user, "pk", None) != user.pk:
        sessions.end(sign_in_id=former["id"], why=Ended.SWITCHED if former["desk"] else Ended.OUT, keep_session=True)
    request.session.pop(HALF, None)
    request.proof = proof  # type: ignore[attr-defined]  # read by the receiver of the sign-in
    login(request, user, backend=BACKEND)
    response = go(request, wanted)
    remember(request, response, user)
    response.delete_cookie(WHY_COOKIE)
    return response


def _try(request: HttpRequest, what: str, name: str, user: User | None, free: int) -> tries.Try:
    """Count this try. Raises `Paused`."""
    buckets = tries.buckets_for(
        what=what, name=name, address=client_address(request), device=known_device(request, user), free=free
    )
    return tries.begin(name=name, buckets=buckets)


def _paused(request: HttpRequest, paused: tries.Paused) -> HttpResponse:
    response = page(request, "accounts/locked.html", {"minutes": paused.minutes}, status=429)
    response["Retry-After"] = str(paused.minutes * 60)
    return response


def _told(why: str) -> str:
    """What the sign-in page says to somebody whose sign-in ended without them."""
    return {
        Ended.IDLE: _("You were signed out because nothing was done here for a while."),
        Ended.AGE: _("A sign-in lasts one working day. Please sign in again."),
        Ended.LIMIT: _("You signed in at another place, and were signed in at too many. This one was the oldest."),
        Ended.ELSEWHERE: _("This sign-in was ended from another place where you are signed in."),
        Ended.PASSWORD: _("Your password was changed. Please sign in with the new one."),
        Ended.OFF: _("An administrator ended this sign-in. Ask them if you do not know why."),
    }.get(why, "")  # type: ignore[call-overload]


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class SignInView(LoginView):
    """The sign-in page; shows the demo's logins on a demo machine, and at a shared desk who may come by PIN."""

    template_name = "accounts/login.html"
    form_class = SignIn

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        seat = seat_of(request)
        # At a locked desk somebody else may sign in by password.
        self.redirect_authenticated_user = not (seat and seat["locked"])
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        name = request.POST.get("username", "")[:150]
        user = User.objects.filter(username__iexact=name.strip()).first() if name.isprintable() else None
        try:
            self.trial = _try(request, "password", name, user, tries.FREE)
        except tries.Paused as paused:
            return _paused(request, paused)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        self.trial.right()
        user, wanted = form.get_user(), safe_next(self.request)
        if not has_factor(user):
            return let_in(self.request, user, Proof.PASSWORD, wanted)
        if seat_of(self.request) is None:
            self.request.session.cycle_key()
        self.request.session[HALF] = {
            "user": user.pk, "hash": user.get_session_auth_hash(), "at": stamp(), "next": wanted,
        }  # fmt: skip
        return HttpResponseRedirect(reverse("accounts:code"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = _told(self.request.COOKIES.get(WHY_COOKIE, ""))
        more = {"demo": settings.DEMO, "told": told, "desk": desk_of(self.request)}
        return super().get_context_data(**kwargs) | more


class SignOutView(LogoutView):
    """POST only: a link changes nothing."""


# --- The second factor -----------------------------------------------------------------------------------------------


def _half(request: HttpRequest) -> User | None:
    """Who gave the right password in this session a moment ago; None when it took too long or changed since."""
    half = request.session.get(HALF)
    if not half or stamp() - half["at"] > HALF_LASTS:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == half["hash"] else None


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code of the app, a recovery code, or a passkey, after the right password."""
    user = _half(request)
    if user is None:
        return go(request, reverse("accounts:login"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            trial = _try(request, "code", user.username, user, tries.FREE_CODES)
        except tries.Paused as paused:
            return _paused(request, paused)
        if factors.check_code(user=user, code=form.cleaned_data["code"]):
            trial.right()
            return let_in(request, user, Proof.CODE, request.session[HALF]["next"])
        form.add_error("code", _("This code is not right, or was used already. Wait for the next one."))
    kinds = {row.kind for row in factors_of(user)}
    context: dict[str, object] = {
        "form": form, "by_app": FactorKind.TOTP in kinds, "by_passkey": FactorKind.PASSKEY in kinds,
    }  # fmt: skip
    return page(request, "accounts/code.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def passkey_ask(request: HttpRequest) -> HttpResponse:
    """A challenge for a passkey: of the person who gave the password, or of anybody."""
    return JsonResponse(passkeys.question(request, _half(request)))


@never_cache
@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    """The answer: a passkey holds two factors, so whoever has it is in. JSON for `passkey.js`."""
    half = _half(request)
    try:
        trial = _try(request, "passkey", half.username if half else "", half, tries.FREE * 2)
        state, answer, _name = passkeys.answered(request, "get")
    except tries.Paused as paused:
        return JsonResponse({"detail": _wait(paused)}, status=429)
    except Refused as refused:
        return JsonResponse({"detail": refused.sentence}, status=refused.status)
    user = factors.check_passkey(
        server=passkeys.server(request), state=state, answer=answer, expected=half.pk if half else 0
    )
    if user is None:
        return JsonResponse({"detail": _("This passkey does not open this door.")}, status=422)
    trial.right()
    wanted = request.session[HALF]["next"] if half else safe_next(request)
    done = let_in(request, user, Proof.PASSKEY, wanted)
    response = JsonResponse({"next": wanted})
    response.cookies = done.cookies
    return response


def _wait(paused: tries.Paused) -> str:
    return _("Too many wrong tries. Try again in %(minutes)d min.") % {"minutes": paused.minutes}


# --- The shared desk -------------------------------------------------------------------------------------------------


@require_POST
@needs("")
def lock(request: HttpRequest) -> HttpResponse:
    """Leave the desk for a moment: the next click asks for a PIN. Anywhere else there is nothing to lock."""
    seat = seat_of(request)
    if seat is None or not seat["desk"]:
        return go(request, safe_next(request))
    keep(request, locked=True)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return go(request, reverse("accounts:unlock"))


@never_cache
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Tap one's name, type the PIN: at a shared desk, for those who signed in there today."""
    desk = desk_of(request)
    if desk is None:
        return go(request, reverse("accounts:login"))
    people = list({row.user_id: row.user for row in of_today(desk)}.values())
    posted = request.method == "POST"
    form = PinForm(request.POST if posted else None, people=people, first=request.user)
    if posted and form.is_valid():
        try:
            return _came_back(request, desk, int(form.cleaned_data["user"]), form.cleaned_data["pin"])
        except Refused as refused:
            form.add_error("pin", refused.sentence)
    context: dict[str, object] = {"form": form, "desk": desk, "people": people, "next": safe_next(request)}
    return page(request, "accounts/unlock.html", context, part="pin", status=422 if posted else 200)


def _came_back(request: HttpRequest, desk: Desk, user_id: int, pin: str) -> HttpResponse:
    """The desk is this person's now. Raises `Refused`."""
    day = check_pin(user_id=user_id, desk=desk, pin=pin)
    wanted, same = safe_next(request), getattr(request.user, "pk", None) == user_id
    seat = seat_of(request)
    if same and seat and seat["desk"] == desk.pk:
        keep(request, locked=False, seen=stamp(), pin_at=stamp())
    else:
        request.day = day  # type: ignore[attr-defined]  # read by the receiver of the sign-in
        let_in(request, day.user, Proof.PIN, wanted)
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(wanted)
    told = "" if same else _("%(name)s works here now; what is saved from this page is saved in that name.")
    return page(
        request, "accounts/unlock.html", {"name": day.user.name, "told": told % {"name": day.user.name}}, part="in"
    )
