"""`run.py manage` and `run.py services`."""

import subprocess
import sys
import time

from onebox import home, services
from onebox.environment import as_owner
from onebox.home import ROOT
from onebox.progress import Trouble, say

#: These define tables or rights and connect with the role that owns them; all others work as the application does.
OWNERS_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "grant_roles", "pgtrigger"})


def command_line(*arguments: str) -> list[str]:
    """Django's command line with this Python."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def environment_for(arguments: list[str], environment: dict[str, str]) -> dict[str, str]:
    """The environment of one management command."""
    return as_owner(environment) if arguments and arguments[0] in OWNERS_COMMANDS else environment


def manage(arguments: list[str]) -> int:
    """Runs one management command with the services up; its exit status."""
    with services.shared(home.serving()) as running:
        environment = environment_for(arguments, running.environment())
        return subprocess.run(command_line(*arguments), env=environment, cwd=ROOT).returncode


def only_services(_arguments: list[str]) -> int:
    """Database and broker until Ctrl-C."""
    with services.alone(home.serving()) as running:
        for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
            say(f"{name}={running.environment()[name]}")
        while True:
            time.sleep(0.5)
            for child in running.children():
                if not child.alive:
                    raise Trouble(f"{child.name} has stopped:\n{child.last_words()}")
