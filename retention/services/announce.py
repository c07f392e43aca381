"""Messages for due services: one for each open reminder whose car is not here and has not lapsed."""

from datetime import date
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Branch
from customers.models import Message
from customers.services.outbox import PlanRow, plan_many
from customers.states import OwnershipKind
from dms.act import one_act
from reception.models import WorkOrder
from reception.states import OPEN_STATES
from retention.due_messages import DUE
from retention.models import LapseCase, Reminder
from retention.states import LapseState, ReminderState

_COLUMNS = (
    "key", "vehicle", "vehicle__plate", "vehicle__ownerships__customer", "vehicle__ownerships__customer__language",
    "rule__name", "rule__name_en", "due_on",
)  # fmt: skip


def _unannounced(branch: Branch) -> QuerySet[Reminder, Any]:
    """Open reminders without a message; a lapsed car's owner is called instead. Their cars' present owners."""
    rows = Reminder.objects.annotate(key=Concat(Value("reminder:"), Cast("pk", CharField())))
    return rows.filter(
        ~Exists(Message.objects.filter(kind=DUE, subject_key=OuterRef("key"))),
        ~Exists(LapseCase.objects.filter(vehicle=OuterRef("vehicle"), state=LapseState.OPEN)),
        ~Exists(WorkOrder.objects.filter(vehicle=OuterRef("vehicle"), state__in=OPEN_STATES)),
        vehicle__branch=branch,
        state=ReminderState.OPEN,
        vehicle__ownerships__kind=OwnershipKind.OWNER,
        vehicle__ownerships__to_on__isnull=True,
    ).order_by("pk")


def _planned(row: tuple[Any, ...], today: date) -> PlanRow:
    key, car, plate, owner, language, name, name_en, due_on = row
    service = name_en if language == "en" and name_en else name
    return owner, car, key, {"plate": plate, "service": service, "due": due_on.isoformat()}, today


@one_act
def announce_due(branch: Branch, today: date) -> int:
    """Plan a message for each open reminder that has none; how many were new. Two statements for each 5,000.

    Whether one is sent is judged at its time: consent, window, caps, and whether the service is still due.
    """
    rows = [_planned(row, today) for row in _unannounced(branch).values_list(*_COLUMNS)]
    return plan_many(DUE, branch, rows) if rows else 0
