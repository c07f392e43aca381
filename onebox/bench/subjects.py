"""What the measured requests are about: cars, orders and people of one database, looked up past the product."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from onebox.bench.client import Browser
from onebox.bench.data import Database
from onebox.bench.web import elsewhere

PASSWORD = "drive-the-road"  # noqa: S105 - the demo's, printed at every start
#: As many technicians of their own as clients walk cars at once: a technician has one clock.
HANDS = 8
SAMPLE = 24

#: Everything as the technician has it, whatever columns there are by now, under another name.
_PEOPLE = """
    INSERT INTO accounts_user SELECT (jsonb_populate_record(u, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('accounts_user', 'id')),
        'username', 'bench' || n, 'name', 'Bench ' || n
    ))).* FROM accounts_user u CROSS JOIN generate_series(1, %(hands)s) n WHERE username = 'technician'
    ON CONFLICT (username) DO NOTHING;
"""
_MEMBERS = """
    INSERT INTO accounts_membership (created_at, version, user_id, branch_id, roles, active)
    SELECT now(), 1, u.id, b.id, ARRAY['technician'], false
    FROM accounts_user u CROSS JOIN (SELECT id FROM accounts_branch ORDER BY id LIMIT 1) b
    WHERE u.username LIKE 'bench%%' ON CONFLICT (user_id, branch_id) DO NOTHING
"""


@dataclass
class Subjects:
    """Ids and texts; the same ones in every run on the same database."""

    database: Database
    connection: psycopg.Connection[Any]
    cars: list[dict[str, Any]] = field(default_factory=list)

    def all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement."""
        return list(self.connection.execute(statement, values).fetchall())

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row. Raises LookupError when there is none."""
        rows = self.all(statement, *values)
        if not rows:
            raise LookupError(f"nothing found: {statement}")
        return rows[0][0]

    def spread(self, table: str, where: str = "true", count: int = SAMPLE) -> list[int]:
        """Ids evenly over a table."""
        low, high = self.all(f"SELECT min(id), max(id) FROM {table} WHERE {where}")[0]  # noqa: S608
        step = max(1, (high - low) // count)
        found = [
            self.all(f"SELECT id FROM {table} WHERE id >= %s AND {where} ORDER BY id LIMIT 1", low + place * step)  # noqa: S608
            for place in range(count)
        ]
        return [row[0][0] for row in found if row]

    def look_up(self) -> None:
        """Cars over the whole table, with all that somebody may type to find one."""
        statement = """
            SELECT v.id, v.plate, v.vin_tail, c.name, c.phone_tail,
                   (SELECT number FROM reception_workorder w WHERE w.vehicle_id = v.id ORDER BY id DESC LIMIT 1)
            FROM customers_vehicle v JOIN customers_ownership o ON o.vehicle_id = v.id AND o.to_on IS NULL
            JOIN customers_customer c ON c.id = o.customer_id WHERE v.id = ANY(%s) ORDER BY v.id
        """
        names = ("id", "plate", "vin", "name", "phone", "number")
        rows = self.all(statement, self.spread("customers_vehicle", "vin LIKE 'LDMAB2%%'" if self.many else "true"))
        self.cars = [dict(zip(names, row, strict=True)) for row in rows]

    @property
    def many(self) -> bool:
        """Whether there are cars made for benchmarks."""
        return self.database.vehicles > 300

    def away(self, count: int) -> list[int]:
        """Cars that are not in the shop, other ones every time: those that were here longest ago."""
        rows = self.all(
            """
            SELECT v.id FROM customers_vehicle v WHERE v.last_visit_on IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM reception_workorder w WHERE w.vehicle_id = v.id
                AND w.state NOT IN ('released', 'left', 'declined', 'cancelled')
            ) ORDER BY v.last_visit_on, v.id LIMIT %s
            """,
            count,
        )
        return [row[0] for row in rows]

    @contextmanager
    def hands(self) -> Iterator[dict[int, int]]:
        """The clients' own technicians, at work only meanwhile: place of the client -> membership."""
        self.connection.execute(_PEOPLE, {"hands": HANDS})
        self.connection.execute(_MEMBERS)
        switch = (
            "UPDATE accounts_membership SET active = %s "
            "WHERE user_id IN (SELECT id FROM accounts_user WHERE username LIKE 'bench%%')"
        )
        self.connection.execute(switch, [True])
        try:
            rows = self.all(
                "SELECT u.username, m.id FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id "
                "WHERE u.username LIKE 'bench%%'"
            )
            yield {int(name.removeprefix("bench")) - 1: member for name, member in rows}
        finally:
            self.connection.execute(switch, [False])


@dataclass
class People:
    """Signed-in browsers: one sign-in a person, any number of connections."""

    port: int
    known: dict[str, Browser] = field(default_factory=dict)

    def clients(self, name: str, count: int = 1, port: int | None = None) -> list[Browser]:
        """Connections of one signed-in person."""
        if name not in self.known:
            browser = Browser(self.port)
            browser.sign_in(name, PASSWORD)
            self.known[name] = browser
        return [elsewhere(self.known[name], port or self.port) for _each in range(count)]
