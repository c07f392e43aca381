"""The databases of the benchmarks: `dms_bench_<vehicles>`, made once and kept.

The database's own comment says for how many cars it is complete, so a half-made one is made anew.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from onebox.environment import as_owner
from onebox.home import ROOT
from onebox.manage import command_line
from onebox.postgres import EXTENSIONS
from onebox.progress import Trouble
from onebox.services import Services

#: The broker's database for benchmarks.
QUEUE = "9"
#: What is counted and printed beside the results.
TABLES = (
    "customers_customer",
    "customers_vehicle",
    "customers_odometerreading",
    "customers_dueforecast",
    "reception_workorder",
    "reception_line",
)


@dataclass(frozen=True)
class Database:
    """One database and how the product's processes reach it."""

    name: str
    vehicles: int
    environment: dict[str, str]

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the role that owns the tables."""
        return psycopg.connect(self.environment["MIGRATION_DATABASE_URL"], autocommit=True)

    def rows(self) -> dict[str, int]:
        """Exact row counts of `TABLES`."""
        with self.owner() as connection:
            return {
                table: int(str(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]))  # noqa: S608
                for table in TABLES
            }


def renamed(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def other_queue(url: str) -> str:
    """The same broker, database `QUEUE`: named by the path, or by the query where the address is a socket."""
    parts = urlsplit(url)
    if parts.scheme in ("unix", "redis+socket"):
        key = "db" if parts.scheme == "unix" else "virtual_host"
        return f"{url.partition('?')[0]}?{key}={QUEUE}"
    return renamed(url, QUEUE)


def _environment(running: Services, name: str) -> dict[str, str]:
    given = running.environment()
    urls = {key: renamed(given[key], name) for key in ("DATABASE_URL", "MIGRATION_DATABASE_URL")}
    # Another queue than that of a server which runs in this folder: its worker would draw from its own database.
    urls |= {key: other_queue(given[key]) for key in ("REDIS_URL", "CELERY_BROKER_URL") if key in given}
    return given | urls | {"DMS_DEMO": "1", "LOG_LEVEL": "WARNING"}


def _admin_url(running: Services) -> str:
    if running.postgres is not None:
        return running.postgres.url("postgres", "postgres")
    return running.environment()["MIGRATION_DATABASE_URL"]


def _django(what: str, *arguments: str, environment: Mapping[str, str]) -> None:
    """One management command; its words go to stderr, since stdout belongs to the results."""
    print(f"  {what}", file=sys.stderr, flush=True)
    done = subprocess.run(command_line(*arguments), env=dict(environment), cwd=ROOT, stdout=sys.stderr)
    if done.returncode != 0:
        raise Trouble(f"{what} failed with {done.returncode}. `--fresh` makes the database anew.")


def complete(admin: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    """Whether the database was finished."""
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return bool(row and row[0] and json.loads(str(row[0])).get("complete"))


def _create(running: Services, admin: psycopg.Connection[tuple[object, ...]], made: Database, owner: str) -> None:
    name = sql.Identifier(made.name)
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(owner)))
    with psycopg.connect(renamed(_admin_url(running), made.name), autocommit=True) as inside:
        for extension in EXTENSIONS:
            inside.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def provide_bare(
    running: Services, name: str, vehicles: int, fill: Callable[..., object], *, fresh: bool = False
) -> Database:
    """A database without the demo, filled by `fill(database, "fill", vehicles)`; kept as the others are."""
    made = Database(name, vehicles, _environment(running, name))
    with psycopg.connect(_admin_url(running), autocommit=True) as admin:
        kept = not fresh and complete(admin, name)
        _tables(running, admin, made, kept=kept)
        if not kept:
            fill(made, "fill", str(vehicles))
            _finished(admin, made)
    return made


def _tables(running: Services, admin: psycopg.Connection[tuple[object, ...]], made: Database, *, kept: bool) -> None:
    """The present schema and its rights, in a new database or in the one that was kept."""
    if not kept:
        _create(running, admin, made, urlsplit(made.environment["MIGRATION_DATABASE_URL"]).username or "postgres")
    _django("tables", "migrate", "--no-input", "-v", "0", environment=as_owner(made.environment))
    _django("rights", "grant_roles", environment=as_owner(made.environment))


def _finished(admin: psycopg.Connection[tuple[object, ...]], made: Database) -> None:
    """Whoever finds this comment may use the database as it is."""
    note = sql.Literal(json.dumps({"complete": True, "vehicles": made.vehicles}))
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(made.name), note))


def provide(running: Services, vehicles: int, *, fresh: bool = False) -> Database:
    """The database with that many cars: kept, brought to this schema, or made. Raises Trouble.

    300 cars are the demo without benchmark cars.
    """
    made = Database(f"dms_bench_{vehicles}", vehicles, _environment(running, f"dms_bench_{vehicles}"))
    with psycopg.connect(_admin_url(running), autocommit=True) as admin:
        kept = not fresh and complete(admin, made.name)
        _tables(running, admin, made, kept=kept)
        if kept:
            with made.owner() as connection:
                connection.execute("ANALYZE")  # what earlier runs wrote, and indexes that are new
        else:
            _django(f"{vehicles:,} cars", "demo", "--vehicles", str(vehicles), environment=made.environment)
            with made.owner() as connection:
                connection.execute("VACUUM (ANALYZE)")  # as autovacuum would have done by the next morning
            _finished(admin, made)
    return made
