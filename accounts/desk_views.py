"""Shared desks: mark this browser as one, see them, take one back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.devices import desk_of, leave_desk, make_desk
from accounts.forms import DeskForm
from accounts.models import Desk
from accounts.selectors import desks_of
from accounts.services.desks import mark, retire
from dms.errors import Invalid
from dms.htmx import go, page


@require_http_methods(["GET", "HEAD", "POST"])
@needs("desk.keep")
def desks(request: HttpRequest) -> HttpResponse:
    """The shared desks of the branch; the form makes this browser one, from the next sign-in on."""
    actor, form = actor_of(request), DeskForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            desk = mark(actor=actor, name=form.cleaned_data["name"])
        except Invalid as refused:
            form.add_error("name", refused.sentence)
        else:
            told = _(
                "This browser is the shared desk “%(name)s” now. Sign out; whoever signs in next can use their PIN."
            )
            messages.success(request, told % {"name": desk.name})
            response = go(request, reverse("accounts:desks"))
            make_desk(response, desk)
            return response
    context: dict[str, object] = {"form": form, "desks": desks_of(actor.branch), "here": desk_of(request)}
    return page(request, "accounts/desks.html", context, status=422 if form.errors else 200)


@require_POST
@needs("desk.keep")
def desk_retire(request: HttpRequest, desk_id: int) -> HttpResponse:
    """A desk is no shared desk any more."""
    here = desk_of(request)
    try:
        desk = retire(actor=actor_of(request), desk_id=desk_id)
    except Desk.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("“%(name)s” is no shared desk any more.") % {"name": desk.name})
    response = go(request, reverse("accounts:desks"))
    if here == desk:
        leave_desk(response)
    return response
