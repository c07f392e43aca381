"""The manager's page of retention: who was due and came, who stays away, how large the base is, today's calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import actor_of, needs
from accounts.models import Branch
from customers.models import Vehicle
from customers.selectors import phone_for
from customers.services.forecast import add_months
from dms.charts import Chart, Point, Series
from dms.clock import branch_day
from dms.fields import number_of
from dms.htmx import page
from dms.templatetags.dms import money
from records.selectors import rule
from retention.selectors.base import BYS, By, Retained, group_of, retained_by_month, shares_of
from retention.selectors.calls import call_totals
from retention.selectors.overview import (
    STEPS,
    Period,
    base_cars,
    car_page,
    funnel_orders,
    funnel_revenue,
    retained_cars,
    step_cars,
)
from retention.selectors.tallies import counted

#: Months of due dates that can be looked at.
SPANS = {"1": gettext_lazy("last month"), "3": gettext_lazy("last 3 months"), "12": gettext_lazy("last 12 months")}
BY_LABELS = {
    "rule": gettext_lazy("by rule"), "brand": gettext_lazy("by brand"), "model": gettext_lazy("by model"),
    "advisor": gettext_lazy("by advisor"),
}  # fmt: skip
STEP_LABELS = {
    "due": pgettext_lazy("funnel", "Due"), "contacted": gettext_lazy("Contacted"),
    "booked": gettext_lazy("Asked for an appointment"), "arrived": pgettext_lazy("funnel", "Arrived"),
    "uncontacted": gettext_lazy("Came without being told"),
}  # fmt: skip
TARGETS = ("target.arrived", "target.retained", "target.lapsed")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel; `share` of the cars that were due, in percent."""

    name: str
    label: str
    cars: int
    share: int | None


def span_of(chosen: Mapping[str, str], today: date) -> tuple[str, Period]:
    """The chosen number of months up to today; three unless another is offered."""
    months = chosen.get("months", "3") if chosen.get("months", "3") in SPANS else "3"
    return months, Period(add_months(today, -int(months)), today)


def _steps(found: Mapping[str, int]) -> list[Step]:
    counts = {name: found[name] for name in STEPS}
    due = counts["due"]
    share = {name: round(100 * cars / due) if due else None for name, cars in counts.items()}
    return [Step(name, str(STEP_LABELS[name]), cars, share[name]) for name, cars in counts.items()]


def _chart(months: list[Retained], target: int) -> Chart:
    points = [
        Point(
            date_format(row.month_end, "y-m"), row.vehicles,
            reverse("retention:overview_retained", args=[row.month_end.isoformat()]),
        )
        for row in months
    ]  # fmt: skip
    return Chart(
        _told(months, target), _("Month"), [Series(_("Cars"), points)], target or None, f"{target:,}"
    )  # fmt: skip


def _told(months: list[Retained], target: int) -> str:
    """What the picture of the base shows, in one sentence."""
    now_, before = months[-1].vehicles, months[-13].vehicles
    values = {"now": f"{now_:,}", "before": f"{before:,}", "change": f"{now_ - before:+,}", "target": f"{target:,}"}
    told = _("%(now)s cars now, %(before)s a year ago (%(change)s).") % values
    aim = _("Target: %(target)s.") % values if target else _("No target is set.")
    return f"{told} {aim}"


@require_GET
@needs("retention.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Every number opens its list; nothing here is counted in another way than there.

    The funnel, the base and the shares are as of last night (`retention.selectors.tallies`), as the page says; calls,
    targets and all lists are as of now.
    """
    branch = actor_of(request).branch
    today = branch_day(branch)
    months, period = span_of(request.GET, today)
    by = cast(By, request.GET.get("by", "brand") if request.GET.get("by", "brand") in BYS else "brand")
    targets = {key.partition(".")[2]: int(rule(branch, key, today)) for key in TARGETS}
    retained = retained_by_month(branch)
    tallies = counted(branch, [f"funnel:{months}", f"shares:{by}"])
    funnel, shares = tallies[f"funnel:{months}"], tallies[f"shares:{by}"]
    context: dict[str, object] = {
        "tab": "overview", "spans": SPANS.items(), "months": months, "period": period,
        "steps": _steps(funnel.rows), "on": funnel.on,
        "revenue": money(Decimal(funnel.rows["revenue"]), branch.currency),
        "targets": targets, "by": by, "bys": BY_LABELS.items(),
        "shares": [(row, round(100 * row.share)) for row in shares_of(by, shares.rows)],
        "chart": _chart(retained, targets["retained"]), "calls": call_totals(branch, today),
    }  # fmt: skip
    return page(request, "retention/overview.html", context)


def cars_page(request: HttpRequest, cars: QuerySet[Vehicle], title: str, told: str, query: str = "") -> HttpResponse:
    """A list of cars with their owners, some at a time."""
    actor = actor_of(request)
    found, following = car_page(cars, number_of(request.GET.get("after", "")))
    rows = [{"car": row, "phone": phone_for(actor, row.owner)} for row in found]
    context: dict[str, object] = {
        "rows": rows, "after": following, "title": title, "told": told, "query": query,
    }  # fmt: skip
    return page(request, "retention/cars.html", context)


@require_GET
@needs("retention.view")
def step(request: HttpRequest, name: str) -> HttpResponse:
    """The cars of a step of the funnel."""
    branch = actor_of(request).branch
    months, period = span_of(request.GET, branch_day(branch))
    if name == "revenue":
        return _revenue(request, branch, period, months)
    if name not in STEPS:
        raise Http404
    told = _("due from %(first)s to %(last)s") % {
        "first": date_format(period.first, "DATE_FORMAT"), "last": date_format(period.last, "DATE_FORMAT"),
    }  # fmt: skip
    return cars_page(request, step_cars(branch, period, name), str(STEP_LABELS[name]), told, f"months={months}")


def _revenue(request: HttpRequest, branch: Branch, period: Period, months: str) -> HttpResponse:
    """The orders behind the revenue, the largest first."""
    orders = funnel_orders(branch, period).select_related("vehicle").order_by("-revenue", "-pk")
    rows = [
        {"label": row.number, "at": row.arrived_at, "url": reverse("reception:order", args=[row.pk]),
         "plate": row.vehicle.plate, "kind": row.vehicle.plate_kind, "value": row.revenue}
        for row in orders[:500]
    ]  # fmt: skip
    context: dict[str, object] = {
        "title": _("Revenue of due cars"), "of": {"period": period}, "rows": rows,
        "total": funnel_revenue(branch, period), "back": f"{reverse('retention:overview')}?months={months}",
        "back_label": _("Overview"),
    }  # fmt: skip
    return page(request, "retention/figure_rows.html", context)


@require_GET
@needs("retention.view")
def retained(request: HttpRequest, day: str) -> HttpResponse:
    """The retained base at the end of a month."""
    try:
        month_end = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    told = _("at the end of %(month)s") % {"month": date_format(month_end, "Y-m")}
    return cars_page(request, retained_cars(actor_of(request).branch, month_end), _("Retained base"), told)


@require_GET
@needs("retention.view")
def base(request: HttpRequest) -> HttpResponse:
    """The cars that a share is a share of; without a group all of them."""
    branch, of = actor_of(request).branch, group_of(request.GET)
    if of is None:
        if request.GET.get("by"):
            raise Http404
        return cars_page(request, base_cars(branch), _("Cars that were here"), "")
    told, query = str(BY_LABELS[of.by]), f"by={of.by}&key={of.key or 0}"
    return cars_page(request, base_cars(branch, of), _("Cars that were here"), told, query)
