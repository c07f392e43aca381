"""The customer's status page: a fixed address and a code, no account. A GET of a right code changes nothing."""

import mimetypes
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import wraps
from zoneinfo import ZoneInfo

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import LANGUAGE_COOKIE
from accounts.models import User
from dms.clients import client_address
from dms.errors import Invalid, Refused
from dms.htmx import page
from dms.money import ZERO
from portal.selectors.status import Offer, order_of_code, photo_of, status_of
from portal.services import answer
from reception.models import WorkOrder
from reception.selectors import spine
from records.services.guesses import guessed_wrong, locked_out, sender_of

WHAT = "status_code"
LANGUAGES = ("zh-hans", "en")
IMAGES = ("image/jpeg", "image/png", "image/webp")
APPROVE, DECLINE = "approve", "decline"


def private(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Kept by no cache, found by no search engine, named to no other site."""

    @wraps(view)
    def kept(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        # The browser would send no Origin with `no-referrer`, and the answer's form needs it.
        response["Referrer-Policy"] = "same-origin"
        return response

    return kept


@private
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Type the code; the right one leads to its page."""
    if request.method != "POST":
        return page(request, "portal/enter.html", {})
    order, refused = _opened(request, request.POST.get("code", ""))
    if order is None:
        return refused
    return HttpResponseRedirect(reverse("portal:status", args=[order.status_code]))


def _opened(request: HttpRequest, typed: str) -> tuple[WorkOrder | None, HttpResponse]:
    """The order, or the page that says no: the same for a wrong, an ended and an impossible code."""
    sender = sender_of(client_address(request))
    if locked_out(what=WHAT, sender=sender):
        told = _("Too many wrong codes. Wait 15 minutes, or call us.")
        return None, page(request, "portal/enter.html", {"told": told}, status=429)
    order = order_of_code(typed)
    if order is not None:
        return order, HttpResponse()
    guessed_wrong(what=WHAT, sender=sender)
    told = _("There is no such code. Compare it with the one that we gave you, or call us.")
    return None, page(request, "portal/enter.html", {"told": told}, status=404)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, code: str) -> HttpResponse:
    """Where the car stands, and what waits for an answer; answers are looked at once more before they bind."""
    order, refused = _opened(request, code)
    if order is None:
        return refused
    language = _language(request, order)
    with translation.override(language), timezone.override(ZoneInfo(order.branch.zone)):
        response = _answered(request, order) if request.method == "POST" else _page(request, order)
    response["Content-Language"] = language
    return response


def _language(request: HttpRequest, order: WorkOrder) -> str:
    """The language chosen on this device, else the contact's; a person of the house sees it in their own."""
    if isinstance(request.user, User):
        return request.user.language
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else order.contact.language


def _page(request: HttpRequest, order: WorkOrder, told: str = "", status: int = 200) -> HttpResponse:
    done = request.GET.get("done") == "1" and not told
    context: dict[str, object] = {"seen": status_of(order), "spine": spine(order), "told": told, "done": done}
    return page(request, "portal/status.html", context, status=status)


@dataclass(slots=True)
class Answers:
    """What was posted: line → price version shown."""

    approved: dict[int, int] = field(default_factory=dict)
    declined: dict[int, int] = field(default_factory=dict)


def _posted(request: HttpRequest) -> Answers:
    """The answers of the form. Raises `Invalid` for numbers that are none, and for no answer at all."""
    answers = Answers()
    for name, value in request.POST.items():
        kind, _sep, line = name.partition("-")
        if kind != "answer" or value not in (APPROVE, DECLINE):
            continue
        shown = request.POST.get(f"shown-{line}", "")
        if not (_number(line) and _number(shown)):
            raise Invalid(_("Choose an answer for at least one item."))
        (answers.approved if value == APPROVE else answers.declined)[int(line)] = int(shown)
    if not answers.approved and not answers.declined:
        raise Invalid(_("Choose an answer for at least one item."))
    return answers


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _answered(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """First the summary with its total, which writes nothing; confirmed, the answer itself."""
    try:
        answers = _posted(request)
        if request.POST.get("confirm") != "1":
            return _summary(request, order, answers)
        answer(order=order, approved=answers.approved, declined=answers.declined)
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return HttpResponseRedirect(reverse("portal:status", args=[order.status_code]) + "?done=1")


def _summary(request: HttpRequest, order: WorkOrder, answers: Answers) -> HttpResponse:
    seen = status_of(order)
    offers = {offer.line.pk: offer for offer in seen.offers}
    for line, version in (answers.approved | answers.declined).items():
        if line not in offers or offers[line].line.price_version != version:
            raise Refused(_("The offer has changed since it was shown. Look at it again."), "stale")
    yes = [offers[line] for line in answers.approved]
    context: dict[str, object] = {
        "seen": seen,
        "yes": yes,
        "no": [offers[line] for line in answers.declined],
        "total": _total(yes),
        "after": _total(yes) + seen.agreed_sum,
    }
    return page(request, "portal/status_confirm.html", context)


def _total(offers: list[Offer]) -> Decimal:
    return sum((offer.line.gross for offer in offers if offer.own), ZERO)


@private
@require_safe
def photo(request: HttpRequest, code: str, key: uuid.UUID) -> HttpResponseBase:
    """A photo of a finding that is offered on this page."""
    order, refused = _opened(request, code)
    if order is None:
        return refused
    found = photo_of(order, key)
    kind = mimetypes.guess_type(found.image.name or "")[0] if found else None
    if found is None or kind not in IMAGES:
        raise Http404
    return FileResponse(found.image.open("rb"), content_type=kind)
