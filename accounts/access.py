"""The workplace of a request and the decorator that guards every view."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts.models import Branch, Membership
from accounts.policies import Actor, check_may
from accounts.roles import permissions_of
from accounts.seat import proved_of_late
from dms.errors import Forbidden
from dms.htmx import go


@dataclass(slots=True)
class MenuEntry:
    """One line of the menu, at most six a role; `key` is the letter after G."""

    url: str
    label: str
    key: str = ""
    count: int | None = None
    current: bool = False


@dataclass(slots=True)
class Workplace:
    """Where this request's person works; the shell shows it."""

    branch: Branch
    membership: Membership
    theme: str
    #: Where this person may choose to work; the shell offers the choice when there are two.
    branches: list[Branch] = field(default_factory=list)
    menu: list[MenuEntry] = field(default_factory=list)
    #: False at a shared desk where nobody showed a PIN or password of late (`accounts.watch`).
    proved: bool = True
    #: Seconds without a click after which the page of a shared desk locks itself; 0 anywhere else.
    desk_lock: int = 0

    @property
    def user(self) -> str:
        """The person's name."""
        return self.membership.user.name

    @property
    def role_label(self) -> str:
        """The person's roles in words."""
        return self.membership.role_label

    @property
    def actor(self) -> Actor:
        """The same person for services."""
        return Actor(self.membership.user, self.branch, permissions_of(self.membership.roles), self.proved)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request. Raises `Forbidden` for somebody without a branch."""
    workplace = getattr(request, "workplace", None)
    if workplace is None:
        raise Forbidden(_("You do not belong to a branch yet. Ask your administrator."))
    actor: Actor = workplace.actor
    return actor


def safe_next(request: HttpRequest) -> str:
    """Where the person wanted to go (`next`), when that is a page of ours; else the start."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse(settings.LOGIN_REDIRECT_URL)


def needs(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Guard a view: signed in, at a branch, with this permission ('' for every member). `view.permission` tells it."""

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if permission:
                check_may(actor, permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the route × role test
        return guarded

    return guard


def proved(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What opens somebody's door asks for the password when it was not shown of late: by PIN nobody gets this far."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if proved_of_late(request):
            return view(request, *args, **kwargs)
        here = request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "")
        back = urlencode({"next": here or reverse("accounts:security")})
        return go(request, f"{reverse('accounts:confirm')}?{back}")

    return asked
