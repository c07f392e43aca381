"""The picture in the documentation is the table."""

from reception.management.commands.flow_diagram import FILE, text
from reception.states import ROAD


def test_the_documentation_shows_the_table_as_it_is() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python3 run.py manage flow_diagram --write"


def test_every_move_is_drawn() -> None:
    drawn = text()
    for source, target in ROAD.edges():
        assert f"    {source} --> {target}: " in drawn
