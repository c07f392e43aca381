"""deploy/backup.sh and deploy/restore.sh, run for real: an empty database has every row again."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from onebox.postgres import find_binaries

DEPLOY = Path(settings.BASE_DIR) / "deploy"
#: Rows that a backup must bring back, one of them with what breaks a careless copy.
ROWS = [(1, "王建国 'quoted' \\ \t tab"), (2, None), (3, "")]


@pytest.fixture
def databases() -> Iterator[tuple[str, str]]:
    """A database with rows, and an empty one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    full, empty = f"dms_backup_{worker}", f"dms_restore_{worker}"
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        for name in (full, empty):
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(_address(full)) as rows:
            rows.execute("CREATE TABLE car (id bigint PRIMARY KEY, owner text)")
            rows.cursor().executemany("INSERT INTO car VALUES (%s, %s)", ROWS)
        yield full, empty
        for name in (full, empty):
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _address(database: str) -> str:
    return make_conninfo(settings.MIGRATION_DATABASE_URL, dbname=database)


@pytest.fixture
def run(databases: Any, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run(script, database, state, *arguments)`."""
    given = conninfo_to_dict(settings.MIGRATION_DATABASE_URL)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    login = {name: str(given[key]) for key, name in names.items() if given.get(key)}

    def call(script: str, database: str, state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        place = {"BACKUPS_DIR": str(tmp_path / "backups"), "DMS_STATE_DIR": str(state), "PGDATABASE": database}
        path = f"{find_binaries()}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", DEPLOY / script, *arguments], env=os.environ | login | place | {"PATH": path}, text=True,
            capture_output=True,
        )  # fmt: skip

    (tmp_path / "backups").mkdir()
    return call


@pytest.fixture
def backup(databases: Any, run: Any, tmp_path: Path) -> Path:
    """A finished backup of the rows and of one photo."""
    state = tmp_path / "state"
    (state / "media").mkdir(parents=True)
    (state / "media" / "photo.webp").write_bytes(b"photo")
    (state / "static").mkdir()
    (state / "static" / "app.css").write_text("made again by the release")
    done = run("backup.sh", databases[0], state)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def rows_of(database: str) -> list[Any]:
    with psycopg.connect(_address(database)) as connection:
        return connection.execute("SELECT id, owner FROM car ORDER BY id").fetchall()


def test_every_row_and_photo_comes_back(databases: Any, run: Any, backup: Path, tmp_path: Path) -> None:
    _full, empty = databases
    state = tmp_path / "new machine"
    state.mkdir()
    done = run("restore.sh", empty, state, backup.name)
    assert (done.returncode, done.stdout) == (0, f"restored {backup.name}\n"), done.stderr
    assert rows_of(empty) == ROWS
    assert sorted(file.name for file in state.rglob("*") if file.is_file()) == ["photo.webp"]


def test_a_database_with_tables_is_left_alone(databases: Any, run: Any, backup: Path, tmp_path: Path) -> None:
    full, _empty = databases
    done = run("restore.sh", full, tmp_path / "state", backup.name)
    assert (done.returncode, done.stderr) == (
        1, f"The database {full} is not empty, so nothing was changed. Restore into an empty one.\n",
    )  # fmt: skip
    assert rows_of(full) == ROWS


def test_a_damaged_backup_is_refused(databases: Any, run: Any, backup: Path, tmp_path: Path) -> None:
    dump = backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1])
    done = run("restore.sh", databases[1], tmp_path / "state", backup.name)
    assert done.returncode != 0
    assert "database.dump" in done.stdout + done.stderr


def test_a_backup_that_fails_is_not_taken_for_one(databases: Any, run: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    done = run("backup.sh", "no_such_database", state)
    assert done.returncode != 0
    assert [folder.name for folder in (tmp_path / "backups").iterdir() if not folder.name.startswith(".")] == []
