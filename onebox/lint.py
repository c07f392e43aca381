"""`run.py lint`: everything that is checked without running the product."""

import secrets
import subprocess
import sys
from pathlib import Path

from onebox import home, services
from onebox.home import ROOT
from onebox.manage import command_line, environment_for
from onebox.progress import say

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def tool(name: str) -> str:
    """A program that came in a wheel."""
    return str(Path(sys.executable).parent / name)


def checks() -> dict[str, list[str]]:
    """What is checked and the command for it."""
    return {
        "style": [sys.executable, "-m", "ruff", "check", "."],
        "format": [sys.executable, "-m", "ruff", "format", "--check", "."],
        "types": [sys.executable, "-m", "mypy"],
        "imports": [sys.executable, "-c", LINT_IMPORTS],
        "migrations": command_line("makemigrations", "--check", "--dry-run"),
        "translations": command_line("messages", "--check"),
        "documentation": [sys.executable, "-m", "onebox", "docs"],
        "compose file": [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        "image": [tool("hadolint"), "Dockerfile"],
        "shell scripts": [tool("shellcheck"), ".ci/run", *sorted(map(str, (ROOT / "deploy").glob("*.sh")))],
        "production settings": command_line("check", "--deploy", "--fail-level", "WARNING"),
    }


def production(environment: dict[str, str]) -> dict[str, str]:
    """The environment as a server behind TLS has it."""
    rest = {name: value for name, value in environment.items() if name not in ("DEBUG", "DMS_DEMO")}
    return rest | {"BEHIND_TLS": "1", "SECRET_KEY": secrets.token_urlsafe(60)}


def lint(_arguments: list[str]) -> int:
    """Runs every check, also after a failed one; 1 when any failed."""
    failed = []
    with services.shared(home.serving()) as running:
        environment = running.environment()
        for name, command in checks().items():
            chosen = production(environment) if name == "production settings" else environment
            if name == "migrations":
                chosen = environment_for(["makemigrations"], environment)
            if subprocess.run(command, env=chosen, cwd=ROOT).returncode != 0:
                failed.append(name)
            say(f"{name}: {'FAILED' if name in failed else 'good'}")
    say(f"failed: {', '.join(failed)}" if failed else "all checks are good")
    return 1 if failed else 0
