"""The rows of a release in one zip file: a table a member, as PostgreSQL's COPY writes text, and the migrations it had.

A copy of rows and not a `pg_dump`: it reads into any server version, and the tables are made by the migrations
themselves, which is what the rehearsal is about.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

#: What migrating writes by itself.
NOT_COPIED = frozenset({"django_migrations", "django_content_type", "auth_permission"})
MIGRATIONS = "migrations.json"
#: One date in each member, or the same rows would give another file.
DATE = (2026, 1, 1, 0, 0, 0)


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' ORDER BY attnum",
            [f'"{table}"'],
        )
        return [name for (name,) in cursor.fetchall()]


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier(table), names)


def digests() -> dict[str, str]:
    """SHA-256 (hex) of each of our migrations, by its path in the tree."""
    files = sorted(settings.BASE_DIR.glob("*/migrations/0*.py"))
    return {str(file.relative_to(settings.BASE_DIR)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def save(path: Path) -> int:
    """Write every row of the connected database; the number of tables with rows."""
    executor = MigrationExecutor(connection)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as out:
        leaves = sorted(executor.loader.graph.leaf_nodes())
        out.writestr(zipfile.ZipInfo(MIGRATIONS, DATE), json.dumps({"leaves": leaves, "files": digests()}, indent=1))
        written = 0
        for table in sorted(set(connection.introspection.table_names()) - NOT_COPIED):
            columns = _columns(table)
            with connection.cursor() as cursor, cursor.copy(_copy(table, columns, "TO STDOUT")) as rows:
                text = b"".join(bytes(block) for block in rows)
            if text:
                written += 1
                head = "\t".join(columns).encode() + b"\n"
                out.writestr(zipfile.ZipInfo(f"{table}.tsv", DATE), head + text, zipfile.ZIP_LZMA)
    return written


def leaves_of(path: Path) -> list[tuple[str, str]]:
    """The last migration that each app had when the release was made; of apps that are still there."""
    with zipfile.ZipFile(path) as file:
        leaves = json.loads(file.read(MIGRATIONS))["leaves"]
    return [(app, name) for app, name in leaves if app in apps.app_configs]


def digests_of(path: Path) -> dict[str, str]:
    """SHA-256 of each migration of the release."""
    with zipfile.ZipFile(path) as file:
        return dict(json.loads(file.read(MIGRATIONS))["files"])


def load(path: Path) -> dict[str, int]:
    """Put the rows into the tables of that release, as their owner; rows a table.

    In one transaction of the caller. Triggers of our own are off meanwhile: they let no order begin in its middle.
    """
    rows: dict[str, int] = {}
    with zipfile.ZipFile(path) as file, connection.cursor() as cursor:
        members = {name.removesuffix(".tsv"): name for name in file.namelist() if name.endswith(".tsv")}
        for table in sorted(members.keys() - NOT_COPIED):
            head, _, text = file.read(members[table]).partition(b"\n")
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
            with cursor.copy(_copy(table, head.decode().split("\t"), "FROM STDIN")) as into:
                into.write(text)
            rows[table] = text.count(b"\n")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in rows:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
            _count_on(cursor, table)
    return rows


def _count_on(cursor: Any, table: str) -> None:
    """The table's numbers go on behind the last row."""
    cursor.execute(
        "SELECT attname, pg_get_serial_sequence(%s, attname) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [f'"{table}"', f'"{table}"'],
    )
    for column, sequence in cursor.fetchall():
        if sequence:
            last = sql.SQL("SELECT setval(%s, (SELECT max({}) FROM {}))")
            cursor.execute(last.format(sql.Identifier(column), sql.Identifier(table)), [sequence])
