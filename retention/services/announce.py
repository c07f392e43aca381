"""Messages for due services and for packages that end: one each, while the car is not here."""

from datetime import date
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Branch
from customers.models import Message
from customers.services.outbox import PlanRow, plan_many
from customers.states import OwnershipKind
from dms.act import one_act
from reception.models import WorkOrder
from reception.packages import ending
from reception.states import OPEN_STATES
from records.selectors import rule
from retention.due_messages import DUE, PACKAGE
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


_PACKAGE_COLUMNS = (
    "key", "vehicle", "vehicle__plate", "vehicle__ownerships__customer", "vehicle__ownerships__customer__language",
    "name", "name_en", "units_left", "ends_on", "ends_km",
)  # fmt: skip


def _untold(branch: Branch, today: date) -> QuerySet[Any, Any]:
    """Packages that end within the rule `package.lead_days` and of which no message tells; with the present owner."""
    rows = ending(today, int(rule(branch, "package.lead_days", today))).annotate(
        key=Concat(Value("package:"), Cast("pk", CharField()))
    )
    return (
        rows.filter(
            ~Exists(Message.objects.filter(kind=PACKAGE, subject_key=OuterRef("key"))),
            ~Exists(WorkOrder.objects.filter(vehicle=OuterRef("vehicle"), state__in=OPEN_STATES)),
            branch=branch,
            vehicle__ownerships__kind=OwnershipKind.OWNER,
            vehicle__ownerships__to_on__isnull=True,
        )
        .annotate(units_left=Sum(F("units__sold") - F("units__used")))
        .order_by("pk")
    )


def _told(row: tuple[Any, ...], today: date) -> PlanRow:
    key, car, plate, owner, language, name, name_en, left, ends_on, ends_km = row
    label = name_en if language == "en" and name_en else name
    ends = " / ".join(filter(None, (ends_on and ends_on.isoformat(), ends_km and f"{ends_km} km")))
    return owner, car, key, {"plate": plate, "package": label, "left": str(left), "ends": ends}, today


@one_act
def announce_packages(branch: Branch, today: date) -> int:
    """Plan a message for each package that ends soon and has units left, once; how many were new."""
    rows = [_told(row, today) for row in _untold(branch, today).values_list(*_PACKAGE_COLUMNS)]
    return plan_many(PACKAGE, branch, rows) if rows else 0
