"""Reads for those who call: the next best call, today's list, and everything that one card shows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce

from accounts.models import Branch
from accounts.policies import Actor
from customers.models import Consent, PastVisit
from customers.selectors import earlier_of
from customers.states import Channel
from dms.clock import day_bounds, now
from dms.fields import number_of
from reception.models import Line, WorkOrder
from reception.selectors import Visit, declined_before, visits_of
from retention.models import CallTask, CallTry, Complaint, Survey
from retention.states import CALL_PURPOSE, CLAIM, REACHED, CallKind, CallState, ComplaintState

PAGE = 30
#: Visits and tries on a card.
A_FEW = 3
TRIES = 5
#: No score of ours is higher: the column has 16 digits before its point.
MOST = Decimal(10) ** 16

Cursor = tuple[Decimal, int]
"""Where the next page begins: the score and the id of the last row."""


def _purpose() -> Case:
    """For what a call reaches the customer; '' where it belongs to the contract."""
    whens = [When(kind=kind, then=Value(purpose.value)) for kind, purpose in CALL_PURPOSE.items() if purpose]
    return Case(*whens, default=Value(""), output_field=CharField())


def _willing(rows: QuerySet[CallTask]) -> QuerySet[CallTask]:
    """Without those whose latest word to the phone was no, for that purpose. No word is no objection."""
    words = Consent.objects.filter(
        customer=OuterRef("customer"), channel=Channel.PHONE, purpose=OuterRef("purpose")
    ).order_by("-at", "-pk")
    latest = Coalesce(Subquery(words.values("granted")[:1]), Value(True), output_field=BooleanField())  # noqa: FBT003
    return rows.alias(purpose=_purpose()).alias(willing=latest).filter(willing=True)


def is_willing(task: CallTask) -> bool:
    """Whether the customer has not objected to such a call. One query."""
    return _willing(CallTask.objects.filter(pk=task.pk)).exists()


def open_calls(branch: Branch) -> QuerySet[CallTask]:
    """Calls that are due: what is due later has the score 0."""
    return CallTask.objects.filter(branch=branch, state=CallState.OPEN, score__gt=0)


def callable_now(actor: Actor) -> QuerySet[CallTask]:
    """Due calls that this person may make: not their own cars, not what another is on, nobody who objects.

    From the top of the index `call_open_by_score`, until one suits.
    """
    free = Q(taken_at__isnull=True) | Q(taken_at__lte=now() - CLAIM)
    rows = open_calls(actor.branch)
    if actor.user is not None:
        free |= Q(taken_by=actor.user)
        rows = rows.filter(Q(advisor__isnull=True) | ~Q(advisor=actor.user))
    return _willing(rows.filter(free))


def next_call(actor: Actor) -> CallTask | None:
    """The next best call: value x urgency x chance. One query."""
    return callable_now(actor).order_by("-score", "id").first()


def cursor_of(text: str) -> Cursor | None:
    """`1234.50000000_45` from an address; None for the first page and for anything else."""
    score, _sep, number = text.partition("_")
    found = number_of(number)
    try:
        value = Decimal(score)
    except InvalidOperation:
        return None
    return (value, found) if found is not None and value.is_finite() and 0 <= value < MOST else None


@dataclass(frozen=True, slots=True)
class CallsPage:
    """A page of due calls, the best first, and the cursor of the next one ('' at the end)."""

    rows: list[CallTask]
    after: str


def calls_page(branch: Branch, kind: str = "", after: Cursor | None = None, size: int = PAGE) -> CallsPage:
    """Due calls of the branch, of one kind or all. Five queries: the rows by their index alone, then who they are.

    In one query a planner that knows little of the table joins all of it before it sorts.
    """
    rows = open_calls(branch).order_by("-score", "id")
    if kind in CallKind.values:
        rows = rows.filter(kind=kind)
    if after is not None:
        rows = rows.filter(Q(score=after[0], id__gt=after[1]) | Q(score__lt=after[0]))
    found = list(rows[: size + 1])
    shown = found[:size]
    prefetch_related_objects(shown, "vehicle__model", "customer", "taken_by")
    return CallsPage(shown, f"{shown[-1].score}_{shown[-1].pk}" if len(found) > size else "")


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Calls of today: due by kind, tried, of those reached and not. A call counts once, however often it was tried."""

    due: dict[str, int]
    tried: int
    reached: int

    @property
    def all_due(self) -> int:
        """Due calls of all kinds."""
        return sum(self.due.values())

    @property
    def unreached(self) -> int:
        """Tried today, and nobody was there."""
        return self.tried - self.reached


def calls_made(branch: Branch, today: date, *, reached: bool) -> list[CallTry]:
    """The latest try today of each call in which somebody was reached, or of those in which nobody was. One query."""
    first, end = day_bounds(branch, today)
    rows = CallTry.objects.filter(tried_at__gte=first, tried_at__lt=end, task__branch=branch)
    spoke = rows.filter(task=OuterRef("task"), outcome__in=REACHED)
    rows = rows.filter(Exists(spoke) if reached else ~Exists(spoke)).order_by("task", "-tried_at", "-id")
    people = ("task__vehicle__model", "task__customer", "tried_by")
    return sorted(rows.distinct("task").select_related(*people), key=lambda row: row.tried_at, reverse=True)


def call_totals(branch: Branch, today: date) -> CallTotals:
    """Two queries."""
    due = open_calls(branch).order_by().values_list("kind").annotate(n=Count("id"))
    first, end = day_bounds(branch, today)
    tries = CallTry.objects.filter(tried_at__gte=first, tried_at__lt=end, task__branch=branch)
    found = tries.aggregate(
        tried=Count("task", distinct=True), reached=Count("task", distinct=True, filter=Q(outcome__in=REACHED))
    )
    return CallTotals(dict(due), found["tried"], found["reached"])


@dataclass(frozen=True, slots=True)
class CallCard:
    """A call with what the caller needs to know before the phone rings."""

    task: CallTask
    visits: list[Visit]
    #: Visits from before this system, when there are fewer of ours.
    past: list[PastVisit]
    declined: list[Line]
    tries: list[CallTry]
    complaints: list[Complaint]
    order: WorkOrder | None
    survey: Survey | None
    others: list[CallTask]
    willing: bool


def call_of(task_id: int, branch: Branch) -> CallTask | None:
    """The call when it belongs to the branch. One query."""
    rows = CallTask.objects.filter(branch=branch, pk=task_id)
    return rows.select_related("branch", "vehicle__model__brand", "customer", "advisor", "taken_by").first()


def call_card(task: CallTask) -> CallCard:
    """What stands beside a call. At most nine queries."""
    order = order_of(task)
    tries = CallTry.objects.filter(task__vehicle=task.vehicle_id).select_related("task", "tried_by")
    live = Complaint.objects.filter(vehicle=task.vehicle_id).exclude(state=ComplaintState.CLOSED)
    visits = visits_of(task.vehicle, A_FEW)
    return CallCard(
        task=task,
        visits=visits,
        past=list(earlier_of(task.vehicle, A_FEW - len(visits))) if len(visits) < A_FEW else [],
        declined=declined_before(task.vehicle),
        tries=list(tries.order_by("-id")[:TRIES]),
        complaints=list(live.order_by("-id")[:A_FEW]),
        order=order,
        survey=Survey.objects.filter(order=order).first() if order else None,
        others=list(_other_calls(task)[:A_FEW]),
        willing=is_willing(task),
    )


def _other_calls(task: CallTask) -> QuerySet[CallTask]:
    """What else the same customer is to be called about: one call may do."""
    rows = CallTask.objects.filter(customer=task.customer_id, state=CallState.OPEN, score__gt=0).exclude(pk=task.pk)
    return rows.select_related("vehicle").order_by("-score", "id")


def order_of(task: CallTask) -> WorkOrder | None:
    """The visit that a call is about ("order:17…"); None for other subjects."""
    kind, number, *_rest = [*task.subject_key.split(":"), ""]
    found = number_of(number) if kind == "order" else None
    return (
        WorkOrder.objects.filter(pk=found, branch=task.branch_id).select_related("advisor").first() if found else None
    )
