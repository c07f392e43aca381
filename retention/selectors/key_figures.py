"""Key figures of a period: sums of measures out of the roll-up, and the rows behind them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from django.db import connection
from django.db.models import CharField, F, Q, Sum
from django.db.models import Value as Constant

from accounts.calendar import calendar_of
from accounts.models import Branch
from customers.services.forecast import add_months
from dms.clock import branch_day, day_bounds
from records.selectors import rule_book
from retention.figures import CATALOGUE, STOCKS, Figure, Value, value_of
from retention.measures import FACTS, OF_MONTHS, values_of
from retention.models import DeliveredCars, EnteredFigure, Measured
from retention.selectors.base import written_until
from retention.states import Entered, Grain

By = Literal["", "month", "week", "day", "advisor", "technician", "brand", "visit_type"]
BYS = get_args(By)
#: A group: None stands for "nobody", "unknown".
Key = int | str | date | None
Sums = dict[str, Decimal]

#: Of several months these add up; the others are levels.
SUMMED = (Entered.COST, Entered.OVERHEAD, Entered.DAYS)
_A_DAY = timedelta(days=1)
LABOUR_COST = "figures.labour_cost"
_GROUPS: dict[str, str] = {
    "": "''", "month": "date_trunc('month', on_day)::date", "week": "date_trunc('week', on_day)::date", "day": "on_day",
    "advisor": "advisor_id", "technician": "technician_id", "brand": "brand_id", "visit_type": "visit_type",
}  # fmt: skip
_STORED = """
    SELECT "on" AS on_day, measure, advisor_id, technician_id, brand_id, visit_type, value FROM retention_measured
    WHERE branch_id = %(branch)s
"""
_MONTHS, _DAYS = (f"{_STORED} AND grain = '{grain}' AND \"on\"" for grain in (Grain.MONTH, Grain.DAY))
_STOCKS = '(measure <> ALL(%(stocks)s) OR "on" >= %(stock_month)s)'
#: A day or two: the brand is looked up for each row, where a join would read every car first.
_LIVE = f"""
    SELECT (f.at AT TIME ZONE %(zone)s)::date, f.measure, f.advisor_id, f.technician_id,
        (SELECT m.brand_id FROM customers_vehicle v JOIN catalog_vehiclemodel m ON m.id = v.model_id
            WHERE v.id = f.vehicle_id),
        f.visit_type, f.value
    FROM ({FACTS}) f WHERE f.value <> 0
"""  # noqa: S608  # constants


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a branch, both ends included."""

    first: date
    last: date

    @property
    def whole_months(self) -> bool:
        """Whether it begins with a month and ends with one."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1

    @property
    def months(self) -> list[date]:
        """First days of the months that it touches."""
        found, month = [], month_of(self.first)
        while month <= self.last:
            found.append(month)
            month = add_months(month, 1)
        return found


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def fact_values(branch: Branch) -> dict[str, Any]:
    """The values of `FACTS` for a branch, but for the two instants. One query."""
    book = rule_book(branch, [LABOUR_COST])
    changes = [date.min, *(row.valid_from for row in book.rows[LABOUR_COST])]
    rates = {day: Decimal(book.on(LABOUR_COST, day)) for day in changes}
    return values_of(branch.pk, branch.zone, rates)


def sums(branch: Branch, period: Period, by: By = "", only: Mapping[str, Key] | None = None) -> dict[Key, Sums]:
    """By group, the sum of each measure; `only` narrows to groups (`{"advisor": 7}`). Two queries, three with facts.

    Whole months come from their rows, other days from theirs, and what the night has not counted from the facts.
    """
    written = written_until(branch)
    parts, values = _stored_parts(period, written, by)
    if written is None or period.last > written:
        begins, _next = day_bounds(branch, max(period.first, written + timedelta(days=1)) if written else period.first)
        _begins, ends = day_bounds(branch, min(period.last, branch_day(branch)))
        parts.append(_LIVE)
        values |= fact_values(branch) | {"from": begins, "to": ends}
    narrowed, chosen = _narrowed(only)
    rows = " UNION ALL ".join(parts)
    group = _GROUPS[by]
    statement = f"SELECT {group}, measure, sum(value) FROM ({rows}) r WHERE true{narrowed} GROUP BY 1, 2"  # noqa: S608
    found: dict[Key, Sums] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"branch": branch.pk} | values | chosen)
        for key, measure, value in cursor.fetchall():
            found[key][measure] = value
    return dict(found)


def _stored_parts(period: Period, written: date | None, by: By) -> tuple[list[str], dict[str, Any]]:
    """The selects of counted rows, with their values: months that are whole, days around them, cars of months."""
    until = min(period.last, written) if written else period.first - timedelta(days=1)
    first = period.first if period.first.day == 1 else add_months(month_of(period.first), 1)
    whole = [month for month in _touched(first, until) if add_months(month, 1) - timedelta(days=1) <= until]
    if by in ("day", "week") or not whole:
        whole_from = whole_to = until + timedelta(days=1)
    else:
        whole_from, whole_to = whole[0], add_months(whole[-1], 1)
    stocks = month_of(period.first) if by == "month" else month_of(period.last)
    parts = [
        f"{_MONTHS} >= %(whole_from)s AND \"on\" < %(whole_to)s AND measure <> ALL(%(cars)s)",
        f"{_DAYS} >= %(first)s AND \"on\" < least(%(whole_from)s, %(until)s::date + 1)",
        f"{_DAYS} >= greatest(%(whole_to)s, %(first)s) AND \"on\" <= %(until)s",
        f"{_MONTHS} >= %(month)s AND \"on\" <= %(last)s AND measure = ANY(%(cars)s) AND {_STOCKS}",
    ]  # fmt: skip
    values = {
        "whole_from": whole_from, "whole_to": whole_to, "first": period.first, "until": until, "last": period.last,
        "month": month_of(period.first), "cars": list(OF_MONTHS), "stocks": list(STOCKS), "stock_month": stocks,
    }  # fmt: skip
    return parts, values


def _narrowed(only: Mapping[str, Key] | None) -> tuple[str, dict[str, Any]]:
    """Conditions and their values for the groups that are meant."""
    terms = [(f"{_GROUPS[name]} IS NOT DISTINCT FROM %(only_{name})s", name, key) for name, key in (only or {}).items()]
    return "".join(f" AND {term}" for term, _name, _key in terms), {f"only_{name}": key for _t, name, key in terms}


def _touched(first: date, last: date) -> list[date]:
    return Period(first, last).months if first <= last else []


def entered(branch: Branch, period: Period) -> dict[tuple[str, date], Decimal]:
    """The figure of each kind and month that holds, the latest that was entered. One query."""
    rows = EnteredFigure.objects.filter(branch=branch, month__range=(month_of(period.first), period.last))
    latest = rows.order_by("kind", "month", "-id").distinct("kind", "month")
    return {(row.kind, row.month): row.value for row in latest}


def figures_of(
    branch: Branch,
    period: Period,
    by: By = "",
    only: Mapping[str, Key] | None = None,
    variants: Mapping[str, str] | None = None,
    wanted: Sequence[Figure] = CATALOGUE,
) -> dict[Key, dict[str, Value]]:
    """By group, the wanted figures. What is entered for months counts only where all of the house is meant.

    Six queries; seven where open days were entered, and two more for each month of which the period has a part.
    """
    found = sums(branch, period, by, only)
    if by in ("", "month") and not only:
        for key, values in _entered_sums(branch, period, by).items():
            found.setdefault(key, {}).update(values)
        _add_bays(branch, period, by, found)
    if any("cars" in figure.measures for figure in wanted):
        for key, number in cars_of(branch, period, by, only).items():
            found.setdefault(key, {})["cars"] = number
    chosen = variants or {}
    return {
        key: {figure.key: value_of(figure, row, chosen.get(figure.key, "")) for figure in wanted}
        for key, row in found.items()
    }


def _entered_sums(branch: Branch, period: Period, by: By) -> dict[Key, Sums]:
    """What was entered, as measures `entered.<kind>`: the sum of costs, and of stocks the mean, when no month lacks.

    Of a month of which the period has a part, as much of a sum as of its open days: a cost so far.
    """
    rows, months = entered(branch, period), period.months
    parts = {month: _part_of(branch, period, month) for month in months} if rows else {}
    groups: dict[Key, list[date]] = {"": months} if by == "" else {month: [month] for month in months}
    found: dict[Key, Sums] = defaultdict(dict)
    for key, wanted in groups.items():
        for kind in Entered.values:
            if any((kind, month) not in rows for month in wanted):
                continue
            if kind in SUMMED:
                total = sum((rows[kind, month] * parts[month] for month in wanted), Decimal(0))
            else:
                total = sum((rows[kind, month] for month in wanted), Decimal(0)) / len(wanted)
            found[key][f"entered.{kind}"] = total
    return found


def _part_of(branch: Branch, period: Period, month: date) -> Decimal:
    """Which part of a month's open days lies in the period; of its days where the house was never open. Two queries."""
    last = add_months(month, 1) - timedelta(days=1)
    if period.first <= month and last <= period.last:
        return Decimal(1)
    calendar = calendar_of(branch, month, last)
    days = [month + timedelta(days=n) for n in range((last - month).days + 1)]
    days = [day for day in days if calendar.hours_of(day)] or days
    return Decimal(sum(period.first <= day <= period.last for day in days)) / len(days)


def _add_bays(branch: Branch, period: Period, by: By, found: dict[Key, Sums]) -> None:
    """Bays × open days as entered, where they were: the mean number of bays of the days on which bays were open."""
    if not any("entered.days" in values for values in found.values()):
        return
    rows = Measured.objects.filter(branch=branch, grain=Grain.DAY, measure="bay_days", value__gt=0)
    days = rows.filter(on__range=(period.first, period.last)).values_list("on", flat=True)
    open_days = Counter(month_of(day) if by == "month" else "" for day in days)
    for key, number in open_days.items():
        values = found.get(key, {})
        if "entered.days" in values:
            values["entered.bay_days"] = values.get("bay_days", Decimal(0)) / number * values["entered.days"]


def cars_of(branch: Branch, period: Period, by: By, only: Mapping[str, Key] | None = None) -> dict[Key, Decimal]:
    """Different cars delivered, by group. Those of whole months, and of each of them, are counted by the night.

    Two queries, of months by month up to four.
    """
    written, narrow = written_until(branch), set(only or {}) - {"brand"}
    if written is None or narrow or by not in ("", "brand", "month"):
        return _cars_of_orders(branch, period, by, only)
    if by == "month":
        return _cars_by_month(branch, period, min(period.last, written), only)
    if period.whole_months and period.last <= written:
        return _delivered(branch, period, by, only)
    return _cars_of_orders(branch, period, by, only)


def _cars_by_month(
    branch: Branch, period: Period, until: date, only: Mapping[str, Key] | None
) -> dict[Key, Decimal]:  # fmt: skip
    """Of each month: whole ones from their rows, the others from the orders."""
    whole = [month for month in period.months if month >= period.first and _end_of(month) <= until]
    if not whole:
        return _cars_of_orders(branch, period, "month", only)
    found = _delivered(branch, Period(whole[0], _end_of(whole[-1])), "month", only)
    rests = (Period(period.first, whole[0] - _A_DAY), Period(_end_of(whole[-1]) + _A_DAY, period.last))
    for rest in rests:
        if rest.first <= rest.last:
            found |= _cars_of_orders(branch, rest, "month", only)
    return found


def _end_of(month: date) -> date:
    return add_months(month, 1) - _A_DAY


def _delivered(branch: Branch, period: Period, by: By, only: Mapping[str, Key] | None) -> dict[Key, Decimal]:
    """Different cars of whole months (or of each): a car counts where it appears first. One query."""
    rows = DeliveredCars.objects.filter(branch=branch, month__gte=period.first, month__lte=period.last)
    if by != "month":
        rows = rows.filter(Q(before=None) | Q(before__lt=period.first))
    if only and "brand" in only:
        rows = rows.filter(Q(brand=only["brand"]))
    groups: dict[str, Any] = {"": Constant("", output_field=CharField()), "month": F("month"), "brand": F("brand")}
    found = rows.values_list(groups[by]).annotate(number=Sum("cars")).order_by()
    return {key: Decimal(number) for key, number in found if number is not None}


def _cars_of_orders(branch: Branch, period: Period, by: By, only: Mapping[str, Key] | None) -> dict[Key, Decimal]:
    """Different cars, counted from the orders. One query."""
    begins, _next = day_bounds(branch, period.first)
    _begins, ends = day_bounds(branch, period.last)
    narrowed, chosen = _narrowed(only)
    # Asked for only where it is told apart: the database drops what nobody reads, but not a join.
    brand, cars = "NULL::bigint", ""
    if by == "brand" or "brand" in (only or {}):
        brand = "m.brand_id"
        cars = """JOIN customers_vehicle v ON v.id = o.vehicle_id
            LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id"""
    statement = f"""
        SELECT {_GROUPS[by]}, count(DISTINCT vehicle_id) FROM (
            SELECT o.vehicle_id, (o.released_at AT TIME ZONE %(zone)s)::date AS on_day, o.advisor_id,
                NULL::bigint AS technician_id, {brand} AS brand_id, o.visit_type
            FROM reception_workorder o {cars}
            WHERE o.branch_id = %(branch)s AND o.released_at >= %(from)s AND o.released_at < %(to)s
        ) r WHERE true{narrowed} GROUP BY 1
    """  # noqa: S608  # constants
    values: dict[str, Any] = {"branch": branch.pk, "zone": branch.zone, "from": begins, "to": ends}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | chosen)
        return {key: Decimal(number) for key, number in cursor.fetchall()}


def behind(
    branch: Branch, period: Period, measure: str, only: Mapping[str, Key] | None = None
) -> list[tuple[str, int, Decimal]]:
    """(subject, id, value) of each row behind a measure, the largest first. Two queries."""
    begins, _next = day_bounds(branch, period.first)
    _begins, ends = day_bounds(branch, period.last)
    narrowed, chosen = _narrowed(only)
    values = fact_values(branch) | {"from": begins, "to": ends, "measure": measure} | chosen
    statement = f"""
        SELECT subject, id, sum(value) FROM (
            SELECT f.*, m.brand_id, (f.at AT TIME ZONE %(zone)s)::date AS on_day FROM ({FACTS}) f
            LEFT JOIN customers_vehicle v ON v.id = f.vehicle_id LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        ) r WHERE measure = %(measure)s AND value <> 0{narrowed}
        GROUP BY subject, id ORDER BY abs(sum(value)) DESC, id DESC LIMIT 500
    """  # noqa: S608  # constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
