"""Key figures: exceptions first, then every figure against its target, with its formula and the rows behind it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import actor_of, needs
from accounts.models import Branch, Membership
from customers.services.forecast import add_months
from dms.charts import Chart, Point, Series
from dms.clock import branch_day
from dms.fields import number_of
from dms.htmx import go, page
from dms.kept import kept
from reception.models import Appointment, Package, WorkOrder
from retention.figure_forms import MonthForm, PeriodForm
from retention.figure_pages import (
    BY_LABELS,
    SPANS,
    Asked,
    Row,
    asked,
    group_rows,
    labels_of,
    month_values,
    rows_of,
    targets_of,
    told,
)
from retention.figures import BY_KEY, Figure
from retention.measures import LISTED
from retention.models import EnteredFigure
from retention.selectors.exceptions import EXCEPTIONS, exceptional_orders, exceptions, unknown_messages
from retention.selectors.key_figures import BYS, By, Key, Period, behind
from retention.services.entering import enter

#: Months whose entered figures the page shows.
MONTHS = 6
#: What a person's own page shows.
OF_ADVISOR = (
    "booked", "show_rate", "throughput", "cars", "revenue", "per_visit", "on_time", "satisfaction", "first_fix",
)  # fmt: skip
OF_TECHNICIAN = ("productivity", "efficiency")


@require_GET
@needs("figures.view")
def index(request: HttpRequest) -> HttpResponse:
    """The manager's first page."""
    branch = actor_of(request).branch
    of = asked(request.GET, branch)
    rows = rows_of(branch, of.period)
    context: dict[str, object] = {
        "of": of, "spans": SPANS.items(), "form": _period_form(request, of),
        "exceptions": exceptions(branch), "unknown": unknown_messages(branch),
        "groups": [(group, list(found)) for group, found in groupby(rows, key=lambda row: row.figure.group)],
    }  # fmt: skip
    return page(request, "retention/figures.html", context)


def _period_form(request: HttpRequest, of: Asked) -> PeriodForm:
    """With what was typed, so that a complaint about it stands beside it; else with the period that is shown."""
    if request.GET.get("first") or request.GET.get("last"):
        return PeriodForm(request.GET)
    return PeriodForm(initial={"first": of.period.first, "last": of.period.last})


def _figure(key: str) -> Figure:
    if key not in BY_KEY:
        raise Http404
    return BY_KEY[key]


@require_GET
@needs("figures.view")
def figure(request: HttpRequest, figure_key: str) -> HttpResponse:
    """One figure: its formula and source, thirteen months as bars, and by group."""
    branch, found = actor_of(request).branch, _figure(figure_key)
    of = asked(request.GET, branch)
    by = cast(By, request.GET.get("by") if request.GET.get("by") in BY_LABELS else "advisor")
    variant = request.GET.get("variant", "") if request.GET.get("variant") in found.variants else ""
    months = month_values(branch, found, variant=variant)
    context: dict[str, object] = {
        "figure": found, "of": of, "spans": SPANS.items(), "by": by, "bys": BY_LABELS.items(), "variant": variant,
        "variants": [(name, label) for name, (label, _weights) in found.variants.items()],
        "rows": group_rows(branch, found, of.period, by, variant),
        "chart": _chart(branch, found, months),
        "parts": [measure for measure in found.measures if not measure.startswith("entered.") and measure in LISTED],
        "listed": LISTED,
    }  # fmt: skip
    return page(request, "retention/figure.html", context)


def _chart(branch: Branch, found: Figure, months: list[tuple[date, Decimal | None]]) -> Chart:
    """Thirteen months, each opening itself as the period, with the target of one month."""
    here, today = reverse("retention:figure", args=[found.key]), branch_day(branch)

    def point(month: date, value: Decimal | None) -> Point:
        last = _end(month)
        young = bool(found.matured) and last > today - timedelta(days=found.matured)
        query = f"?first={month.isoformat()}&last={last.isoformat()}"
        return Point(
            date_format(month, "y-m"), value, here + query, told(found, value, branch.currency), young=young
        )  # fmt: skip

    target = targets_of(branch, Period(months[0][0], _end(months[0][0]))).get(found.key)
    aim = told(found, target, branch.currency) if target is not None else ""
    points = [point(month, value) for month, value in months]
    return Chart(_sentence(points, aim), _("Month"), [Series(str(found.label), points)], target, aim)


def _end(month: date) -> date:
    return date.fromordinal(add_months(month, 1).toordinal() - 1)


def _sentence(points: list[Point], aim: str) -> str:
    """What the picture shows."""
    words = {"now": points[-1].told, "before": points[-2].told, "year": points[0].told}
    shown = _("%(now)s this month so far, %(before)s last month, %(year)s a year ago.") % words
    return f"{shown} {_('Target: %(target)s.') % {'target': aim}}" if aim else shown


def _only(chosen: Mapping[str, str]) -> dict[str, Key]:
    """The group whose rows are asked for: `by` and `key`; an empty key is the unknown one."""
    by, key = chosen.get("by", ""), chosen.get("key")
    if by not in BYS or not by or key is None:
        return {}
    if by in ("month", "week", "day"):
        return {by: parse_date(key)} if key else {}
    if by == "visit_type":
        return {by: key or None}
    return {by: number_of(key)}


@require_GET
@needs("figures.view")
def rows(request: HttpRequest, measure: str) -> HttpResponse:
    """The rows behind a measure of a period: what the figure adds up."""
    branch = actor_of(request).branch
    if measure not in LISTED:
        raise Http404
    try:
        only = _only(request.GET)
    except ValueError as error:
        raise Http404 from error
    of = asked(request.GET, branch)
    found = behind(branch, of.period, measure, only)
    labels = [labels_of(cast(By, by), [key]).get(key, _("not known")) for by, key in only.items()]
    context: dict[str, object] = {
        "title": LISTED[measure], "of": of, "labels": labels, "rows": _named(found),
        "total": sum((value for _subject, _id, value in found), Decimal(0)),
    }  # fmt: skip
    return page(request, "retention/figure_rows.html", context)


def _named(found: list[tuple[str, int, Decimal]]) -> list[dict[str, object]]:
    """What each row is called and where it stands. One query for each kind of row."""
    of: dict[str, list[int]] = {}
    for subject, pk, _value in found:
        of.setdefault(subject, []).append(pk)
    orders = WorkOrder.objects.select_related("vehicle").in_bulk(of.get("order", []))
    times = Appointment.objects.in_bulk(of.get("appointment", []))
    packages = Package.objects.select_related("vehicle").in_bulk(of.get("package", []))
    people = Membership.objects.select_related("user").in_bulk(of.get("person", []))

    def name(subject: str, pk: int) -> dict[str, object]:
        if subject == "order":
            row = orders[pk]
            car = {"plate": row.vehicle.plate, "kind": row.vehicle.plate_kind}
            return car | {"label": row.number, "at": row.arrived_at, "url": reverse("reception:order", args=[pk])}
        if subject == "appointment":
            return {"label": times[pk].plate, "at": times[pk].starts_at}
        if subject == "package":
            sold = packages[pk]
            car = {"url": reverse("customers:vehicle", args=[sold.vehicle_id])}
            return car | {"label": f"{sold.number} · {sold.label}", "at": sold.sold_at}
        return {"label": people[pk].user.name}

    return [name(subject, pk) | {"value": value} for subject, pk, value in found]


@require_GET
@needs("figures.view")
def exceptional(request: HttpRequest, exception: str) -> HttpResponse:
    """The orders of one kind of exception."""
    found = exceptional_orders(actor_of(request).branch, exception)
    if found is None:
        raise Http404
    title = next(kind.label for kind in EXCEPTIONS if kind.key == exception)
    return page(request, "retention/exceptional.html", {"title": title, "rows": found[:200]})


@needs("figures.view")
def entered(request: HttpRequest) -> HttpResponse:
    """Figures of a month that people enter, and who entered what when."""
    actor = actor_of(request)
    today = branch_day(actor.branch)
    month = _month(request.GET.get("month", ""), add_months(today.replace(day=1), -1))
    form = MonthForm(request.POST or None)
    if request.method == "POST" and kept(form, lambda: [
        enter(actor=actor, kind=kind, month=month, value=value) for kind, value in form.typed.items()
    ]):  # fmt: skip
        messages.success(request, _("Kept."))
        return go(request, f"{reverse('retention:figures_entered')}?month={month.isoformat()}")
    history = EnteredFigure.objects.filter(branch=actor.branch, month__gte=add_months(month, -MONTHS), month__lte=month)
    context: dict[str, object] = {
        "form": form, "month": month, "before": add_months(month, -1), "after": add_months(month, 1),
        "last": add_months(today.replace(day=1), 1),
        "history": history.select_related("entered_by").order_by("-month", "kind", "-id")[:100],
    }  # fmt: skip
    return page(request, "retention/figures_entered.html", context)


def _month(text: str, otherwise: date) -> date:
    try:
        return (parse_date(text) or otherwise).replace(day=1)
    except ValueError:
        return otherwise


@require_GET
@needs("figures.own")
def own(request: HttpRequest) -> HttpResponse:
    """A person's own figures, and nobody else's: as an advisor, and as somebody who works on cars."""
    actor = actor_of(request)
    of = asked(request.GET, actor.branch)
    me = Membership.objects.filter(branch=actor.branch, user=actor.user, active=True).first()
    if actor.user is None or me is None:
        raise Http404
    tables = []
    if actor.can("order.receive"):
        tables.append((_("As an advisor"), _own_rows(actor.branch, of, {"advisor": actor.user.pk}, OF_ADVISOR)))
    if actor.can("job.work"):
        tables.append((_("In the workshop"), _own_rows(actor.branch, of, {"technician": me.pk}, OF_TECHNICIAN)))
    return page(request, "retention/figures_own.html", {"of": of, "spans": SPANS.items(), "tables": tables})


def _own_rows(branch: Branch, of: Asked, only: Mapping[str, Key], keys: tuple[str, ...]) -> list[Row]:
    return [row for row in rows_of(branch, of.period, only) if row.figure.key in keys]
