"""Complaints: taken down, answered with a result, closed after the second call, opened again."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.policies import Actor, check_may
from accounts.roles import Role
from customers.models import Customer, Vehicle
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid
from dms.fields import locked
from reception.models import WorkOrder
from records.selectors import rule
from retention.models import CallTask, Complaint, ComplaintLog, Survey
from retention.policies import (
    check_answerable,
    check_closable,
    check_reopenable,
    check_version,
    check_words,
)
from retention.services.calls import drop, open_call
from retention.states import CallKind, ComplaintAct, ComplaintSource, ComplaintState, DroppedWhy

#: Whose complaint it is when nobody else was named.
OWNERS = (Role.MANAGER, Role.CRM)


def _log(row: Complaint, act: ComplaintAct, actor: Actor, note: str = "") -> None:
    ComplaintLog.objects.create(complaint=row, act=act, note=note, at=now(), by=actor.user)


def _owner(actor: Actor, but: User | None) -> User | None:
    """The first manager, else the first of customer care, whom it is not about. One query."""
    rows = Membership.objects.filter(branch=actor.branch, active=True, roles__overlap=list(OWNERS))
    rows = rows.exclude(user=but).select_related("user").order_by("id") if but else rows.select_related("user")
    found = sorted(rows, key=lambda row: (Role.MANAGER not in row.roles, row.pk))
    return found[0].user if found else None


def _due(actor: Actor) -> timedelta:
    return timedelta(days=int(rule(actor.branch, "complaint.days", branch_day(actor.branch))))


@one_act
def open_complaint(
    *,
    actor: Actor,
    vehicle: Vehicle,
    customer: Customer,
    words: str,
    source: ComplaintSource,
    order: WorkOrder | None = None,
    survey: Survey | None = None,
    caused_by: User | None = None,
) -> Complaint:
    """Take down a complaint, verbatim; due after the rule's days. Raises `Forbidden`, or `Invalid` for no words."""
    check_may(actor, "complaint.open")
    said = check_words(words, _("Write down the complaint in the customer's own words."))
    about = caused_by or (order.advisor if order else None)
    row = Complaint.objects.create(
        branch=actor.branch, source=source, words=said, vehicle=vehicle, customer=customer, order=order, survey=survey,
        caused_by=about, owner=_owner(actor, about), received_at=now(), due_on=branch_day(actor.branch) + _due(actor),
    )  # fmt: skip
    _log(row, ComplaintAct.OPENED, actor)
    return row


def _locked(actor: Actor, complaint_id: int, version: int) -> Complaint:
    check_may(actor, "complaint.handle")
    row = locked(Complaint.objects.filter(branch=actor.branch)).get(pk=complaint_id)
    check_version(row, version)
    return row


def _moved(row: Complaint, state: ComplaintState, *names: str) -> Complaint:
    row.state, row.version = state, row.version + 1
    row.save(update_fields=["state", "version", *names])
    return row


@one_act
def answer(*, actor: Actor, complaint_id: int, version: int, result: str) -> Complaint:
    """What was done about it; opens the second call, by somebody else than whom it is about.

    Raises `Forbidden` without `complaint.handle`, `Invalid` without a result, `Refused` when stale or answered.
    """
    row = _locked(actor, complaint_id, version)
    check_answerable(row)
    row.result = check_words(result, _("Say what was done."), "result")
    row.answered_at, row.answered_by = now(), actor.person
    _moved(row, ComplaintState.ANSWERED, "result", "answered_at", "answered_by")
    _log(row, ComplaintAct.ANSWERED, actor, row.result)
    open_call(
        branch=row.branch, kind=CallKind.COMPLAINT, vehicle=row.vehicle, customer=row.customer,
        subject_key=f"{row.subject_key}:{row.version}", due_on=branch_day(row.branch) + timedelta(days=1),
        reason={"received_on": branch_day(row.branch, row.received_at).isoformat()}, advisor=row.caused_by,
    )  # fmt: skip
    return row


def _second_calls(row: Complaint) -> QuerySet[CallTask]:
    """The calls after the present answer and after former ones."""
    return CallTask.objects.filter(kind=CallKind.COMPLAINT, subject_key__startswith=f"{row.subject_key}:")


@one_act
def close(*, actor: Actor, complaint_id: int, version: int, note: str) -> Complaint:
    """The customer is content, or nothing more can be done: why. An open second call ends.

    Raises `Forbidden`, `Invalid` without a reason, `Refused` when stale, unanswered, or nobody tried the second call.
    """
    row = _locked(actor, complaint_id, version)
    latest = _second_calls(row).order_by("-id").first()
    check_closable(row, called=latest is not None and latest.tried.exists())
    why = check_words(note, _("Say why it is closed."), "note")
    drop(_second_calls(row), DroppedWhy.MOOT)
    row.closed_at, row.closed_by = now(), actor.person
    _moved(row, ComplaintState.CLOSED, "closed_at", "closed_by")
    _log(row, ComplaintAct.CLOSED, actor, why)
    return row


@one_act
def reopen(*, actor: Actor, complaint_id: int, version: int, note: str) -> Complaint:
    """The answer did not do: why. The complaint is due anew; its result stays as the draft of the next one."""
    row = _locked(actor, complaint_id, version)
    return _reopened(actor, row, check_words(note, _("Say why it is opened again."), "note"))


def _reopened(actor: Actor, row: Complaint, why: str) -> Complaint:
    check_reopenable(row)
    drop(_second_calls(row), DroppedWhy.MOOT)
    row.answered_at = row.answered_by = row.closed_at = row.closed_by = None
    row.due_on = branch_day(row.branch) + _due(actor)
    _moved(row, ComplaintState.OPEN, "answered_at", "answered_by", "closed_at", "closed_by", "due_on")
    _log(row, ComplaintAct.REOPENED, actor, why)
    return row


@one_act
def assign(*, actor: Actor, complaint_id: int, version: int, membership_id: int) -> Complaint:
    """Give it to somebody else. Raises `Invalid` for somebody who does not handle complaints here."""
    row = _locked(actor, complaint_id, version)
    able = Membership.objects.filter(branch=actor.branch, active=True, roles__overlap=list(OWNERS))
    to = able.filter(pk=membership_id).select_related("user").first()
    if to is None:
        raise Invalid(_("Choose somebody who handles complaints here."), "owner")
    row.owner, row.version = to.user, row.version + 1
    row.save(update_fields=["owner", "version"])
    _log(row, ComplaintAct.ASSIGNED, actor, to.user.name)
    return row


@one_act
def called(*, actor: Actor, task: CallTask, content: bool, note: str) -> None:
    """The second call reached the customer: it is noted; one who is not content opens the complaint again."""
    number = int(task.subject_key.split(":")[1])
    row = locked(Complaint.objects.filter(branch=actor.branch)).get(pk=number)
    _log(row, ComplaintAct.CALLED, actor, note)
    if not content and row.state != ComplaintState.OPEN:
        _reopened(actor, row, note)
