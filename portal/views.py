"""Pages that look along the whole road."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.htmx import page
from portal import selectors
from portal.selectors.palette import find


@needs("")
def home(request: HttpRequest) -> HttpResponse:
    """Where this role's day starts: the first entry of its menu, or what the role is for."""
    entries = selectors.start_pages(request, actor_of(request))
    if entries:
        return redirect(entries[0])
    duties = selectors.duties(request.workplace.membership.roles)  # type: ignore[attr-defined]  # set by the middleware
    return page(request, "portal/home.html", {"duties": duties})


@needs("")
@require_POST
def palette(request: HttpRequest) -> HttpResponse:
    """Rows for the palette. POST, so that no phone number stands in an address."""
    text = request.POST.get("q", "")[:80]
    found = find(request, actor_of(request), text)
    return page(request, "portal/palette.html", {"text": text, "found": found}, part="results")
