"""What came of a campaign. Every number counts rows of one queryset, and the list behind it is the same queryset."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    CharField,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate

from accounts.models import Branch
from customers.models import Message
from customers.states import MessageState
from delivery.models import Settlement
from delivery.states import SettlementKind, SettlementState
from dms.clock import branch_day
from dms.money import ZERO
from reception.models import Appointment, WorkOrder
from reception.states import State
from retention.models import AppointmentWish, CallTry, Campaign, CampaignMember
from retention.states import REACHED, CallKind, Outcome
from retention.uplift import Group, Uplift, uplift

PAGE = 30
#: The provider has taken it; whether it arrived is not always told.
SENT = (MessageState.SENT, MessageState.DELIVERED, MessageState.EXPIRED)
#: Visits that were none.
NO_VISIT = (State.CANCELLED, State.DECLINED, State.LEFT)
#: name of a list -> which members stand in it
STAGES: dict[str, Q] = {
    "drawn": Q(),
    "contacted": Q(held_out=False, wave_on__isnull=False),
    "reached": Q(held_out=False, reached=True),
    "booked": Q(held_out=False, booked=True),
    "came": Q(held_out=False, came=True),
    "held_out": Q(held_out=True, wave_on__isnull=False),
    "held_booked": Q(held_out=True, booked=True),
    "held_came": Q(held_out=True, came=True),
    "waiting": Q(wave_on__isnull=True),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two groups: members whose turn has come, how far they went, and what their visits were billed at.

    `revenue` is gross, in the branch's currency, of visits within the window; `ripe` have their whole window behind.
    """

    of: int
    ripe: int
    reached: int
    booked: int
    came: int
    revenue: Decimal

    @property
    def share(self) -> float:
        """Of those whose turn has come, how many came: 0 to 1."""
        return self.came / self.of if self.of else 0.0

    @property
    def each(self) -> Decimal:
        """Revenue for each member, whether they came or not."""
        return self.revenue / self.of if self.of else ZERO


@dataclass(frozen=True, slots=True)
class Result:
    """Both groups, and the difference that the campaign made; None while there is nothing to compare."""

    contacted: Side
    held_out: Side
    waiting: int
    uplift: Uplift | None

    @property
    def mature(self) -> bool:
        """Whether every window is over, so that the figures will not change any more."""
        both = self.contacted, self.held_out
        return not self.waiting and all(side.ripe == side.of for side in both)


def campaigns_of(branch: Branch, before: int | None = None, size: int = PAGE) -> tuple[list[Campaign], int | None]:
    """The branch's campaigns, the latest first, and the id before which the next ones come. One query."""
    mine = Campaign.objects.filter(branch=branch).select_related("started_by").order_by("-id")
    rows: QuerySet[Campaign, Any] = mine.annotate(waiting=Count("members", filter=Q(members__wave_on__isnull=True)))
    found: list[Campaign] = list((rows.filter(pk__lt=before) if before else rows)[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def _of_visits(rows: QuerySet[Any, Any], campaign: Campaign, order: str = "") -> QuerySet[Any, Any]:
    """Rows of the member's visits from its wave to the end of its window, whichever car was brought.

    `order` is the way from a row to its order: "" for orders themselves, "order__" for bills.
    """
    rows = rows.filter(**{f"{order}owner": OuterRef("customer"), f"{order}branch": campaign.branch})
    rows = rows.exclude(**{f"{order}state__in": NO_VISIT})
    dated = rows.alias(day=TruncDate(f"{order}arrived_at", tzinfo=ZoneInfo(campaign.branch.zone)))
    found: QuerySet[Any, Any] = dated.filter(day__gte=OuterRef("wave_on"), day__lte=OuterRef("window_to"))
    return found


def members(campaign: Campaign) -> QuerySet[CampaignMember]:
    """Members with `reached`, `booked`, `came` and `revenue` (gross of their visits within the window)."""
    window = timedelta(days=campaign.window_days)
    subject = Concat(Value(f"campaign:{campaign.pk}:"), Cast("pk", CharField()))
    rows = CampaignMember.objects.filter(campaign=campaign).alias(
        subject=subject, window_to=ExpressionWrapper(F("wave_on") + window, output_field=DateField())
    )
    sent = Message.objects.filter(kind="campaign", subject_key=OuterRef("subject"), state__in=SENT)
    tries = CallTry.objects.filter(task__kind=CallKind.CAMPAIGN, task__subject_key=OuterRef("subject"))
    wishes = AppointmentWish.objects.filter(customer=OuterRef("customer"))
    wishes = wishes.alias(day=TruncDate("asked_at", tzinfo=ZoneInfo(campaign.branch.zone)))
    wished = wishes.filter(day__gte=OuterRef("wave_on"), day__lte=OuterRef("window_to"))
    times = Appointment.objects.filter(customer=OuterRef("customer"), starts_at__isnull=False)
    times = times.alias(day=TruncDate("created_at", tzinfo=ZoneInfo(campaign.branch.zone)))
    timed = times.filter(day__gte=OuterRef("wave_on"), day__lte=OuterRef("window_to"))
    bills = Settlement.objects.filter(kind=SettlementKind.NORMAL, state=SettlementState.ISSUED)
    billed = (
        _of_visits(bills, campaign, "order__").order_by().values("kind").annotate(total=Sum("gross")).values("total")
    )
    return rows.annotate(
        reached=Exists(sent) | Exists(tries.filter(outcome__in=REACHED)),
        booked=Exists(timed) | Exists(tries.filter(outcome=Outcome.BOOK)) | Exists(wished),
        came=Exists(_of_visits(WorkOrder.objects.all(), campaign)),
        revenue=Coalesce(Subquery(billed), ZERO),
    )


def result_of(campaign: Campaign) -> Result:
    """One query."""
    today = branch_day(campaign.branch)
    ripe = Q(wave_on__lt=today - timedelta(days=campaign.window_days))
    turn = Q(wave_on__isnull=False)
    asked: dict[str, Any] = {}
    for name, side in (("contacted", Q(held_out=False)), ("held_out", Q(held_out=True))):
        asked |= {
            f"{name}_of": Count("pk", filter=side & turn),
            f"{name}_ripe": Count("pk", filter=side & ripe),
            f"{name}_reached": Count("pk", filter=side & Q(reached=True)),
            f"{name}_booked": Count("pk", filter=side & Q(booked=True)),
            f"{name}_came": Count("pk", filter=side & Q(came=True)),
            f"{name}_revenue": Coalesce(Sum("revenue", filter=side), ZERO),
        }
    found = members(campaign).aggregate(waiting=Count("pk", filter=~turn), **asked)
    contacted, held_out = _side(found, "contacted"), _side(found, "held_out")
    difference = uplift(Group(contacted.came, contacted.of), Group(held_out.came, held_out.of))
    return Result(contacted, held_out, found["waiting"], difference)


def _side(found: dict[str, Decimal | int], name: str) -> Side:
    counts = {what: int(found[f"{name}_{what}"]) for what in ("of", "ripe", "reached", "booked", "came")}
    return Side(**counts, revenue=Decimal(found[f"{name}_revenue"]))


def member_page(
    campaign: Campaign, stage: str, after: int | None = None, size: int = PAGE
) -> tuple[list[CampaignMember], int | None]:
    """Members of a list by their places, and the place after which the next ones come. One query."""
    rows = members(campaign).filter(STAGES[stage]).select_related("vehicle__model__brand", "customer").order_by("place")
    found = list((rows.filter(place__gt=after) if after else rows)[: size + 1])
    return found[:size], found[size - 1].place if len(found) > size else None
