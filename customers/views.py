"""Pages of customers and vehicles. Another branch's rows answer 404, as rows that do not exist."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers import services
from customers.cards import vehicle_cards
from customers.forms import CareForm, ConsentForm, CustomerForm, NewForm, OwnerForm, ReadingForm, VehicleForm
from customers.identifiers import plate_doubt, region_of, vin_doubt
from customers.models import Customer, Vehicle
from customers.selectors import (
    Found,
    customer_of,
    find,
    phone_for,
    unasked,
    vehicle_card,
    vehicle_of,
    vehicles_page,
)
from dms.clock import branch_day
from dms.errors import Invalid, Stale
from dms.htmx import go, page

MOST_FOUND = 50


def _rows(actor: Actor, found: list[Found]) -> list[dict[str, object]]:
    return [{"vehicle": row.vehicle, "owner": row.owner, "phone": phone_for(actor, row.owner)} for row in found]


def _vehicle(actor: Actor, vehicle_id: int) -> Vehicle:
    vehicle = vehicle_of(vehicle_id, actor.branch)
    if vehicle is None:
        raise Http404
    return vehicle


def _customer(actor: Actor, customer_id: int) -> Customer:
    customer = customer_of(customer_id, actor.branch)
    if customer is None:
        raise Http404
    return customer


def _kept(form: forms.Form, act: Callable[[], object]) -> bool:
    """Whether the form was right and the act done; a refusal of what was typed becomes the form's error."""
    if not form.is_valid():
        return False
    try:
        act()
    except Invalid as refused:
        form.add_error(None, refused.sentence)
        return False
    return True


def _doubts(request: HttpRequest, vehicle: Vehicle) -> None:
    """Warn, never block: the car is saved, its plate or VIN looks odd."""
    at_home = region_of(vehicle.branch.currency) == "CN"
    for sentence in (plate_doubt(vehicle.plate) if at_home else "", vin_doubt(vehicle.vin)):
        if sentence:
            messages.warning(request, sentence)


@require_http_methods(["GET", "POST"])
@needs("vehicle.view")
def vehicles(request: HttpRequest) -> HttpResponse:
    """All cars, newest first; a search is posted, so that no name or number stands in an address."""
    actor = actor_of(request)
    text = request.POST.get("q", "").strip()
    if text:
        context: dict[str, object] = {
            "text": text,
            "rows": _rows(actor, find(actor.branch, text, MOST_FOUND)),
            "after": None,
        }
    else:
        typed = request.GET.get("after", "")
        after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
        shown = vehicles_page(actor.branch, after)
        context = {"text": "", "rows": _rows(actor, shown.rows), "after": shown.after}
    context["may_edit"] = actor.can("customer.edit")
    return page(request, "customers/vehicles.html", context)


@require_http_methods(["GET"])
@needs("vehicle.view")
def vehicle(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """One car: forecast, the cards of later apps, facts, owners, readings, care, consents."""
    actor = actor_of(request)
    card = vehicle_card(vehicle_id, actor.branch)
    if card is None:
        raise Http404
    if card.vehicle.merged_into_id:
        return go(request, _to(card.vehicle.merged_into_id))
    card.vehicle.branch = actor.branch  # the same row, already here
    context = {
        "card": card,
        "vehicle": card.vehicle,
        "phone": phone_for(actor, card.owner),
        "forecasts": [{"forecast": row, "sentence": services.sentence(row)} for row in card.forecasts],
        "cards": vehicle_cards.filled(actor, card.vehicle),
        "vin_doubt": vin_doubt(card.vehicle.vin),
        "unasked": unasked(card.consents),
        "may_view": actor.can("customer.view"),
        "may_see_price": actor.can("price.view"),
        "may_edit": actor.can("customer.edit"),
        "reading_form": ReadingForm(),
    }
    return page(request, "customers/vehicle.html", context)


def _begun(posted: QueryDict) -> dict[str, str]:
    """What the form begins with: the text that found nothing, and who an appointment is for."""
    who = {name: posted.get(f"begin_{name}", "")[:40] for name in ("name", "phone")}
    return NewForm.begun(posted.get("begin", "")) | {name: text for name, text in who.items() if text}


def _to(vehicle_id: int) -> str:
    return reverse("customers:vehicle", args=[vehicle_id])


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def new(request: HttpRequest) -> HttpResponse:
    """A new car with its owner; both or none."""
    actor = actor_of(request)
    if "begin" in request.POST:  # from a look-up that found nothing; posted, so that no plate stands in an address
        return page(request, "customers/new.html", {"form": NewForm(initial=_begun(request.POST))})
    form = NewForm(request.POST if request.method == "POST" else None)
    made: list[Vehicle] = []

    @transaction.atomic
    def act() -> None:
        owner = services.register_customer(actor=actor, **form.customer_values())
        services.agree(actor=actor, customer=owner, purposes=form.purposes(), source=_("at the desk"))
        made.append(services.register_vehicle(actor=actor, owner=owner, **form.vehicle_values()))

    if request.method == "POST" and _kept(form, act):
        _doubts(request, made[0])
        messages.success(request, _("Saved."))
        return go(request, _to(made[0].pk))
    return page(request, "customers/new.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _renew_version(form: forms.Form, subject: Model) -> None:
    """After the comparison was shown, saving once more is meant."""
    subject.refresh_from_db(fields=["version"])
    form.data = {**form.data.dict(), "version": getattr(subject, "version", "")}  # type: ignore[attr-defined]  # QueryDict


def _edit(
    request: HttpRequest, form: forms.Form, act: Callable[[], object], back: str, heading: str, subject: Model
) -> HttpResponse:
    """The one shape of an edit page: save and go back, or show the form again with what was wrong."""
    if request.method != "POST":
        return page(
            request, "customers/edit.html", {"form": form, "back": back, "heading": heading, "subject": subject}
        )
    stale: Stale | None = None
    try:
        if _kept(form, act):
            messages.success(request, _("Saved."))
            return go(request, back)
    except Stale as refused:
        stale = refused
        _renew_version(form, subject)
    context = {"form": form, "back": back, "heading": heading, "subject": subject, "stale": stale}
    return page(request, "customers/edit.html", context, status=409 if stale else 422)


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def edit_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Change a customer."""
    actor = actor_of(request)
    customer = _customer(actor, customer_id)
    form = CustomerForm(request.POST if request.method == "POST" else None, initial=CustomerForm.values_of(customer))
    latest = customer.ownerships.order_by("-from_on", "-pk").first()
    back = _to(latest.vehicle_id) if latest else reverse("customers:vehicles")

    def act() -> None:
        services.change_customer(actor=actor, customer=customer, **form.cleaned_data)

    return _edit(request, form, act, back, _("Change customer"), customer)


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def edit_vehicle(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Change a car."""
    actor = actor_of(request)
    row = _vehicle(actor, vehicle_id)
    form = VehicleForm(request.POST if request.method == "POST" else None, initial=VehicleForm.values_of(row))

    def act() -> None:
        _doubts(request, services.change_vehicle(actor=actor, vehicle=row, **form.cleaned_data))

    return _edit(request, form, act, _to(row.pk), _("Change vehicle"), row)


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def add_reading(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Enter a reading of the odometer."""
    actor = actor_of(request)
    row = _vehicle(actor, vehicle_id)
    form = ReadingForm(request.POST if request.method == "POST" else None)

    def act() -> None:
        services.record_reading(actor=actor, vehicle=row, source="office", **form.cleaned_data)

    return _edit(request, form, act, _to(row.pk), _("Odometer reading"), row)


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def new_owner(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """The car has another owner from a day on; name and phone of a known customer find that one."""
    actor = actor_of(request)
    row = _vehicle(actor, vehicle_id)
    form = OwnerForm(request.POST if request.method == "POST" else None, initial={"on": branch_day(actor.branch)})

    @transaction.atomic
    def act() -> None:
        owner = services.register_customer(actor=actor, **form.customer_values())
        services.hand_over_ownership(actor=actor, vehicle=row, customer=owner, on=form.cleaned_data["on"])
        services.agree(actor=actor, customer=owner, purposes=form.purposes(), source=_("at the desk"))

    return _edit(request, form, act, _to(row.pk), _("Another owner"), row)


@require_POST
@needs("customer.edit")
def agree(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The customer says yes at the desk, for the purposes of the button."""
    actor = actor_of(request)
    customer = _customer(actor, customer_id)
    services.agree(actor=actor, customer=customer, purposes=request.POST.getlist("purpose"), source=_("at the desk"))
    messages.success(request, _("Written down: the customer agrees."))
    latest = customer.ownerships.order_by("-from_on", "-pk").first()
    return go(request, _to(latest.vehicle_id) if latest else reverse("customers:vehicles"))


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def edit_care(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Change the care profile of a car."""
    actor = actor_of(request)
    row = _vehicle(actor, vehicle_id)
    profile = getattr(row, "care", None)
    known = {name: getattr(profile, name) for name in ("smoker", "notes", "advice", "technician")} if profile else None
    form = CareForm(request.POST if request.method == "POST" else None, initial=known, branch=actor.branch)

    def act() -> None:
        services.set_care(actor=actor, vehicle=row, **form.cleaned_data)

    return _edit(request, form, act, _to(row.pk), _("Care profile"), row)


@require_http_methods(["GET", "POST"])
@needs("customer.edit")
def add_consent(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Write what the customer said into the ledger of consents."""
    actor = actor_of(request)
    customer = _customer(actor, customer_id)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    latest = customer.ownerships.order_by("-from_on", "-pk").first()
    back = _to(latest.vehicle_id) if latest else reverse("customers:vehicles")

    def act() -> None:
        said = {**form.cleaned_data, "granted": form.cleaned_data["granted"] == "yes"}
        services.set_consent(actor=actor, customer=customer, **said)

    return _edit(request, form, act, back, _("Consent"), customer)
