"""Tables that may be taken out. Each app registers its own; a person gets the columns that they may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from accounts.models import Branch
from accounts.policies import Actor
from dms.clock import local

#: Rows that are read at once: by key, so that no transaction is open while somebody's slow line takes the file.
BLOCK = 2_000
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, where it stands (`vehicle__plate`), and the permission without which it is left out.

    `words` makes a text of what is no single value, as of a list that was frozen.
    """

    label: str | Promise
    path: str
    needs: str = ""
    words: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: who may take it out, its columns, and the rows of a branch."""

    key: str
    label: str | Promise
    permission: str
    columns: tuple[Column, ...]
    rows: Callable[[Branch], QuerySet[Any]]
    order: int = 50


_tables: dict[str, Table] = {}


def register(*tables: Table) -> None:
    """Add tables; the same key twice is once."""
    _tables.update({table.key: table for table in tables})


def known(key: str) -> bool:
    """Whether there is a table of that key, for whomever."""
    return key in _tables


def tables_for(actor: Actor) -> list[Table]:
    """The tables that this person may take out, in their order."""
    return sorted((table for table in _tables.values() if actor.can(table.permission)), key=lambda one: one.order)


def table_for(actor: Actor, key: str) -> Table | None:
    """A table that this person may take out."""
    return next((table for table in tables_for(actor) if table.key == key), None)


def columns_for(actor: Actor, table: Table) -> list[Column]:
    """The columns that this person may see."""
    return [column for column in table.columns if not column.needs or actor.can(column.needs)]


def rows_for(actor: Actor, table: Table) -> Iterator[list[Any]]:
    """The heading, then every row of the branch, oldest first; texts, numbers, dates and local times."""
    columns = columns_for(actor, table)
    yield [str(column.label) for column in columns]
    query = table.rows(actor.branch)
    words = [_choices(query.model, column.path) for column in columns]
    paths = list(dict.fromkeys(column.path for column in columns))  # one place may give several columns
    after = 0
    while block := list(_after(query, after, paths)):
        for key, *values in block:
            after = key
            found = dict(zip(paths, values, strict=True))
            yield [
                column.words(found[column.path])
                if column.words is not None
                else _shown(actor.branch, found[column.path], known)
                for column, known in zip(columns, words, strict=True)
            ]


def _after(query: QuerySet[Any], after: int, paths: Sequence[str]) -> QuerySet[Any]:
    return query.filter(pk__gt=after).order_by("pk").values_list("pk", *paths)[:BLOCK]


def field_of(model: type[Model], path: str) -> Any:
    """The field at the end of a path; None for an annotation."""
    here: Any = model
    field: Any = None
    for name in path.split("__"):
        try:
            field = here._meta.get_field(name)  # noqa: SLF001  # public for models
        except FieldDoesNotExist:
            return None
        here = field.related_model
    return field


def _choices(model: type[Model], path: str) -> dict[Any, str]:
    """The words of a column with choices; nothing for others."""
    field = field_of(model, path)
    return {value: str(words) for value, words in getattr(field, "flatchoices", None) or ()}


def _shown(branch: Branch, value: Any, words: dict[Any, str]) -> Any:
    if isinstance(value, datetime):
        return local(branch, value).replace(tzinfo=None, second=0, microsecond=0)
    if value is None:
        return ""
    return words.get(value, value)


def safe(cell: Any) -> Any:
    """For CSV: a text that a spreadsheet would count as a formula gets an apostrophe; a phone (+86…) stays."""
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, str) or not cell.startswith(_RISKY):
        return cell
    return cell if cell[:1] == "+" and cell[1:].isdigit() else f"'{cell}"
