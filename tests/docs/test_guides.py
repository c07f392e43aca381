"""The documentation says what is there: labels, pictures, one guide a role and language, and paths that exist."""

import re
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

from accounts.roles import Role

ROOT = Path(settings.BASE_DIR)
BOOKS = {"en": ROOT / "docs" / "guide", "zh": ROOT / "docs" / "zh" / "guide"}
#: Bold words that end so begin a paragraph; all other bold words stand on the screen.
ENDS = ".。：:?？"


def guides(language: str) -> list[Path]:
    return sorted(file for file in BOOKS[language].glob("*.md") if file.name != "index.md")


def words(language: str) -> set[str]:
    """Everything that the screen can say."""
    found: set[str] = {"简体中文"}
    for file in (ROOT / "locale").glob("*/zh_Hans/LC_MESSAGES/django.po"):
        with file.open("rb") as catalogue:
            messages = [one for one in read_po(catalogue) if one.id and isinstance(one.id, str)]
        found |= {str(one.id if language == "en" else one.string) for one in messages}
    return found


def pictures() -> set[str]:
    spec = util.spec_from_file_location("pictures", ROOT / "tests" / "e2e" / "test_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(module.PICTURES)


@pytest.mark.parametrize("language", BOOKS)
def test_every_role_has_a_guide(language: str) -> None:
    assert {file.stem for file in guides(language)} == {*Role.values, "everybody", "customer"}


@pytest.mark.parametrize("language", BOOKS)
def test_bold_words_stand_on_the_screen(language: str) -> None:
    known = words(language)
    said = [
        (file.name, bold)
        for file in guides(language)
        for bold in re.findall(r"\*\*(.+?)\*\*", file.read_text(encoding="utf-8"))
        if bold[-1] not in ENDS
    ]
    assert len(said) > 80
    assert [one for one in said if one[1] not in known] == []


@pytest.mark.parametrize("language", BOOKS)
def test_pictures_are_those_that_the_browser_makes(language: str) -> None:
    shown = {
        name
        for file in guides(language)
        for name in re.findall(r"\]\(\.\./pictures/([\w-]+)\.webp\)", file.read_text(encoding="utf-8"))
    }
    there = {file.stem for file in (BOOKS[language].parent / "pictures").glob("*.webp")}
    assert shown == there == pictures(), "DMS_PICTURES=1 python3 run.py test tests/e2e/test_pictures.py"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_paths_in_the_first_pages_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:docs|tests|requirements|deploy|locale|static|templates)/[\w./-]+)`", text)
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [path for path in [*named, *linked] if not (ROOT / path).exists()] == []
