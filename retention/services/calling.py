"""At the phone: the next best call, the claim on it, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.states import Channel
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from retention.models import CallTask, CallTry
from retention.policies import check_again, check_callable, check_next_day, check_note
from retention.selectors.calls import callable_now, is_willing, order_of
from retention.services import complaints, contact
from retention.services.calls import drop
from retention.services.scores import rescore
from retention.services.wishes import wish
from retention.states import (
    CALL_PURPOSE,
    CallKind,
    CallState,
    ComplaintSource,
    DayPart,
    DroppedWhy,
    Outcome,
    WishSource,
    WishState,
)

TOMORROW = timedelta(days=1)


def _claim(task: CallTask, actor: Actor) -> CallTask:
    task.taken_at, task.taken_by = now(), actor.person
    task.save(update_fields=["taken_at", "taken_by"])
    return task


@one_act
def take_next(*, actor: Actor) -> CallTask | None:
    """Claim the best call that this person may make now; None: there is none.

    Two callers at once get two calls: a row that another is just claiming is passed over.
    """
    check_may(actor, "call.do")
    rows = callable_now(actor).order_by("-score", "id")
    if not settings.LOCKS_OFF:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    task = rows.first()
    return _claim(task, actor) if task else None


@one_act
def take(*, actor: Actor, task_id: int) -> CallTask:
    """Claim this call.

    Raises `Forbidden` without `call.do`; `Refused` when it is closed, about one's own car, another's just now, or the
    customer objects.
    """
    check_may(actor, "call.do")
    task = locked(CallTask.objects.filter(branch=actor.branch)).get(pk=task_id)
    check_callable(task, actor, now())
    if not is_willing(task):
        raise Refused(_("This customer does not want to be called about this."), "declined")
    return _claim(task, actor)


@one_act
def put_back(*, actor: Actor, task_id: int) -> None:
    """Give up one's own claim; somebody else's stays."""
    check_may(actor, "call.do")
    CallTask.objects.filter(branch=actor.branch, pk=task_id, taken_by=actor.person).update(taken_at=None, taken_by=None)


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller entered, cleaned: the next date also stands for the wished day."""

    note: str
    next_on: date | None
    part: str


@one_act
def record_try(
    *, actor: Actor, task_id: int, outcome: str, note: str = "", next_on: date | None = None, part: str = DayPart.ANY
) -> CallTry:
    """What came of a try: append it, and do what follows from it.

    Reached, an appointment, a complaint: the call is done, with the wish or the complaint beside it. Call again, no
    answer: it stays open until the next date (no answer: tomorrow, unless told). Wrong number: dropped. Do not call
    again: the ledger says so, and with it end the customer's other calls of that purpose. Raises `Forbidden` without
    `call.do`, `Refused` as `take`, `Invalid` for an outcome, note or date that will not do.
    """
    check_may(actor, "call.do")
    task = locked(CallTask.objects.filter(branch=actor.branch).select_related("customer", "vehicle")).get(pk=task_id)
    check_callable(task, actor, now())
    if outcome not in Outcome.values:
        raise Invalid(_("Choose what came of the call."), "outcome")
    kind, today = Outcome(outcome), branch_day(actor.branch)
    check_again(kind, next_on)
    told = Told(check_note(kind, note), check_next_day(next_on, today), part)
    row = CallTry.objects.create(
        task=task, outcome=kind, note=told.note, next_on=told.next_on, tried_at=now(), tried_by=actor.person
    )
    _FOLLOWS[kind](actor, task, told)
    return row


def _done(task: CallTask) -> None:
    task.state, task.closed_at, task.taken_at, task.taken_by = CallState.DONE, now(), None, None
    task.tries += 1
    task.save(update_fields=["state", "closed_at", "taken_at", "taken_by", "tries"])


def _reached(actor: Actor, task: CallTask, told: Told) -> None:
    _done(task)
    if task.kind == CallKind.COMPLAINT:
        complaints.called(actor=actor, task=task, content=True, note=told.note)


def _book(actor: Actor, task: CallTask, told: Told) -> None:
    """A wish that waits already is the same wish."""
    _reached(actor, task, told)
    if task.vehicle.wishes.filter(state=WishState.OPEN).exists():
        return
    wish(
        actor=actor, vehicle=task.vehicle, customer=task.customer, part=told.part, words=told.note,
        wished_on=told.next_on or branch_day(actor.branch) + TOMORROW, source=WishSource.PHONE,
    )  # fmt: skip


def _later(task: CallTask, day: date, tries: int) -> None:
    task.due_on, task.tries, task.taken_at, task.taken_by = day, task.tries + tries, None, None
    task.save(update_fields=["due_on", "tries", "taken_at", "taken_by"])
    rescore(branch=task.branch, today=branch_day(task.branch), ids=[task.pk])


def _again(actor: Actor, task: CallTask, told: Told) -> None:
    assert told.next_on is not None  # noqa: S101 - `check_again` has seen to it
    _later(task, told.next_on, 0)


def _no_answer(actor: Actor, task: CallTask, told: Told) -> None:
    _later(task, told.next_on or branch_day(actor.branch) + TOMORROW, 1)


def _wrong_number(actor: Actor, task: CallTask, told: Told) -> None:
    drop(CallTask.objects.filter(pk=task.pk), DroppedWhy.WRONG_NUMBER)


def _declined(actor: Actor, task: CallTask, told: Told) -> None:
    """A call that belongs to the contract ends by itself; it takes no purpose with it."""
    purpose = CALL_PURPOSE[task.kind]
    if purpose is not None:
        contact.withdraw(
            actor=actor, customer=task.customer, purpose=purpose, channel=Channel.PHONE,
            wording=told.note or str(Outcome.DECLINED.label), source="call",
        )  # fmt: skip
    drop(CallTask.objects.filter(pk=task.pk), DroppedWhy.DECLINED)


def _complaint(actor: Actor, task: CallTask, told: Told) -> None:
    _done(task)
    if task.kind == CallKind.COMPLAINT:
        complaints.called(actor=actor, task=task, content=False, note=told.note)
        return
    complaints.open_complaint(
        actor=actor, vehicle=task.vehicle, customer=task.customer, words=told.note, source=ComplaintSource.CALL,
        order=order_of(task), caused_by=task.advisor,
    )  # fmt: skip


_FOLLOWS: dict[Outcome, Callable[[Actor, CallTask, Told], None]] = {
    Outcome.REACHED: _reached,
    Outcome.BOOK: _book,
    Outcome.AGAIN: _again,
    Outcome.NO_ANSWER: _no_answer,
    Outcome.WRONG_NUMBER: _wrong_number,
    Outcome.DECLINED: _declined,
    Outcome.COMPLAINT: _complaint,
}
