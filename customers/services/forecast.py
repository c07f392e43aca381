"""When maintenance falls due: min(date by interval, date on which the predicted odometer reaches the interval).

km a day: the median over the car's own readings that lie at least a week apart, each held between 5 and 400, so that
one typing error or a changed odometer moves little. Without such readings: the average of the model here, then of the
brand, then of the branch, then 40. Each forecast remembers which, and `sentence` says it.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from statistics import median

from django.db.models import Avg, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import MaintenanceRule
from customers.models import DueForecast, OdometerReading, Vehicle
from customers.states import Basis
from dms.act import one_act
from dms.clock import branch_day, now
from dms.fields import locked
from dms.money import quantise

LEAST_DAYS = 7
LEAST, MOST = Decimal(5), Decimal(400)
ASSUMED = Decimal(40)
#: No forecast looks farther: a car that stands still is due by date, or not at all.
FARTHEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Pace:
    """Kilometres a day, and whose they are."""

    km_per_day: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Start:
    """What the intervals of a rule are counted from."""

    on: date
    km: int


def add_months(day: date, months: int) -> date:
    """The same day some months on; the last of the month where that day does not exist (31 Jan + 1 → 28 Feb)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def own_pace(readings: Sequence[tuple[datetime, int]]) -> Decimal | None:
    """Median km a day over (instant, km) in order of time; None without two readings a week apart."""
    if not readings:
        return None
    rates: list[Decimal] = []
    begin_at, begin_km = readings[0]
    for at, km in readings[1:]:
        span = at - begin_at
        if km < begin_km:
            # Lower than before: a typing error or another odometer. Count anew from here.
            begin_at, begin_km = at, km
        elif span >= timedelta(days=LEAST_DAYS):
            rate = Decimal(km - begin_km) / (Decimal(int(span.total_seconds())) / 86_400)
            rates.append(min(MOST, max(LEAST, rate)))
            begin_at, begin_km = at, km
    return quantise(median(rates)) if rates else None


def _average(branch_id: int, **where: object) -> Decimal | None:
    found = Vehicle.objects.filter(branch_id=branch_id, km_per_day__isnull=False, **where)
    value = found.aggregate(value=Avg("km_per_day"))["value"]
    return quantise(min(MOST, max(LEAST, value))) if value is not None else None


def pace_of(vehicle: Vehicle, own: Decimal | None) -> Pace:
    """The car's own pace, else the nearest average of the branch's cars. At most three queries."""
    if own is not None:
        return Pace(own, Basis.OWN)
    if vehicle.model_id is not None and vehicle.model is not None:
        if (value := _average(vehicle.branch_id, model_id=vehicle.model_id)) is not None:
            return Pace(value, Basis.MODEL)
        if (value := _average(vehicle.branch_id, model__brand_id=vehicle.model.brand_id)) is not None:
            return Pace(value, Basis.BRAND)
    if (value := _average(vehicle.branch_id)) is not None:
        return Pace(value, Basis.BRANCH)
    return Pace(ASSUMED, Basis.HOUSE)


def _rules(vehicle: Vehicle) -> list[MaintenanceRule]:
    if vehicle.model is None:
        return []
    return list(MaintenanceRule.objects.filter(Q(model_id=vehicle.model_id) | Q(brand_id=vehicle.model.brand_id)))


def first_start(vehicle: Vehicle, rule: MaintenanceRule, first: Start | None) -> Start | None:
    """What a first cycle counts from: the sale, unless the first reading shows that services were done elsewhere."""
    if vehicle.warranty_start_on and (first is None or first.km <= (rule.interval_km or first.km) * 1.5):
        return Start(vehicle.warranty_start_on, 0)
    return first


def _days_to(km: int, last_km: int, pace: Decimal) -> int:
    days = (Decimal(max(0, km - last_km)) / pace).to_integral_value(ROUND_CEILING)
    return min(FARTHEST_DAYS, int(days))


def due(rule: MaintenanceRule, start: Start, last: Start, pace: Decimal) -> tuple[date, int | None, int]:
    """(due_on, due_km, predicted_km at due_on) by the rule's intervals and the pace in km a day."""
    due_km = start.km + rule.interval_km if rule.interval_km else None
    days: list[date] = []
    if rule.interval_months:
        days.append(add_months(start.on, rule.interval_months))
    if due_km is not None:
        days.append(last.on + timedelta(days=_days_to(due_km, last.km, pace)))
    due_on = min(days)
    ahead = max(0, (due_on - last.on).days)
    return due_on, due_km, last.km + int(ahead * pace)


def _readings(vehicle: Vehicle) -> list[tuple[datetime, int]]:
    found = OdometerReading.objects.filter(vehicle=vehicle).order_by("read_at", "pk")
    return list(found.values_list("read_at", "km"))


#: What a forecast is known by, and what a later one of the same cycle says anew.
_KEY = ("vehicle", "rule", "cycle")
_SAYS = ("base_on", "base_km", "due_on", "due_km", "predicted_km", "km_per_day", "basis")


def _forecast(
    vehicle: Vehicle, rule: MaintenanceRule, start: Start, last: Start, pace: Pace, cycle: int
) -> DueForecast:
    due_on, due_km, predicted = due(rule, start, last, pace.km_per_day)
    return DueForecast(
        vehicle=vehicle,
        rule=rule,
        cycle=cycle,
        base_on=start.on,
        base_km=start.km,
        due_on=due_on,
        due_km=due_km,
        predicted_km=predicted,
        km_per_day=pace.km_per_day,
        basis=pace.basis,
    )


def _keep(forecasts: list[DueForecast]) -> list[DueForecast]:
    """Insert them, or say them anew. One query, whatever their number."""
    return DueForecast.objects.bulk_create(
        forecasts, update_conflicts=True, unique_fields=_KEY, update_fields=_SAYS
    )  # fmt: skip


@one_act
def forecast_due(*, vehicle: Vehicle) -> list[DueForecast]:
    """Forecast every rule of the car's model and brand, and keep the nearest on the car. May run at any time, twice.

    Nothing for a rule without a start: no warranty date and no reading yet.
    """
    row = locked(Vehicle.objects.select_related("model", "branch")).get(pk=vehicle.pk)
    readings = _readings(row)
    own = own_pace(readings)
    pace = pace_of(row, own)
    starts = [Start(branch_day(row.branch, at), km) for at, km in readings]
    first, last = (starts[0], starts[-1]) if starts else (None, None)
    open_ones = {f.rule_id: f for f in DueForecast.objects.filter(vehicle=row, closed_at__isnull=True)}
    done = []
    for rule in _rules(row):
        known = open_ones.get(rule.pk)
        # From the second cycle on the start is the service done here; the first follows what is known of the car.
        if known is not None and known.cycle > 1:
            start: Start | None = Start(known.base_on, known.base_km)
        else:
            start = first_start(row, rule, first)
        if start is not None:
            done.append(_forecast(row, rule, start, last or start, pace, known.cycle if known else 1))
    done = _keep(done)
    _keep_nearest(row, done, own)
    for name in ("km_per_day", "next_due_on", "next_due_km"):
        setattr(vehicle, name, getattr(row, name))
    return done


def _keep_nearest(vehicle: Vehicle, forecasts: list[DueForecast], own: Decimal | None) -> None:
    nearest = min(forecasts, key=lambda f: (f.due_on, f.pk), default=None)
    vehicle.km_per_day = own
    vehicle.next_due_on = nearest.due_on if nearest else None
    vehicle.next_due_km = nearest.due_km if nearest else None
    vehicle.save(update_fields=["km_per_day", "next_due_on", "next_due_km"])


@one_act
def close_due(*, vehicle: Vehicle, rule: MaintenanceRule, on: date, km: int) -> None:
    """That service was done here on that date at that reading: close its forecast and begin the next cycle from it."""
    row = locked(Vehicle.objects.select_related("branch")).get(pk=vehicle.pk)
    cycles = DueForecast.objects.filter(vehicle=row, rule=rule)
    cycles.filter(closed_at__isnull=True).update(closed_at=now())
    last = cycles.order_by("-cycle").values_list("cycle", flat=True).first() or 1
    start = Start(on, km)
    _keep([_forecast(row, rule, start, start, Pace(ASSUMED, Basis.HOUSE), last + 1)])
    forecast_due(vehicle=row)


def by_date(forecast: DueForecast) -> bool:
    """Whether the calendar decided, not the kilometres."""
    months = forecast.rule.interval_months
    return bool(months) and forecast.due_on == add_months(forecast.base_on, months or 0)


def sentence(forecast: DueForecast) -> str:
    """Why this date, in one sentence for advisor and customer."""
    values = {
        "day": date_format(forecast.due_on, "DATE_FORMAT"),
        "months": forecast.rule.interval_months,
        "base": date_format(forecast.base_on, "DATE_FORMAT"),
        "due_km": f"{forecast.due_km or 0:,}",
        "rate": f"{forecast.km_per_day:.0f}",
        "basis": Basis(forecast.basis).label,
        "km": f"{forecast.predicted_km:,}",
    }
    if by_date(forecast):
        return (
            _(
                "Due on %(day)s: %(months)d months after %(base)s; the car will then be at about %(km)s km "
                "(%(rate)s km a day, %(basis)s)."
            )
            % values
        )
    return _("Due on %(day)s: by then it reaches %(due_km)s km at %(rate)s km a day (%(basis)s).") % values
