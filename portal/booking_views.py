"""The public booking page of a branch: no account, a code sent to the number confirms. A GET changes nothing."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Branch
from customers.identifiers import masked_phone
from dms.clients import client_address
from dms.clock import branch_day
from dms.errors import Refused
from dms.htmx import page
from portal.booking_forms import MINUTE, ONLINE, BookingForm, FreeForm, ProofForm, SlotForm, WaitForm, WhoForm, kind_of
from portal.private import private
from portal.selectors.booking import DAYS, Choice, choice_of, days_ahead
from reception.appointment_calendar import time_text
from reception.appointment_states import AppointmentState
from reception.feed import calendar_text, feed_of
from reception.models import OnlineBooking
from reception.services import online
from reception.states import VisitType
from records.services.guesses import guessed_wrong, locked_out, sender_of

#: Counted a sender: codes asked for, and codes that were wrong.
ASKED, WRONG, NO_OFFER = "booking_asked", "booking_code", "free_code"


def _branch_page(show: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A page of the branch with this code, on its clock."""

    @private
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(show)
    def view(request: HttpRequest, branch_code: str, **rest: Any) -> HttpResponse:
        branch = get_object_or_404(Branch, code__iexact=branch_code)
        with timezone.override(ZoneInfo(branch.zone)):
            return show(request, branch, **rest)

    return view


def _too_many(request: HttpRequest, branch: Branch) -> HttpResponse | None:
    """Who asked for too many codes, or typed too many wrong ones, waits a quarter of an hour."""
    sender = sender_of(client_address(request))
    if not any(locked_out(what=what, sender=sender) for what in (ASKED, WRONG, NO_OFFER)):
        return None
    told = _("Too many tries. Wait 15 minutes, or call us.")
    return page(request, "portal/booking_told.html", {"branch": branch, "told": told}, status=429)


def _day_of(request: HttpRequest, branch: Branch) -> date:
    """The day of the address, when it can be booked; else tomorrow."""
    today = branch_day(branch)
    try:
        day = parse_date(request.POST.get("day", "") or request.GET.get("day", "")) or today + timedelta(days=1)
    except ValueError:
        day = today
    return min(max(day, today), today + timedelta(days=days_ahead(branch)))


def _context(request: HttpRequest, branch: Branch, choice: Choice) -> dict[str, Any]:
    return {
        "branch": branch,
        "choice": choice,
        "kinds": [(kind, VisitType(kind).label) for kind in ONLINE],
        "earlier": choice.day - timedelta(days=DAYS),
        "later": choice.day + timedelta(days=DAYS),
        "today": branch_day(branch),
    }


def _to(name: str, branch: Branch, key: str = "") -> str:
    return reverse(f"portal:{name}", args=[branch.code, *([key] if key else [])])


@_branch_page
def book(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Choose a day and a time that is free, say whose car; then a code is sent."""
    kind = kind_of(request.POST.get("kind", "") or request.GET.get("kind", ""))
    choice = choice_of(branch, _day_of(request, branch), kind)
    form = _form(request, choice)
    if form.is_valid():
        refused = _too_many(request, branch)
        if refused is not None:
            return refused
        row = _asked(request, branch, form, choice)
        if row is not None:
            return HttpResponseRedirect(_to("booking_code", branch, row.key))
    context = _context(request, branch, choice) | {
        "form": form,
        "closed": bool(choice.days and choice.days[0].why_closed),
    }
    return page(request, "portal/booking.html", context, status=422 if form.errors else 200)


def _instant(branch: Branch, text: str) -> datetime:
    return datetime.strptime(text, MINUTE).replace(tzinfo=ZoneInfo(branch.zone))


def _form(request: HttpRequest, choice: Choice) -> WaitForm:
    """With the free times; without them for who wants none of these, or where there is none."""
    data = request.POST if request.method == "POST" else None
    if not choice.times or (data is not None and data.get("do") == "wait"):
        return WaitForm(data)
    form = BookingForm(data)
    form.offer(choice.times)
    return form


def _asked(request: HttpRequest, branch: Branch, form: WaitForm, choice: Choice) -> OnlineBooking | None:
    given = dict(form.cleaned_data)
    when = {"at": _instant(branch, given["at"])} if "at" in given else {"on": choice.day}
    asked = online.Asked(kind=choice.kind, **given | when)
    return _coded(request, form, lambda: online.ask_to_book(branch=branch, asked=asked))


def _coded(request: HttpRequest, form: Any, act: Callable[[], OnlineBooking]) -> OnlineBooking | None:
    """The row that waits for its code; None when the form says what was wrong."""
    guessed_wrong(what=ASKED, sender=sender_of(client_address(request)))
    try:
        return act()
    except Refused as refused:
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        return None


@_branch_page
def mine(request: HttpRequest, branch: Branch) -> HttpResponse:
    """See a booking by plate and number. Whether there is one is not told: the code goes only to a number that has."""
    form = WhoForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        refused = _too_many(request, branch)
        if refused is not None:
            return refused
        row = _coded(request, form, lambda: online.ask_to_see(branch=branch, **form.cleaned_data))
        if row is not None:
            return HttpResponseRedirect(_to("booking_code", branch, row.key))
    context = {"branch": branch, "form": form}
    return page(request, "portal/booking_mine.html", context, status=422 if form.errors else 200)


def _row(branch: Branch, key: str) -> OnlineBooking:
    rows = OnlineBooking.objects.select_related("branch", "appointment__vehicle")
    return get_object_or_404(rows, branch=branch, key=key)


@_branch_page
def code(request: HttpRequest, branch: Branch, proof: str) -> HttpResponse:
    """Type the code; the right one books."""
    row = _row(branch, proof)
    if row.proved_at is not None:
        return HttpResponseRedirect(_to("booking_own", branch, proof))
    form, told = ProofForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        refused = _too_many(request, branch)
        if refused is not None:
            return refused
        try:
            if online.prove(branch=branch, key=proof, code=form.cleaned_data["code"]):
                return HttpResponseRedirect(_to("booking_own", branch, proof))
        except Refused as taken:
            told = taken.sentence
        else:
            guessed_wrong(what=WRONG, sender=sender_of(client_address(request)))
            form.add_error("code", _("This code is not right, or it is too old. Compare it, or ask for a new one."))
    context = {"branch": branch, "row": row, "form": form, "told": told, "phone": masked_phone(row.phone)}
    status = 409 if told else 422 if form.errors else 200
    return page(request, "portal/booking_code.html", context, status=status)


@_branch_page
def own(request: HttpRequest, branch: Branch, proof: str) -> HttpResponse:
    """The proved booking: move it to another free time, or cancel it."""
    row = _row(branch, proof)
    if row.proved_at is None or row.appointment is None:
        raise Http404
    seen = row.appointment
    choice = choice_of(branch, _day_of(request, branch), seen.kind, seen.hours, seen.skill_id, seen.pk)
    form = SlotForm(request.POST if request.POST.get("do") == "move" else None)
    form.offer(choice.times)
    told, status = "", 200
    try:
        if request.method == "POST" and request.POST.get("do") == "cancel":
            online.cancel(row=row)
            return HttpResponseRedirect(_to("booking_own", branch, proof))
        if form.is_valid():
            online.move(row=row, starts_at=_instant(branch, form.cleaned_data["at"]))
            return HttpResponseRedirect(_to("booking_own", branch, proof))
    except Refused as refused:
        told, status = refused.sentence, refused.status
    open_ = seen.state in (AppointmentState.BOOKED, AppointmentState.WAITING, AppointmentState.NO_SHOW)
    context = _context(request, branch, choice) | {"row": row, "seen": seen, "form": form, "told": told, "open": open_}
    context["calendar"] = _to("booking_time", branch, proof) if seen.state == AppointmentState.BOOKED else ""
    context["may_cancel"] = open_ and seen.state != AppointmentState.NO_SHOW
    return page(request, "portal/booking_own.html", context, status=422 if form.errors else int(status))


@_branch_page
def own_time(request: HttpRequest, branch: Branch, proof: str) -> HttpResponse:
    """The proved booking for the customer's own calendar."""
    row = _row(branch, proof)
    if row.proved_at is None or row.appointment is None or row.appointment.starts_at is None:
        raise Http404
    text = time_text(row.appointment, translation.get_language())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


@_branch_page
def free(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Type the code of a time that became free, see which it is, take it. Wrong codes are counted."""
    refused = _too_many(request, branch) if request.method == "POST" else None
    if refused is not None:
        return refused
    form, told, status = FreeForm(request.POST if request.method == "POST" else None), "", 200
    time = online.free_time(branch=branch, code=form.cleaned_data["code"]) if form.is_valid() else None
    if form.is_bound and time is None:
        guessed_wrong(what=NO_OFFER, sender=sender_of(client_address(request)))
        form.add_error("code", _("There is no such code. Compare it with our message."))
    try:
        if time is not None and request.POST.get("do") == "take":
            time.appointment = online.take(time=time)
    except Refused as gone:
        told, status = gone.sentence, int(gone.status)
    context = {"branch": branch, "form": form, "time": time, "told": told}
    context["seen"] = time.appointment if time else None
    return page(request, "portal/booking_free.html", context, status=422 if form.errors else status)


@private
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """An advisor's calendar behind its secret address; 404 for any other."""
    member = feed_of(secret)
    if member is None:
        raise Http404
    with translation.override(member.user.language):
        text = calendar_text(member)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")
