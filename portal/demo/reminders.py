"""Reminders of services that were done within the last year: without them nobody would ever have come back."""

from datetime import date
from typing import Any

from django.db import connection, transaction

from accounts.models import Branch
from customers.services.forecast import add_months

_OPEN = """
    INSERT INTO retention_reminder (vehicle_id, rule_id, cycle, due_on, state)
    SELECT f.vehicle_id, f.rule_id, f.cycle, f.due_on, 'open'
    FROM customers_dueforecast f JOIN customers_vehicle v ON v.id = f.vehicle_id
    WHERE v.branch_id = %(branch)s AND f.closed_at >= %(since)s ORDER BY f.id
    ON CONFLICT DO NOTHING
"""
_CLOSE = """
    UPDATE retention_reminder SET state = 'closed', closed_at = f.closed_at, closed_why = 'done', closed_order_id = w.id
    FROM customers_dueforecast f JOIN reception_workorder w
      ON w.vehicle_id = f.vehicle_id AND w.released_at = f.closed_at
    WHERE retention_reminder.vehicle_id = f.vehicle_id AND retention_reminder.rule_id = f.rule_id
      AND retention_reminder.cycle = f.cycle AND retention_reminder.state = 'open' AND w.branch_id = %(branch)s
"""


@transaction.atomic
def remind_of_the_past(branch: Branch, today: date) -> None:
    """As the nights of a year would have made them, and each visit closed them."""
    values: dict[str, Any] = {"branch": branch.pk, "since": add_months(today, -12)}
    with connection.cursor() as cursor:
        for statement in (_OPEN, _CLOSE):
            cursor.execute(statement, values)
