"""Whom a campaign is for: a filter over the branch's cars that reads as a sentence.

Every criterion is optional, all of them hold together. The city is that of the plate (粤B is Shenzhen): where a car is
registered is known of every car, where its owner lives is not.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Branch
from catalog.models import Brand, VehicleModel
from customers.models import Vehicle
from customers.services.forecast import add_months
from reception.models import WorkOrder
from reception.packages import ending, last_unit, running
from reception.states import OPEN_STATES
from retention.models import LapseCase
from retention.states import LapseKind, LapseState

#: Beside the two kinds of lapse: either of them, or none.
ANY, NONE = "any", "none"
LAPSED = (*LapseKind.values, ANY, NONE)
#: Beside none: a package that can be used, or one of which a single unit is left.
RUNNING, LAST_UNIT = "running", "last"
PACKAGE = (RUNNING, LAST_UNIT, NONE)


@dataclass(frozen=True, slots=True)
class Segment:
    """Ages in years, kilometres at the last visit, days until due (overdue included), months since the last visit,
    days until a package ends.
    """

    brand: int | None = None
    model: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    km_from: int | None = None
    km_to: int | None = None
    due_within: int | None = None
    lapsed: str = ""
    away_from: int | None = None
    away_to: int | None = None
    plate_start: str = ""
    package: str = ""
    package_within: int | None = None

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Segment":
        """From what a campaign has stored; a criterion that is not known any more is left out."""
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})

    def data(self) -> dict[str, Any]:
        """To be stored: only what was chosen."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def cars(branch: Branch, segment: Segment, today: date) -> QuerySet[Vehicle]:
    """The cars that it means on that day, without those that are in the shop."""
    here = WorkOrder.objects.filter(vehicle=OuterRef("pk"), state__in=OPEN_STATES)
    found = Vehicle.objects.filter(~Exists(here), branch=branch, merged_into__isnull=True)
    for criterion in (_make, _kilometres, _due, _lapsed, _away, _city, _package, _package_ends):
        found = found.filter(criterion(segment, today))
    if segment.age_from is not None or segment.age_to is not None:
        found = found.alias(built=Coalesce("year", ExtractYear("warranty_start_on"))).filter(_built(segment, today))
    return found


def _between(name: str, least: object, most: object) -> Q:
    wanted = Q()
    if least is not None:
        wanted &= Q(**{f"{name}__gte": least})
    if most is not None:
        wanted &= Q(**{f"{name}__lte": most})
    return wanted


def _make(segment: Segment, today: date) -> Q:
    if segment.model is not None:
        return Q(model=segment.model)
    return Q(model__brand=segment.brand) if segment.brand is not None else Q()


def _built(segment: Segment, today: date) -> Q:
    """A car's age is this year less its year of build; without that, less the year of its sale."""
    oldest = today.year - segment.age_to if segment.age_to is not None else None
    newest = today.year - segment.age_from if segment.age_from is not None else None
    return _between("built", oldest, newest)


def _kilometres(segment: Segment, today: date) -> Q:
    return _between("last_odometer", segment.km_from, segment.km_to)


def _due(segment: Segment, today: date) -> Q:
    if segment.due_within is None:
        return Q()
    return Q(next_due_on__lte=today + timedelta(days=segment.due_within))


def _lapsed(segment: Segment, today: date) -> Q:
    if not segment.lapsed:
        return Q()
    cases = LapseCase.objects.filter(vehicle=OuterRef("pk"), state=LapseState.OPEN)
    if segment.lapsed in LapseKind.values:
        cases = cases.filter(kind=segment.lapsed)
    return Q(~Exists(cases)) if segment.lapsed == NONE else Q(Exists(cases))


def _away(segment: Segment, today: date) -> Q:
    """From six months: the last visit was on that day half a year ago, or earlier."""
    latest = add_months(today, -segment.away_from) if segment.away_from is not None else None
    earliest = add_months(today, -segment.away_to) if segment.away_to is not None else None
    return _between("last_visit_on", earliest, latest)


def _city(segment: Segment, today: date) -> Q:
    return Q(plate__startswith=segment.plate_start) if segment.plate_start else Q()


def _package(segment: Segment, today: date) -> Q:
    if not segment.package:
        return Q()
    held = Exists((last_unit if segment.package == LAST_UNIT else running)(today).filter(vehicle=OuterRef("pk")))
    return Q(~held) if segment.package == NONE else Q(held)


def _package_ends(segment: Segment, today: date) -> Q:
    if segment.package_within is None:
        return Q()
    return Q(Exists(ending(today, segment.package_within).filter(vehicle=OuterRef("pk"))))


def sentence(segment: Segment) -> str:
    """The filter in words, as a person would say it. At most one query."""
    said = [part for part in (say(segment) for say in _SAID) if part]
    return " · ".join(said) if said else _("All cars")


def _range(least: int | None, most: int | None, both: str, from_: str, to: str) -> str:
    if least is not None and most is not None:
        return both % {"least": f"{least:,}", "most": f"{most:,}"}
    if least is not None:
        return from_ % {"least": f"{least:,}"}
    return to % {"most": f"{most:,}"} if most is not None else ""


def _say_make(segment: Segment) -> str:
    row: Brand | VehicleModel | None = None
    if segment.model is not None:
        row = VehicleModel.objects.filter(pk=segment.model).first()
    elif segment.brand is not None:
        row = Brand.objects.filter(pk=segment.brand).first()
    return row.label if row else ""


def _say_age(segment: Segment) -> str:
    return _range(
        segment.age_from,
        segment.age_to,
        _("%(least)s to %(most)s years old"),
        _("%(least)s years old or more"),
        _("at most %(most)s years old"),
    )


def _say_km(segment: Segment) -> str:
    return _range(
        segment.km_from, segment.km_to, _("%(least)s to %(most)s km"), _("from %(least)s km"), _("up to %(most)s km")
    )


def _say_due(segment: Segment) -> str:
    if segment.due_within is None:
        return ""
    days = segment.due_within
    return ngettext("overdue or due within %(n)d day", "overdue or due within %(n)d days", days) % {"n": days}


def _say_lapsed(segment: Segment) -> str:
    words = {ANY: _("lapsed by either definition"), NONE: _("not lapsed"), "": ""}
    if segment.lapsed in words:
        return words[segment.lapsed]
    return _("lapsed: %(kind)s") % {"kind": LapseKind(segment.lapsed).label}


def _say_away(segment: Segment) -> str:
    return _range(
        segment.away_from,
        segment.away_to,
        _("last visit %(least)s to %(most)s months ago"),
        _("last visit %(least)s months ago or earlier"),
        _("last visit at most %(most)s months ago"),
    )


def _say_city(segment: Segment) -> str:
    return _("plate begins with %(plate)s") % {"plate": segment.plate_start} if segment.plate_start else ""


def _say_package(segment: Segment) -> str:
    words = {
        RUNNING: _("has a package"), LAST_UNIT: _("has a package with its last unit"), NONE: _("has no package"),
    }  # fmt: skip
    return words.get(segment.package, "")


def _say_package_ends(segment: Segment) -> str:
    if segment.package_within is None:
        return ""
    days = segment.package_within
    return ngettext("package ends within %(n)d day", "package ends within %(n)d days", days) % {"n": days}


_SAID: tuple[Callable[[Segment], str], ...] = (
    _say_make, _say_age, _say_km, _say_due, _say_lapsed, _say_away, _say_city,
    _say_package, _say_package_ends,
)  # fmt: skip
