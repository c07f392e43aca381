"""Pages of the workshop: read, or call one service and go back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from accounts.models import Branch, Membership, Team
from accounts.policies import Actor
from accounts.services.preferences import set_lanes
from accounts.states import Lanes
from dms.htmx import go
from dms.templatetags.dms import plate_text
from dms.workflow import sentence_of
from reception.models import Line, WorkOrder
from records.pieces import url_of
from records.services.files import print_papers
from records.services.idempotency import fresh_key, once
from workshop import selectors
from workshop.answers import back, home, live, undoable
from workshop.forms import (
    AssignForm,
    AssignOrderForm,
    CheckForm,
    DoneForm,
    ExtraForm,
    HoldForm,
    PauseForm,
    QuantityForm,
    SkipWashForm,
    StartForm,
    WashForm,
    typed,
)
from workshop.models import Hold, Job, PartIssue
from workshop.policies import check_idle
from workshop.selectors.bays import bays_taken
from workshop.selectors.health import begun, progress
from workshop.selectors.hours import at_work_since
from workshop.selectors.road_tests import cars_out, known_km, under_way
from workshop.services import checks as check_services
from workshop.services import clocks, dispatch, holds, labels, papers, shares, undo
from workshop.services import extra as extra_services
from workshop.services import parts as part_services
from workshop.services import wash as wash_services
from workshop.services.rows import membership_of
from workshop.states import CHECK_PERMISSION, HoldReason, JobState, Level, PauseReason, WashPoint


def _order(request: HttpRequest, order_id: int) -> int:
    """404 for another branch's order."""
    return get_object_or_404(WorkOrder, pk=order_id, branch=actor_of(request).branch).pk


def _found(request: HttpRequest, order_id: int) -> WorkOrder:
    """The order with its car; 404 for another branch's."""
    rows = WorkOrder.objects.select_related("vehicle")
    return get_object_or_404(rows, pk=order_id, branch=actor_of(request).branch)


def _job(request: HttpRequest, job_id: int) -> int:
    """404 for another branch's job."""
    return get_object_or_404(Job, pk=job_id, order__branch=actor_of(request).branch).pk


@needs("workshop.view")
def board(request: HttpRequest) -> HttpResponse:
    """The supervisor's board."""
    actor = actor_of(request)
    may = [actor.can(what) for what in ("workshop.accept", "workshop.dispatch", "clock.correct", "hold.set")]
    return live(request, "board", lambda: _board(actor), part="board", seen=(actor.person.lanes, *may))


def _board(actor: Actor) -> dict[str, object]:
    return {
        "board": selectors.board(actor.branch, by=actor.person.lanes),
        "lane_choices": Lanes.choices,
        "by": actor.person.lanes,
        "may_accept": actor.can("workshop.accept"),
        "may_dispatch": actor.can("workshop.dispatch"),
        "may_correct": actor.can("clock.correct"),
        "may_screen": actor.can("screen.keep"),
        "may_hold": actor.can("hold.set"),
        "reasons": HoldReason.choices,
    }


@needs("workshop.view")
@require_POST
def lanes(request: HttpRequest) -> HttpResponse:
    """Columns by technician or by bay, from now on."""
    set_lanes(user=actor_of(request).person, lanes=request.POST.get("lanes", ""))
    return back(request, "workshop:board")


@needs("workshop.accept")
@require_POST
def accept(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take a car over from reception."""
    actor, order = actor_of(request), _found(request, order_id)
    return undoable(
        request, _("%(order)s accepted.") % {"order": order.number}, order_id=order.pk, permission="workshop.accept",
        act=lambda: dispatch.accept(actor=actor, order_id=order.pk),
    )  # fmt: skip


@needs("workshop.dispatch")
@require_POST
def assign(request: HttpRequest, order_id: int) -> HttpResponse:
    """Dispatch an order, to a technician or to a team."""
    actor, order = actor_of(request), _found(request, order_id)
    who = typed(AssignOrderForm(request.POST, branch=actor.branch))
    hands, bay = who["technician"], who["bay"]
    team = isinstance(hands, Team)
    told = {"what": plate_text(order.vehicle.plate or order.number), "name": hands.label if team else hands.user.name}
    act = partial(shares.assign_team, team=hands) if team else partial(dispatch.assign, technician=hands)
    return undoable(
        request, _("%(what)s goes to %(name)s.") % told, order_id=order.pk, permission="workshop.dispatch",
        act=lambda: act(actor=actor, order_id=order.pk, bay=bay),
    )  # fmt: skip


@needs("workshop.dispatch")
@require_POST
def assign_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Dispatch one job."""
    actor = actor_of(request)
    job = get_object_or_404(Job.objects.select_related("line"), pk=job_id, order__branch=actor.branch)
    who = typed(AssignForm(request.POST, branch=actor.branch))
    told = {"what": job.line.label, "name": who["technician"].user.name}
    return undoable(
        request, _("%(what)s goes to %(name)s.") % told, order_id=job.order_id, permission="workshop.dispatch",
        act=lambda: dispatch.assign_job(actor=actor, job_id=job.pk, **who),
    )  # fmt: skip


@needs("hold.set")
@require_POST
def undo_act(request: HttpRequest, key: str) -> HttpResponse:
    """Put back what was just done."""
    undo.back(actor=actor_of(request), key=key)
    return home(request, _("Undone."))


@needs("workshop.dispatch")
@require_POST
def take_back(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the dispatch of a car back."""
    actor, pk = actor_of(request), _order(request, order_id)
    return undoable(
        request, _("The car waits for dispatch again."), order_id=pk, permission="workshop.dispatch",
        act=lambda: dispatch.take_back(actor=actor, order_id=pk),
    )  # fmt: skip


@needs("workshop.dispatch")
@require_POST
def job_sheet(request: HttpRequest, order_id: int) -> HttpResponse:
    """The job sheet as dispatched now, and its copies."""
    actor = actor_of(request)
    paper = papers.issue_job_sheet(actor=actor, order_id=_order(request, order_id))
    return go(request, url_of(print_papers(actor=actor, papers=[paper]).name))


@needs("hold.set")
@require_POST
def hold(request: HttpRequest, order_id: int) -> HttpResponse:
    """Put a car on hold."""
    actor, pk = actor_of(request), _order(request, order_id)
    said = typed(HoldForm(request.POST, branch=actor.branch, order_id=pk))
    owner, job = said["owner"] and said["owner"].user, said["job"] and said["job"].pk
    return undoable(
        request, _("The car is on hold."), order_id=pk, permission="hold.set",
        act=lambda: holds.put(
            actor=actor, order_id=pk, reason=said["reason"], note=said["note"], owner=owner, job_id=job
        ),
    )  # fmt: skip


@needs("hold.set")
@require_POST
def end_hold(request: HttpRequest, hold_id: int) -> HttpResponse:
    """End a hold."""
    actor = actor_of(request)
    found = get_object_or_404(Hold, pk=hold_id, order__branch=actor.branch)
    return undoable(
        request, _("The hold has ended."), order_id=found.order_id, permission="hold.set",
        act=lambda: holds.end(actor=actor, hold_id=found.pk),
    )  # fmt: skip


@needs("order.stop")
@require_POST
def stop(request: HttpRequest, order_id: int) -> HttpResponse:
    """The customer stops after the diagnosis."""
    extra_services.stop(actor=actor_of(request), order_id=_order(request, order_id))
    return home(request, _("The car is ready; the diagnosis will be settled."))


@needs("job.work")
def me(request: HttpRequest) -> HttpResponse:
    """My work: the job under the clock, and one big button."""
    mine = membership_of(actor_of(request))
    here = at_work_since(mine)
    return live(request, "me", lambda: _day(mine) | {"here_since": here}, part="day", seen=(here,))


def _day(mine: Membership) -> dict[str, object]:
    day = selectors.technician_day(mine)
    busy = sentence_of(lambda: check_idle(mine)) if day.current and day.next else ""
    return {
        "day": day,
        "road": under_way(mine.user),
        "kms": known_km([*([day.current.order] if day.current else []), *(check.order for check in day.to_check)]),
        "busy": busy,
        "taken": {} if busy else bays_taken(mine.branch, day.next),
        "sheet": progress(day.current.order) if day.current else None,
        "sheets": begun(job.order_id for job in day.next),
        "pauses": PauseReason.choices,
        "reasons": dict(HoldReason.choices),
        "extra": ExtraForm(),
        "operations": selectors.operations_to_choose(),
        "parts": selectors.parts_to_choose(),
        "PAUSED": JobState.PAUSED,
    }


@needs("job.work")
@require_POST
def start(request: HttpRequest, job_id: int) -> HttpResponse:
    """Start or resume."""
    actor, pk = actor_of(request), _job(request, job_id)
    clocks.start(actor=actor, job_id=pk, bay=typed(StartForm(request.POST, branch=actor.branch))["bay"])
    return back(request, "workshop:me")


@needs("job.work")
@require_POST
def pause(request: HttpRequest, job_id: int) -> HttpResponse:
    """Pause with a reason."""
    pk, said = _job(request, job_id), typed(PauseForm(request.POST))
    clocks.pause(actor=actor_of(request), job_id=pk, reason=said["reason"])
    return back(request, "workshop:me")


@needs("job.work")
@require_POST
def done(request: HttpRequest, job_id: int) -> HttpResponse:
    """Finish a job."""
    pk, said = _job(request, job_id), typed(DoneForm(request.POST))
    clocks.done(actor=actor_of(request), job_id=pk, correction=said["correction"], cause=said["cause"])
    return back(request, "workshop:me", _("The job is finished."))


def _record(request: HttpRequest, order_id: int, level: str = "") -> bool:
    """Record a check as the form says; whether it passed."""
    pk, form = _order(request, order_id), CheckForm(request.POST)
    said = typed(form)
    check_services.record(
        actor=actor_of(request), order_id=pk, level=level or said["level"], passed=said["passed"],
        cause=said["cause"], found=form.found(),
    )  # fmt: skip
    return bool(said["passed"])


@needs("check.self")
@require_POST
def self_check(request: HttpRequest, order_id: int) -> HttpResponse:
    """The technician's own check."""
    _record(request, order_id, Level.SELF)
    return back(request, "workshop:me", _("Self check recorded."))


@needs("workshop.view")
def checks(request: HttpRequest) -> HttpResponse:
    """Cars that wait for a check."""
    actor = actor_of(request)
    return live(request, "checks", lambda: _checks(actor), part="checks")


def _checks(actor: Actor) -> dict[str, object]:
    found, may_report = selectors.checks_waiting(actor.branch), actor.can("extra.report")
    context: dict[str, object] = {
        "rows": [
            (row, actor.can(CHECK_PERMISSION[row.level]), ExtraForm(auto_id=f"extra-{row.order.pk}-%s"))
            for row in found
        ],
        "may_edit": actor.can("catalogue.edit"), "may_drive": actor.can("road.test"), "may_report": may_report,
        "road": under_way(actor.person), "out": cars_out(actor.branch), "kms": known_km(row.order for row in found),
    }  # fmt: skip
    if may_report and found:
        context |= {"operations": selectors.operations_to_choose(), "parts": selectors.parts_to_choose()}
    return context


@needs("workshop.view")
@require_POST
def check(request: HttpRequest, order_id: int) -> HttpResponse:
    """Pass or return a car; the service asks for the permission of the level."""
    told = _("Passed.") if _record(request, order_id) else _("Returned to the technician.")
    return back(request, "workshop:checks", told)


@needs("parts.issue")
def parts(request: HttpRequest) -> HttpResponse:
    """The parts counter."""
    branch = actor_of(request).branch
    return live(request, "parts", lambda: _queue(branch), part="queue")


def _queue(branch: Branch) -> dict[str, object]:
    rows = selectors.parts_queue(branch)
    main = next((row for row in rows if row.can > 0), None)
    return {"rows": rows, "main": main, "key": fresh_key(), "may_issue": True}


@needs("parts.label")
@require_POST
def part_labels(request: HttpRequest, order_id: int) -> HttpResponse:
    """Labels for the parts that are laid out for a car."""
    actor = actor_of(request)
    paper = labels.part_labels(actor=actor, order_id=_order(request, order_id))
    return go(request, url_of(print_papers(actor=actor, papers=[paper]).name))


@needs("parts.label")
@require_POST
def bag_labels(request: HttpRequest, order_id: int) -> HttpResponse:
    """Labels for the bags of the parts that came off a car."""
    actor = actor_of(request)
    paper = labels.bag_labels(actor=actor, order_id=_order(request, order_id))
    return go(request, url_of(print_papers(actor=actor, papers=[paper]).name))


def _once(actor: Actor, what: str, said: dict[str, Any], act: Callable[..., PartIssue]) -> None:
    """Hand out or take back; the same form once more (a double click, the back button) moves nothing again.

    One page has one key, so each row's act has its own: what it does stands in the key.
    """
    once(
        actor=actor, key=f"{said['key']}:{what}", route=what, body=str(said["quantity"].normalize()),
        act=lambda: str(act(actor=actor, quantity=said["quantity"]).pk),
    )  # fmt: skip


@needs("parts.issue")
@require_POST
def issue(request: HttpRequest, line_id: int) -> HttpResponse:
    """Hand parts out."""
    actor = actor_of(request)
    line = get_object_or_404(Line, pk=line_id, order__branch=actor.branch)
    said = typed(QuantityForm(request.POST))
    _once(actor, f"issue:{line.pk}", said, partial(part_services.issue, line_id=line.pk))
    return back(request, "workshop:parts")


@needs("parts.issue")
@require_POST
def take_part_back(request: HttpRequest, issue_id: int) -> HttpResponse:
    """Take parts back."""
    actor = actor_of(request)
    issued = get_object_or_404(PartIssue, pk=issue_id, line__order__branch=actor.branch)
    said = typed(QuantityForm(request.POST))
    _once(actor, f"take back:{issued.pk}", said, partial(part_services.take_back, issue_id=issued.pk))
    return back(request, "workshop:parts")


@needs("wash.do")
def wash(request: HttpRequest) -> HttpResponse:
    """Cars to wash."""
    branch = actor_of(request).branch
    return live(
        request, "wash", lambda: {"rows": selectors.wash_queue(branch), "points": WashPoint.choices}, part="wash"
    )


@needs("wash.do")
@require_POST
def washed(request: HttpRequest, order_id: int) -> HttpResponse:
    """The car is clean."""
    pk, said = _order(request, order_id), typed(WashForm(request.POST))
    wash_services.washed(actor=actor_of(request), order_id=pk, done=said["done"])
    return back(request, "workshop:wash")


@needs("wash.do")
@require_POST
def skip_wash(request: HttpRequest, order_id: int) -> HttpResponse:
    """The car is not washed, and why."""
    pk, said = _order(request, order_id), typed(SkipWashForm(request.POST))
    wash_services.skip(actor=actor_of(request), order_id=pk, reason=said["reason"])
    return back(request, "workshop:wash", _("Not washed; the car is ready."))
