"""The card of a car that we know: what was done and declined, what is due, what still holds. Two queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor
from catalog.models import CareRule, LabourOperation, MaintenancePart, MaintenanceRule, Part
from catalog.selectors import GUARANTEE_KEYS, GuaranteeBook
from catalog.states import CareKey, Category, TermKind
from customers.models import CareProfile, Consent, Customer, DueForecast, PastVisit, RecallVin, Vehicle
from customers.selectors import earlier_of, unasked
from customers.services.forecast import add_months
from customers.states import OwnershipKind, Purpose
from dms.clock import branch_day
from dms.gather import gather
from reception import three
from reception.judging import Cover, Fitted, Left, cover_for, guarantee_left, warranty_left
from reception.known import covers_of, done_here, fitted_of, item_of, narrowest, past_of
from reception.models import Line, PackageUnits, WorkOrder
from reception.packages import live, units_of
from reception.selectors import Visit
from reception.states import LineState
from records.selectors import RuleBook, book_of, rule_rows

VISITS, DECLINED = 3, 8
#: A maintenance that falls due this soon, in days or km, is marked.
SOON_DAYS, SOON_KM = 45, 1500
MUCH, LITTLE = 80, 10
#: Without a usual interval a care rule is of a year.
USUAL_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Due:
    """A forecast, and whether it falls due soon."""

    forecast: DueForecast
    soon: bool


@dataclass(frozen=True, slots=True)
class Running:
    """Something that still holds: its name, the order it comes from, what is left of it."""

    label: str
    left: Left
    line_id: int = 0
    order: str = ""


@dataclass(frozen=True, slots=True)
class Care:
    """A care rule that fits the car and is due by it: what to add, what to say."""

    code: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that the card shows."""

    visits: list[Visit]
    #: Visits from before this system, when there are fewer of ours.
    past: list[PastVisit]
    declined: list[Line]
    due: list[Due]
    recalls: list[RecallVin]
    guarantees: list[Running]
    warranties: list[Running]
    counters: three.Counters | None
    profile: CareProfile | None
    care: list[Care]
    consents: list[Consent]
    #: What nobody has said a word about yet.
    unasked: list[Purpose]
    #: What the car has paid for: free to the customer, what ends first standing first.
    free: list[PackageUnits]

    @property
    def empty(self) -> bool:
        """Nothing that the vehicle's page does not say already."""
        return not (self.declined or self.recalls or self.guarantees or self.warranties or self.counters or self.care)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the one big question brought."""

    visits: list[Any]
    done: list[Line]
    declined: list[Line]
    due: list[DueForecast]
    recalls: list[RecallVin]
    terms: list[Any]
    profile: list[CareProfile]
    care: list[CareRule]
    jobs: list[Any]
    needs: list[MaintenancePart]
    consents: list[Consent]
    units: list[PackageUnits]
    covered: list[Line]
    here: list[WorkOrder]
    past: list[PastVisit]


def _questions(vehicle: Vehicle, owner: Customer | None, but: int) -> list[QuerySet[Any]]:
    sold = Sum("lines__gross", filter=Q(lines__state__in=[LineState.APPROVED, LineState.DONE]))
    visits = WorkOrder.objects.filter(vehicle=vehicle).exclude(pk=but).annotate(sold=sold)
    declined = Line.objects.filter(order__vehicle=vehicle, state=LineState.DECLINED).exclude(order=but)
    model = vehicle.model
    mine = Q(brand=model.brand_id) | Q(model=model.pk) if model is not None else Q(pk__in=[])
    rules = MaintenanceRule.objects.filter(mine)
    jobs = MaintenanceRule.operations.through.objects.filter(maintenancerule__in=rules)
    recalls = RecallVin.objects.filter(vin=vehicle.vin, done_at__isnull=True, recall__ended_at__isnull=True)
    consents = Consent.objects.filter(customer=owner).order_by("channel", "purpose", "-at", "-pk")
    return [
        visits.select_related("advisor").order_by("-arrived_at", "-id")[:VISITS],
        done_here(vehicle, but),
        # Revived since: it is on its way again.
        declined.filter(revived__isnull=True).select_related("order").order_by("-id")[:DECLINED],
        DueForecast.objects.filter(vehicle=vehicle, closed_at__isnull=True)
        .select_related("rule")
        .order_by("due_on", "id"),
        (recalls if vehicle.vin else recalls.none()).select_related("recall__operation").order_by("recall_id"),
        covers_of(vehicle),
        CareProfile.objects.filter(vehicle=vehicle),
        CareRule.objects.filter(ended_at__isnull=True).select_related("operation", "part").order_by("id"),
        jobs.select_related("maintenancerule").order_by("id"),
        MaintenancePart.objects.filter(rule__in=rules).select_related("rule").order_by("id"),
        consents.distinct("channel", "purpose"),
        units_of(vehicle),
        *three.questions(vehicle),
        earlier_of(vehicle, VISITS),
    ]


def _owner(vehicle: Vehicle) -> Customer | None:
    rows = Customer.objects.filter(
        ownerships__vehicle=vehicle, ownerships__kind=OwnershipKind.OWNER, ownerships__to_on__isnull=True
    )
    return rows.first()


def card_of(branch: Branch, vehicle: Vehicle, km: int | None, owner: Customer | None, but: int = 0) -> Card:
    """The card of a car whose model is at hand; `but` is the visit that is just beginning. One query."""
    keys = [*GUARANTEE_KEYS, *three.KEYS]
    *found, rules = gather(*_questions(vehicle, owner, but), rule_rows(branch, keys))
    rows, book = _Rows(*found), book_of(keys, rules)
    today, at_km = branch_day(branch), km if km is not None else vehicle.last_odometer
    covers = narrowest(rows.terms)
    return Card(
        visits=[Visit(row, row.sold) for row in rows.visits],
        past=rows.past[: VISITS - len(rows.visits)],
        declined=rows.declined,
        due=[Due(row, _soon(row, today, at_km)) for row in rows.due],
        recalls=rows.recalls,
        guarantees=_guarantees(branch, rows.done, book, today, at_km),
        warranties=_warranties(vehicle, covers, fitted_of(branch, rows.done), rows.done, today, at_km),
        counters=three.counters(branch, vehicle, [*rows.covered, *rows.here], book, at_km),
        profile=next(iter(rows.profile), None),
        care=_care(vehicle, rows, today),
        consents=rows.consents,
        unasked=unasked(rows.consents),
        free=live(rows.units, today, at_km),
    )


def _soon(row: DueForecast, today: date, km: int | None) -> bool:
    return (row.due_on - today).days <= SOON_DAYS or (
        row.due_km is not None and km is not None and row.due_km - km <= SOON_KM
    )


def _guarantees(branch: Branch, done: Sequence[Line], book: RuleBook, today: date, km: int | None) -> list[Running]:
    """Each mended fault that is still guaranteed, the latest of the same; what runs out first stands first."""
    names = {line.pk: line for line in done}
    found: dict[str, Running] = {}
    for past in past_of(branch, done, GuaranteeBook(book)):
        line, left = names[past.line_id], guarantee_left(past, today, km)
        if left.holds and line.code not in found and item_of(line).fault:
            found[line.code] = Running(line.label, left, past.line_id, past.order)
    return sorted(found.values(), key=lambda row: row.left.days or 0)


def _warranties(
    vehicle: Vehicle,
    covers: Sequence[Cover],
    fitted: Sequence[Fitted],
    done: Sequence[Line],
    today: date,
    km: int | None,
) -> list[Running]:
    """The vehicle's warranties that still run, and those of parts fitted here."""
    found = []
    since = vehicle.warranty_start_on
    for cover in covers:
        if cover.kind == TermKind.VEHICLE and since is not None:
            left = warranty_left(cover, since, 0, today, km)
            label = str(Category(cover.category).label) if cover.category else _("Vehicle")
            found.append(Running(label, left))
    parts = {line.part_id: line.part for line in done if line.part is not None}
    seen: set[int] = set()
    for row in fitted:  # the latest first
        part = parts[row.part_id]
        cover_of = cover_for(covers, TermKind.PART, part.category)
        if cover_of is None or row.part_id in seen:
            continue
        seen.add(row.part_id)
        left = warranty_left(cover_of, row.on, row.km or 0, today, km if row.km is not None else None)
        found.append(Running(part.label, left, order=row.order))
    return [row for row in found if row.left.holds]


def keys_of(vehicle: Vehicle, profile: CareProfile | None) -> set[str]:
    """Which care rules speak to the car."""
    found: set[str] = set()
    if profile is not None and profile.smoker:
        found.add(CareKey.SMOKER)
    pace = vehicle.km_per_day
    if pace is not None and pace >= MUCH:
        found.add(CareKey.MUCH)
    if pace is not None and pace <= LITTLE:
        found.add(CareKey.LITTLE)
    return found


def _care(vehicle: Vehicle, rows: _Rows, today: date) -> list[Care]:
    """Rules of the car's profile whose share of the usual interval has passed since it was done here."""
    keys = keys_of(vehicle, next(iter(rows.profile), None))
    months = {("operation", row.labouroperation_id): row.maintenancerule.interval_months for row in rows.jobs}
    months |= {("part", row.part_id): row.rule.interval_months for row in rows.needs}
    found = []
    for rule in rows.care:
        sold: LabourOperation | Part | None = rule.operation or rule.part
        if rule.profile not in keys or sold is None:
            continue
        usual = months.get(("operation" if rule.operation else "part", sold.pk)) or USUAL_MONTHS
        last = _last(rows.done, rule.operation_id, None if rule.operation_id else rule.part_id)
        if last is None or add_months(last, max(1, round(usual * rule.multiplier))) <= today:
            found.append(Care(sold.code, sold.label, rule.said))
    return found


def _last(done: Iterable[Line], operation_id: int | None, part_id: int | None) -> date | None:
    days = [
        row.order.arrived_at.date()
        for row in done
        if (operation_id is not None and row.operation_id == operation_id)
        or (part_id is not None and row.part_id == part_id)
    ]
    return max(days, default=None)


def vehicle_page_card(actor: Actor, vehicle: Vehicle) -> dict[str, Any] | None:
    """On the vehicle's page: what its other cards do not say. None when there is nothing."""
    card = card_of(actor.branch, vehicle, None, _owner(vehicle))
    return None if card.empty else {"card": card, "page": "vehicle"}
