"""Trade-in leads: taken down with what the last visit and the last inspection saw, contacted, closed."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.models import Vehicle
from customers.selectors import owner_of
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import DamageMark, Line, WorkOrder
from reception.states import LineState
from retention.lead_states import LeadState
from retention.models import TradeInLead
from workshop.models import HealthCheck
from workshop.states import Colour

LONGEST = 300
#: Damage and declined work that a lead names.
MOST = 20


@one_act
def open_lead(*, actor: Actor, vehicle: Vehicle, asked_price: Decimal | None = None, note: str = "") -> TradeInLead:
    """The customer asks what the car is worth. Raises `Forbidden`; `Refused` without an owner or for a second lead."""
    check_may(actor, "lead.open")
    customer = owner_of(vehicle)
    if vehicle.branch_id != actor.branch.pk or customer is None:
        raise Refused(_("Enter the owner of the car first."))
    if asked_price is not None and not 0 <= asked_price < 10**10:
        raise Invalid(_("This is no price."), "asked_price")
    try:
        with transaction.atomic():
            return TradeInLead.objects.create(
                branch=actor.branch, vehicle=vehicle, customer=customer, asked_price=asked_price,
                note=note.strip()[:LONGEST], condition=condition_of(vehicle), opened_at=now(), opened_by=actor.person,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("There is an open lead for this car already."), "double") from error


def condition_of(vehicle: Vehicle) -> dict[str, Any]:
    """What the last visit and the last finished inspection saw, as plain values. At most five queries."""
    order = WorkOrder.objects.filter(vehicle=vehicle).order_by("-arrived_at", "-pk").first()
    told: dict[str, Any] = {
        "km": vehicle.last_odometer, "year": vehicle.year, "seen_on": None, "order": "", "damage": [], "declined": [],
        **_inspected(vehicle),
    }  # fmt: skip
    if order is None:
        return told
    marks = DamageMark.objects.filter(walk__order=order).order_by("pk")[:MOST]
    declined = Line.objects.filter(order__vehicle=vehicle, state=LineState.DECLINED).order_by("-pk")[:MOST]
    return told | {
        "seen_on": branch_day(order.branch, order.arrived_at).isoformat(), "order": order.number,
        "damage": [{"zone": mark.zone, "kind": mark.kind, "severity": mark.severity} for mark in marks],
        "declined": [line.name for line in declined],
    }  # fmt: skip


def _inspected(vehicle: Vehicle) -> dict[str, Any]:
    """The last sheet that was finished: its day, order and km, every point that is not in order or was measured."""
    sheets = HealthCheck.objects.filter(order__vehicle=vehicle, finished_at__isnull=False)
    sheet = sheets.select_related("order__branch").order_by("-finished_at", "-pk").first()
    if sheet is None:
        return {"tested": None, "points": []}
    bad = Q(colour__in=[Colour.AMBER, Colour.RED]) | Q(value__isnull=False)
    return {
        "tested": {
            "on": branch_day(sheet.order.branch, sheet.finished_at).isoformat(), "order": sheet.order.number,
            "km": sheet.km if sheet.km is not None else sheet.order.odometer_in,
        },
        "points": [
            {
                "name": row.name, "name_en": row.name_en, "colour": row.colour, "unit": row.unit, "note": row.note,
                "value": None if row.value is None else f"{row.value.normalize():f}",
            }
            for row in sheet.findings.filter(bad).order_by("position", "pk")
        ],
    }  # fmt: skip


def _held(actor: Actor, lead_id: int) -> TradeInLead:
    check_may(actor, "lead.handle")
    row = locked(TradeInLead.objects.filter(branch=actor.branch)).get(pk=lead_id)
    if row.state == LeadState.CLOSED:
        raise Refused(_("This lead is closed already."), "state")
    return row


@one_act
def contacted(*, actor: Actor, lead_id: int) -> TradeInLead:
    """Somebody of sales has spoken with the customer. Raises `Forbidden`, `Refused` when that was said before."""
    row = _held(actor, lead_id)
    if row.state != LeadState.OPEN:
        raise Refused(_("Somebody has contacted this customer already."), "state")
    row.state, row.contacted_at, row.contacted_by = LeadState.CONTACTED, now(), actor.person
    row.save()
    return row


@one_act
def close_lead(*, actor: Actor, lead_id: int, result: str) -> TradeInLead:
    """It came to something or to nothing. Raises `Forbidden`, `Invalid` without a word about it, `Refused`."""
    row = _held(actor, lead_id)
    if not result.strip():
        raise Invalid(_("Say what came of it."), "result")
    row.state, row.closed_at, row.closed_by = LeadState.CLOSED, now(), actor.person
    row.result = result.strip()[:LONGEST]
    row.save()
    return row
