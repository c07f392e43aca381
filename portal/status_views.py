"""The customer's status page: a fixed address and a code, no account. A GET of a right code changes nothing."""

import mimetypes
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import wraps
from zoneinfo import ZoneInfo

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import LANGUAGE_COOKIE
from accounts.models import User
from delivery.forms import PickupForm
from dms.clients import client_address
from dms.errors import Invalid, Refused
from dms.htmx import page
from dms.money import ZERO
from portal import services
from portal.selectors.status import Offer, bill_file, order_of_code, photo_of, status_of
from reception.models import WorkOrder
from reception.selectors import spine
from records.models import PaperFile
from records.services.guesses import guessed_wrong, locked_out, sender_of
from records.states import FileState
from retention.forms import SurveyForm, WishForm

WHAT = "status_code"
LANGUAGES = ("zh-hans", "en")
IMAGES = ("image/jpeg", "image/png", "image/webp")
APPROVE, DECLINE, NEITHER = "approve", "decline", "neither"
#: What was done, in the address of the page that says thank you.
ANSWERED, JUDGED, WISHED, STOPPED, WANTED, PICKED = "1", "survey", "wish", "stop", "want", "pickup"


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
    return _in_their_words(request, order, _answered if request.method == "POST" else _page)


Shown = Callable[[HttpRequest, WorkOrder], HttpResponse]


def _in_their_words(request: HttpRequest, order: WorkOrder, show: Shown) -> HttpResponse:
    """In the customer's language, on the branch's clock."""
    language = _language(request, order)
    with translation.override(language), timezone.override(ZoneInfo(order.branch.zone)):
        response = show(request, order)
    response["Content-Language"] = language
    return response


def _act(show: Shown) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A POST of whoever holds the code; what is refused stands on the page, with nothing typed lost."""

    @private
    @require_POST
    @wraps(show)
    def view(request: HttpRequest, code: str) -> HttpResponse:
        order, refused = _opened(request, code)
        return refused if order is None else _in_their_words(request, order, show)

    return view


def _language(request: HttpRequest, order: WorkOrder) -> str:
    """The language chosen on this device, else the contact's; a person of the house sees it in their own."""
    if isinstance(request.user, User):
        return request.user.language
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else order.contact.language


#: Forms that come back with what was typed, by their name on the page.
Typed = Mapping[str, forms.Form]


def _page(
    request: HttpRequest, order: WorkOrder, told: str = "", status: int = 200, came_back: Typed | None = None
) -> HttpResponse:
    done = "" if told or came_back else _thanks(request.GET.get("done", ""))
    context: dict[str, object] = {"seen": status_of(order), "spine": spine(order), "told": told, "done": done}
    context |= {"survey": SurveyForm(auto_id="survey_%s"), "wish": WishForm(auto_id="wish_%s")}
    return page(request, "portal/status.html", {**context, **(came_back or {})}, status=status)


def _thanks(done: str) -> str:
    return {
        ANSWERED: _("Thank you. Your answer has reached us."),
        JUDGED: _("Thank you. Your marks have reached us."),
        WISHED: _("Thank you. We will call you about the appointment."),
        PICKED: _("Thank you. We have noted it."),
        STOPPED: _("Done. You will get no more of these messages."),
        WANTED: _("Thank you. You will hear from us."),
    }.get(done, "")


def _back(order: WorkOrder, done: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:status", args=[order.status_code]) + f"?done={done}")


@dataclass(slots=True)
class Answers:
    """What was posted: line → price version shown."""

    approved: dict[int, int] = field(default_factory=dict)
    declined: dict[int, int] = field(default_factory=dict)


def _posted(request: HttpRequest, order: WorkOrder) -> Answers:
    """The answers of the form. Raises `Invalid` for numbers that are none, and for no answer at all."""
    answers = Answers()
    for name, value in [*request.POST.items(), *_chosen(request, order)]:
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


def _chosen(request: HttpRequest, order: WorkOrder) -> Iterator[tuple[str, str]]:
    """One choice among alternatives, as the answers that it means: all lines of its letter, or none of the group."""
    chosen = {name: value for name, value in request.POST.items() if name.startswith("choose-")}
    for group in status_of(order).groups if chosen else []:
        letter = chosen.get(f"choose-{group.number}", "")
        for option in group.options:
            for line in option.lines:
                if letter in (option.letter, NEITHER):
                    yield f"answer-{line.pk}", DECLINE if letter == NEITHER else APPROVE


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _answered(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """First the summary with its total, which writes nothing; confirmed, the answer itself."""
    try:
        answers = _posted(request, order)
        if request.POST.get("confirm") != "1":
            return _summary(request, order, answers)
        signer = request.POST.get("signer", "")[:60]
        if answers.approved and order.authorised_at is None and not signer.strip():
            return _summary(request, order, answers, _("Write your name: it is your signature."))
        services.answer(order=order, approved=answers.approved, declined=answers.declined, signer=signer)
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return _back(order, ANSWERED)


def _summary(request: HttpRequest, order: WorkOrder, answers: Answers, told: str = "") -> HttpResponse:
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
        "signs": bool(yes) and order.authorised_at is None,
        "told": told,
    }
    return page(request, "portal/status_confirm.html", context, status=422 if told else 200)


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


@_act
def survey(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """The five marks of a visit that is over."""
    form = SurveyForm(request.POST, auto_id="survey_%s")
    return _kept(request, order, form, "survey", JUDGED, lambda: services.judge(order=order, **form.values()))


@_act
def wish(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """Ask for an appointment: a day, a part of it, and why."""
    form = WishForm(request.POST, auto_id="wish_%s")
    return _kept(request, order, form, "wish", WISHED, lambda: services.ask_to_come(order=order, **form.cleaned_data))


@_act
def want(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """Messages for one purpose are welcome."""
    try:
        services.want_messages(order=order, purpose=request.POST.get("purpose", ""))
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return _back(order, WANTED)


@_act
def pickup(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """Agree when the car is picked up, another time, or none."""
    form = PickupForm(request.POST)
    try:
        if request.POST.get("none") == "1":
            services.no_pickup(order=order)
        elif form.is_valid():
            services.agree_pickup(order=order, starts_at=form.cleaned_data["starts_at"])
        else:
            raise Invalid(_("This is not one of the pick-up times. Choose one from the list."))
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return _back(order, PICKED)


@_act
def pay(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """Show the code that pays the bill."""
    try:
        services.show_code(order=order)
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return HttpResponseRedirect(reverse("portal:status", args=[order.status_code]))


@_act
def stop(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    """No more messages for one purpose."""
    try:
        services.stop_messages(order=order, purpose=request.POST.get("purpose", ""))
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return _back(order, STOPPED)


def _kept(
    request: HttpRequest, order: WorkOrder, form: forms.Form, name: str, done: str, act: Callable[[], object]
) -> HttpResponse:
    """Do it and say thank you; or the page again, with what was typed and what was wrong."""
    try:
        if form.is_valid():
            act()
            return _back(order, done)
    except Invalid as refused:
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
    except Refused as refused:
        return _page(request, order, told=refused.sentence, status=refused.status)
    return _page(request, order, status=422, came_back={name: form})


@private
@require_safe
def bill(request: HttpRequest, code: str) -> HttpResponseBase:
    """The settlement slip as it was issued, as PDF; 202 while it is being drawn."""
    order, refused = _opened(request, code)
    if order is None:
        return refused
    row = bill_file(order)
    if row is None:
        raise Http404
    if row.state != FileState.MADE:
        return _in_their_words(request, order, _not_drawn)
    pdf = PaperFile.objects.values_list("pdf", flat=True).get(pk=row.pk)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="bill.pdf"'
    return response


def _not_drawn(request: HttpRequest, order: WorkOrder) -> HttpResponse:
    return page(request, "portal/bill_waits.html", {"order": order}, status=202)
