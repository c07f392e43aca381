"""Columns and abstract rows that every app uses."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language

#: Digits of the largest bigint, less one: what is longer is no row of ours.
LONGEST_NUMBER = 18


def number_of(text: str) -> int | None:
    """An id or a version as it stands in an address or a form; None for whatever is no such number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def uuid_of(text: str) -> UUID | None:
    """A key that a browser made; None for whatever is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # not generic at run time
    """numeric(12, 2) in the branch's currency."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_digits=12, decimal_places=2)
        super().__init__(*args, **kwargs)


class QuantityField(models.DecimalField):  # type: ignore[type-arg]  # not generic at run time
    """numeric(10, 2): hours, pieces or litres."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_digits=10, decimal_places=2)
        super().__init__(*args, **kwargs)


class RateField(models.DecimalField):  # type: ignore[type-arg]  # not generic at run time
    """numeric(5, 4): a fraction, 0.1300 is 13 %."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_digits=5, decimal_places=4)
        super().__init__(*args, **kwargs)


class Row(models.Model):
    """Every table knows when a row came."""

    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Versioned(Row):
    """A row that people edit: the version a form was opened with must still stand when it is saved."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


M = TypeVar("M", bound=models.Model)


def locked(rows: models.QuerySet[M], *, of: Sequence[str] = ("self",), referred: bool = False) -> models.QuerySet[M]:
    """`rows` with row locks; with `referred`, others may still point to them meanwhile.

    The test-only LOCKS_OFF flag exists so that a race test can fail without them.
    """
    return rows if settings.LOCKS_OFF else rows.select_for_update(of=of, no_key=referred)


def acted(*stems: str) -> list[models.CheckConstraint]:
    """Constraints that bind each `<stem>_at` to its `<stem>_by`: both or none."""
    return [
        models.CheckConstraint(
            name=f"%(app_label)s_%(class)s_{stem}_paired",
            condition=models.Q(**{f"{stem}_at__isnull": True, f"{stem}_by__isnull": True})
            | models.Q(**{f"{stem}_at__isnull": False, f"{stem}_by__isnull": False}),
        )
        for stem in stems
    ]


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """A constraint that keeps a text column within its choices."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_known", condition=models.Q(**{f"{field}__in": sorted(choices.values)})
    )


def not_negative(*names: str) -> list[models.CheckConstraint]:
    """Constraints that keep number columns at zero or above. NaN is refused too: it sorts above every number."""
    return [
        models.CheckConstraint(
            name=f"%(app_label)s_%(class)s_{name}_min", condition=models.Q(**{f"{name}__gte": 0, f"{name}__lt": 10**10})
        )
        for name in names
    ]


def person(related_name: str = "+", *, null: bool = True) -> Any:
    """A user who acted. Nobody who acted can be deleted."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, blank=null, related_name=related_name)


class Bilingual(models.Model):
    """`name` as the shop writes it, `name_en` for English screens and papers; `label` picks by the active language."""

    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name
