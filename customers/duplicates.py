"""Customers and cars that may stand here twice, and the merges that were made. Reads only."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.merge_states import Twin
from customers.models import Customer, MergeRun, Ownership, Vehicle
from customers.states import OwnershipKind

MOST, RECENT = 50, 20
WHY: dict[str, str | Promise] = {
    "phone": _("the same phone number"),
    "name": _("the same name and the same end of the plate"),
    "vin": _("the VINs differ only in O and 0, I and 1, Q and 0"),
    "plate": _("the plates differ only in O and 0, I and 1"),
    "owner": _("one owner, and the same end of the plate or of the VIN"),
}
_APART = "NOT EXISTS (SELECT FROM customers_notsame n WHERE n.what = '{what}' AND n.first = a.id AND n.second = b.id)"
_PEOPLE = f"""
    WITH people AS (
        SELECT id, name, phone FROM customers_customer WHERE branch_id = %(branch)s AND merged_into_id IS NULL
    ),
    owned AS (
        SELECT DISTINCT p.id, p.name, right(v.plate, 5) AS tail FROM people p
        JOIN customers_ownership o ON o.customer_id = p.id JOIN customers_vehicle v ON v.id = o.vehicle_id
        WHERE length(v.plate) >= 5
    ),
    pairs AS (
        (SELECT a.id AS first, b.id AS second, 'phone' AS why FROM people a
            JOIN people b ON b.phone = a.phone AND b.id > a.id
            WHERE a.phone <> '' AND {_APART.format(what="customer")} LIMIT {MOST})
        UNION ALL
        (SELECT a.id, b.id, 'name' FROM owned a JOIN owned b ON b.name = a.name AND b.tail = a.tail AND b.id > a.id
            WHERE {_APART.format(what="customer")} LIMIT {MOST})
    )
    SELECT DISTINCT ON (first, second) first, second, why FROM pairs ORDER BY first, second, why DESC LIMIT {MOST}
"""  # noqa: S608  # constants
_CARS = f"""
    WITH cars AS (
        SELECT v.id, translate(v.vin, 'OQI', '001') AS vin, translate(v.plate, 'OI', '01') AS plate,
            right(v.plate, 5) AS plate_tail, v.vin_tail
        FROM customers_vehicle v WHERE v.branch_id = %(branch)s AND v.merged_into_id IS NULL
    ),
    owned AS (
        SELECT c.*, o.customer_id AS owner FROM cars c JOIN customers_ownership o ON o.vehicle_id = c.id
        WHERE o.kind = 'owner' AND o.to_on IS NULL
    ),
    pairs AS (
        (SELECT a.id AS first, b.id AS second, 'vin' AS why FROM cars a JOIN cars b ON b.vin = a.vin AND b.id > a.id
            WHERE length(a.vin) >= 6 AND {_APART.format(what="vehicle")} LIMIT {MOST})
        UNION ALL
        (SELECT a.id, b.id, 'plate' FROM cars a JOIN cars b ON b.plate = a.plate AND b.id > a.id
            WHERE a.plate <> '' AND {_APART.format(what="vehicle")} LIMIT {MOST})
        UNION ALL
        (SELECT a.id, b.id, 'owner' FROM owned a JOIN owned b ON b.owner = a.owner AND b.id > a.id
            WHERE (length(a.plate_tail) = 5 AND a.plate_tail = b.plate_tail
                OR length(a.vin_tail) = 6 AND a.vin_tail = b.vin_tail)
            AND {_APART.format(what="vehicle")} LIMIT {MOST})
    )
    SELECT DISTINCT ON (first, second) first, second, why FROM pairs ORDER BY first, second, why DESC LIMIT {MOST}
"""  # noqa: S608  # constants


@dataclass(frozen=True, slots=True)
class Side:
    """One of two that look alike: the row, and whose it is or which cars it has."""

    row: Any
    beside: list[Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that may be one, and why."""

    what: str
    why: str | Promise
    first: Side
    second: Side


def pairs(branch: Branch) -> list[Pair]:
    """Those that look alike and of which nobody has said that they are two. Six queries."""
    return [*_pairs(branch, Twin.CUSTOMER, _PEOPLE), *_pairs(branch, Twin.VEHICLE, _CARS)]


def _pairs(branch: Branch, what: str, statement: str) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"branch": branch.pk})
        found = cursor.fetchall()
    known = sides(what, {one for first, second, _why in found for one in (first, second)})
    return [Pair(what, WHY[why], known[first], known[second]) for first, second, why in found]


def sides(what: str, ids: set[int]) -> dict[int, Side]:
    """Rows with what tells them apart. Two queries."""
    if what == Twin.CUSTOMER:
        rows: dict[int, Any] = Customer.objects.select_related("branch").in_bulk(ids)
        owned = Ownership.objects.filter(customer__in=ids, to_on__isnull=True).select_related("vehicle")
        beside: list[tuple[int, Any]] = [(one.customer_id, one.vehicle) for one in owned.order_by("pk")]
    else:
        rows = Vehicle.objects.select_related("model__brand").in_bulk(ids)
        owned = Ownership.objects.filter(vehicle__in=ids, to_on__isnull=True, kind=OwnershipKind.OWNER)
        beside = [(one.vehicle_id, one.customer) for one in owned.select_related("customer").order_by("pk")]
    return {key: Side(row, [one for owner, one in beside if owner == key]) for key, row in rows.items()}


def merges_after(branch: Branch, after: int | None, size: int) -> list[MergeRun]:
    """Merges, the newest first, those before the id `after`. One query."""
    rows = MergeRun.objects.filter(branch=branch, **({"pk__lt": after} if after is not None else {}))
    return list(rows.defer("moved", "left").order_by("-pk")[:size])


def merges(branch: Branch) -> list[MergeRun]:
    """The latest merges. One query."""
    return list(MergeRun.objects.filter(branch=branch).select_related("merged_by").order_by("-pk")[:RECENT])
