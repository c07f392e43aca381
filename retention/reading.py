"""The schema `reading`: views for spreadsheets and BI tools that want SQL.

docs/admin/reading.md ends with `as_markdown()`. Views keep their names and columns while the tables behind them change.
No name, phone, plate, VIN or free text of a customer is in them; staff are named, since figures are by advisor and
technician. `manage.py migrate` takes the views away when tables change, and makes them anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connections, transaction
from psycopg import sql

SCHEMA = "reading"
#: A role of this name, made by the database's administrator, may read the views and nothing else.
READER = "dms_reader"


@dataclass(frozen=True, slots=True)
class View:
    """A view: what a row is, its columns as (name, SQL, what it says), and where the rows come from."""

    name: str
    row: str
    columns: tuple[tuple[str, str, str], ...]
    source: str

    @property
    def statement(self) -> str:
        """The SELECT of the view."""
        return f"SELECT {', '.join(f'{code} AS {name}' for name, code, _says in self.columns)} FROM {self.source}"  # noqa: S608  # our own text


_ORDER_PEOPLE = (
    ("branch_id", "o.branch_id", "branches.branch_id"),
    ("vehicle_id", "o.vehicle_id", "vehicles.vehicle_id"),
    ("customer_id", "o.owner_id", "customers.customer_id of the owner at that time"),
    ("advisor_id", "o.advisor_id", "staff.staff_id"),
)

VIEWS: tuple[View, ...] = (
    View(
        "branches",
        "a dealership",
        (
            ("branch_id", "id", "key"),
            ("code", "code", "short code"),
            ("name", "name", "Chinese name"),
            ("name_en", "name_en", "English name"),
            ("zone", "zone", "time zone, IANA"),
            ("currency", "currency", "ISO 4217; every amount of the branch is in it"),
        ),
        "accounts_branch",
    ),
    View(
        "staff",
        "a person who works or worked in a branch",
        (
            ("staff_id", "m.user_id", "key, with branch_id"),
            ("branch_id", "m.branch_id", "branches.branch_id"),
            ("name", "u.name", "name on the screen"),
            ("roles", "m.roles", "list of roles"),
            ("team", "t.name", "team, if any"),
            ("active", "m.active AND u.is_active", "whether they can sign in"),
        ),
        "accounts_membership m JOIN accounts_user u ON u.id = m.user_id LEFT JOIN accounts_team t ON t.id = m.team_id",
    ),
    View(
        "customers",
        "a customer; merged ones are left out",
        (
            ("customer_id", "id", "key"),
            ("branch_id", "branch_id", "branches.branch_id"),
            ("kind", "kind", "person or company"),
            ("language", "language", "language of messages"),
            ("since", "created_at", "when first known, UTC"),
        ),
        "customers_customer WHERE merged_into_id IS NULL",
    ),
    View(
        "vehicles",
        "a car; merged ones are left out",
        (
            ("vehicle_id", "v.id", "key"),
            ("branch_id", "v.branch_id", "branches.branch_id"),
            ("brand", "b.name", "brand, Chinese"),
            ("brand_en", "b.name_en", "brand, English"),
            ("model", "d.name", "model, Chinese"),
            ("model_en", "d.name_en", "model, English"),
            ("energy", "d.energy", "petrol, electric …"),
            ("year", "v.year", "model year"),
            ("warranty_start_on", "v.warranty_start_on", "first day of the maker's warranty"),
            ("last_visit_on", "v.last_visit_on", "day of the last visit"),
            ("last_km", "v.last_odometer", "km at the last reading"),
            ("km_per_day", "v.km_per_day", "forecast's pace"),
            ("next_due_on", "v.next_due_on", "forecast of the next service"),
            ("next_due_km", "v.next_due_km", "km at which it is due"),
        ),
        "customers_vehicle v LEFT JOIN catalog_vehiclemodel d ON d.id = v.model_id "
        "LEFT JOIN catalog_brand b ON b.id = d.brand_id WHERE v.merged_into_id IS NULL",
    ),
    View(
        "orders",
        "a work order",
        (
            ("order_id", "o.id", "key"),
            ("number", "o.number", "number on the paper"),
            *_ORDER_PEOPLE,
            ("state", "o.state", "stage of the road"),
            ("visit_type", "o.visit_type", "why the car came"),
            ("repair_class", "o.repair_class", "class of the repair"),
            ("km", "o.odometer_in", "km at arrival"),
            ("arrived_at", "o.arrived_at", "UTC"),
            ("first_promised_at", "o.first_promised_at", "first promise, UTC"),
            ("promised_at", "o.promised_at", "promise that holds, UTC"),
            ("settled_at", "o.settled_at", "UTC"),
            ("released_at", "o.released_at", "through the gate, UTC"),
            ("cancelled_at", "o.cancelled_at", "UTC"),
        ),
        "reception_workorder o",
    ),
    View(
        "lines",
        "a line of a work order, whatever became of it",
        (
            ("line_id", "l.id", "key"),
            ("order_id", "l.order_id", "orders.order_id"),
            ("kind", "l.kind", "labour, part …"),
            ("state", "l.state", "draft, offered, approved, declined …"),
            ("code", "l.code", "operation or part number"),
            ("name", "l.name", "Chinese"),
            ("name_en", "l.name_en", "English"),
            ("quantity", "l.quantity", "pieces or hours"),
            ("standard_hours", "l.standard_hours", "hours of labour"),
            ("unit_price", "l.unit_price", "as on the estimate"),
            ("unit_cost", "l.unit_cost", "cost of a part"),
            ("net", "l.net", "without tax, after the discount"),
            ("tax", "l.tax", "tax"),
            ("gross", "l.gross", "net + tax"),
            ("payer", "l.payer", "who pays"),
            ("extra", "l.extra", "found during the work"),
        ),
        "reception_line l",
    ),
    View(
        "appointments",
        "an appointment",
        (
            ("appointment_id", "id", "key"),
            ("branch_id", "branch_id", "branches.branch_id"),
            ("vehicle_id", "vehicle_id", "vehicles.vehicle_id, if known"),
            ("order_id", "order_id", "orders.order_id, if the car came"),
            ("state", "state", "booked, arrived, missed …"),
            ("source", "source", "desk, phone, page …"),
            ("kind", "kind", "why"),
            ("hours", "hours", "hours held in the workshop"),
            ("starts_at", "starts_at", "UTC"),
            ("booked_at", "created_at", "UTC"),
        ),
        "reception_appointment",
    ),
    View(
        "settlements",
        "a settlement or the reversal of one",
        (
            ("settlement_id", "id", "key"),
            ("order_id", "order_id", "orders.order_id"),
            ("number", "number", "on the paper"),
            ("kind", "kind", "settlement or reversal"),
            ("net", "net", "without tax"),
            ("tax", "tax", "tax"),
            ("gross", "gross", "net + tax; negative in a reversal"),
            ("issued_at", "issued_at", "UTC"),
        ),
        "delivery_settlement",
    ),
    View(
        "receivables",
        "a payer's part of a settlement",
        (
            ("receivable_id", "id", "key"),
            ("settlement_id", "settlement_id", "settlements.settlement_id"),
            ("payer", "payer", "customer, manufacturer, insurer …"),
            ("net", "net", "without tax"),
            ("tax", "tax", "tax"),
            ("gross", "gross", "net + tax"),
            ("state", "state", "open, paid …"),
            ("due_on", "due_on", "for bills on credit"),
        ),
        "delivery_receivable",
    ),
    View(
        "payments",
        "money that came or went",
        (
            ("payment_id", "id", "key"),
            ("receivable_id", "receivable_id", "receivables.receivable_id"),
            ("kind", "kind", "payment or refund"),
            ("method", "method", "cash, card, scan …"),
            ("amount", "amount", "in the branch's currency"),
            ("received_at", "received_at", "UTC"),
        ),
        "delivery_payment",
    ),
    View(
        "jobs",
        "a job in the workshop",
        (
            ("job_id", "id", "key"),
            ("order_id", "order_id", "orders.order_id"),
            ("line_id", "line_id", "lines.line_id"),
            ("technician_id", "technician_id", "staff.staff_id"),
            ("state", "state", "planned, working, done …"),
            ("standard_hours", "standard_hours", "hours of the catalogue"),
            ("sold_hours", "sold_hours", "hours sold"),
        ),
        "workshop_job",
    ),
    View(
        "lapse_cases",
        "a car that stayed away",
        (
            ("case_id", "id", "key"),
            ("vehicle_id", "vehicle_id", "vehicles.vehicle_id"),
            ("kind", "kind", "fixed or predicted"),
            ("opened_on", "opened_on", "day"),
            ("last_visit_on", "last_visit_on", "day"),
            ("state", "state", "open, returned …"),
            ("returned_at", "returned_at", "UTC"),
            ("returned_order_id", "returned_order_id", "orders.order_id"),
        ),
        "retention_lapsecase",
    ),
    View(
        "calls",
        "a call to make or made",
        (
            ("call_id", "id", "key"),
            ("branch_id", "branch_id", "branches.branch_id"),
            ("kind", "kind", "why"),
            ("vehicle_id", "vehicle_id", "vehicles.vehicle_id"),
            ("state", "state", "open, done …"),
            ("due_on", "due_on", "day"),
            ("tries", "tries", "how often tried"),
            ("closed_at", "closed_at", "UTC"),
        ),
        "retention_calltask",
    ),
    View(
        "surveys",
        "a customer's marks after a visit",
        (
            ("survey_id", "id", "key"),
            ("order_id", "order_id", "orders.order_id"),
            ("initiation", "initiation", "1 to 10"),
            ("advisor", "advisor", "1 to 10"),
            ("facility", "facility", "1 to 10"),
            ("pickup", "pickup", "1 to 10"),
            ("quality", "quality", "1 to 10"),
            ("score", "score", "weighed sum, of 1,000"),
            ("answered_at", "answered_at", "UTC"),
        ),
        "retention_survey",
    ),
    View(
        "measures",
        "a sum that the night has rolled up: the key figures are made of these (docs/adr/0037)",
        (
            ("branch_id", "branch_id", "branches.branch_id"),
            ("grain", "grain", "d: a day, m: a month"),
            ("day", '"on"', "the day, or the first of the month, in the branch's zone"),
            ("measure", "measure", "what was added up"),
            ("advisor_id", "advisor_id", "staff.staff_id"),
            ("technician_id", "technician_id", "staff.staff_id"),
            ("brand_id", "brand_id", "key of the brand"),
            ("visit_type", "visit_type", "why the car came"),
            ("value", "value", "the sum"),
        ),
        "retention_measured",
    ),
)


def take_away(using: str) -> None:
    """No views. Does nothing for a role that does not own the tables."""
    if _owns(using):
        with connections[using].cursor() as cursor:
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))


def make(using: str) -> None:
    """All views with their comments, unless they are there as they are written here; the reader may read them."""
    if not _owns(using):
        return
    with transaction.atomic(using), connections[using].cursor() as cursor:
        if not _as_written(cursor):
            cursor.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}").format(sql.Identifier(SCHEMA))
            )
            for view in VIEWS:
                for statement in _statements(view):
                    cursor.execute(statement)
            cursor.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(SCHEMA), sql.Literal(_digest())))
        _grant(cursor)


def _digest() -> str:
    return sha256(repr(VIEWS).encode()).hexdigest()[:16]


def _as_written(cursor: Any) -> bool:
    cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA])
    return bool(cursor.fetchone() == (_digest(),))


def _statements(view: View) -> Iterator[sql.Composable]:
    name = sql.Identifier(SCHEMA, view.name)
    yield sql.SQL("CREATE VIEW {} AS {}").format(name, sql.SQL(view.statement))
    yield sql.SQL("COMMENT ON VIEW {} IS {}").format(name, sql.Literal(f"A row is {view.row}."))
    for column, _code, says in view.columns:
        place = sql.Identifier(SCHEMA, view.name, column)
        yield sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(says))


def _grant(cursor: Any) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER])
    if cursor.fetchone():
        names = {"schema": sql.Identifier(SCHEMA), "role": sql.Identifier(READER)}
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
        cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names))


def _owns(using: str) -> bool:
    """Whether the tables are there, all of them, and belong to this connection's role: a flush in a test is not."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('retention_measured')"
        )
        found = cursor.fetchone()
    return bool(found and found[0])


def as_markdown() -> str:
    """The tables of docs/admin/reading.md."""
    parts = []
    for view in VIEWS:
        lines = [f"### {SCHEMA}.{view.name}", "", f"A row is {view.row}.", "", "| column | says |", "|---|---|"]
        parts.append("\n".join([*lines, *(f"| `{name}` | {says} |" for name, _code, says in view.columns)]))
    return "\n\n".join(parts) + "\n"
