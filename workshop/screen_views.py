"""The televisions of the workshop and of the lounge: their secret address is made, renewed and ended here."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import actor_of, needs
from dms.htmx import go, page
from workshop.selectors.screens import screen_of
from workshop.services import screens


@needs("screen.keep")
def screen(request: HttpRequest) -> HttpResponse:
    """Make a new address (shown once), or end the one that is."""
    actor, addresses = actor_of(request), []
    if request.method == "POST":
        if request.POST.get("act") == "end":
            screens.end(actor=actor)
            messages.success(request, _("The address has ended; the televisions show nothing any more."))
            return go(request, reverse("workshop:screen"))
        secret = screens.renew(actor=actor)
        names = (("portal:tv", _("Workshop")), ("portal:tv_lounge", _("Lounge")))
        addresses = [(label, request.build_absolute_uri(reverse(name, args=[secret]))) for name, label in names]
    context: dict[str, Any] = {"addresses": addresses, "screen": screen_of(actor.branch)}
    response = page(request, "workshop/screen.html", context)
    response["Cache-Control"] = "no-store"
    return response
