"""Messages for due services, packages and warranties that end: one each, while the car is not here."""

from datetime import date, timedelta
from typing import Any

from django.db import connection
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
from retention.due_messages import DUE, PACKAGE, WARRANTY
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


#: The maker's general warranty of a car by its narrowest term that has months: the model's, the brand's, every brand's.
#: What has run out by its kilometres has ended already.
_WARRANTIES = """
    SELECT v.id, v.plate, o.customer_id, e.ends_on, t.km
    FROM customers_vehicle v
    JOIN customers_ownership o ON o.vehicle_id = v.id AND o.kind = 'owner' AND o.to_on IS NULL
    LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
    CROSS JOIN LATERAL (
        SELECT w.months, w.km FROM catalog_warrantyterm w
        WHERE w.kind = 'vehicle' AND w.category IS NULL AND w.ended_at IS NULL
          AND (w.model_id = v.model_id OR w.brand_id = m.brand_id OR (w.model_id IS NULL AND w.brand_id IS NULL))
        ORDER BY w.model_id IS NULL, w.brand_id IS NULL LIMIT 1
    ) t
    CROSS JOIN LATERAL (
        SELECT (v.warranty_start_on + make_interval(months => t.months::int))::date AS ends_on
    ) e
    WHERE v.branch_id = %(branch)s AND v.merged_into_id IS NULL AND e.ends_on BETWEEN %(today)s AND %(until)s
      AND (t.km IS NULL OR v.last_odometer IS NULL OR v.last_odometer <= t.km)
      AND NOT EXISTS (
          SELECT 1 FROM reception_workorder w WHERE w.vehicle_id = v.id AND w.state = ANY(%(in_shop)s)
      )
    ORDER BY v.id
"""


@one_act
def announce_warranties(branch: Branch, today: date) -> int:
    """Plan a message for each car whose maker's warranty ends within the rule `warranty.lead_days`; how many were new.

    Another owner, or another end after the term was changed, is another message.
    """
    days = int(rule(branch, "warranty.lead_days", today))
    values: dict[str, Any] = {
        "branch": branch.pk, "today": today, "until": today + timedelta(days=days), "in_shop": list(OPEN_STATES),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WARRANTIES, values)
        found = cursor.fetchall()
    rows: list[PlanRow] = [
        (owner, car, f"warranty:{car}:{owner}:{ends_on}", {"plate": plate, "ends": _end(ends_on, km)}, today)
        for car, plate, owner, ends_on, km in found
    ]
    return plan_many(WARRANTY, branch, rows) if rows else 0


def _end(day: date, km: int | None) -> str:
    return f"{day.isoformat()} / {km} km" if km else day.isoformat()
