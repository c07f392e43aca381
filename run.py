#!/usr/bin/env python3
"""Sets DMS-lite up on this machine and starts it: `python3 run.py --help`.

Standard library only, because on a bare machine nothing else is there. It makes `.venv`, installs the locked
packages into it and hands over to the package `onebox`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
COMMANDS = ("serve", "test", "lint", "docs", "manage", "bench", "chaos", "services")
GROUPS = {
    "test": ["base", "embedded", "plan", "dev", "browser"],
    "bench": ["base", "embedded", "plan", "dev", "browser"],
    "lint": ["base", "embedded", "plan", "dev"],
    "docs": ["dev"],
}
DEFAULT_GROUPS = ["base", "embedded", "plan"]
STARTED = time.time()
HELP = """python3 run.py [command]

  (no command)     set everything up, start it, print the address and the demo logins; Ctrl-C stops all of it
  test [args]      set up what the tests need and run them; the arguments go to pytest
                   --require-browser  fail when there is no browser for the end-to-end tests
  lint             style, types, imports, migrations, translations, documentation, containers, production settings
  docs             the documentation as pages, in English and Chinese, below var/docs
  manage [args]    Django's manage.py, with the database and the broker running
  bench [args]     measure what everything costs: one JSON line a thing; --quick in two minutes, --help for more
  chaos [args]     kill workers and empty Redis while messages are sent, and count them; --cycles, --messages, --help
  services         only the database and the broker, until Ctrl-C

  PORT=8001        another port          HOST=0.0.0.0     another address to listen on
  DATABASE_URL=…   an own PostgreSQL     REDIS_URL=…      an own Redis: nothing is started for it
"""


def say(text: str) -> None:
    """Prints one line of progress with the seconds since the start."""
    print(f"[{time.time() - STARTED:5.1f} s] {text}", flush=True)


def give_up(text: str) -> "None":
    """Says what is missing and which command would install it, and leaves with 2."""
    print(text, file=sys.stderr)
    sys.exit(2)


def debian_install(packages: list[str]) -> bool:
    """Installs Debian packages as root; false where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"installing {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL)
    return done.returncode == 0


def has_ensurepip() -> bool:
    """Debian splits `ensurepip` off: `venv` is there and cannot work."""
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


def make_venv() -> None:
    """Makes `.venv`; an installed uv needs no ensurepip for it."""
    if PYTHON.exists():
        return
    say("making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not has_ensurepip():
        if shutil.which("uv"):
            subprocess.run(
                ["uv", "venv", "-q", "--python", sys.executable, str(VENV)], check=True, env=uv_environment()
            )
            return
        if not (debian_install(["python3-venv"]) and has_ensurepip()) and not debian_install([version]):
            give_up(f"Python's venv module is missing. Install it and start again:  apt-get install -y {version}")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def uv_environment() -> dict[str, str]:
    """Uv with this machine's certificates and Python, and with the index that pip is told to use."""
    environment = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    if PYTHON.exists() and not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
        for line in listed.splitlines():  # uv does not read pip.conf, and a company's index often stands only there
            name, _, value = line.partition("=")
            if name.endswith(".index-url"):
                environment["UV_DEFAULT_INDEX"] = value.strip().strip("'")
    return environment


def pip_install(files: list[Path]) -> bool:
    """Pip with the machine's own configuration; a second try trusts the system's certificates (older pips do not)."""
    command = [str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "--disable-pip-version-check"]
    command += [part for file in files for part in ("-r", str(file))]
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    for extra in ({}, {"PIP_CERT": str(bundle)} if bundle.exists() else None):
        if extra is not None and subprocess.run(command, env=os.environ | extra).returncode == 0:
            return True
    return False


def find_uv() -> "str | None":
    """The machine's uv, or the pinned one, put into `.venv` by pip."""
    if shutil.which("uv"):
        return shutil.which("uv")
    own = VENV / "bin" / "uv"
    if not own.exists() and not pip_install([ROOT / "requirements" / "uv.txt"]):
        return None
    return str(own)


def install(groups: list[str]) -> None:
    """Installs the locked packages of the groups, unless exactly these locks are installed already."""
    files = [ROOT / "requirements" / f"{group}.txt" for group in groups]
    wanted = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    installed = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if wanted.items() <= installed.items():
        return
    uv = find_uv()
    say(f"installing the locked packages: {', '.join(groups)}")
    arguments = [part for file in files for part in ("-r", str(file))]
    command = ["pip", "install", "-q", "--require-hashes", "--python", str(PYTHON), *arguments]
    if not uv or subprocess.run([uv, *command], env=uv_environment()).returncode != 0:
        say("uv could not; pip takes about half a minute")
        if not pip_install(files):
            give_up(
                "The locked packages could not be installed. Is the package index reachable? Try:  pip download pip"
            )
    STAMP.write_text(json.dumps(installed | wanted))


def main(arguments: list[str]) -> None:
    """Prepares `.venv` for the command and becomes `python -m onebox`."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may read
        give_up(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try:  apt-get install -y python3.11"
        )
    command = arguments[0] if arguments else "serve"
    if command in ("-h", "--help", "help") or command not in COMMANDS:
        print(HELP)
        sys.exit(0 if command in ("-h", "--help", "help") else 2)
    if command == "bench":  # stdout belongs to the measured lines
        sys.stdout = sys.stderr
    os.chdir(ROOT)
    make_venv()
    # Its money tests are pytest's.
    needs = "test" if command == "chaos" and "--money" in arguments else command
    install(GROUPS.get(needs, DEFAULT_GROUPS))
    environment = os.environ | {"ONEBOX_STARTED": str(STARTED)}
    os.execve(PYTHON, [str(PYTHON), "-m", "onebox", command, *arguments[1:]], environment)  # noqa: S606 - becoming the process is the point


if __name__ == "__main__":
    main(sys.argv[1:])
