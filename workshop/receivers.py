"""What the workshop changes of its own in the step in which an order moves; all of it may run twice."""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from accounts.policies import Actor
from catalog.signals import goods_arriving
from reception.models import Line, WorkOrder
from reception.services import lines
from reception.services.flow import move
from reception.signals import draft_swapped, line_withdrawing, lines_answered, order_moving
from reception.states import LineState, State
from workshop.models import CheckItem
from workshop.policies import check_withdrawable
from workshop.services import checklist, dispatch, health, holds, papers, stores, wash
from workshop.services.rows import lent
from workshop.states import RETURNS

_ENDS = ("pass_to_wash", "pass_unwashed", "stop")


def on_moving(order: WorkOrder, action: str, actor: Actor, note: str = "", **_signal: Any) -> None:
    """Accepted: jobs are made; given back: there are none; taken back: nobody has them; passed or stopped: lines done;
    returned: all is open.

    Dispatched and passed are put on paper; with the pass, bad points without work are kept for later.
    """
    if action == "accept":
        dispatch.jobs_for(order=order, actor=actor)
    elif action == "give_back":
        dispatch.unmake(order=order)
    elif action == "take_back":
        dispatch.retract(order=order, actor=actor)
    elif action == "assign":
        papers.issue_job_sheet(actor=actor, order_id=order.pk)
    elif action in _ENDS:
        lines.complete(actor=actor, order_id=order.pk)
        health.keep_rest(order=order)
        if action != "stop":
            papers.issue_passed(order, actor=actor)
    elif action in wash.MOVES:
        wash.note_move(actor=actor, order=order, action=action, note=note)
    elif action in RETURNS:
        lines.reopen(actor=actor, order_id=order.pk)
        dispatch.rework(order=order, actor=actor, cause=note, origin=RETURNS[action])


def on_answered(order: WorkOrder, actor: Actor, **_signal: Any) -> None:
    """Extra lines were answered: approved ones become jobs, for which a car at the check goes back to work; nothing
    left to answer ends the wait for approval.
    """
    if order.accepted_at is None:
        return
    made = dispatch.jobs_for(order=order, actor=actor)
    left = order.lines.filter(state__in=[LineState.DRAFT, LineState.OFFERED]).exists()
    if not left and not order.found.filter(closed_at__isnull=True).exists():
        holds.end_approvals(order=order, actor=actor)
    if made and order.state == State.CHECKING:
        move(order_id=order.pk, action="more_work", actor=lent(actor, "extra.offer"))


def on_swapped(old: Line, new: Line, **_signal: Any) -> None:
    """A substitute comes of the same finding, with its photos."""
    health.move_link(old, new)


def on_withdrawing(line: Line, actor: Actor, **_signal: Any) -> None:
    """A line is not withdrawn under somebody's hands, nor while its parts are out; its part is waited for no more."""
    check_withdrawable(line)
    if line.part_id is not None:
        line.order.branch = actor.branch
        holds.end_parts(order=line.order, actor=actor)


def on_goods_arriving(actor: Actor, part_ids: set[int], **_signal: Any) -> Callable[[], None] | None:
    """Parts come in: the orders that wait for them are locked, and served when they are on the shelf."""
    return stores.waiting_for(actor=actor, part_ids=part_ids)


def on_migrated(using: str, **_signal: Any) -> None:
    """A new house, or one that had no checklist before, begins with the first one."""
    if CheckItem._meta.db_table in connections[using].introspection.table_names():  # noqa: SLF001  # public for models
        checklist.begin()


def connect(app: AppConfig) -> None:
    """Listen; called from `AppConfig.ready()`."""
    post_migrate.connect(on_migrated, sender=app, dispatch_uid="workshop.post_migrate")
    order_moving.connect(on_moving, dispatch_uid="workshop.order_moving")
    draft_swapped.connect(on_swapped, dispatch_uid="workshop.draft_swapped")
    line_withdrawing.connect(on_withdrawing, dispatch_uid="workshop.line_withdrawing")
    goods_arriving.connect(on_goods_arriving, dispatch_uid="workshop.goods_arriving")
    lines_answered.connect(on_answered, dispatch_uid="workshop.lines_answered")
