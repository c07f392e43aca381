"""When a point that is amber today will be red: by its wear since the last measurement, else after its term."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalog.states import Direction
from customers.services.forecast import add_months

#: Never sooner: the customer has just heard of it. Never later: nobody trusts a guess so far ahead.
SOONEST, LATEST = timedelta(days=14), timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement at a mileage."""

    value: Decimal
    km: int


def red_on(
    today: date, now: Measured | None, before: Measured | None, *, limit: Decimal | None, direction: str | None,
    km_per_day: Decimal | None, months: int,
) -> date:  # fmt: skip
    """The day on which to offer it again.

    Wear is what the measurement lost in the kilometres since the last one. Without two measurements, without a pace of
    the car, or where it got no worse (a new tyre), it is `months` from today.
    """
    term = add_months(today, months)
    if now is None or before is None or limit is None or not km_per_day:
        return term
    sign = 1 if direction == Direction.LESS else -1
    worn, driven, left = (before.value - now.value) * sign, now.km - before.km, (now.value - limit) * sign
    if worn <= 0 or driven <= 0:
        return term
    days = math.floor(left * driven / worn / km_per_day)
    return min(max(today + timedelta(days=days), today + SOONEST), today + LATEST)
