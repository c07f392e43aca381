"""The picture in the documentation is the table."""

import xml.etree.ElementTree as ET

from django.utils import translation

from reception.management.commands.flow_diagram import FILE, PICTURE, text
from reception.management.road_picture import picture
from reception.states import ROAD, State


def test_the_documentation_shows_the_table_as_it_is() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python3 run.py manage flow_diagram --write"


def test_every_move_is_drawn() -> None:
    drawn = text()
    for source, target in ROAD.edges():
        assert f"    {source} --> {target}: " in drawn


def test_the_picture_is_the_table_too() -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(), "run: python3 run.py manage flow_diagram --write"
    words = [node.text for node in ET.fromstring(picture()).iter() if node.tag.endswith("text")]  # noqa: S314 - our own
    with translation.override("en"):
        assert sorted(words) == sorted(
            [str(state.label) for state in State] + [str(move.verb) for move in ROAD.transitions for _ in move.sources]
        )
