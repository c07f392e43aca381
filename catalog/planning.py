"""What the stock should be and what it ties up: minimum and maximum from demand, ABC by value of use, dead stock.

Demand is what was issued and did not come back, in the ledger's weeks of the branch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from math import sqrt
from statistics import NormalDist

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Branch
from catalog.models import Batch, ExpectedPart, Part, PartPrice, Stock, StockMove
from catalog.states import COMING, MoveKind
from dms.clock import branch_day, now
from dms.money import ZERO, quantise
from records.selectors import rule_book

#: Weeks of demand from which minimum and maximum are proposed: half a year, so that a season is not forgotten at once.
WEEKS = 26
YEAR = timedelta(days=365)
#: Working days of a week, by which suppliers count.
WORKING_DAYS = 5
#: Up to which share of the value of use a part is A, and B; the rest is C.
A_SHARE, B_SHARE = Decimal("0.80"), Decimal("0.95")

_DEMAND = """
    WITH weeks AS (
        SELECT part_id, sum(CASE kind WHEN 'issue' THEN quantity ELSE -quantity END) AS used
        FROM catalog_stockmove
        WHERE branch_id = %s AND kind IN ('issue', 'return') AND created_at >= %s
        GROUP BY part_id, date_trunc('week', created_at AT TIME ZONE %s)
    )
    SELECT part_id, sum(used), sum(used * used) FROM weeks GROUP BY part_id
"""


@dataclass(frozen=True, slots=True)
class Level:
    """How a part's stock stands to its minimum and maximum, and what demand proposes; in the part's unit.

    `available` is on hand, not promised, and what is asked for or on its way.
    """

    part: Part
    available: Decimal
    minimum: Decimal | None
    maximum: Decimal | None
    weekly: Decimal
    proposed_minimum: Decimal
    proposed_maximum: Decimal

    @property
    def below(self) -> bool:
        """Whether it is to be ordered: below its minimum, or, where none is set, below the proposed one."""
        return self.available < (self.proposed_minimum if self.minimum is None else self.minimum)

    @property
    def changed(self) -> bool:
        """Whether the proposal is another than what is set."""
        return (self.minimum, self.maximum) != (self.proposed_minimum, self.proposed_maximum)


def _demand(branch: Branch, since: datetime) -> dict[int, tuple[Decimal, Decimal]]:
    """Part → sum of its weeks' demand, and of their squares. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DEMAND, [branch.pk, since, branch.zone])
        return {part: (used, squares) for part, used, squares in cursor.fetchall()}


def proposal(
    used: Decimal, squares: Decimal, lead_days: int, service: float, cover_weeks: int
) -> tuple[Decimal, Decimal]:
    """(minimum, maximum) of a part of which `used` was used in `WEEKS` weeks, `squares` the sum of the weeks' squares.

    Minimum (order point) = d·L + z·σ·√L: the demand d of a week during the lead time L (weeks), and a safety stock for
    the `service` level (0.95: in 95 of 100 lead times nothing is missing; z its normal quantile, σ the deviation of a
    week). Maximum = minimum + d · cover_weeks. Both rounded up to whole units. Source: Silver, Pyke, Thomas,
    Inventory and Production Management in Supply Chains, 4th ed., ch. 6 (order point, order-up-to level).
    """
    weekly = max(0.0, float(used) / WEEKS)
    variance = max(0.0, (float(squares) - float(used) ** 2 / WEEKS) / (WEEKS - 1))
    lead = max(lead_days, 1) / WORKING_DAYS
    least = weekly * lead + NormalDist().inv_cdf(service) * sqrt(variance * lead)
    return _up(least), _up(least + weekly * cover_weeks)


def _up(number: float) -> Decimal:
    return Decimal(str(round(number, 6))).to_integral_value(ROUND_CEILING).quantize(ZERO)


def levels(branch: Branch) -> list[Level]:
    """Every part with demand or a minimum: what is to be ordered first, then by number. Four queries."""
    keys = ("parts.usual_days", "parts.service_percent", "parts.cover_weeks")
    book, today = rule_book(branch, keys), branch_day(branch)
    usual, percent, cover = (int(book.on(key, today)) for key in keys)
    demand = _demand(branch, now() - timedelta(weeks=WEEKS))
    coming = _coming(branch)
    lead = Batch.objects.filter(branch=branch, part=OuterRef("part"), supplier__isnull=False).order_by("-id")
    rows = Stock.objects.filter(Q(part__in=demand) | Q(minimum__isnull=False), branch=branch, part__active=True)
    rows = rows.select_related("part").annotate(lead=Subquery(lead.values("supplier__lead_days")[:1]))
    found = []
    for row in rows.order_by("part__code"):
        used, squares = demand.get(row.part_id, (ZERO, ZERO))
        least, most = proposal(used, squares, usual if row.lead is None else row.lead, percent / 100, cover)
        available = row.on_hand - row.reserved + coming.get(row.part_id, ZERO)
        weekly = quantise(max(ZERO, used) / WEEKS)
        found.append(Level(row.part, available, row.minimum, row.maximum, weekly, least, most))
    return sorted(found, key=lambda one: not one.below)


def _coming(branch: Branch) -> dict[int, Decimal]:
    rows = ExpectedPart.objects.filter(branch=branch, state__in=COMING).order_by()
    return dict(rows.values_list("part_id").annotate(sum=Sum(F("quantity") - F("received"))))


@dataclass(frozen=True, slots=True)
class Used:
    """What a part's use of a year was worth at cost, and its class."""

    part: Part
    used: Decimal
    cost: Decimal
    value: Decimal
    group: str


def _cost_of(rows: QuerySet[Part], branch: Branch) -> QuerySet[Part]:
    """With `cost`: of the last batch, else as the price says, else 0."""
    costs = Batch.objects.filter(branch=branch, part=OuterRef("pk"), unit_cost__isnull=False).order_by("-id")
    planned = PartPrice.objects.filter(branch=branch, part=OuterRef("pk"), valid_from__lte=branch_day(branch))
    last, price = costs.values("unit_cost")[:1], planned.order_by("-valid_from").values("cost")[:1]
    return rows.annotate(cost=Coalesce(Subquery(last), Subquery(price), ZERO))


def abc(branch: Branch) -> list[Used]:
    """Parts used in a year, the most valuable first: A to 80 % of the value, B to 95 %, C the rest. Two queries.

    A part that crosses a limit still belongs to the class before it, so that one dear part alone is an A.
    """
    demand = _demand(branch, now() - YEAR)
    rows = _cost_of(Part.objects.filter(pk__in=demand), branch)
    valued = [(part, demand[part.pk][0], part.cost) for part in rows if demand[part.pk][0] > 0]  # type: ignore[attr-defined]
    return classed((part, used, cost, quantise(used * cost)) for part, used, cost in valued)


def classed(rows: Iterable[tuple[Part, Decimal, Decimal, Decimal]]) -> list[Used]:
    """(part, used, cost, value) by value, with their classes."""
    ordered = sorted(rows, key=lambda row: (-row[3], row[0].code))
    whole, before, found = sum((row[3] for row in ordered), ZERO), ZERO, []
    for part, used, cost, value in ordered:
        share = before / whole if whole else Decimal(1)
        found.append(Used(part, used, cost, value, "A" if share < A_SHARE else "B" if share < B_SHARE else "C"))
        before += value
    return found


@dataclass(frozen=True, slots=True)
class Dead:
    """A part on the shelf that nobody asks for: since when, and what it ties up at cost."""

    part: Part
    place: str
    on_hand: Decimal
    last_at: datetime | None
    value: Decimal


def dead_months(branch: Branch) -> int:
    """After how many months without an issue stock is dead. One query."""
    return int(rule_book(branch, ["parts.dead_months"]).on("parts.dead_months", branch_day(branch)))


def dead(branch: Branch, months: int) -> list[Dead]:
    """On the shelf, all of it longer than so many months (of 30 days), and nothing issued since. One query.

    The dearest first; goods of which nobody knows the cost count as nothing.
    """
    since = now() - timedelta(days=30 * months)
    moves = StockMove.objects.filter(branch=branch, part=OuterRef("part"))
    last = moves.filter(kind=MoveKind.ISSUE).order_by("-created_at").values("created_at")[:1]
    batches = Batch.objects.filter(branch=branch, part=OuterRef("part"), left__gt=0).order_by()
    worth = batches.values("part").annotate(sum=Sum(F("left") * F("unit_cost"))).values("sum")
    young = batches.filter(created_at__gte=since).values("part")[:1]
    rows = Stock.objects.filter(branch=branch, on_hand__gt=0).select_related("part")
    rows = rows.annotate(last_at=Subquery(last), worth=Subquery(worth), young=Subquery(young))
    rows = rows.filter(Q(last_at__isnull=True) | Q(last_at__lt=since), young__isnull=True)
    found = [Dead(row.part, row.place, row.on_hand, row.last_at, quantise(row.worth or ZERO)) for row in rows]
    return sorted(found, key=lambda one: (-one.value, one.part.code))
