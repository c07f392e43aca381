"""Key figures as a page shows them: periods to choose, values in words, how they stand to their targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Branch, Membership, User
from catalog.models import Brand
from customers.services.forecast import add_months
from dms.clock import branch_day
from dms.templatetags.dms import money
from reception.states import VisitType
from records.selectors import rules_now
from retention.figure_forms import PeriodForm
from retention.figures import CATALOGUE, Figure, Value
from retention.selectors.key_figures import By, Key, Period, figures_of

SPANS: dict[str, str | Promise] = {
    "month": gettext_lazy("this month"), "last": pgettext_lazy("figures", "last month"),
    "quarter": gettext_lazy("last 3 months"), "year": gettext_lazy("last 12 months"),
}  # fmt: skip
BY_LABELS: dict[By, str | Promise] = {
    "month": gettext_lazy("by month"), "week": gettext_lazy("by week"), "day": gettext_lazy("by day"),
    "advisor": gettext_lazy("by advisor"), "technician": gettext_lazy("by technician"),
    "brand": gettext_lazy("by brand"), "visit_type": gettext_lazy("by visit type"),
}  # fmt: skip
#: A share of fewer than so many is marked: it says little about whom it belongs to.
FEW = 10
TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Asked:
    """The period that is asked for: the key of a ready one or `own`, and the query that asks for it again."""

    span: str
    period: Period
    query: str


def asked(chosen: Mapping[str, str], branch: Branch) -> Asked:
    """This month unless another period is asked for."""
    today = branch_day(branch)
    first = today.replace(day=1)
    if chosen.get("first") or chosen.get("last"):
        form = PeriodForm(chosen)
        if form.is_valid():
            own = Period(form.cleaned_data["first"], form.cleaned_data["last"])
            return Asked("own", own, f"first={own.first.isoformat()}&last={own.last.isoformat()}")
    span = chosen.get("span", "month") if chosen.get("span") in SPANS else "month"
    months = {"last": 1, "quarter": 3, "year": 12}.get(span, 0)
    last = first - timedelta(days=1) if months else today
    return Asked(span, Period(add_months(first, -months), last), f"span={span}")


def before(period: Period) -> Period:
    """The period just before: as many months, or as many days. A month so far is compared with as much of the last."""
    if period.whole_months:
        months = len(period.months)
        return Period(add_months(period.first, -months), period.first - timedelta(days=1))
    if period.first.day == 1 and len(period.months) == 1:
        return Period(add_months(period.first, -1), add_months(period.last, -1))
    days = (period.last - period.first).days + 1
    return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def year_before(period: Period) -> Period:
    """The same days a year ago."""
    last = add_months(period.last, -12)
    if period.whole_months:
        last = add_months(period.last + timedelta(days=1), -12) - timedelta(days=1)
    return Period(add_months(period.first, -12), last)


def told(figure: Figure, value: Decimal | None, currency: str) -> str:
    """A value in words; a dash where there is none."""
    if value is None:
        return "–"
    if figure.unit == "money":
        return str(money(value, currency))
    if figure.unit == "percent":
        return f"{value.quantize(TENTH, ROUND_HALF_UP):,} %"
    exact = value.quantize(HUNDREDTH, ROUND_HALF_UP)
    return f"{exact.to_integral_value():,}" if exact == exact.to_integral_value() else f"{exact:,}"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its target, the period before and a year ago, in words. `stands` is ok, risk or empty."""

    figure: Figure
    value: str
    target: str
    stands: str
    before: str
    year: str
    young: bool


def targets_of(branch: Branch, period: Period) -> dict[str, Decimal]:
    """The targets that are set today; those of a month are for as many months as the period has, whole ones only."""
    keys = [figure.key for figure in CATALOGUE if figure.has_target]
    found = rules_now(branch, [f"target.{key}" for key in keys])
    targets = {key: Decimal(found[f"target.{key}"]) for key in keys if found[f"target.{key}"]}
    months = len(period.months) if period.whole_months else 0
    for key in ("revenue", "throughput"):
        if key in targets:
            targets[key] *= months
    return {key: target for key, target in targets.items() if target}


def rows_of(branch: Branch, period: Period, only: Mapping[str, Key] | None = None) -> list[Row]:
    """Every figure of a period with what it is compared with. Some twenty queries, none of them for each row."""
    periods = (period, before(period), year_before(period))
    found = [figures_of(branch, one, only=only).get("", {}) for one in periods]
    targets = targets_of(branch, period) if not only else {}
    today = branch_day(branch)

    def row(figure: Figure) -> Row:
        values = [one[figure.key].value if figure.key in one else None for one in found]
        target = targets.get(figure.key)
        words = [told(figure, value, branch.currency) for value in values]
        young = bool(figure.matured) and period.last > today - timedelta(days=figure.matured)
        stands = "" if target is None or values[0] is None or young else _stands(figure, values[0], target)
        aim = told(figure, target, branch.currency) if target is not None else ""
        return Row(figure, words[0], aim, stands, words[1], words[2], young)

    return [row(figure) for figure in CATALOGUE]


def _stands(figure: Figure, value: Decimal, target: Decimal) -> str:
    good = value <= target if figure.better == "less" else value >= target
    return "ok" if good else "risk"


def labels_of(by: By, keys: list[Key]) -> dict[Key, str]:
    """What the groups are called. One query."""
    if by == "advisor":
        return dict(User.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
    if by == "technician":
        rows = Membership.objects.filter(pk__in=[key for key in keys if key]).select_related("user")
        return {row.pk: row.user.name for row in rows}
    if by == "brand":
        return {row.pk: row.label for row in Brand.objects.filter(pk__in=[key for key in keys if key])}
    if by == "visit_type":
        return {value: str(label) for value, label in VisitType.choices}
    return {key: key.strftime("%Y-%m" if by == "month" else "%Y-%m-%d") for key in keys if isinstance(key, date)}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A figure of one group. `few`: it rests on little."""

    key: str
    label: str
    value: Value
    words: str
    few: bool


def group_rows(branch: Branch, figure: Figure, period: Period, by: By, variant: str = "") -> list[GroupRow]:
    """A figure by group, times in their order, others with the largest first."""
    found = figures_of(branch, period, by, variants={figure.key: variant}, wanted=[figure])
    values = {key: row[figure.key] for key, row in found.items() if row[figure.key].top}
    labels = labels_of(by, list(values))
    rows = [
        GroupRow(
            "" if key is None else str(key), labels.get(key, _("not known")), value,
            told(figure, value.value, branch.currency),
            figure.unit == "percent" and value.bottom is not None and value.bottom < FEW,
        )
        for key, value in values.items()
    ]  # fmt: skip
    if by in ("month", "week", "day"):
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.value.top or 0), row.label))


def month_values(branch: Branch, figure: Figure, months: int = 13, variant: str = "") -> list[tuple[date, Any]]:
    """The figure of each of the last months, the present one (so far) last."""
    today = branch_day(branch)
    period = Period(add_months(today.replace(day=1), 1 - months), today)
    found = figures_of(branch, period, "month", variants={figure.key: variant}, wanted=[figure])
    return [(month, found[month][figure.key].value if month in found else None) for month in period.months]
