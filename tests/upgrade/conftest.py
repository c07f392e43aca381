"""A database that was filled at a release and migrated to today's, beside the test database."""

from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple

import environ
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from dms.management.commands.migrate import additions_render_one_model

HERE = Path(__file__).parent
#: The releases, oldest first. Each is written once and never again.
RELEASES = sorted(HERE.glob("*.zip"), key=lambda file: [int(part) for part in file.stem.split(".")])


@pytest.fixture(scope="session")
def release_data() -> Any:
    """The module that saves and loads the rows of a release."""
    spec = util.spec_from_file_location("release_data", HERE / "release_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Upgraded(NamedTuple):
    """The release, and how many rows each table had before the migrations and after them."""

    file: Path
    before: dict[str, int]
    after: dict[str, int]


def _connect(credentials: dict[str, Any], database: str) -> None:
    connection.close()
    chosen = {name: credentials[name] for name in ("USER", "PASSWORD")}
    connection.settings_dict.update(chosen, NAME=database)


def _again(database: str) -> None:
    name = sql.Identifier(database)
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _counts(tables: dict[str, int]) -> dict[str, int]:
    present = set(connection.introspection.table_names())
    counts = {}
    with connection.cursor() as cursor:
        for table in tables:
            if table in present:
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                counts[table] = cursor.fetchone()[0]
    return counts


def _upgrade(file: Path, release_data: Any) -> Upgraded:
    with connection.cursor() as cursor:
        for extension in ("btree_gist", "pg_trgm"):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    with additions_render_one_model():
        MigrationExecutor(connection).migrate(release_data.leaves_of(file))
    with transaction.atomic():
        before = release_data.load(file)
    call_command("migrate", "--no-input", verbosity=0)
    call_command("grant_roles", verbosity=0)
    return Upgraded(file, before, _counts(before))


@pytest.fixture(scope="module", params=RELEASES, ids=lambda file: file.stem)
def upgraded(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any, release_data: Any
) -> Iterator[Upgraded]:
    """The upgraded database; the tests of the module are connected to it as the application's role."""
    app = dict(connection.settings_dict)
    owner = environ.Env.db_url_config(settings.MIGRATION_DATABASE_URL) if settings.MIGRATION_DATABASE_URL else app
    database = f"{app['NAME']}_upgrade"
    with django_db_blocker.unblock():
        try:
            _connect(owner, database)
            _again(database)
            done = _upgrade(request.param, release_data)
            _connect(app, database)
            yield done
        finally:
            _connect(owner, app["NAME"])
            with connection._nodb_cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
            _connect(app, app["NAME"])
