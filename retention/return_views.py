"""Who comes back: by cohort, how long it takes, and what contact does for those who stay away."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import actor_of, needs
from accounts.models import Branch
from dms.charts import Chart, Kind, Point, Series
from dms.clock import branch_day
from dms.fields import number_of
from dms.htmx import page
from records.selectors import rules_now
from retention.overview_views import cars_page
from retention.selectors.cohorts import BYS, MOST, By, Cohort, cohort_cars, cohorts_of
from retention.selectors.survival import Survival, survival
from retention.selectors.tallies import counted
from retention.selectors.winback import Compared, compared, winback_cars
from retention.uplift import Group, score_interval

BY_LABELS = {
    "seen": gettext_lazy("by month of the visit"), "year": gettext_lazy("by model year"),
    "age": gettext_lazy("by age of the car"), "brand": gettext_lazy("by brand"),
    "advisor": gettext_lazy("by advisor"),
}  # fmt: skip
SHOWN = {"return": pgettext_lazy("cohort", "Came again"), "lapse": pgettext_lazy("cohort", "Stayed away")}
GROUPS = {
    "reached": pgettext_lazy("win-back", "Contacted"), "reached_came": gettext_lazy("Contacted, and came"),
    "left": pgettext_lazy("win-back", "Not contacted"), "left_came": gettext_lazy("Not contacted, and came"),
}  # fmt: skip
TARGETS = {"return": "target.return", "lapse": "target.lapsed"}


@require_GET
@needs("retention.view")
def returns(request: HttpRequest) -> HttpResponse:
    """Everything here is as of last night (`retention.selectors.tallies`), as the page says; lists are as of now."""
    branch = actor_of(request).branch
    by, shown = _by(request.GET), request.GET.get("show", "return")
    shown = shown if shown in SHOWN else "return"
    names = [f"cohorts:{by}", "gaps", "winback:chosen", "winback:drawn"]
    tallies = counted(branch, names)
    rules = rules_now(branch, list(TARGETS.values()))
    targets = {key: int(rules[name]) for key, name in TARGETS.items()}
    cohorts = cohorts_of(by, tallies[names[0]].rows)
    context: dict[str, object] = {
        "tab": "overview", "by": by, "bys": BY_LABELS.items(), "show": shown, "shows": SHOWN.items(),
        "on": min(tallies[name].on for name in names), "left_out": 0 if by == "seen" else max(0, len(cohorts) - MOST),
        "cohorts": _cohort_chart(by, shown, cohorts, targets[shown]),
        "curve": _curve(survival(tuple(row) for row in tallies["gaps"].rows), targets["lapse"]),
        "drawn": _compared_chart(compared(tallies["winback:drawn"].rows), listed=False),
        "chosen": _compared_chart(compared(tallies["winback:chosen"].rows), listed=True),
    }  # fmt: skip
    return page(request, "retention/returns.html", context)


def _by(chosen: Mapping[str, str]) -> By:
    return cast(By, chosen.get("by")) if chosen.get("by") in BYS else "year"


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _cohort_chart(by: By, shown: str, cohorts: Sequence[Cohort], target: int) -> Chart:
    """Cohorts with the interval of their share; by month all of them, else those with the most cars."""
    most = sorted(cohorts, key=lambda row: -row.cars)[: len(cohorts) if by == "seen" else MOST]
    drawn = [row for row in cohorts if row in most]
    points = [_cohort_point(by, shown, row) for row in drawn]
    told = _cohort_sentence(shown, drawn, target)
    kind: Kind = "bars" if by == "seen" else "rows"
    return Chart(told, _("Cohort"), [Series(str(SHOWN[shown]), points, kind)], target or None, f"{target} %")


def _cohort_point(by: By, shown: str, row: Cohort) -> Point:
    group = Group(row.back if shown == "return" else row.cars - row.back, row.cars)
    low, high = score_interval(group)
    came = 1 if shown == "return" else 0
    address = f"{reverse('retention:returns_cars')}?by={by}&key={'' if row.key is None else row.key}&came={came}"
    words = f"{_percent(group.share)} % · {group.came:,} / {group.of:,}"
    return Point(row.label, _percent(group.share), address, words, _percent(low), _percent(high), row.young)


def _cohort_sentence(shown: str, drawn: Sequence[Cohort], target: int) -> str:
    """Of the largest cohort that can be judged, one with a name if there is any."""
    ripe = [row for row in drawn if not row.young]
    ripe = [row for row in ripe if row.key is not None] or ripe
    if not ripe:
        return _("No cohort has had its months yet.")
    row = max(ripe, key=lambda one: one.cars)
    values = {"label": row.label, "cars": f"{row.cars:,}", "share": row.percent, "back": f"{row.back:,}"}
    if shown == "lapse":
        away = Group(row.cars - row.back, row.cars)
        values |= {"share": _percent(away.share), "back": f"{away.came:,}"}
        told = _("%(label)s: of %(cars)s cars, %(back)s stayed away for the months set for them (%(share)s %%).")
    else:
        told = _("%(label)s: of %(cars)s cars, %(back)s came again within the months set for them (%(share)s %%).")
    return f"{told % values} {_aim(target)}"


def _aim(target: int) -> str:
    return _("Target: %(target)s.") % {"target": f"{target} %"} if target else _("No target is set.")


def _curve(curve: Sequence[Survival], target: int) -> Chart:
    """Who had not come again after so many months."""
    points = [
        Point(
            str(row.months), _percent(row.away),
            words=f"{_percent(row.away)} % ({_percent(row.low)}–{_percent(row.high)} %) · {row.at_risk:,}",
        )
        for row in curve
    ]  # fmt: skip
    series = [Series(_("Not back yet"), points, "steps")]
    return Chart(_curve_sentence(curve, target), _("Months after a visit"), series, target or None, f"{target} %")


def _curve_sentence(curve: Sequence[Survival], target: int) -> str:
    if not curve:
        return _("No visit can be followed yet.")
    half = next((row.months for row in curve if row.away <= 0.5), None)
    year = next((row for row in curve if row.months == 12), curve[-1])
    if half is None:
        told = _("Less than half of the visits have been followed by another one.")
    else:
        told = _("Half of the visits are followed by another one within %(months)s months.") % {"months": half}
    values = {
        "months": year.months, "share": _percent(year.away), "low": _percent(year.low), "high": _percent(year.high),
    }  # fmt: skip
    after = _("After %(months)s months %(share)s %% had not come again (95 %%: %(low)s to %(high)s %%).") % values
    return f"{told} {after} {_aim(target)}"


def _compared_chart(found: Compared, *, listed: bool) -> Chart:
    """Both groups with their intervals."""
    sides = (("reached", found.contacted), ("left", found.others))
    points = [_side(name, group, listed=listed) for name, group in sides if group.of]
    return Chart(_compared_sentence(found), _("Lapsed cars"), [Series(_("Came"), points, "rows")])


def _side(name: str, group: Group, *, listed: bool) -> Point:
    low, high = score_interval(group)
    words = f"{_percent(group.share)} % · {group.came:,} / {group.of:,}"
    address = reverse("retention:returns_winback", args=[name]) if listed else ""
    return Point(str(GROUPS[name]), _percent(group.share), address, words, _percent(low), _percent(high))


def _compared_sentence(found: Compared) -> str:
    made = found.difference
    if made is None:
        return _("There is nothing to compare yet.")
    values = {
        "came": found.contacted.came, "of": found.contacted.of, "others_came": found.others.came,
        "others": found.others.of, "points": f"{_percent(made.difference):+}", "low": f"{_percent(made.low):+}",
        "high": f"{_percent(made.high):+}",
    }  # fmt: skip
    told = _("%(came)s of %(of)s contacted cars came, and %(others_came)s of %(others)s others.") % values
    apart = _("%(points)s points (95 %%: %(low)s to %(high)s).") % values
    judged = _("More than chance.") if made.certain else _("This may be chance.")
    return f"{told} {apart} {judged}"


@require_GET
@needs("retention.view")
def cars(request: HttpRequest) -> HttpResponse:
    """The cars of a cohort that came again, or that did not."""
    branch, by, text = actor_of(request).branch, _by(request.GET), request.GET.get("key", "")
    key, came = number_of(text), request.GET.get("came", "1") == "1"
    if text and key is None:
        raise Http404
    found = cohort_cars(branch, by, key, branch_day(branch), back=came)
    label = cohorts_of(by, [[key, *_names(branch, by, key), 0, 0, False]])[0].label
    query = f"by={by}&key={text}&came={int(came)}"
    return cars_page(request, found, str(SHOWN["return" if came else "lapse"]), label, query)


def _names(branch: Branch, by: By, key: int | None) -> Sequence[Any]:
    """Both names of a cohort, out of the tally."""
    rows = counted(branch, [f"cohorts:{by}"])[f"cohorts:{by}"].rows
    return next((row[1:3] for row in rows if row[0] == key), ("", ""))


@require_GET
@needs("retention.view")
def winback(request: HttpRequest, contact: str) -> HttpResponse:
    """The cars of a group of the comparison."""
    branch = actor_of(request).branch
    if contact not in GROUPS:
        raise Http404
    today: date = branch_day(branch)
    found = winback_cars(branch, today, contacted=contact.startswith("reached"), came=contact.endswith("_came"))
    return cars_page(request, found, _("Lapsed cars"), str(GROUPS[contact]))
