"""May the workshop do this now? Each check returns or raises `Refused` with a sentence for a person."""

from collections.abc import Callable
from decimal import Decimal

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Actor
from catalog.states import OperationKind
from dms.clock import branch_day
from dms.errors import Forbidden, Refused
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.policies import check_all_answered
from reception.states import ROAD, LineKind, LineState, State
from records.selectors import rule
from workshop.models import Clocking, Finding, HealthCheck, Hold, Inspection, Job, PartIssue
from workshop.states import Colour, HoldReason, JobState, Level

#: What later apps ask before a line is worked on: raise `Refused`, or return.
_work_checks: list[Callable[[Line], None]] = []


def register_work(check: Callable[[Line], None]) -> None:
    """Add a check of every line before its clock starts or its part goes out. Twice the same check is once."""
    if check not in _work_checks:
        _work_checks.append(check)


def check_work(line: Line) -> None:
    """What later apps know speaks for working on this line now."""
    for check in _work_checks:
        check(line)


def open_jobs(order: WorkOrder) -> QuerySet[Job]:
    """Jobs whose line still stands and that are not finished."""
    return order.jobs.filter(line__state__in=[LineState.APPROVED, LineState.DONE]).exclude(state=JobState.DONE)


def finished(order: WorkOrder) -> QuerySet[Job]:
    """Jobs that are finished and whose line still stands: those that a failed check may send back."""
    return order.jobs.filter(state=JobState.DONE, line__state__in=[LineState.APPROVED, LineState.DONE]).order_by("id")


def last_round(order: WorkOrder) -> list[Inspection]:
    """The checks of the latest round; empty before the first."""
    checks = list(order.inspections.order_by("-round", "id"))
    return [check for check in checks if check.round == checks[0].round]


def round_now(order: WorkOrder) -> tuple[int, list[Inspection]]:
    """Number and checks of the round that is under way: a failure, a passed final inspection, or work that was begun
    after its last check ends one.
    """
    checks = last_round(order)
    if not checks:
        return 1, []
    over = any(not check.passed or check.level == Level.FINAL for check in checks)
    if over or Clocking.objects.filter(job__order=order, started_at__gt=checks[-1].inspected_at).exists():
        return checks[0].round + 1, []
    return checks[0].round, checks


def check_has_labour(order: WorkOrder, actor: Actor) -> None:
    """Only work can be accepted."""
    if not order.lines.filter(kind=LineKind.LABOUR, state=LineState.APPROVED).exists():
        raise Refused(_("This order has no approved labour; there is nothing to dispatch."))


def check_all_assigned(order: WorkOrder, actor: Actor) -> None:
    """Every open job has a technician."""
    waiting = open_jobs(order).filter(state=JobState.QUEUED).select_related("line").first()
    if waiting is not None:
        raise Refused(_("“%(job)s” has no technician yet.") % {"job": waiting.line.label})


def check_not_begun(order: WorkOrder, actor: Actor) -> None:
    """What somebody works on is not taken back."""
    if order.jobs.filter(state=JobState.RUNNING).exists():
        raise Refused(_("Somebody already works on this car."))


def check_untouched(order: WorkOrder, actor: Actor) -> None:
    """Only what nobody was given, and for which nothing was issued, goes back to reception."""
    if order.jobs.exclude(state=JobState.QUEUED).exists():
        raise Refused(_("Somebody already works on this car."))
    check_nothing_out(order, actor)


def check_running(order: WorkOrder, actor: Actor) -> None:
    """Work starts with a job clock, not without."""
    if not order.jobs.filter(state=JobState.RUNNING).exists():
        raise Refused(_("Start the clock of a job; the order follows by itself."))


def check_jobs_done(order: WorkOrder, actor: Actor) -> None:
    """Every job is finished."""
    left = open_jobs(order).select_related("line").first()
    if left is not None:
        raise Refused(_("“%(job)s” is not finished yet.") % {"job": left.line.label})


def outstanding(line: Line) -> Decimal:
    """How many of an approved line are still to be issued, in the part's unit."""
    out: Decimal | None = line.issues.aggregate(out=Sum(F("quantity") - F("returned")))["out"]
    sold: Decimal = line.quantity
    return sold - (out or ZERO)


def check_parts_issued(order: WorkOrder, actor: Actor) -> None:
    """Nothing is billed that did not leave the shelf: every approved part was issued."""
    for line in order.lines.filter(kind=LineKind.PART, state=LineState.APPROVED).order_by("id"):
        if outstanding(line) > ZERO:
            raise Refused(
                _("“%(part)s” has not been issued yet. Fetch it at the parts counter, or have it withdrawn.")
                % {"part": line.label}
            )


def check_nothing_out(order: WorkOrder, actor: Actor) -> None:
    """No part is out when the visit ends: nothing could come back to the shelf after it. One query."""
    out = PartIssue.objects.filter(line__order=order, quantity__gt=F("returned")).select_related("line").first()
    if out is not None:
        raise Refused(_("“%(part)s” was issued. Take it back at the parts counter first.") % {"part": out.line.label})


def check_returnable(line: Line) -> None:
    """What is finished is billed, so its parts stay in the car."""
    if line.state != LineState.APPROVED:
        raise Refused(
            _("“%(part)s” is fitted and will be billed. Send the car back to work before a part comes back.")
            % {"part": line.label}
        )


def check_withdrawable(line: Line) -> None:
    """Nobody works on the line, and none of its parts is out."""
    if line.kind == LineKind.PART and outstanding(line) < line.quantity:
        raise Refused(_("“%(part)s” was issued. Take it back at the parts counter first.") % {"part": line.label})
    job = Job.objects.filter(line=line).first()
    if job is not None and job.state not in (JobState.QUEUED, JobState.ASSIGNED):
        raise Refused(_("“%(job)s” has been begun; it cannot be withdrawn.") % {"job": line.label})


def check_no_holds(order: WorkOrder, actor: Actor) -> None:
    """Nothing holds the car up."""
    hold = order.holds.filter(ended_at__isnull=True).select_related("owner").first()
    if hold is not None:
        values = {"reason": HoldReason(hold.reason).label, "owner": hold.owner}
        raise Refused(_("The car is on hold: %(reason)s (%(owner)s). End the hold first.") % values)


def check_self_passed(order: WorkOrder, actor: Actor) -> None:
    """The technician looked at the own work first."""
    _number, checks = round_now(order)
    if not any(check.level == Level.SELF for check in checks):
        raise Refused(_("The technician has not made the self check yet."))


def check_passed(order: WorkOrder, actor: Actor) -> None:
    """The latest round has all three levels passed, by enough different people."""
    passed = {check.level: check.inspected_by_id for check in last_round(order) if check.passed}
    for level in Level.values:
        if level not in passed:
            raise Refused(_("Missing: %(level)s.") % {"level": Level(level).label})
    _check_enough(order, set(passed.values()), 0)


def check_people(order: WorkOrder, checks: list[Inspection], actor: Actor) -> None:
    """With this person's check the round can still reach the number of different people that the rule asks for."""
    people = {check.inspected_by_id for check in checks} | {actor.user.pk if actor.user else None}
    _check_enough(order, people, len(Level.values) - len(checks) - 1)


def _check_enough(order: WorkOrder, people: set[int | None], to_come: int) -> None:
    least = int(rule(order.branch, "checks.people", branch_day(order.branch)))
    if len(people) + to_come < least:
        sentence = _("The three checks need %(count)d different people; somebody else must make this one.")
        raise Refused(sentence % {"count": least}, "people")


def check_wash_agreed(order: WorkOrder, actor: Actor) -> None:
    """A wash was agreed."""
    if not order.wash:
        raise Refused(_("The customer wants no wash."))


def check_wash_declined(order: WorkOrder, actor: Actor) -> None:
    """No wash was agreed."""
    if order.wash:
        raise Refused(_("A wash was agreed; the car goes to the wash."))


def check_more_work(order: WorkOrder, actor: Actor) -> None:
    """A car at the check goes back to work without a failure only for what was agreed meanwhile."""
    if not open_jobs(order).exists():
        raise Refused(_("No more work was agreed; the car stays at the check."))


def check_failed(order: WorkOrder, actor: Actor) -> None:
    """A car goes back only with a failed check and its cause."""
    if all(check.passed for check in last_round(order)):
        raise Refused(_("Record the failed check with its cause; the car then goes back by itself."))


def check_may_drive(order: WorkOrder) -> None:
    """A car is driven while it is worked on or checked, by one person at a time, and never before the signature."""
    if order.authorised_at is None:
        raise Refused(_("The customer has not signed yet; the car is not driven."))
    if order.state not in (State.ASSIGNED, State.WORKING, State.CHECKING):
        state = State(order.state).label
        raise Refused(_("The order is “%(state)s”; the car is not driven now.") % {"state": state})
    check_car_here(order)


def check_car_here(order: WorkOrder, actor: Actor | None = None) -> None:
    """Nobody drives the car."""
    out = order.road_tests.filter(in_at__isnull=True).select_related("driver").first()
    if out is not None:
        raise Refused(_("%(who)s is driving this car. Enter the kilometres when it is back.") % {"who": out.driver})


def check_diagnosis_only(order: WorkOrder, actor: Actor) -> None:
    """The customer may stop when nothing but a diagnosis was approved."""
    # The order's page has the lines with their operations at hand; a service asks for them.
    known = "lines" in getattr(order, "_prefetched_objects_cache", {})
    lines = order.lines.all() if known else order.lines.select_related("operation")
    agreed = [line for line in lines if line.state in (LineState.APPROVED, LineState.DONE)]
    if any(line.operation is None or line.operation.kind != OperationKind.DIAGNOSIS for line in agreed):
        raise Refused(_("More than a diagnosis was approved; the work must be finished or withdrawn first."))


def check_mine(job: Job, membership: Membership) -> None:
    """The job is dispatched to this person, alone or with others."""
    if job.technician_id != membership.pk and not job.shares.filter(technician=membership).exists():
        name = job.technician.user.name if job.technician else ""
        if not name:
            raise Refused(_("This job has not been dispatched yet."))
        raise Forbidden(_("This job is dispatched to %(name)s.") % {"name": name})


def check_startable(job: Job, membership: Membership) -> None:
    """Dispatched to this person, approved, not held, and no other clock of theirs is running."""
    check_mine(job, membership)
    if job.state not in (JobState.ASSIGNED, JobState.PAUSED) and not _others_run(job, membership):
        raise Refused(_("This job is “%(state)s”; its clock cannot start.") % {"state": JobState(job.state).label})
    if job.line.state != LineState.APPROVED:
        raise Refused(_("The customer has not approved “%(line)s”.") % {"line": job.line.label})
    check_work(job.line)
    if Hold.objects.filter(job=job, ended_at__isnull=True).exists():
        raise Refused(_("This job is on hold; end the hold first."))
    check_idle(membership)


def _others_run(job: Job, membership: Membership) -> bool:
    """Whether the job runs under the clocks of those who share it, and not under this person's."""
    running = job.clockings.filter(stopped_at__isnull=True)
    return job.state == JobState.RUNNING and job.shares.exists() and not running.filter(technician=membership).exists()


def check_idle(membership: Membership) -> None:
    """One running clock a person."""
    running = (
        Clocking.objects.filter(technician=membership, stopped_at__isnull=True)
        .select_related("job__line", "job__order").first()
    )  # fmt: skip
    if running is not None:
        values = {"job": running.job.line.label, "order": running.job.order.number}
        raise Refused(_("Your clock runs on “%(job)s” (%(order)s). Pause or finish it first.") % values, "clock")


def check_begin_health(order: WorkOrder) -> None:
    """The car is in the workshop."""
    if order.state not in (State.ASSIGNED, State.WORKING, State.CHECKING):
        sentence = _("The order is “%(state)s”; the inspection belongs to a car in the workshop.")
        raise Refused(sentence % {"state": State(order.state).label})


def check_health_open(health: HealthCheck) -> None:
    """The sheet is not finished; the customer has seen what stands on it."""
    if health.finished_at is not None:
        raise Refused(_("This health check is finished; nothing on it is changed any more."))


def check_colour(found: Finding, chosen: str, by_value: str, value: Decimal | None) -> None:
    """A colour may be worse than the measurement says, never better."""
    order = list(Colour.values)
    if value is not None and by_value and order.index(chosen) < order.index(by_value):
        values = {"value": f"{value.normalize():f} {found.unit}", "colour": Colour(by_value).label}
        raise Refused(_("%(value)s is “%(colour)s” by its limits; it can be made worse, not better.") % values)


def register() -> None:
    """The workshop's checks for the moves it judges."""
    ROAD.register("accept", check_has_labour)
    ROAD.register("assign", check_all_assigned)
    ROAD.register("take_back", check_not_begun)
    ROAD.register("give_back", check_untouched)
    ROAD.register("cancel", check_nothing_out)
    ROAD.register("start", check_running)
    for check in (check_jobs_done, check_parts_issued, check_no_holds, check_self_passed):
        ROAD.register("finish", check)
    for check in (check_all_answered, check_diagnosis_only, check_jobs_done, check_no_holds):
        ROAD.register("stop", check)
    for action, washing in (("pass_to_wash", check_wash_agreed), ("pass_unwashed", check_wash_declined)):
        for check in (check_jobs_done, check_parts_issued, check_no_holds, check_passed, washing):
            ROAD.register(action, check)
    for action in ("take_back", "finish", "stop", "pass_to_wash", "pass_unwashed", "fail"):
        ROAD.register(action, check_car_here)
    ROAD.register("fail", check_failed)
    ROAD.register("more_work", check_more_work)
    ROAD.register("washed", check_no_holds)
    ROAD.register("skip_wash", check_no_holds)
