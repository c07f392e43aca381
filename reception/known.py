"""What is known of a car for the judgement of its lines: one look, one query, whatever the number of lines."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import Branch
from catalog.models import WarrantyTerm
from catalog.selectors import GUARANTEE_KEYS, GuaranteeBook
from catalog.states import Category, Energy, Guarantee
from customers.models import Vehicle
from customers.selectors import open_recalls
from dms.clock import branch_day
from dms.gather import gather
from reception.judging import Campaign, Cover, Fitted, Item, Known, Past, Prepaid, prepaid_for
from reception.models import Line, PackageUnits, WorkOrder
from reception.packages import live, units_of
from reception.states import LineState, Payer, RepairClass
from records.selectors import book_of, rule_rows

#: Lines done before that are looked at, the latest first: years of a car that comes often.
MOST_PAST = 300
#: What the repair class of a whole visit promises; a job in it may promise more by itself.
OF_CLASS: dict[str, Guarantee] = {
    RepairClass.MINOR: Guarantee.MINOR,
    RepairClass.FIRST: Guarantee.MINOR,
    RepairClass.SECOND: Guarantee.LEVEL2,
    RepairClass.ASSEMBLY: Guarantee.ASSEMBLY,
    RepairClass.WHOLE: Guarantee.ASSEMBLY,
}
_WEIGHT = {Guarantee.MINOR: 0, Guarantee.LEVEL2: 1, Guarantee.ASSEMBLY: 2}


def item_of(line: Line) -> Item:
    """The line as the judgement sees it; operation and part at hand."""
    sold = line.operation or line.part
    category = sold.category if sold is not None else ""
    kind = line.operation.kind if line.operation else ""
    units = math.ceil(line.quantity) if line.operation_id is None else 1
    return Item(line.operation_id, line.part_id, category, kind, units)


def known_of(order: WorkOrder) -> Known:
    """For an order whose vehicle is at hand."""
    return known_of_car(order.branch, order.vehicle, order.odometer_in, but=order.pk)


def known_of_car(branch: Branch, vehicle: Vehicle, km: int | None, but: int = 0) -> Known:
    """What was done here, what is under warranty and what is recalled, on today's date. One query."""
    done, terms, rows, rules, units, held = gather(
        done_here(vehicle, but), covers_of(vehicle), open_recalls(vehicle.vin), rule_rows(branch, GUARANTEE_KEYS),
        units_of(vehicle), held_by(but),
    )  # fmt: skip
    return Known(
        today=branch_day(branch),
        km=km,
        warranty_start_on=vehicle.warranty_start_on,
        past=past_of(branch, done, GuaranteeBook(book_of(GUARANTEE_KEYS, rules))),
        fitted=fitted_of(branch, done),
        covers=narrowest(terms),
        recalls=[
            Campaign(row.pk, row.recall.number, row.recall.label, row.recall.operation_id)
            for row in rows
            if row.recall.operation_id is not None
        ],
        prepaid=prepaid_of(live(units, branch_day(branch), km), held),
    )


def held_by(order_id: int) -> QuerySet[Line]:
    """Lines of an order that the customer was shown as paid by a package; the slip will take their units."""
    standing = [LineState.OFFERED, LineState.APPROVED, LineState.DONE]
    rows = Line.objects.filter(order=order_id, payer=Payer.PACKAGE, state__in=standing)
    return rows.select_related("operation", "part").order_by("id")


def prepaid_of(units: Iterable[PackageUnits], held: Iterable[Line] = ()) -> list[Prepaid]:
    """Units that run, less what other lines of the same visit take of them; in their order."""
    rows = [
        Prepaid(row.pk, row.package.number, row.operation_id, row.part_id, row.left,
                row.package.ends_on.isoformat() if row.package.ends_on else "")
        for row in units
    ]  # fmt: skip
    return less(rows, held)


def less(prepaid: Sequence[Prepaid], lines: Iterable[Line]) -> list[Prepaid]:
    """What is left of these once the lines have taken theirs."""
    rows = list(prepaid)
    for line in lines:
        item = item_of(line)
        taken = prepaid_for(item, rows)
        rows = [replace(row, left=row.left - item.units) if row is taken else row for row in rows]
    return rows


def done_here(vehicle: Vehicle, but: int) -> QuerySet[Line]:
    """Lines done at visits that ended, the latest first; not those of the visit `but`."""
    rows = Line.objects.filter(order__vehicle=vehicle, state=LineState.DONE, order__released_at__isnull=False)
    rows = rows.exclude(order=but).select_related("order", "operation", "part")
    return rows.order_by("-order__released_at", "-id")[:MOST_PAST]


def covers_of(vehicle: Vehicle) -> QuerySet[WarrantyTerm]:
    """The makers' terms that may fit the car."""
    model = vehicle.model
    mine = Q(brand__isnull=True, model__isnull=True)
    if model is not None:
        mine |= Q(brand=model.brand_id) | Q(model=model.pk)
    terms = WarrantyTerm.objects.filter(mine, ended_at__isnull=True)
    if model is not None and model.energy == Energy.PETROL:  # no car without a traction battery is told of its warranty
        terms = terms.exclude(category=Category.DRIVE)
    return terms.order_by("id")


def narrowest(terms: Iterable[WarrantyTerm]) -> list[Cover]:
    """Of each kind and category one term: the model's before the brand's before every brand's."""
    best: dict[tuple[str, str | None], WarrantyTerm] = {}
    for term in sorted(terms, key=lambda row: (row.model_id is not None, row.brand_id is not None)):
        best[term.kind, term.category] = term
    return [Cover(row.kind, row.category, row.months, row.km) for row in best.values()]


def _left_on(branch: Branch, line: Line) -> date:
    return branch_day(branch, line.order.released_at)


def fitted_of(branch: Branch, done: Sequence[Line]) -> list[Fitted]:
    """Parts that were fitted at these visits, in their order."""
    return [
        Fitted(line.part_id, line.order.number, _left_on(branch, line), line.order.odometer_in)
        for line in done
        if line.part_id is not None
    ]


def past_of(branch: Branch, done: Sequence[Line], book: GuaranteeBook) -> list[Past]:
    """Lines of visits that ended, each with the guarantee that the house gave on the day when the car left."""
    labour: dict[int, list[Line]] = defaultdict(list)
    for line in done:
        if line.operation is not None:
            labour[line.order_id].append(line)
    return [_past(branch, line, labour[line.order_id], book) for line in done]


def _past(branch: Branch, line: Line, labour: Sequence[Line], book: GuaranteeBook) -> Past:
    left_on = _left_on(branch, line)
    term = book.on(guarantee_class(line, labour), left_on)
    return Past(
        line_id=line.pk, order=line.order.number, operation_id=line.operation_id, part_id=line.part_id, left_on=left_on,
        km=line.order.odometer_in, days=term.days, most_km=term.km, returned=line.returns_of_id is not None,
    )  # fmt: skip


def guarantee_class(line: Line, labour: Sequence[Line]) -> Guarantee:
    """The strongest of the visit's class and of the job; a part has that of the jobs of its statement, else of all."""
    if line.operation is not None:
        jobs: Sequence[Line] = [line]
    else:
        jobs = [row for row in labour if row.statement_id == line.statement_id] or labour
    classes = [
        OF_CLASS[line.order.repair_class],
        *(Guarantee(row.operation.guarantee) for row in jobs if row.operation),
    ]
    return max(classes, key=_WEIGHT.__getitem__)
