"""What a user sets for themselves, and the people of the branch. The door itself is `accounts.signin_views`."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts.access import actor_of, needs, proved
from accounts.forms import JoinForm, NewPersonForm, PasswordForm, PersonForm
from accounts.house import limits_of
from accounts.middleware import LANGUAGE_COOKIE
from accounts.models import Membership, User
from accounts.seat import keep, limit, seat_of, stamp
from accounts.services import people as services
from accounts.services import sessions
from accounts.services.own import remove_factors
from accounts.services.preferences import LANGUAGES, set_language, set_theme
from dms.errors import Refused, Stale
from dms.htmx import go, page


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
    elif chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the looks on the user."""
    if isinstance(request.user, User):
        set_theme(user=request.user, theme=request.POST.get("theme", ""))
    return _back(request)


@require_POST
@needs("")
def branch(request: HttpRequest) -> HttpResponse:
    """Work at another branch of one's own, for this session; the page one was on belongs to the former branch."""
    wanted = request.POST.get("branch", "")
    mine = {str(one.pk): one.pk for one in request.workplace.branches}  # type: ignore[attr-defined]  # set by the middleware
    if wanted not in mine:
        raise Http404
    request.session["branch"] = mine[wanted]
    # The other branch may ask for more of a sign-in.
    place = next(one for one in request.workplace.branches if one.pk == mine[wanted])  # type: ignore[attr-defined]
    limit(request, limits_of(place))
    return go(request, reverse("portal:home"))


# --- The people of the branch ----------------------------------------------------------------------------------------


def _person(request: HttpRequest, membership_id: int) -> Membership:
    row = selectors.person_of(membership_id, actor_of(request).branch)
    if row is None:
        raise Http404
    return row


def _kept(form: forms.Form, act: Callable[[], object]) -> bool:
    """Whether the form was right and the act done; a refusal stands beside its field, or above the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Stale:
        raise
    except Refused as refused:
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        return False
    return True


@require_GET
@needs("people.edit")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody of this branch."""
    return page(request, "accounts/people.html", {"rows": selectors.people(actor_of(request).branch)})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit")
def new_person(request: HttpRequest) -> HttpResponse:
    """Somebody begins to work here."""
    actor, posted = actor_of(request), request.method == "POST"
    form = NewPersonForm(request.POST if posted else None, branch=actor.branch)
    if posted and _kept(form, lambda: services.add_person(actor=actor, **form.cleaned_data)):
        messages.success(request, _("%(name)s can sign in now.") % {"name": form.cleaned_data["name"]})
        return go(request, reverse("accounts:people"))
    return page(request, "accounts/new_person.html", {"form": form}, status=422 if posted else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit")
def join(request: HttpRequest) -> HttpResponse:
    """Somebody of another branch works here too."""
    actor, posted = actor_of(request), request.method == "POST"
    form = JoinForm(request.POST if posted else None, branch=actor.branch, admin=actor.person)
    if posted and _kept(form, lambda: services.join_branch(actor=actor, **form.asked())):
        told = _("%(name)s can choose this branch now.")
        messages.success(request, told % {"name": form.cleaned_data["person"].name})
        return go(request, reverse("accounts:people"))
    return page(request, "accounts/join.html", {"form": form}, status=422 if posted else 200)


def _person_page(request: HttpRequest, row: Membership, status: int = 200, **came_back: object) -> HttpResponse:
    form = PersonForm(initial=PersonForm.values_of(row), branch=row.branch)
    context: dict[str, object] = {
        "person": row, "form": form, "password_form": PasswordForm(), "has_factor": selectors.has_factor(row.user),
    }  # fmt: skip
    return page(request, "accounts/person.html", context | came_back, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit")
def person(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Change somebody's roles or team, or switch them off."""
    actor, row = actor_of(request), _person(request, membership_id)
    if request.method != "POST":
        return _person_page(request, row)
    form = PersonForm(request.POST, branch=actor.branch)
    try:
        if _kept(form, lambda: services.change_person(actor=actor, membership_id=row.pk, **form.cleaned_data)):
            messages.success(request, _("Saved."))
            return go(request, reverse("accounts:people"))
    except Stale as stale:
        # After the comparison was shown, saving once more is meant.
        form.data = {**request.POST.copy().dict(), "version": row.version, "roles": form.cleaned_data["roles"]}
        return _person_page(request, row, stale.status, form=form, stale=stale)
    return _person_page(request, row, 422, form=form)


@sensitive_post_parameters("password")
@require_POST
@needs("people.edit")
def person_password(request: HttpRequest, membership_id: int) -> HttpResponse:
    """A new password for somebody who forgot theirs."""
    return _password_set(request, _person(request, membership_id))


@proved
def _password_set(request: HttpRequest, row: Membership) -> HttpResponse:
    actor, form = actor_of(request), PasswordForm(request.POST)
    made: list[User] = []

    seat = seat_of(request)

    def act() -> None:
        mine = seat["id"] if seat else 0
        made.append(services.set_password(actor=actor, membership_id=row.pk, sign_in=mine, **form.cleaned_data))

    if not _kept(form, act):
        return _person_page(request, row, 422, password_form=form)
    if made[0] == request.user:
        update_session_auth_hash(request, made[0])
        keep(request, proved=stamp())
        if seat is not None:
            sessions.moved(sign_in_id=seat["id"], session_key=request.session.session_key or "")
    messages.success(request, _("The new password of %(name)s is valid now.") % {"name": row.user.name})
    return go(request, reverse("accounts:people"))


@require_POST
@needs("people.edit")
def person_factors(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Somebody lost their phone or key: the password alone lets them in until they set up a new one."""
    return _factors_removed(request, _person(request, membership_id))


@proved
def _factors_removed(request: HttpRequest, row: Membership) -> HttpResponse:
    user = remove_factors(actor=actor_of(request), membership_id=row.pk)
    told = _("%(name)s signs in with the password alone now, and should set up a new second factor.")
    messages.success(request, told % {"name": user.name})
    return go(request, reverse("accounts:person", args=[row.pk]))
