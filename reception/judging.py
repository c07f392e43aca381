"""Who pays a line, and the sentence that says why. Pure: what is known of the car comes in, findings come out.

A finding is kept as facts (`why` and figures), so that page and paper say it in their own language. What a person need
not decide is `sure`: a repair that comes back inside its guarantee, and the remedy of an open recall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from catalog.states import Category, OperationKind, TermKind
from customers.services.forecast import add_months
from reception.states import Coverage, Payer

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """What a line sells, as far as the judgement asks: an operation (with its kind) or a part."""

    operation_id: int | None
    part_id: int | None
    category: str
    kind: str = ""
    #: How many units of a package it takes.
    units: int = 1

    @property
    def fault(self) -> bool:
        """Whether it mends something: maintenance, fluids and a diagnosis may come again without any fault of ours."""
        if self.operation_id is not None:
            return self.kind in (OperationKind.REPAIR, OperationKind.BODY)
        return self.category != Category.CONSUMABLE


@dataclass(frozen=True, slots=True)
class Past:
    """A line done here before: when the car left and at how many km, and what the house promised for it then."""

    line_id: int
    order: str
    operation_id: int | None
    part_id: int | None
    left_on: date
    km: int | None
    days: int
    most_km: int
    #: It was itself the return of an earlier line.
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A part fitted here that may still have its maker's warranty."""

    part_id: int
    order: str
    on: date
    km: int | None


@dataclass(frozen=True, slots=True)
class Cover:
    """A warranty term that fits the car; of several of a kind and category the narrowest."""

    kind: str
    category: str | None
    months: int | None
    km: int | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A recall that is open for this VIN, with the job that ends it."""

    recall_vin_id: int
    number: str
    title: str
    operation_id: int


@dataclass(frozen=True, slots=True)
class Prepaid:
    """Units left in a package that still runs: of an operation, of a part, with neither of any maintenance."""

    units_id: int
    number: str
    operation_id: int | None
    part_id: int | None
    left: int
    until: str = ""

    def covers(self, item: Item) -> bool:
        """Whether the item is what these units are of."""
        if self.operation_id is None and self.part_id is None:
            return item.operation_id is not None and item.kind == OperationKind.MAINTENANCE
        mine = (self.operation_id, self.part_id)
        return mine == (item.operation_id, item.part_id)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the car on that day; `km` is None until the odometer was read."""

    today: date
    km: int | None
    warranty_start_on: date | None = None
    past: Sequence[Past] = ()
    fitted: Sequence[Fitted] = ()
    covers: Sequence[Cover] = ()
    recalls: Sequence[Campaign] = ()
    #: What ends first stands first.
    prepaid: Sequence[Prepaid] = ()

    def after(self, units_id: int, units: int) -> "Known":
        """The same once a line has taken so many of these."""
        rest = [replace(row, left=row.left - units) if row.units_id == units_id else row for row in self.prepaid]
        return replace(self, prepaid=rest)


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `key` of `JUDGEMENTS`, whether it holds, why. Only what holds is ever proposed."""

    key: str
    holds: bool
    facts: Facts
    sure: bool = False
    returns_of: int | None = None
    recall: int | None = None

    @property
    def sentence(self) -> str:
        return sentence(self.facts)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a guarantee or warranty: negative when it is over, None where there is no such limit."""

    days: int | None
    km: int | None

    @property
    def holds(self) -> bool:
        """Both limits are inside, the last day and the last kilometre included."""
        return (self.days is None or self.days >= 0) and (self.km is None or self.km >= 0)


def guarantee_left(past: Past, today: date, km: int | None) -> Left:
    """Days and km that the repair guarantee still runs (质保期: whichever comes first, from the day the car left)."""
    driven = None if km is None or past.km is None else max(km - past.km, 0)
    left_km = None if driven is None else past.most_km - driven
    return Left(past.days - (today - past.left_on).days, left_km)


def warranty_left(cover: Cover, since: date, from_km: int, today: date, km: int | None) -> Left:
    """Days and km of a maker's warranty; the day on which the months end is the last one inside."""
    days = None if cover.months is None else (add_months(since, cover.months) - today).days
    left_km = None if cover.km is None or km is None else cover.km - (km - from_km)
    return Left(days, left_km)


def cover_for(covers: Sequence[Cover], kind: str, category: str) -> Cover | None:
    """The term of the category, else the general one. Fluids and filters are never covered by the general one."""
    own = next((row for row in covers if row.kind == kind and row.category == category), None)
    if own is not None or category == Category.CONSUMABLE:
        return own
    return next((row for row in covers if row.kind == kind and row.category is None), None)


def findings(item: Item, known: Known) -> list[Finding]:
    """Every answer about a line, those that hold first and of them what is sure: recall, repair guarantee, package,
    factory, part's warranty.
    """
    found = [
        *_recalls(item, known), *_returns(item, known), *_prepaid(item, known), *_factory(item, known),
        *_parts(item, known),
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.holds, not one.sure))


def proposal(found: Sequence[Finding]) -> Finding | None:
    """The first that holds; None: the customer pays."""
    return next((one for one in found if one.holds), None)


def _recalls(item: Item, known: Known) -> Iterator[Finding]:
    for row in known.recalls:
        if item.operation_id is not None and row.operation_id == item.operation_id:
            facts = {"why": "recall", "number": row.number, "title": row.title}
            yield Finding("recall", holds=True, facts=facts, sure=True, recall=row.recall_vin_id)


def _returns(item: Item, known: Known) -> Iterator[Finding]:
    """The latest time that the same was done here."""
    same = [
        row
        for row in known.past
        if (item.operation_id is not None and row.operation_id == item.operation_id)
        or (item.part_id is not None and row.part_id == item.part_id)
    ]
    if not same:
        return
    row = max(same, key=lambda one: (one.left_on, one.line_id))
    left = guarantee_left(row, known.today, known.km)
    driven = None if known.km is None or row.km is None else max(known.km - row.km, 0)
    facts = {
        "why": "same_fault" if item.fault else "same_work", "order": row.order,
        "days": (known.today - row.left_on).days,
        "km": driven, "most_days": row.days, "most_km": row.most_km, "over": not left.holds, "again": row.returned,
    }  # fmt: skip
    yield Finding("guarantee", holds=left.holds, facts=facts, sure=left.holds and item.fault, returns_of=row.line_id)


def prepaid_for(item: Item, rows: Sequence[Prepaid]) -> Prepaid | None:
    """The units that pay for it: those that end first and are enough."""
    return next((row for row in rows if row.covers(item) and row.left >= item.units), None)


def _prepaid(item: Item, known: Known) -> Iterator[Finding]:
    """The customer has paid for it already. Where there is too little left, that is said."""
    row = prepaid_for(item, known.prepaid) or next((row for row in known.prepaid if row.covers(item)), None)
    if row is not None:
        enough = row.left >= item.units
        facts = {
            "why": "package", "number": row.number, "left": row.left, "until": row.until, "need": item.units,
            "over": not enough, "units": row.units_id,
        }  # fmt: skip
        yield Finding("package", holds=enough, facts=facts, sure=enough)


def _factory(item: Item, known: Known) -> Iterator[Finding]:
    """The maker's warranty of the vehicle; jobs other than repairs are not its affair."""
    if item.operation_id is not None and item.kind != OperationKind.REPAIR:
        return
    cover, since = cover_for(known.covers, TermKind.VEHICLE, item.category), known.warranty_start_on
    if cover is None or since is None:
        return
    left = warranty_left(cover, since, 0, known.today, known.km)
    facts = _warranty_facts("factory", cover, since, left) | {"at_km": known.km}
    yield Finding("factory", holds=left.holds, facts=facts)


def _parts(item: Item, known: Known) -> Iterator[Finding]:
    """The maker's warranty of a part that was fitted here."""
    mine = [row for row in known.fitted if row.part_id == item.part_id]
    cover = cover_for(known.covers, TermKind.PART, item.category)
    if item.part_id is None or not mine or cover is None:
        return
    row = max(mine, key=lambda one: one.on)
    left = warranty_left(cover, row.on, row.km or 0, known.today, known.km if row.km is not None else None)
    driven = None if known.km is None or row.km is None else known.km - row.km
    facts = _warranty_facts("parts", cover, row.on, left) | {"order": row.order, "on": row.on.isoformat(), "km": driven}
    yield Finding("parts", holds=left.holds, facts=facts)


def _warranty_facts(why: str, cover: Cover, since: date, left: Left) -> Facts:
    until = "" if cover.months is None else add_months(since, cover.months).isoformat()
    over = "" if left.holds else "days" if left.days is not None and left.days < 0 else "km"
    return {"why": why, "until": until, "most_km": cover.km, "over": over}


@dataclass(frozen=True, slots=True)
class _Words:
    """Figures as they stand in a sentence."""

    facts: Facts = field(default_factory=dict)

    def km(self, name: str) -> str:
        value = self.facts.get(name)
        return "–" if value is None else f"{value:,}"

    @property
    def limits(self) -> str:
        """“until 2027-03-01 or 60,000 km”, with what there is of it."""
        until, most = self.facts.get("until"), self.facts.get("most_km")
        if until and most:
            return _("until %(until)s or %(km)s km") % {"until": until, "km": self.km("most_km")}
        return _("until %(until)s") % {"until": until} if until else _("up to %(km)s km") % {"km": self.km("most_km")}


def sentence(facts: Facts | None) -> str:
    """The facts as a sentence in the active language; '' for none."""
    if not facts:
        return ""
    words = _Words(facts)
    why = facts["why"]
    if why == "recall":
        return _("Recall %(number)s is open for this car: %(title)s.") % facts
    if why in ("same_fault", "same_work"):
        return _returned(facts, words)
    if why == "factory":
        return _factory_words(facts, words)
    if why == "parts":
        return _parts_words(facts, words)
    if why == "package":
        return _package_words(facts)
    if why == "goodwill":
        return _("Goodwill %(share)s %%, approved by %(by)s: %(reason)s") % facts
    return ""


def _returned(facts: Facts, words: _Words) -> str:
    figures = {
        "order": facts["order"], "days": facts["days"], "km": words.km("km"), "most_days": facts["most_days"],
        "most_km": words.km("most_km"),
    }  # fmt: skip
    if facts["why"] == "same_fault":
        said = _(
            "Same fault as %(order)s: %(days)s days and %(km)s km after delivery; the guarantee runs "
            "%(most_days)s days or %(most_km)s km."
        )
    else:
        said = _(
            "Same work as %(order)s: %(days)s days and %(km)s km after delivery; the guarantee runs "
            "%(most_days)s days or %(most_km)s km."
        )
    parts = [said % figures]
    if facts.get("over"):
        parts.append(_("It is over."))
    elif facts.get("again"):
        parts.append(_("It has come back before: tell the service manager."))
    return " ".join(parts)


def _factory_words(facts: Facts, words: _Words) -> str:
    if facts["over"] == "km":
        figures = {"most": words.km("most_km"), "km": words.km("at_km")}
        return _("Factory warranty is over: it ran to %(most)s km, the car has %(km)s km.") % figures
    if facts["over"]:
        return _("Factory warranty is over: it ran until %(until)s.") % facts
    return _("Factory warranty %(limits)s.") % {"limits": words.limits}


def _parts_words(facts: Facts, words: _Words) -> str:
    figures = {"order": facts["order"], "on": facts["on"], "most": words.km("most_km"), "km": words.km("km")}
    if facts["over"] == "km":
        return _("Fitted here on %(on)s (%(order)s); its warranty of %(most)s km is over after %(km)s km.") % figures
    if facts["over"]:
        return _("Fitted here on %(on)s (%(order)s); its warranty ran until %(until)s.") % (figures | facts)
    return _("Fitted here on %(on)s (%(order)s); its warranty runs %(limits)s.") % (figures | {"limits": words.limits})


def _package_words(facts: Facts) -> str:
    if facts["over"]:
        return _("Package %(number)s would cover it, but only %(left)s are left and %(need)s are needed.") % facts
    if facts["until"]:
        return _("Package %(number)s covers it: %(left)s left, until %(until)s.") % facts
    return _("Package %(number)s covers it: %(left)s left.") % facts


def judgement_label(payer: Payer, coverage: Coverage) -> Any:
    """Who pays, in one word: the reason where somebody else than the customer pays for one."""
    return payer.label if coverage == Coverage.NONE else coverage.label
