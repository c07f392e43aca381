"""The two statements of a set-based sweep: hold the cars that seem to qualify, then decide again and write."""

from typing import Any

from django.conf import settings
from django.db import connection


def held_cars(qualifying: str, values: dict[str, Any]) -> list[int]:
    """Ids of the cars that `qualifying` names, each held until the end of the transaction.

    KEY SHARE waits only for who has locked the car to change it (a visit), not for other sweeps or arrivals.
    """
    lock = "" if settings.LOCKS_OFF else "FOR KEY SHARE"
    cars = f"""
        SELECT id FROM customers_vehicle WHERE id IN (SELECT q.vehicle_id FROM ({qualifying}) q) ORDER BY id {lock}
    """  # noqa: S608  # constants
    with connection.cursor() as cursor:
        cursor.execute(cars, values)
        return [row[0] for row in cursor.fetchall()]


def written(statement: str, values: dict[str, Any]) -> int:
    """Rows that a statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
