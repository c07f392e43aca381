"""When maintenance falls due for a car, as `forecast_rule` tells it, and in one sentence why."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Branch
from catalog.models import MaintenanceRule
from customers.models import DueForecast, Vehicle
from customers.services import forecast_rule
from customers.states import Basis
from dms.act import one_act
from dms.clock import now
from dms.fields import locked


def add_months(day: date, months: int) -> date:
    """The same day some months on; the last of the month where that day does not exist (31 Jan + 1 → 28 Feb)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def forecast_cars(branch: Branch, cars: list[int]) -> tuple[int, int]:
    """Forecast every rule of these cars of the branch, which the caller has locked: (forecasts, cars) that changed."""
    values: dict[str, Any] = {"cars": cars, "zone": branch.zone}
    with connection.cursor() as cursor:
        cursor.execute(forecast_rule.WRITE, values)
        forecasts, changed = cursor.fetchone()
    return forecasts, changed


@one_act
def forecast_due(*, vehicle: Vehicle) -> None:
    """Forecast every rule of the car's model and brand, and keep the nearest on the car. May run at any time, twice.

    Nothing for a rule without a start: no warranty date and no reading yet.
    """
    row = locked(Vehicle.objects.select_related("branch")).get(pk=vehicle.pk)
    forecast_cars(row.branch, [row.pk])
    vehicle.refresh_from_db(fields=["km_per_day", "next_due_on", "next_due_km"])


@one_act
def close_due(*, vehicle: Vehicle, rule: MaintenanceRule, on: date, km: int) -> None:
    """That service was done here on that date at that reading: close its forecast and begin the next cycle from it."""
    row = locked(Vehicle.objects.select_related("branch")).get(pk=vehicle.pk)
    cycles = DueForecast.objects.filter(vehicle=row, rule=rule)
    cycles.filter(closed_at__isnull=True).update(closed_at=now())
    last = cycles.order_by("-cycle").values_list("cycle", flat=True).first() or 1
    # What it is due is told in the same act by `forecast_due`; nobody sees these values.
    DueForecast.objects.create(
        vehicle=row,
        rule=rule,
        cycle=last + 1,
        base_on=on,
        base_km=km,
        due_on=on,
        predicted_km=km,
        km_per_day=forecast_rule.ASSUMED,
        basis=Basis.HOUSE,
    )
    forecast_due(vehicle=row)


def by_date(forecast: DueForecast) -> bool:
    """Whether the calendar decided, not the kilometres."""
    months = forecast.rule.interval_months
    return bool(months) and forecast.due_on == add_months(forecast.base_on, months or 0)


def sentence(forecast: DueForecast) -> str:
    """Why this date, and how sure it is, in one sentence for advisor and customer."""
    values = {
        "day": _day(forecast.due_on),
        "months": forecast.rule.interval_months,
        "base": _day(forecast.base_on),
        "due_km": f"{forecast.due_km or 0:,}",
        "rate": f"{forecast.km_per_day:.0f}",
        "basis": Basis(forecast.basis).label,
        "km": f"{forecast.predicted_km:,}",
        "low": f"{forecast.pace_low or 0:.0f}",
        "high": f"{forecast.pace_high or 0:.0f}",
        "early": _day(forecast.due_early_on or forecast.due_on),
        "late": _day(forecast.due_late_on or forecast.due_on),
    }
    return _text(forecast) % values


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _text(forecast: DueForecast) -> str:
    """The sentence for what decided, with the band where it makes a difference."""
    early, late = forecast.due_early_on or forecast.due_on, forecast.due_late_on or forecast.due_on
    if by_date(forecast) and early == forecast.due_on:
        return _(
            "Due on %(day)s: %(months)d months after %(base)s; the car will then be at about %(km)s km "
            "(%(rate)s km a day, %(basis)s)."
        )
    if by_date(forecast):
        return _(
            "Due on %(day)s: %(months)d months after %(base)s; the car will then be at about %(km)s km "
            "(%(rate)s km a day, %(basis)s); with %(high)s km a day it is due on %(early)s already."
        )
    if early == late:
        return _("Due on %(day)s: by then it reaches %(due_km)s km at %(rate)s km a day (%(basis)s).")
    return _(
        "Due on %(day)s: by then it reaches %(due_km)s km at %(rate)s km a day (%(basis)s); "
        "with %(low)s to %(high)s km a day it is due between %(early)s and %(late)s."
    )
