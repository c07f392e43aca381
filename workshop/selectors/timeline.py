"""What happened to an order, in order of time, and how long it stood in each stage."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dms.clock import now
from reception.models import FoundWork, OrderLog, WorkOrder
from reception.states import OPEN_STATES, SPINE
from workshop.models import Clocking, Dispatch, Hold, Inspection, JobShare, PartIssue, RoadTest, Wash
from workshop.selectors.order_work import Work, work_of

#: Moves that a row of the workshop tells with more words, by the kind of that row.
TOLD = {"check": ("fail",), "wash": ("washed", "skip_wash")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline: `kind` is "move" for a move of the order."""

    at: datetime
    kind: str
    verb: str
    what: str = ""
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the road: since when the order stands there (or when it first did), and minutes in all."""

    label: str
    state: str
    since: datetime | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stages, and every entry in order of time."""

    stages: list[Stage]
    entries: list[Entry]


def timeline(order: WorkOrder) -> Timeline:
    """The moves of the order and what the workshop did meanwhile. One query beside the order's log (`work_of`)."""
    work = work_of(order)
    facts = [entry for row in work.dispatches for entry in _dispatched(row, _together(row, work))]
    facts += [entry for rows, tell in zip(_rows(work), TELLERS, strict=True) for row in rows for entry in tell(row)]
    facts += [entry for row in order.found.all() for entry in _found(row)]
    log = list(order.log.all())
    told = {action for kind, actions in TOLD.items() if any(f.kind == kind for f in facts) for action in actions}
    moves = [
        Entry(row.moved_at, "move", row.verb, who=str(row.actor or ""), note=row.note)
        for row in log
        if row.action not in told
    ]
    return Timeline(_stages(order, log), sorted([*moves, *facts], key=lambda entry: entry.at))


def _rows(work: Work) -> list[list[Any]]:
    return [work.clocks, work.holds, work.checks, work.drives, work.washes, work.issues]


def _name(person: Any) -> str:
    return person.name if person else ""


def _together(row: Dispatch, work: Work) -> list[JobShare]:
    """Who shares the job since this dispatch: the last one of it says how it is now."""
    last = max(other.pk for other in work.dispatches if other.job_id == row.job_id)
    return [share for share in work.shares if share.job_id == row.job_id] if row.pk == last else []


def _dispatched(row: Dispatch, shares: list[JobShare]) -> Iterator[Entry]:
    names = [f"{share.technician.user.name} {share.percent} %" for share in shares] or [row.technician.user.name]
    to = f"{row.job.line.label} → {pgettext('between the items of a list', ', ').join(names)}"
    what = f"{to} · {row.bay}" if row.bay else to
    yield Entry(row.dispatched_at, "dispatch", _("Dispatched"), what, _name(row.dispatched_by))


def _found(row: FoundWork) -> Iterator[Entry]:
    yield Entry(row.found_at, "found", _("Found"), row.words, row.found_by.name)
    if row.closed_at is not None and row.reason:
        yield Entry(row.closed_at, "found", _("Put aside"), row.words, _name(row.closed_by), row.reason)
    elif row.closed_at is not None:
        yield Entry(row.closed_at, "found", _("Priced"), row.words, _name(row.closed_by))


def _clocked(row: Clocking) -> Iterator[Entry]:
    what, who = row.job.line.label, row.technician.user.name
    yield Entry(row.started_at, "clock", _("Clock started"), what, who)
    if row.stopped_at is None:
        return
    minutes = int((row.stopped_at - row.started_at).total_seconds() // 60)
    took = _("%(n)d min on the clock") % {"n": minutes}
    if row.pause_reason:
        note = f"{row.get_pause_reason_display()} · {took}"
        yield Entry(row.stopped_at, "clock", _("Clock paused"), what, who, note)
    else:
        verb = _("Clock stopped") if row.correction else _("Job finished")
        yield Entry(row.stopped_at, "clock", verb, what, who, took)


def _held(row: Hold) -> Iterator[Entry]:
    reason = str(row.get_reason_display())
    yield Entry(row.began_at, "hold", _("On hold"), reason, _name(row.began_by or row.owner), row.note)
    if row.ended_at is not None:
        yield Entry(row.ended_at, "hold", _("Hold ended"), reason, _name(row.ended_by))


def _checked(row: Inspection) -> Iterator[Entry]:
    result = _("passed") if row.passed else _("failed")
    yield Entry(row.inspected_at, "check", str(row.get_level_display()), result, _name(row.inspected_by), row.cause)


def _driven(row: RoadTest) -> Iterator[Entry]:
    yield Entry(row.out_at, "road", _("Road test, out"), f"{row.km_out} km", row.driver.name, row.note)
    if row.in_at is not None:
        yield Entry(row.in_at, "road", _("Road test, back"), f"{row.km_in} km", row.driver.name, row.result)


def _washed(row: Wash) -> Iterator[Entry]:
    if row.reason:
        yield Entry(row.washed_at, "wash", _("Wash skipped"), "", _name(row.washed_by), row.reason)
        return
    note = _("not done: %(points)s") % {"points": row.left} if row.left else ""
    yield Entry(row.washed_at, "wash", _("Washed"), row.told, _name(row.washed_by), note)


def _issued(row: PartIssue) -> Iterator[Entry]:
    line = row.line
    what = f"{line.label} × {row.quantity.normalize():f} {line.unit_label}"
    note = _("%(n)s came back") % {"n": f"{row.returned.normalize():f}"} if row.returned else ""
    yield Entry(row.issued_at, "part", _("Parts issued"), what, _name(row.issued_by), note)


#: In the order of `_rows`.
TELLERS: tuple[Any, ...] = (_clocked, _held, _checked, _driven, _washed, _issued)


def _stages(order: WorkOrder, log: list[OrderLog]) -> list[Stage]:
    """Minutes of each stage, a return counted in; one that nobody reached has no time."""
    place = {state: index for index, (_label, states) in enumerate(SPINE) for state in states}
    ends = now() if order.state in OPEN_STATES else (log[-1].moved_at if log else now())
    first: dict[int, datetime] = {}
    last: dict[int, datetime] = {}
    seconds: dict[int, float] = {}
    here = None
    for row, then in zip(log, [*(row.moved_at for row in log[1:]), ends], strict=True):
        at = place.get(row.target)
        if at is None:
            continue
        first.setdefault(at, row.moved_at)
        if at != here:
            last[at] = row.moved_at
        seconds[at] = seconds.get(at, 0) + (then - row.moved_at).total_seconds()
        here = at
    now_at = place.get(order.state, -1)
    return [
        Stage(
            label=str(label), since=(last if at == now_at else first).get(at), minutes=int(seconds.get(at, 0) // 60),
            state="now" if at == now_at and order.state in OPEN_STATES else "past" if at in first else "next",
        )
        for at, (label, _states) in enumerate(SPINE)
    ]  # fmt: skip
