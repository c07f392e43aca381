"""What people keep of their own sign-in: password, second factor, PIN, places, API tokens."""

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import passkeys
from accounts.access import actor_of, needs, proved, safe_next
from accounts.forms import ConfirmForm, OwnPasswordForm, OwnPinForm, TokenForm, TotpForm
from accounts.models import ApiToken, Factor
from accounts.places import places_of
from accounts.seat import keep, seat_of, stamp
from accounts.selectors import factors_of, has_factor, open_of, tokens_of
from accounts.services import factors, own, pins, sessions, tokens, tries
from accounts.states import Ended, FactorKind
from dms.clients import client_address
from dms.errors import Invalid, Refused
from dms.htmx import go, page

SETUP = "accounts.totp"
#: Seconds in which the app is set up; then the picture is drawn anew.
SETUP_LASTS = 900
SHOWN = ["GET", "HEAD", "POST"]


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(SHOWN)
@needs("")
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more."""
    form, user = ConfirmForm(request.POST if request.method == "POST" else None), actor_of(request).person
    if form.is_valid():
        buckets = tries.buckets_for(
            what="password", name=user.username, address=client_address(request), device=f"session {user.pk}"
        )
        try:
            trial = tries.begin(name=user.username, buckets=buckets)
        except tries.Paused as paused:
            return page(request, "accounts/locked.html", {"minutes": paused.minutes}, status=429)
        if user.check_password(form.cleaned_data["password"]):
            trial.right()
            keep(request, proved=stamp(), pin_at=stamp())
            return go(request, safe_next(request))
        form.add_error("password", _("This is not your present password."))
    context: dict[str, object] = {"form": form, "next": safe_next(request)}
    return page(request, "accounts/confirm.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@needs("")
def security(request: HttpRequest) -> HttpResponse:
    """Everything about one's sign-in on one page."""
    user, seat = actor_of(request).person, seat_of(request)
    found = factors_of(user)
    kinds = {row.kind for row in found}
    context: dict[str, object] = {
        "factors": [row for row in found if row.kind != FactorKind.RECOVERY],
        "recovery": next((row for row in found if row.kind == FactorKind.RECOVERY), None),
        "has_app": FactorKind.TOTP in kinds,
        "must": bool(seat and seat["must"] and not seat["factor"]),
        "places": places_of(user, seat["id"] if seat else 0),
        "has_pin": bool(user.pin_hash),
    }
    return page(request, "accounts/security.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(SHOWN)
@needs("")
def own_password(request: HttpRequest) -> HttpResponse:
    """A new password for oneself; every other place is signed out."""
    form, user, seat = OwnPasswordForm(request.POST or None), actor_of(request).person, seat_of(request)
    if request.method == "POST" and form.is_valid():
        try:
            trial = tries.begin(
                name=user.username,
                buckets=tries.buckets_for(what="password", name=user.username, address="", device=f"session {user.pk}"),
            )
            changed = own.change_password(user=user, sign_in=seat["id"] if seat else 0, **form.cleaned_data)
        except tries.Paused as paused:
            return page(request, "accounts/locked.html", {"minutes": paused.minutes}, status=429)
        except Invalid as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            trial.right()
            _same_sign_in(request, changed)
            messages.success(request, _("Your new password is valid now. Every other place was signed out."))
            return go(request, reverse("accounts:security"))
    return page(request, "accounts/own_password.html", {"form": form}, status=422 if form.errors else 200)


def _same_sign_in(request: HttpRequest, user: object) -> None:
    """The session of whoever changed their own password goes on, under a new key."""
    update_session_auth_hash(request, user)  # type: ignore[arg-type]  # a User
    seat = seat_of(request)
    if seat is not None:
        keep(request, proved=stamp())
        sessions.moved(sign_in_id=seat["id"], session_key=request.session.session_key or "")


# --- Second factor ---------------------------------------------------------------------------------------------------


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The recovery codes, this once; without new ones back to the page."""
    if not codes:
        return go(request, reverse("accounts:security"))
    return page(request, "accounts/codes.html", {"codes": codes})


@never_cache
@sensitive_post_parameters()
@require_http_methods(SHOWN)
@needs("")
@proved
def totp(request: HttpRequest) -> HttpResponse:
    """An authenticator app: scan, type the first code. Nothing is kept before; the key travels signed in the form."""
    user, posted = actor_of(request).person, request.method == "POST"
    form = TotpForm(request.POST if posted else None)
    secret = _secret_of(request.POST.get("setup", ""), user.pk)
    if posted and secret and form.is_valid():
        try:
            codes = factors.add_totp(user=user, secret=secret, code=form.cleaned_data["code"])
        except Refused as refused:
            form.add_error("code", refused.sentence)
        else:
            keep(request, factor=True)
            messages.success(request, _("From now on you sign in with password and code."))
            return _codes(request, codes)
    secret = secret or factors.new_secret()
    setup = signing.dumps({"secret": secret, "user": user.pk}, salt=SETUP)
    picture = segno.make_qr(factors.address_of(user, secret)).svg_data_uri(scale=5, border=2)
    spelled = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    context: dict[str, object] = {"form": form, "setup": setup, "picture": picture, "spelled": spelled}
    return page(request, "accounts/totp.html", context, status=422 if posted else 200)


def _secret_of(setup: str, user_id: int) -> str:
    """The key that we drew for this person a moment ago; '' for none."""
    try:
        said = signing.loads(setup, salt=SETUP, max_age=SETUP_LASTS)
    except signing.BadSignature:
        return ""
    return str(said["secret"]) if said.get("user") == user_id else ""


@never_cache
@require_http_methods(SHOWN)
@needs("")
@proved
def passkey_new(request: HttpRequest) -> HttpResponse:
    """The page that makes a passkey; a POST by `passkey.js` asks for the challenge."""
    if request.method == "POST":
        return JsonResponse(passkeys.creation(request, actor_of(request).person))
    return page(request, "accounts/passkey.html", {})


@never_cache
@require_POST
@needs("")
@proved
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that answered. JSON for `passkey.js`; the recovery codes, if any, come with the next page."""
    user = actor_of(request).person
    try:
        state, answer, name = passkeys.answered(request, "create")
        codes = factors.add_passkey(
            user=user, name=name, server=passkeys.server(request), state=state, answer=answer
        )  # fmt: skip
    except Refused as refused:
        return JsonResponse({"detail": refused.sentence}, status=refused.status)
    keep(request, factor=True)
    messages.success(request, _("From now on you can sign in with this passkey."))
    return JsonResponse({"next": reverse("accounts:security"), "codes": codes})


@require_POST
@needs("")
@proved
def recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes."""
    user = actor_of(request).person
    if not has_factor(user):
        raise Refused(_("Set up an authenticator app or a passkey first."))
    return _codes(request, factors.renew_codes(user=user))


@require_POST
@needs("")
def factor_remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Take one's own factor away."""
    user = actor_of(request).person
    if not Factor.objects.filter(pk=factor_id, user=user).exclude(kind=FactorKind.RECOVERY).exists():
        raise Http404
    return _factor_removed(request, factor_id)


@proved
def _factor_removed(request: HttpRequest, factor_id: int) -> HttpResponse:
    user = actor_of(request).person
    factors.remove(user=user, factor_id=factor_id)
    keep(request, factor=has_factor(user))
    messages.success(request, _("Removed."))
    return go(request, reverse("accounts:security"))


# --- PIN and places --------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters()
@require_http_methods(SHOWN)
@needs("")
@proved
def own_pin(request: HttpRequest) -> HttpResponse:
    """One's PIN for shared desks; an empty one takes it away."""
    form = OwnPinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            pins.set_pin(user=actor_of(request).person, pin=form.cleaned_data["pin"])
        except Invalid as refused:
            form.add_error("pin", refused.sentence)
        else:
            messages.success(request, _("Saved."))
            return go(request, reverse("accounts:security"))
    return page(request, "accounts/own_pin.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs("")
def place_end(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """Sign out at another place."""
    if not open_of(actor_of(request).person).filter(pk=sign_in_id).exists():
        raise Http404
    sessions.end(sign_in_id=sign_in_id, why=Ended.ELSEWHERE)
    messages.success(request, _("Signed out there."))
    return go(request, reverse("accounts:security"))


@require_POST
@needs("")
def places_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    seat = seat_of(request)
    sessions.end_all(user=actor_of(request).person, why=Ended.ELSEWHERE, but=seat["id"] if seat else 0)
    messages.success(request, _("Signed out everywhere else."))
    return go(request, reverse("accounts:security"))


# --- API tokens ------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(SHOWN)
@needs("")
@proved
def own_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a new one, whose secret is shown in the answer and never again."""
    actor, posted, secret = actor_of(request), request.method == "POST", ""
    form = TokenForm(request.POST if posted else None, actor=actor)
    if posted and form.is_valid():
        try:
            _made, secret = tokens.create_token(
                membership=request.workplace.membership, by=actor.person, **form.asked()  # type: ignore[attr-defined]
            )  # fmt: skip
            form = TokenForm(None, actor=actor)
        except Refused as refused:
            form.add_error(None, refused.sentence)
    context: dict[str, object] = {"form": form, "secret": secret, "tokens": tokens_of(actor.person)}
    return page(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@needs("")
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Switch one of one's tokens off for good."""
    user = actor_of(request).person
    if not ApiToken.objects.filter(pk=token_id, membership__user=user).exists():
        raise Http404
    tokens.revoke_token(token_id=token_id, by=user)
    messages.success(request, _("The token is switched off."))
    return go(request, reverse("accounts:own_tokens"))
