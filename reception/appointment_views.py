"""Pages of appointments: the week, the day, booking, one appointment, moving it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.identifiers import region_of, shown_phone
from customers.models import Vehicle
from customers.selectors import owner_of, vehicle_of
from dms.clock import branch_day, local, now
from dms.errors import Invalid, Refused
from dms.fields import number_of
from dms.htmx import go, page
from reception import appointment_selectors as selectors
from reception.appointment_forms import MINUTE, BookForm, TimeForm, first_day
from reception.appointment_policies import FULL
from reception.appointment_states import BOOKABLE, AppointmentState
from reception.capacity import DayPlan, next_days, plan_of
from reception.models import Appointment, WorkOrder
from reception.opening import checks_of_day
from reception.selectors import greetings as arrivals_of
from reception.services import appointments as service
from reception.services import arrival, feeds, greeting, wishes

WEEK = 7
BOOK = "appointment.book"


def _appointment(actor: Actor, appointment_id: int) -> Appointment:
    row = selectors.appointment_of(appointment_id, actor.branch)
    if row is None:
        raise Http404
    return row


def _day(request: HttpRequest, actor: Actor) -> date:
    return first_day(request.GET.get("day", ""), branch_day(actor.branch))


def _around(day: date, step: int) -> dict[str, date]:
    return {"day": day, "earlier": day - timedelta(days=step), "later": day + timedelta(days=step)}


def _public_page(actor: Actor) -> dict[str, Any]:
    """Where customers book for themselves: the address, and its QR code as SVG."""
    address = settings.PUBLIC_URL.rstrip("/") + reverse("portal:booking", args=[actor.branch.code])
    picture = segno.make(address, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)
    return {"booking_address": address, "booking_qr": mark_safe(picture)}  # noqa: S308 - drawn by us from our own address


@needs(BOOK)
def day(request: HttpRequest) -> HttpResponse:
    """A day: what its hours are worth by skill, each advisor's times, who comes, who waits for a time."""
    actor = actor_of(request)
    on = _day(request, actor)
    plan = plan_of(actor.branch, on)
    people = [advisor for advisor, _spans in plan.advisors]
    context: dict[str, Any] = {
        **_around(on, 1),
        "today": branch_day(actor.branch),
        "plan": plan,
        "total": plan.of_skill(None),
        "skills": [plan.of_skill(skill) for skill in selectors.skills_of_house()],
        "advisors": people,
        "grid": selectors.grid(people, plan.slots(now())),
        "rows": selectors.of_day(actor.branch, on),
        "waiting": selectors.waiting(actor.branch),
        **_public_page(actor),
    }
    return page(request, "reception/appointments.html", context)


@needs(BOOK)
def week(request: HttpRequest) -> HttpResponse:
    """Seven days from Monday on: how full each is, by skill."""
    actor = actor_of(request)
    on = _day(request, actor)
    monday = on - timedelta(days=on.weekday())
    skills = selectors.skills_of_house()
    plans = next_days(actor.branch, monday, WEEK)
    context: dict[str, Any] = {
        **_around(monday, WEEK),
        "sunday": monday + timedelta(days=WEEK - 1),
        "today": branch_day(actor.branch),
        "plans": [(plan, plan.of_skill(None)) for plan in plans],
        "rows": [(skill, [(plan, plan.of_skill(skill)) for plan in plans]) for skill in skills],
    }
    return page(request, "reception/appointments_week.html", context)


def _times(plan: DayPlan, chosen: str = "") -> list[tuple[str, str]]:
    """The free times of a day, each with the advisor who would take the car."""
    found = []
    for slot in plan.free(now()):
        stamp = slot.starts_at.strftime(MINUTE)
        found.append((f"{stamp}|{slot.advisor.user_id}", f"{stamp[-5:]} · {slot.advisor.user.name}"))
    known = [value for value, _label in found]
    for slot in plan.slots(now()):  # another advisor's time that was clicked on the grid
        stamp = f"{slot.starts_at.strftime(MINUTE)}|{slot.advisor.user_id}"
        if stamp == chosen and slot.free and stamp not in known:
            found.append((stamp, f"{chosen[11:16]} · {slot.advisor.user.name}"))
    return sorted(found)


def _instant(actor: Actor, naive: datetime) -> datetime:
    return naive.replace(tzinfo=ZoneInfo(actor.branch.zone))


def _begin(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What the booking page begins with: the time that was clicked, the car that was looked at."""
    at, found = request.GET.get("at", "")[:40], {"on": _day(request, actor), "kind": "maintenance"}
    car = vehicle_of(number_of(request.GET.get("vehicle", "")) or 0, actor.branch)
    if car is not None:
        owner = owner_of(car)
        found |= {"vehicle_id": car.pk, "plate": car.plate or car.vin, "name": owner.name if owner else ""}
        found["phone"] = shown_phone(owner.phone, region_of(actor.branch.currency)) if owner else ""
    return found | {"at": at}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(BOOK)
def book(request: HttpRequest) -> HttpResponse:
    """Book a time, or put the car on the waiting list; another day shows its free times."""
    actor, posted = actor_of(request), request.method == "POST"
    begin = _begin(request, actor)
    data = request.POST.copy() if posted else None
    if data is not None and data.get("do") == "wait":
        data["at"] = ""  # who waits has no time, whatever was chosen before
    pack = selectors.pack_of(_car(actor, data or begin))
    form = BookForm(data, initial=begin, skills=selectors.skills_of_house(), recalls=pack.recalls if pack else [])
    on = first_day(request.POST.get("on", ""), begin["on"]) if posted else begin["on"]
    plan = plan_of(actor.branch, on)
    form.offer(_times(plan, request.POST.get("at", "") if posted else begin["at"]))
    full, do = False, request.POST.get("do", "book")
    if posted and do != "times" and form.is_valid():
        try:
            row = _booked(actor, form, do)
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            full = refused.code == FULL
        else:
            messages.success(request, _told(row))
            return go(request, reverse("reception:appointment", args=[row.pk]))
    elif posted and do == "times":
        kept = request.POST.dict() | {"recalls": request.POST.getlist("recalls")}
        form = BookForm(initial=kept, skills=selectors.skills_of_house(), recalls=pack.recalls if pack else [])
        form.offer(_times(plan))
    context = {
        "form": form, "plan": plan, "full": full, "pack": pack,
        "skills": [plan.of_skill(skill) for skill in selectors.skills_of_house()], "usual": BOOKABLE,
    }  # fmt: skip
    return page(request, "reception/appointment_book.html", context, status=422 if form.errors else 200)


def _car(actor: Actor, typed: Mapping[str, Any]) -> Vehicle | None:
    """The car that was chosen, or whose plate was typed."""
    chosen = vehicle_of(number_of(str(typed.get("vehicle_id") or "")) or 0, actor.branch)
    return chosen or selectors.car_of_plate(actor.branch, str(typed.get("plate") or ""))


def _booked(actor: Actor, form: BookForm, do: str) -> Appointment:
    source, (naive, advisor_id) = form.cleaned_data["source"], form.chosen()
    if do == "wait":
        return service.wait(actor=actor, wish=form.wish(), on=form.cleaned_data["on"], source=source)
    if naive is None:
        raise Invalid(_("Choose a time."), "at")
    return service.book(
        actor=actor, wish=form.wish(), starts_at=_instant(actor, naive), advisor_id=advisor_id, source=source
    )


def _told(row: Appointment) -> str:
    if row.starts_at is None:
        return _("%(plate)s is on the waiting list.") % {"plate": row.plate}
    when = local(row.branch, row.starts_at).strftime("%m-%d %H:%M")
    return _("%(plate)s is booked for %(when)s.") % {"plate": row.plate, "when": when}


@needs(BOOK)
def appointment(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """One appointment: when, what for, what to know before the car comes, what happened to it."""
    actor = actor_of(request)
    row = _appointment(actor, appointment_id)
    car = row.vehicle or selectors.known_car(row)
    due = row.state in (AppointmentState.BOOKED, AppointmentState.NO_SHOW, AppointmentState.WAITING)
    context = {
        "row": row,
        "phone": shown_phone(row.phone, region_of(actor.branch.currency)),
        "log": selectors.log_of(row),
        "pack": selectors.pack_of(car),
        "may_move": due,
        "may_cancel": due and row.state != AppointmentState.NO_SHOW,
        "may_receive": due and row.on == branch_day(actor.branch) and actor.can("order.receive"),
    }
    return page(request, "reception/appointment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(BOOK)
def move(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Another time; also for a car that waits for one or did not come."""
    actor, posted = actor_of(request), request.method == "POST"
    row = _appointment(actor, appointment_id)
    begin = max(row.on, branch_day(actor.branch))
    on = first_day(request.POST.get("on", "") if posted else request.GET.get("day", ""), begin)
    plan = plan_of(actor.branch, on)
    form = TimeForm(request.POST if posted and request.POST.get("do") != "times" else None, initial={"on": on})
    form.offer(_times(plan, request.POST.get("at", "")))
    if form.is_valid():
        naive, advisor_id = form.chosen()
        try:
            if naive is None:
                raise Invalid(_("Choose a time."), "at")
            moved = service.move(
                actor=actor, appointment_id=row.pk, starts_at=_instant(actor, naive), advisor_id=advisor_id
            )
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        else:
            messages.success(request, _told(moved))
            return go(request, reverse("reception:appointment", args=[row.pk]))
    context = {"form": form, "row": row, "plan": plan, "left": plan.left(row.skill_id, row.pk)}
    return page(request, "reception/appointment_move.html", context, status=422 if form.errors else 200)


@require_POST
@needs(BOOK)
def cancel(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The customer does not come."""
    actor = actor_of(request)
    row = _appointment(actor, appointment_id)
    service.cancel(actor=actor, appointment_id=row.pk, why=request.POST.get("note", ""))
    messages.success(request, _("Cancelled; its hours are free again."))
    return go(request, f"{reverse('reception:appointments')}?day={row.on.isoformat()}")


@require_POST
@needs(BOOK)
def add_recall(request: HttpRequest, appointment_id: int, recall_vin_id: int) -> HttpResponse:
    """One tap: the remedy of an open recall joins what the customer wants."""
    actor = actor_of(request)
    row = _appointment(actor, appointment_id)
    wishes.add_recall(actor=actor, appointment_id=row.pk, recall_vin_id=recall_vin_id)
    messages.success(request, _("It stands with the work that is wished for."))
    return go(request, reverse("reception:appointment", args=[row.pk]))


@require_POST
@needs("order.receive")
def come(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The booked car is here: open its visit with what was booked."""
    actor = actor_of(request)
    row = _appointment(actor, appointment_id)
    car = vehicle_of(row.vehicle_id, actor.branch) if row.vehicle_id else selectors.known_car(row)
    if car is None:
        raise Refused(_("Enter the car and its owner first; the appointment is found by the plate."))
    order = arrival.arrive(actor=actor, vehicle=car)
    return go(request, reverse("reception:check_in", args=[order.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(BOOK)
def feed(request: HttpRequest) -> HttpResponse:
    """The secret address of one's own calendar; POST makes a new one and shows it once."""
    actor, address = actor_of(request), ""
    if request.method == "POST":
        secret = feeds.renew(actor=actor)
        address = request.build_absolute_uri(reverse("portal:feed", args=[secret]))
    context: dict[str, Any] = {"address": address, "renewed_at": selectors.feed_since(actor)}
    response = page(request, "reception/feed.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs("order.receive")
def greet(request: HttpRequest, order_id: int) -> HttpResponse:
    """One tap on Today: somebody has gone to the customer."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    greeting.greet(actor=actor, order_id=order.pk)
    return go(request, reverse("reception:today"))


@needs("order.receive")
def greetings(request: HttpRequest) -> HttpResponse:
    """Who came on a day, who greeted them, and after how long."""
    actor = actor_of(request)
    on = _day(request, actor)
    rows = arrivals_of(actor.branch, on)
    after = [one.after for one in rows if one.after is not None]
    context: dict[str, Any] = {
        **_around(on, 1),
        "rows": rows,
        "checks": checks_of_day(actor.branch, on),
        "mean": round(sum(after) / len(after)) if after else None,
    }
    return page(request, "reception/greetings.html", context)
