"""`manage.py flow_diagram`: the road of a work order as a picture and in Mermaid, drawn from its table."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from reception.management.road_picture import picture
from reception.states import REQUIRED, ROAD, State

FILE = Path(settings.BASE_DIR) / "docs" / "state-machine.md"
PICTURE = FILE.with_suffix(".svg")
HEAD = """# The road of a work order

Written by `python3 run.py manage flow_diagram --write` from `reception/states.py`; a test compares them. The database
refuses every other move (triggers of the same table), and every state without the facts that prove it.

![The road of a work order](state-machine.svg)

"""


def diagram() -> str:
    """The states and moves in Mermaid; the words are the buttons' English ones."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {ROAD.initial}"]
    with translation.override("en"):
        lines += [f"    {state.value}: {state.label}" for state in State]
        for move in ROAD.transitions:
            lines += [f"    {source} --> {move.target}: {move.verb}" for source in move.sources]
    lines += [f"    {end} --> [*]" for end in (State.RELEASED, State.LEFT)]
    return "\n".join([*lines, "```"])


def tables() -> str:
    """Who may make which move, and which facts a state needs."""
    moves = ["| move | permission | writes | clears |", "|---|---|---|---|"]
    moves += [
        f"| `{move.action}` | `{move.permission}` | {', '.join(move.proof)} | {', '.join(move.clears)} |"
        for move in ROAD.transitions
    ]
    proofs = ["| one of these facts | in these states |", "|---|---|"]
    proofs += [f"| {' or '.join(facts)} | {', '.join(states)} |" for facts, states in REQUIRED]
    return "\n".join([*moves, "", *proofs])


def text() -> str:
    """The whole page of the documentation."""
    return f"{HEAD}{diagram()}\n\n{tables()}\n"


class Command(BaseCommand):
    """The command itself; works without a database."""

    help = "Prints the road of a work order as Mermaid; --write updates the documentation and its picture."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Arguments."""
        parser.add_argument("--write", action="store_true", help=f"write {FILE.relative_to(settings.BASE_DIR)}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or write."""
        if options["write"]:
            FILE.write_text(text(), encoding="utf-8")
            PICTURE.write_text(picture(), encoding="utf-8")
        else:
            self.stdout.write(text())
