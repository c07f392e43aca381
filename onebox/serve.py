"""`run.py` without a command: everything up, the address and the logins printed, until Ctrl-C."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from onebox import fakepay, home, native, services, stamp
from onebox.environment import as_owner
from onebox.home import ROOT, Home
from onebox.manage import command_line
from onebox.process import Child, dies_with_parent, start, stop
from onebox.progress import Trouble, say

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only when a person sets HOST to it
READY_PATIENCE = 60.0  # seconds until the first /readyz
MIGRATION_FILES = (
    "*/migrations/**/*.py",
    "*/management/commands/grant_roles.py",
    "dms/settings.py",
    "requirements/base.txt",
)
TRANSLATION_FILES = ("locale/**/*.po",)
STATIC_FILES = ("static/**/*", "dms/settings.py", "requirements/base.txt")


def port_taken(port: int, following: int) -> str:
    """The sentence for a port that another program has."""
    return f"Port {port} is taken by another program. Choose another one:  PORT={following} python3 run.py"


def free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def address() -> tuple[str, int]:
    """Host and port to listen on. Raises Trouble when the port is no number or is taken."""
    host, text = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT={text} is not a port number. Try:  PORT=8001 python3 run.py", 2)
    port = int(text)
    if not free(host, port):
        raise Trouble(port_taken(port, next(p for p in range(port + 1, port + 100) if free(host, p))))
    return host, port


def begin(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Starts one management command beside whatever else is done; it dies with the supervisor."""
    return subprocess.Popen(
        command_line(*arguments), env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, preexec_fn=dies_with_parent(signal.SIGTERM),
    )  # fmt: skip


def end(what: str, running: subprocess.Popen[str]) -> str:
    """Waits for a command and returns its output. Raises Trouble with the end of it when it failed."""
    out, _none = running.communicate()
    if running.returncode != 0:
        last = "\n".join(out.splitlines()[-15:])
        raise Trouble(f"{what} failed:\n{last}")
    say(what)
    return out


def django(what: str, *arguments: str, environment: dict[str, str]) -> str:
    """Runs one management command and returns its output. Raises Trouble with the end of it when it fails."""
    return end(what, begin(*arguments, environment=environment))


class Preparation:
    """The steps between a running database and a running web process; each is skipped when nothing has changed."""

    def __init__(self, running: services.Services) -> None:
        self.home = running.home
        self.environment = running.environment()
        self.postgres = running.postgres

    def all(self) -> None:
        """Tables, grants, translations, demo data; static files beside them, since they take a core and no database."""
        stamps = self.home.state / "stamps"
        static = self._begin_static(stamps / "static")
        if self.postgres is None:  # somebody else's database may have been emptied: never skip
            self._tables()
        else:  # the stamp lies with the data and goes with them
            self._when_changed(self.postgres.data / "onebox-tables", MIGRATION_FILES, self._tables)
        self._when_changed(stamps / "translations", TRANSLATION_FILES, self._translations)
        if self.environment["DMS_DEMO"] == "1" and not self._has_branch():
            django("demo data", "demo", environment=self.environment)
        self._end_static(static)

    def files(self) -> None:
        """Only what lies in files, static files and translations: for whoever brings a database of its own."""
        stamps = self.home.state / "stamps"
        static = self._begin_static(stamps / "static")
        self._when_changed(stamps / "translations", TRANSLATION_FILES, self._translations)
        self._end_static(static)

    @staticmethod
    def _end_static(static: tuple[Path, str, subprocess.Popen[str]] | None) -> None:
        if static:
            mark, value, running = static
            end("static files", running)
            stamp.done(mark, value)

    def _begin_static(self, mark: Path) -> tuple[Path, str, subprocess.Popen[str]] | None:
        value = self._digest(STATIC_FILES)
        if stamp.is_current(mark, value):
            return None
        return mark, value, begin("collectstatic", "--no-input", "--clear", environment=self.environment)

    @staticmethod
    def _digest(patterns: tuple[str, ...]) -> str:
        return stamp.digest([file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()])

    def _when_changed(self, mark: Path, patterns: tuple[str, ...], step: Callable[[], None]) -> None:
        value = self._digest(patterns)
        if not stamp.is_current(mark, value):
            step()
            stamp.done(mark, value)

    def _tables(self) -> None:
        owner = as_owner(self.environment)
        django("tables", "migrate", "--no-input", environment=owner)
        django("rights of the application's role", "grant_roles", environment=owner)

    def _translations(self) -> None:
        django("translations", "messages", "--compile", environment=self.environment)

    def _has_branch(self) -> bool:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute("SELECT 1 FROM accounts_branch LIMIT 1").fetchone() is not None


def commands_of(place: Home, host: str, port: int) -> dict[str, list[str]]:
    """Name -> module and arguments of web, workers and beat, the web first."""
    web = ["granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--no-ws"]
    web += ["--host", host, "--port", str(port), "--workers-kill-timeout", "2", "dms.wsgi:application"]
    celery = ["celery", "-A", "dms.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # there is one worker to talk to
    worker = [*celery, "worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO", *quiet]
    papers = [*worker, "--queues", "papers", "--hostname", "papers@%h"]
    beat = [*celery, "beat", "-s", str(place.state / "beat-schedule"), "--pidfile", "", "--loglevel", "INFO"]
    return {"web": web, "worker": worker, "papers": papers, "beat": beat}


def demo_provider(place: Home) -> dict[str, list[str]]:
    """The demo's own provider of scan-to-pay, which takes no money; none where an account is set, or without a demo."""
    if (os.environ.get("DMS_DEMO") or "1") != "1" or "SCAN_PAY" in os.environ:
        return {}
    folder, port = place.state / "fakepay", next(port for port in range(8700, 8800) if free("127.0.0.1", port))
    fakepay.make_account(folder)
    os.environ["SCAN_PAY"] = fakepay.address(folder, port)
    return {"fakepay": ["onebox.fakepay", str(folder), str(port)]}


def start_process(place: Home, name: str, command: list[str], environment: dict[str, str]) -> Child:
    """Starts one of them; only the web process gets the pool, which prefork workers must not share."""
    chosen = environment | {"DB_POOL": "1"} if name == "web" else environment
    return start(name, [sys.executable, "-m", *command], log=place.logs / f"{name}.log", env=chosen, cwd=ROOT)


def readiness(host: str, port: int) -> tuple[int, str]:
    """Status and text of /readyz; 0 while nobody answers. Asked directly, past any proxy of the environment."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == EVERYWHERE else host, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def check(children: list[Child]) -> None:
    """Raises Trouble with the last lines of the log of a child that has died."""
    for child in children:
        if not child.alive:
            raise Trouble(
                f"{child.name} has stopped ({child.popen.returncode}); the end of {child.log}:\n{child.last_words()}"
            )


def wait_until_ready(children: list[Child], host: str, port: int) -> None:
    """Waits for 200. Raises Trouble when a child dies or a minute has passed."""
    deadline = time.monotonic() + READY_PATIENCE
    status, text = readiness(host, port)
    while status != 200:
        check(children)
        if time.monotonic() > deadline:
            raise Trouble(f"/readyz answers {status or 'nothing'} after {READY_PATIENCE:.0f} s: {text[:500]}")
        time.sleep(0.1)
        status, text = readiness(host, port)


def serve(_arguments: list[str]) -> int:
    """Runs everything until Ctrl-C. Raises Trouble when a process dies."""
    place = home.serving()
    host, port = address()
    native.provide(place)
    provider = demo_provider(place)
    with services.alone(place) as running:
        Preparation(running).all()
        environment = running.environment()
        children: list[Child] = []
        try:
            for name, command in (commands_of(place, host, port) | provider).items():
                children.append(start_process(place, name, command, environment))
                if name == "web":  # the page first: on two cores the others would only delay it
                    logins = django("demo logins", "demo", "--logins", environment=environment)
                    wait_until_ready(children, host, port)
            shown = "localhost" if host in ("127.0.0.1", EVERYWHERE) else host
            say(f"ready:  http://{shown}:{port}/    logs: {place.logs}    Ctrl-C stops it")
            print(logins, flush=True)
            while True:
                check(children + running.children())
                time.sleep(0.3)
        finally:
            stop(children)
            say("stopped")
