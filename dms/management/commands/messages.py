"""`manage.py messages`: the catalogues of translations, without gettext's programs.

Without an option it extracts the strings and updates the catalogues; `--compile` makes the `.mo` files; `--check` is
for `run.py lint`. English is the language of the source, so there are catalogues for Chinese only.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

LANGUAGE = "zh_Hans"
#: Written by us and not by Babel: its header has dates, and two branches that both extract would always conflict.
HEADER = f"""msgid ""
msgstr ""
"Language: {LANGUAGE}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""
PLAIN, PLURAL = None, (1, 2)
CONTEXT, CONTEXT_PLURAL = ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: dict[str, Any] = {
    "_": PLAIN,
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": CONTEXT_PLURAL,
    "npgettext_lazy": CONTEXT_PLURAL,
}
#: What is filled in: %(name)s, %s (doubled in templates, where JavaScript fills it in) and {name}.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%?[sd](?![a-z])|\{\w*\}")

Key = tuple[str, str]
"""(context, msgid): what gettext looks a translation up by."""


@dataclass(frozen=True, slots=True)
class Used:
    """A string of the source; `plural` is empty for one without a number."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return self.context, self.text


def key_of(message: Message) -> Key:
    """The key of a catalogue's entry."""
    return message.context or "", message.id[0] if isinstance(message.id, tuple) else str(message.id)


def text_of(message: Message) -> str:
    """The Chinese text, certain or not; Chinese has one plural form."""
    return str(message.string[0] if isinstance(message.string, list | tuple) else message.string or "")


def translation_of(message: Message) -> str:
    """The Chinese text. A fuzzy one does not count, as when compiling."""
    return "" if message.fuzzy else text_of(message)


def strings_in(source: str) -> Iterator[Used]:
    """The strings of a Python source."""
    for _line, found, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        text, plural = (found[0], found[-1]) if isinstance(found, tuple) else (found, "")
        yield Used(text, plural, context or "")


def strings_in_template(source: str, name: str) -> Iterator[Used]:
    """The strings of a template, which Django turns into something near enough to Python."""
    # Its lines keep the template's indentation, at which Python's tokenizer would stumble.
    lines = templatize(source, origin=name).splitlines()
    yield from strings_in("\n".join(line.strip() for line in lines))


def sources(root: Path, app: str, road: list[str]) -> Iterator[Path]:
    """Files whose strings may belong to `app`. What lies in no app's folder of templates belongs to the first app."""
    yield from (file for file in (root / app).rglob("*.py") if "migrations" not in file.parts)
    for file in (root / "templates").rglob("*"):
        folder = file.relative_to(root / "templates").parts[0]
        if file.is_file() and app == (folder if folder in road else road[0]):
            yield file


def used_by(root: Path, app: str, road: list[str]) -> Iterator[Used]:
    """The strings that an app's files use."""
    for file in sorted(sources(root, app, road)):
        text = file.read_text(encoding="utf-8")
        yield from strings_in(text) if file.suffix == ".py" else strings_in_template(text, str(file))


def used_on_the_road(root: Path, road: list[str]) -> dict[str, dict[Key, Used]]:
    """App -> its strings; one that several apps use stands in the first of them."""
    seen: dict[Key, Used] = {}
    by_app: dict[str, dict[Key, Used]] = {}
    for app in road:
        by_app[app] = {}
        for used in used_by(root, app, road):
            first = seen.get(used.key)
            if first is None:
                seen[used.key] = by_app[app][used.key] = used
            elif used.plural and not first.plural:  # gettext needs one entry for both uses
                owner = next(name for name in by_app if used.key in by_app[name])
                seen[used.key] = by_app[owner][used.key] = used
    return by_app


class EveryEntry(Catalog):
    """A catalogue that remembers every entry: Babel merges those of one msgid without a word."""

    def __init__(self) -> None:
        self.entries: list[Message] = []
        super().__init__(locale=LANGUAGE)

    def __setitem__(self, id: Any, message: Message) -> None:  # noqa: A002 - Babel's name
        if message.id:
            self.entries.append(message)
        super().__setitem__(id, message)


def catalogue(root: Path, app: str) -> Path:
    """Where an app's catalogue stands."""
    return root / "locale" / app / LANGUAGE / "LC_MESSAGES" / "django.po"


def entries_of(root: Path, app: str) -> list[Message]:
    """Every entry of an app's catalogue, in its order; none when there is no file."""
    file = catalogue(root, app)
    if not file.exists():
        return []
    read = EveryEntry()
    with file.open("rb") as lines:
        PoFileParser(read, ignore_obsolete=True, abort_invalid=True).parse(lines)
    return read.entries


def best(known: Iterable[Message]) -> dict[Key, Message]:
    """Key -> the first entry with a translation, else one that is empty or fuzzy."""
    found: dict[Key, Message] = {}
    for message in known:
        key = key_of(message)
        if key not in found or (translation_of(message) and not translation_of(found[key])):
            found[key] = message
    return found


def entry(used: Used, known: Message | None) -> Message:
    """The catalogue's entry of a string, with what is known of its translation."""
    text = text_of(known) if known else ""
    return Message(
        (used.text, used.plural) if used.plural else used.text,
        (text,) if used.plural else text,
        flags=known.flags if known and text else (),
        user_comments=known.user_comments if known else (),
        context=used.context or None,
    )


def written(messages: Iterable[Message]) -> str:
    """A catalogue's text: sorted, one line a string, no places of use, so that branches merge easily."""
    made = Catalog(locale=LANGUAGE)
    for message in messages:
        made[message.id] = message
    out = io.BytesIO()
    write_po(out, made, width=0, no_location=True, omit_header=True, sort_output=True)
    body = out.getvalue().decode().strip()
    return f"{HEADER}\n{body}\n" if body else HEADER


def update(root: Path, road: list[str]) -> list[str]:
    """Extracts and writes the catalogues that changed; a line for each. Unused entries go: git still has them."""
    entries = {app: entries_of(root, app) for app in road}
    lines = []
    for app, used in used_on_the_road(root, road).items():
        others = (message for name in road if name != app for message in entries[name])
        known = best([*entries[app], *others])
        text = written(entry(one, known.get(key)) for key, one in used.items())
        file = catalogue(root, app)
        if text != (file.read_text(encoding="utf-8") if file.exists() else HEADER):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            lines.append(f"{app}: {len(used)} strings")
    return lines


def compile_all(root: Path) -> list[Path]:
    """Makes the `.mo` of every catalogue that is newer than its own; those that were made."""
    made = []
    for file in sorted((root / "locale").glob(f"*/{LANGUAGE}/LC_MESSAGES/django.po")):
        target = file.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime > file.stat().st_mtime:
            continue
        with file.open("rb") as lines:
            read = read_po(lines, locale=LANGUAGE, abort_invalid=True)
        half = target.with_suffix(".mo.half")  # a running server never reads half a file
        with half.open("wb") as out:
            write_mo(out, read)
        half.replace(target)
        made.append(target)
    return made


def named(key: Key) -> str:
    """A key for a person."""
    context, text = key
    return f"{text!r} (as {context!r})" if context else repr(text)


def missing(used: Iterable[Used], known: dict[Key, Message]) -> Iterator[str]:
    """Strings without a translation, or whose entry lacks the plural."""
    for one in used:
        message = known.get(one.key)
        if message is None or not translation_of(message):
            yield f"not translated: {named(one.key)}"
        elif one.plural and not isinstance(message.id, tuple):
            yield f"entry without its plural: {named(one.key)}"


def contradictions(entries: Iterable[Message]) -> Iterator[str]:
    """One string with two translations: which one is shown would depend on the order of the apps."""
    texts: dict[Key, set[str]] = {}
    for message in entries:
        if translation_of(message):
            texts.setdefault(key_of(message), set()).add(translation_of(message))
    for key, found in texts.items():
        if len(found) > 1:
            yield f"two translations: {named(key)}: {' / '.join(sorted(found))}"


def misfits(entries: Iterable[Message]) -> Iterator[str]:
    """Translations whose placeholders are not those of the string; with a number, those of the plural."""
    for message in entries:
        source = message.id[-1] if isinstance(message.id, tuple) else str(message.id)
        text = translation_of(message)
        if text and sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(text)):
            yield f"placeholders differ: {named(key_of(message))}: {text}"


def complaints(root: Path, road: list[str]) -> list[str]:
    """Everything that is wrong with the catalogues, a line each, sorted."""
    used = {key: one for strings in used_on_the_road(root, road).values() for key, one in strings.items()}
    entries = [message for app in road for message in entries_of(root, app)]
    unused = {key_of(message) for message in entries} - set(used)
    lines = [*missing(used.values(), best(entries)), *contradictions(entries), *misfits(entries)]
    return sorted({*lines, *(f"no longer used: {named(key)}" for key in unused)})


class Command(BaseCommand):
    """The command itself; works without a database."""

    help = "Extracts the strings into the catalogues, or compiles or checks these."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One of two options, or none."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--compile", action="store_true", help="make the .mo files that are out of date")
        choice.add_argument("--check", action="store_true", help="list what is not translated, unused or contradictory")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Raises CommandError when the check finds something."""
        root, road = Path(settings.BASE_DIR), [Path(place).name for place in settings.LOCALE_PATHS]
        if options["compile"]:
            for file in compile_all(root):
                self.stdout.write(f"compiled {file.relative_to(root)}")
        elif options["check"]:
            found = complaints(root, road)
            for line in found:
                self.stdout.write(line)
            if found:
                raise CommandError(f"{len(found)} faults in the translations. `run.py manage messages` updates them.")
        else:
            for line in update(root, road):
                self.stdout.write(line)
