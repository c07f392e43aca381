"""The stale-save check of rows that people edit."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise

from dms.errors import Stale
from dms.fields import Versioned


def _shown(row: Versioned, name: str, value: object) -> str:
    """A value as a person knows it: the label of a choice, not its key."""
    choices = dict(row._meta.get_field(name).flatchoices)  # type: ignore[union-attr]  # noqa: SLF001  # Django documents _meta
    return str(choices.get(value, "" if value is None else value))


def check_version(row: Versioned, version: int, values: Mapping[str, Any], labels: Mapping[str, str | Promise]) -> None:
    """Raises `Stale` with (theirs, yours) of every differing field unless `row` still has `version`."""
    if row.version == version:
        return
    differing = {name: (getattr(row, name), mine) for name, mine in values.items() if getattr(row, name) != mine}
    raise Stale(
        {
            str(labels[name]): (_shown(row, name, theirs), _shown(row, name, mine))
            for name, (theirs, mine) in differing.items()
        }
    )


def apply(row: Versioned, values: Mapping[str, Any]) -> None:
    """Set the values, count the version up and save just that."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version"])
