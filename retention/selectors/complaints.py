"""Reads of complaints, surveys and wishes. Lists are pages by keyset, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from accounts.models import Branch, Membership
from accounts.roles import Role
from customers.models import Vehicle
from dms.clock import branch_day
from dms.gather import gather
from reception.models import WorkOrder
from retention.models import AppointmentWish, CallTask, CallTry, Complaint, ComplaintLog, Survey
from retention.states import CallKind, CallState, ComplaintState, WishState

PAGE = 30
#: Rows of a card on another page.
A_FEW = 5
#: Filters of the list: what is live (the default), what is late, one's own, and what is over.
LIVE, LATE, MINE, CLOSED = "live", "late", "mine", "closed"

Cursor = tuple[date, int]
"""Where the next page begins: the date and the id of the last row."""


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint with its age in days, and by how many days it is late (negative: days left)."""

    complaint: Complaint
    age: int
    late: int


@dataclass(frozen=True, slots=True)
class ComplaintTotals:
    """Complaints that are not closed, and those among them that should have been answered by now."""

    live: int
    late: int


def _live(branch: Branch) -> QuerySet[Complaint]:
    return Complaint.objects.filter(branch=branch).exclude(state=ComplaintState.CLOSED)


def complaint_totals(branch: Branch) -> ComplaintTotals:
    """One query."""
    late = Q(state=ComplaintState.OPEN, due_on__lt=branch_day(branch))
    return ComplaintTotals(**_live(branch).aggregate(live=Count("id"), late=Count("id", filter=late)))


def _chosen(branch: Branch, which: str, owner_id: int | None) -> QuerySet[Complaint]:
    if which == CLOSED:
        return Complaint.objects.filter(branch=branch, state=ComplaintState.CLOSED)
    rows = _live(branch)
    if which == LATE:
        return rows.filter(state=ComplaintState.OPEN, due_on__lt=branch_day(branch))
    return rows.filter(owner=owner_id) if which == MINE else rows


def complaints_page(
    branch: Branch, which: str = LIVE, owner_id: int | None = None, after: Cursor | None = None, size: int = PAGE
) -> tuple[list[ComplaintRow], Cursor | None]:
    """Complaints, the longest overdue first (closed ones: the latest first). One query."""
    newest = which == CLOSED
    rows = _chosen(branch, which, owner_id).select_related("vehicle__model", "customer", "owner")
    rows = rows.order_by("-due_on", "-id") if newest else rows.order_by("due_on", "id")
    if after is not None and newest:
        rows = rows.filter(Q(due_on=after[0], id__lt=after[1]) | Q(due_on__lt=after[0]))
    elif after is not None:
        rows = rows.filter(Q(due_on=after[0], id__gt=after[1]) | Q(due_on__gt=after[0]))
    found = list(rows[: size + 1])
    shown = found[:size]
    page = [complaint_row(row, branch) for row in shown]
    return page, (shown[-1].due_on, shown[-1].pk) if len(found) > size else None


def complaint_row(row: Complaint, branch: Branch) -> ComplaintRow:
    """How old a complaint is, and how late."""
    today = branch_day(branch)
    return ComplaintRow(row, (today - branch_day(branch, row.received_at)).days, (today - row.due_on).days)


@dataclass(frozen=True, slots=True)
class ComplaintCard:
    """A complaint with its history, its second calls and the people who could own it."""

    complaint: Complaint
    row: ComplaintRow
    log: list[ComplaintLog]
    calls: list[CallTask]
    tries: list[CallTry]
    owners: list[Membership]


def complaint_of(complaint_id: int, branch: Branch) -> Complaint | None:
    """The complaint when it belongs to the branch. One query."""
    people = ("owner", "caused_by", "answered_by", "closed_by")
    rows = Complaint.objects.filter(branch=branch, pk=complaint_id)
    return rows.select_related("branch", "vehicle__model__brand", "customer", "order", "survey", *people).first()


def complaint_card(complaint: Complaint) -> ComplaintCard:
    """Everything of one complaint's page. Four queries."""
    branch = complaint.branch
    calls = list(
        CallTask.objects.filter(kind=CallKind.COMPLAINT, subject_key__startswith=f"{complaint.subject_key}:")
        .select_related("taken_by")
        .order_by("-id")
    )
    able = Membership.objects.filter(branch=branch, active=True, roles__overlap=[Role.MANAGER, Role.CRM])
    return ComplaintCard(
        complaint=complaint,
        row=complaint_row(complaint, branch),
        log=list(complaint.log.select_related("by").order_by("-id")),
        calls=calls,
        tries=list(CallTry.objects.filter(task__in=calls).select_related("tried_by").order_by("-id")),
        owners=list(able.select_related("user").order_by("id")),
    )


def wishes_waiting(branch: Branch, limit: int = PAGE) -> list[AppointmentWish]:
    """Wishes for an appointment that wait, the earliest day first. One query."""
    rows = AppointmentWish.objects.filter(branch=branch, state=WishState.OPEN)
    return list(rows.select_related("vehicle__model", "customer").order_by("wished_on", "id")[:limit])


def wishes_count(branch: Branch) -> int:
    """How many wishes wait, for the menu. One query."""
    return AppointmentWish.objects.filter(branch=branch, state=WishState.OPEN).count()


def of_vehicle(vehicle: Vehicle) -> tuple[list[CallTask], list[Complaint], AppointmentWish | None]:
    """The car's open calls, its latest complaints and the wish that waits. One query."""
    calls, complaints, wishes = gather(
        CallTask.objects.filter(vehicle=vehicle, state=CallState.OPEN).order_by("due_on", "id")[:A_FEW],
        Complaint.objects.filter(vehicle=vehicle).order_by("-id")[:A_FEW],
        AppointmentWish.objects.filter(vehicle=vehicle, state=WishState.OPEN),
    )
    return calls, complaints, wishes[0] if wishes else None


def of_order(order: WorkOrder) -> tuple[Survey | None, list[Complaint]]:
    """The marks of a visit and its complaints. One query."""
    found, complaints = gather(
        Survey.objects.filter(order=order), Complaint.objects.filter(order=order).order_by("-id")[:A_FEW]
    )
    return found[0] if found else None, complaints


def wish_of(vehicle: Vehicle) -> AppointmentWish | None:
    """The wish that waits for this car. One query."""
    return AppointmentWish.objects.filter(vehicle=vehicle, state=WishState.OPEN).first()
