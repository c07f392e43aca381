"""What a manager looks at first: cars and acts that are out of the ordinary, each with its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.models import Message
from customers.states import MessageState
from dms.clock import branch_day, day_bounds, now
from reception.models import ForcedRelease, Line, WorkOrder
from reception.promises import expected_finishes
from reception.states import OPEN_STATES, LineState, Payer, State
from workshop.models import Hold

#: Acts of so many days are shown.
DAYS = 7
#: After so long a hold is a manager's affair.
LONG = timedelta(hours=1)
_READY = (State.READY, State.HANDING_OVER, State.SETTLED)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A kind of exception: its words, and the orders it finds in a branch."""

    key: str
    label: str | Promise
    orders: Callable[[Branch], QuerySet[WorkOrder]]


def _open(branch: Branch) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(branch=branch, state__in=OPEN_STATES)


def _late(branch: Branch) -> QuerySet[WorkOrder]:
    return _open(branch).filter(promised_at__lt=now()).exclude(state__in=_READY)


def _at_risk(branch: Branch) -> QuerySet[WorkOrder]:
    """In time so far, but the work ahead will not let the promise be kept."""
    ends = expected_finishes(branch)
    rows = _open(branch).filter(pk__in=ends, promised_at__gte=now()).values_list("pk", "promised_at")
    return _open(branch).filter(pk__in=[pk for pk, promise in rows if promise and ends[pk] > promise])


def _blocked(branch: Branch) -> QuerySet[WorkOrder]:
    held = Hold.objects.filter(order=OuterRef("pk"), ended_at__isnull=True, began_at__lt=now() - LONG)
    return _open(branch).filter(Exists(held))


def _unsettled(branch: Branch) -> QuerySet[WorkOrder]:
    """Ready since before today, and the slip is not made."""
    today, _next = day_bounds(branch, branch_day(branch))
    ready = Q(washed_at__lt=today) | Q(wash_waived_at__lt=today) | Q(stopped_at__lt=today)
    return _open(branch).filter(ready, state__in=[State.READY, State.HANDING_OVER])


def _overruled(branch: Branch) -> QuerySet[WorkOrder]:
    lines = Line.objects.filter(order=OuterRef("pk"), overruled_at__gte=now() - timedelta(days=DAYS))
    return WorkOrder.objects.filter(Exists(lines), branch=branch)


def _over(branch: Branch) -> QuerySet[WorkOrder]:
    """What the customer is to pay is more than was authorised."""
    sold = Line.objects.filter(
        order=OuterRef("pk"), payer=Payer.CUSTOMER, state__in=[LineState.APPROVED, LineState.DONE]
    )
    amount = sold.order_by().values("order").annotate(sum=Sum("gross")).values("sum")
    rows = _open(branch).filter(authorised_at__isnull=False).alias(sold=Coalesce(amount, F("authorised_amount")))
    return rows.filter(sold__gt=F("authorised_amount"))


def _forced(branch: Branch) -> QuerySet[WorkOrder]:
    forced = ForcedRelease.objects.filter(order=OuterRef("pk"), created_at__gte=now() - timedelta(days=DAYS))
    return WorkOrder.objects.filter(Exists(forced), branch=branch)


EXCEPTIONS: tuple[Exceptional, ...] = (
    Exceptional("late", _("Late now"), _late),
    Exceptional("risk", _("At risk today"), _at_risk),
    Exceptional("blocked", _("On hold for over an hour"), _blocked),
    Exceptional("unsettled", _("Ready since yesterday, not settled"), _unsettled),
    Exceptional("over", _("Above what was authorised"), _over),
    Exceptional("overruled", _("Judgements overruled in 7 days"), _overruled),
    Exceptional("forced", _("Gate opened by force in 7 days"), _forced),
)


def exceptions(branch: Branch) -> list[tuple[Exceptional, int]]:
    """Each kind with its number. One query a kind, and those of the plan."""
    return [(kind, kind.orders(branch).count()) for kind in EXCEPTIONS]


def exceptional_orders(branch: Branch, key: str) -> QuerySet[WorkOrder] | None:
    """The orders of a kind, oldest first; None for a kind that does not exist."""
    found = next((kind for kind in EXCEPTIONS if kind.key == key), None)
    return found.orders(branch).select_related("vehicle", "advisor").order_by("arrived_at", "id") if found else None


def unknown_messages(branch: Branch) -> int:
    """Messages of which nobody knows whether they went out."""
    return Message.objects.filter(branch=branch, state=MessageState.UNKNOWN).count()
