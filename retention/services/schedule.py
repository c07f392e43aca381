"""When each sweep runs, and its run as a row. Nothing here depends on who nudges, how often or how late.

A run and what it finds are one transaction, and a turn has one row (`slot_at`): two beats, two workers or a task that
is delivered twice wait for each other at that key, and the second finds the turn taken. A missed turn is made up for by
the next one, since a sweep asks what is due by now and not what became due since.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Branch, User
from accounts.policies import Actor, check_may
from customers.services.forecast_sweep import forecast_branch
from dms.clock import branch_day, local, now
from dms.errors import Invalid
from records.selectors import rule
from retention import selectors
from retention.models import SweepRun
from retention.services import call_sweeps, campaigns, expected, sweeps
from retention.services.announce import announce_due, announce_packages, announce_warranties
from retention.services.birthdays import congratulate
from retention.services.tallies import write_night
from retention.states import Rhythm, Sweep
from workshop.services.facts import write_left

#: Branch time from which the night's sweeps run: after the last car, before the first, and not at midnight.
NIGHT = time(2)


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep of a branch for its day: `does` returns how many rows were new. Without the rule `only_if` it rests."""

    sweep: Sweep
    does: Callable[[Branch, date], int]
    rhythm: Rhythm
    only_if: str = ""

    def rests(self, branch: Branch) -> bool:
        """Whether it is switched off in this branch."""
        return bool(self.only_if) and not rule(branch, self.only_if, branch_day(branch))


#: In the order of a run.
PLANS: tuple[Plan, ...] = (
    Plan(Sweep.FORECAST, forecast_branch, Rhythm.NIGHT),
    Plan(Sweep.REMINDERS, sweeps.remind, Rhythm.NIGHT),
    Plan(Sweep.LAPSE, sweeps.open_lapses, Rhythm.NIGHT),
    Plan(Sweep.MESSAGES, announce_due, Rhythm.NIGHT),
    Plan(Sweep.CALLS, call_sweeps.mend_calls, Rhythm.NIGHT),
    Plan(Sweep.FOLLOW_UPS, call_sweeps.open_follow_ups, Rhythm.NIGHT),
    Plan(Sweep.DUE_CALLS, call_sweeps.open_due_calls, Rhythm.NIGHT),
    Plan(Sweep.DECLINED, call_sweeps.open_declined_calls, Rhythm.NIGHT),
    Plan(Sweep.LAPSE_CALLS, call_sweeps.open_lapse_calls, Rhythm.NIGHT),
    Plan(Sweep.ANSWERS, call_sweeps.open_answer_calls, Rhythm.HOUR),
    Plan(Sweep.UNREACHABLE, call_sweeps.unreachable, Rhythm.NIGHT),
    Plan(Sweep.BIRTHDAYS, congratulate, Rhythm.NIGHT, only_if="birthday.greet"),
    Plan(Sweep.CAMPAIGNS, campaigns.send_waves, Rhythm.NIGHT),
    Plan(Sweep.NO_SHOWS, expected.missed, Rhythm.HOUR),
    Plan(Sweep.EVES, expected.remind_of_tomorrow, Rhythm.HOUR),
    Plan(Sweep.PACKAGES, announce_packages, Rhythm.NIGHT),
    Plan(Sweep.WARRANTIES, announce_warranties, Rhythm.NIGHT),
    Plan(Sweep.STAGES, write_left, Rhythm.NIGHT),
    Plan(Sweep.FIGURES, write_night, Rhythm.NIGHT),
)


def _two_o_clock(branch: Branch, day: date) -> datetime:
    """02:00 of that day in the branch, in UTC; where the clock skips it, the instant at which it would have been."""
    return datetime.combine(day, NIGHT, tzinfo=ZoneInfo(branch.zone)).astimezone(UTC)


def slot_of(branch: Branch, rhythm: Rhythm, at: datetime) -> datetime | None:
    """The turn that has come by `at`; None before 02:00.

    The night is the branch's calendar day, so that an hour that comes twice or never makes no second night.
    """
    if rhythm == Rhythm.HOUR:
        return at.replace(minute=0, second=0, microsecond=0)
    there = local(branch, at)
    return _two_o_clock(branch, there.date()) if there.time() >= NIGHT else None


def next_slot(branch: Branch, rhythm: Rhythm, at: datetime) -> datetime:
    """The first turn after `at`, in UTC."""
    if rhythm == Rhythm.HOUR:
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    today = _two_o_clock(branch, branch_day(branch, at))
    return today if today > at else _two_o_clock(branch, branch_day(branch, at) + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sweep stands in a branch. `last` is its latest run that ended; `took` is that run's time."""

    sweep: Sweep
    rhythm: Rhythm
    rests: bool
    last: SweepRun | None
    took: timedelta | None
    next_at: datetime


def standings(branch: Branch) -> list[Standing]:
    """Every sweep with its last run and its next turn, which may have come already. Two queries."""
    ended = {run.sweep: run for run in selectors.last_runs(branch)}
    taken = selectors.last_slots(branch)
    return [_standing(plan, branch, ended.get(plan.sweep), taken.get(plan.sweep)) for plan in PLANS]


def _standing(plan: Plan, branch: Branch, last: SweepRun | None, taken: datetime | None) -> Standing:
    at = now()
    slot = slot_of(branch, plan.rhythm, at)
    waits = slot is not None and (taken is None or taken < slot)
    took = last.finished_at - last.started_at if last and last.finished_at else None
    upcoming = slot if waits and slot else next_slot(branch, plan.rhythm, at)
    return Standing(plan.sweep, plan.rhythm, plan.rests(branch), last, took, upcoming)


def _finish(plan: Plan, run: SweepRun) -> SweepRun:
    run.rows = plan.does(run.branch, branch_day(run.branch))
    run.finished_at = now()
    run.save(update_fields=["rows", "finished_at"])
    return run


@transaction.atomic
def _asked(plan: Plan, actor: Actor) -> SweepRun:
    run = SweepRun.objects.create(branch=actor.branch, sweep=plan.sweep, asked_by=actor.user, started_at=now())
    return _finish(plan, run)


@transaction.atomic
def _in_turn(plan: Plan, branch: Branch, slot: datetime) -> SweepRun | None:
    """None when the turn was taken already. A crash takes the row back, and the next hour tries again."""
    run, made = SweepRun.objects.get_or_create(
        branch=branch, sweep=plan.sweep, slot_at=slot, defaults={"started_at": now()}
    )
    return _finish(plan, run) if made else None


@contextmanager
def _kept_if_it_fails(plan: Plan, branch: Branch, by: User | None = None) -> Iterator[None]:
    """An error is kept as a failed run, after what the sweep had written is taken back, and goes on."""
    began = now()
    try:
        yield
    except Exception as error:
        SweepRun.objects.create(
            branch=branch, sweep=plan.sweep, asked_by=by, started_at=began, finished_at=now(),
            error=type(error).__name__[:60],
        )  # fmt: skip
        raise


def run(*, actor: Actor, only: str = "") -> dict[str, int]:
    """Look through the actor's branch now, all sweeps or the one named: new rows by sweep; 0 when nothing has changed.

    Each sweep is a transaction of its own; one that rests is left out. Raises `Forbidden` without `retention.view`,
    `Invalid` for a sweep that does not exist.
    """
    check_may(actor, "retention.view")
    if only and only not in Sweep.values:
        raise Invalid(_("There is no such sweep."), "sweep")
    made: dict[str, int] = {}
    for plan in PLANS:
        if only in ("", plan.sweep) and not plan.rests(actor.branch):
            with _kept_if_it_fails(plan, actor.branch, actor.user):
                made[plan.sweep.value] = _asked(plan, actor).rows
    return made


def run_due(*, branch: Branch) -> dict[str, int]:
    """Every sweep of a branch whose turn has come and was not taken: new rows by sweep.

    One that fails does not keep the others; raised is the first error, at the end.
    """
    made: dict[str, int] = {}
    errors: list[Exception] = []
    for plan in PLANS:
        slot = slot_of(branch, plan.rhythm, now())
        if slot is None or plan.rests(branch):
            continue
        try:
            with _kept_if_it_fails(plan, branch):
                done = _in_turn(plan, branch, slot)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other sweeps go on
            errors.append(error)
            continue
        if done is not None:
            made[plan.sweep.value] = done.rows
    if errors:
        raise errors[0]
    return made
