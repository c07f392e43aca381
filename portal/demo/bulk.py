"""Hundreds of thousands of cars for benchmarks, by set-based SQL: a customer, an owner's row, readings, visits, lines.

Everything follows from the car's number, so the same number gives the same car. Orders stand as released; they have no
slips, papers or jobs, which no benchmark of lists, searches and sweeps reads. Constraints and foreign keys hold as
ever; only the triggers that guard the road of a single row rest (see `rows`).
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from math import lcm
from typing import Any

import pgtrigger
from django.db import connection, transaction

from accounts.models import Branch, Membership
from catalog.models import LabourOperation, LabourRate, MaintenanceRule, Part, VehicleModel
from customers.identifiers import pinyin_of, vin_check_digit
from customers.models import Vehicle
from dms.clock import branch_day
from dms.fields import locked
from portal.demo import bulk_sql, words
from portal.demo.customers import LETTERS, MOBILE, YEARS
from records.models import Counter
from records.states import CounterKind

#: Cars written in one transaction.
BATCH = 10_000
#: Months over which the visits are spread, ending with the last full one.
MONTHS = 36
#: Coprime to MONTHS: the visits of a car lie that many months apart, and each month gets the same number of them.
STRIDE = 11
LINES = 5


@dataclass(frozen=True, slots=True)
class Added:
    """How many rows came, and in how many seconds."""

    cars: int
    orders: int
    rows: int
    seconds: float


def orders_before(car: int) -> int:
    """How many visits the cars before this one (from 0) have together: three each, every third one more."""
    return 3 * car + (car + 2) // 3


def plate_of(car: int, prefix: str) -> tuple[str, str]:
    """(plate, kind) of a car of that number: unique, and of shapes that the demo's own cars do not have."""
    if car % 4 == 3:  # a quarter is new energy; D and F stand on the demo's cars
        number = car // 4
        first, rest = "ABCEGHJK"[number // 240_000 % 8], number % 240_000
        return f"{prefix}{first}{LETTERS[rest // 10_000]}{rest % 10_000:04d}", "nev"
    number = car - car // 4
    head, rest = divmod(number % 576_000, 24_000)
    return f"{prefix}{LETTERS[head]}{rest // 24:03d}{LETTERS[rest % 24]}", "blue"


def vin_of(car: int, year: int) -> str:
    """A VIN with its check digit; LDM is nobody's maker code in the demo's price list."""
    vin = f"LDMAB2300{YEARS[(year - 2010) % len(YEARS)]}{LETTERS[car // 1_000_000]}{car % 1_000_000:06d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]


def months_before(today: date) -> list[date]:
    """The first days of the MONTHS full months before today's, the earliest first."""
    last = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - MONTHS, last)]


class Bulk:
    """Adds cars to a filled demo branch."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.months = months_before(branch_day(branch))
        self.ids = [0, 0, 0]
        names = [surname + given for surname in words.SURNAMES for given in words.GIVEN]
        sounds = [pinyin_of(name) for name in names]
        self.shared: dict[str, Any] = {
            "branch": branch.pk,
            "code": branch.code,
            "months": self.months,
            "month_count": MONTHS,
            "stride": STRIDE,
            "names": names,
            "pinyin": [sound[0] for sound in sounds],
            "initials": [sound[1] for sound in sounds],
            "mobile": [str(prefix) for prefix in MOBILE],
            "lines": LINES,
            **self._people(),
            **self._price_list(),
        }

    def _people(self) -> dict[str, Any]:
        members = Membership.objects.filter(branch=self.branch).order_by("id").values_list("user_id", "roles")
        by_role: dict[str, list[int]] = {}
        for user, roles in members:
            by_role.setdefault(roles[0], []).append(user)
        wanted = ("supervisor", "inspector", "technician", "cashier", "gate")
        return {"advisors": by_role["service_advisor"]} | {role: by_role[role][0] for role in wanted}

    def _price_list(self) -> dict[str, Any]:
        rules = list(
            MaintenanceRule.objects.filter(position=0)
            .order_by("id")
            .values_list("id", "model_id", "brand_id", "interval_km", "interval_months")
        )
        models = self._models(rules)
        rate = LabourRate.objects.filter(branch=self.branch).latest("valid_from")
        return {
            "cycle": lcm(LabourOperation.objects.count(), Part.objects.count(), 2),
            "rate": rate.price,
            "tax_rate": rate.tax_rate,
            "models": [model for model, _rule in models],
            "rules": [rule[0] for _model, rule in models],
            "rule_km": [rule[3] or 1_000_000 for _model, rule in models],
            "rule_months": [rule[4] or 120 for _model, rule in models],
        }

    def _models(self, rules: list[Any]) -> list[tuple[int, Any]]:
        found = []
        for model in VehicleModel.objects.order_by("id"):
            rule = next((rule for rule in rules if model.pk == rule[1] or model.brand_id == rule[2]), None)
            if rule:
                found.append((model.pk, rule))
        return found

    def add(self, count: int, say: Callable[[str], object], *, workers: int = 2) -> Added:
        """`count` more cars, in batches; two connections at once, one core each, unless a transaction is open."""
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            first = self._counters(orders_before(count))
            # All ids at once: two connections that take blocks in turn would get holes.
            self.ids = [
                _block(cursor, "customers_customer", count),
                _block(cursor, "customers_vehicle", count),
                _block(cursor, "reception_workorder", orders_before(count)),
            ]
        batches = [(start, min(start + BATCH, count)) for start in range(0, count, BATCH)]
        rows = done = 0
        for cars, made in self._run(batches, first, 1 if connection.in_atomic_block else workers):
            rows, done = rows + made, done + cars
            seconds = time.perf_counter() - began
            say(f"{done:,} of {count:,} cars, {rows:,} rows, {rows / seconds:,.0f} rows/s")
        return Added(count, orders_before(count), rows, time.perf_counter() - began)

    def _run(self, batches: list[tuple[int, int]], first: list[int], workers: int) -> Iterator[tuple[int, int]]:
        if workers == 1:
            for start, end in batches:
                yield end - start, self.batch(start, end, first)
            return

        def one(span: tuple[int, int]) -> tuple[int, int]:
            try:
                return span[1] - span[0], self.batch(*span, first)
            finally:
                connection.close()

        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(one, batches)

    def _counters(self, orders: int) -> list[int]:
        """Take the numbers of all new orders at once; the last number given out before, month by month."""
        residues = [0] * MONTHS
        for rest in range(orders % MONTHS):
            residues[rest * STRIDE % MONTHS] = 1
        first = []
        for month, extra in zip(self.months, residues, strict=True):
            key: dict[str, Any] = {
                "branch": self.branch,
                "kind": CounterKind.WORK_ORDER,
                "period": month.strftime("%Y%m"),
            }
            Counter.objects.get_or_create(**key)
            counter = locked(Counter.objects.filter(**key)).get()
            first.append(counter.last)
            counter.last += orders // MONTHS + extra
            counter.save(update_fields=["last"])
        return first

    def batch(self, start: int, end: int, first: list[int]) -> int:
        """The cars from `start` to before `end` in one transaction; the number of rows."""
        plates = [plate_of(car, self.branch.plate_prefix) for car in range(start, end)]
        with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as wrapped:
            wrapped.execute("SELECT 1")  # sets pgtrigger's variable for the transaction
            cursor = wrapped.cursor  # past its wrapper, which knows no named parameters
            orders = orders_before(end) - orders_before(start)
            given = self.shared | {
                "start": start,
                "end": end,
                "first_order": orders_before(start),
                "orders": orders,
                "numbers": first,
                "plates": [plate for plate, _kind in plates],
                "kinds": [kind for _plate, kind in plates],
                "vins": [vin_of(car, 2018 + car % 6) for car in range(start, end)],
                "customer_id": self.ids[0] + start,
                "vehicle_id": self.ids[1] + start,
                "order_id": self.ids[2] + orders_before(start),
            }
            rows = 0
            for statement in bulk_sql.STATEMENTS:
                cursor.execute(statement, given)
                rows += cursor.rowcount
        return rows


def _block(cursor: Any, table: str, count: int) -> int:
    """The first of `count` ids in a row. Raises RuntimeError when somebody else took some in between."""
    cursor.execute(
        "SELECT min(id), max(id) FROM (SELECT nextval(pg_get_serial_sequence(%s, 'id')) AS id "
        "FROM generate_series(1, %s)) AS taken",
        [table, count],
    )
    low, high = cursor.fetchone()
    if high - low + 1 != count:
        raise RuntimeError(f"somebody else writes to {table}; a benchmark needs the database for itself")
    return int(low)


def add_vehicles(total: int, say: Callable[[str], object]) -> Added:
    """Cars up to `total` in the demo branch. Raises ValueError when there are as many already."""
    branch = Branch.objects.order_by("id")[0]
    have = Vehicle.objects.filter(branch=branch).count()
    if Vehicle.objects.filter(branch=branch, vin__startswith="LDMAB2").exists() or total <= have:
        raise ValueError(f"There are {have} cars already; benchmark cars are added once.")
    return Bulk(branch).add(total - have, say)
