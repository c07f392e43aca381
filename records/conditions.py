"""Conditions on the rows of a table that is taken out, as a saved list keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor
from dms.clock import FIRST_YEAR, LAST_YEAR, branch_day, day_bounds
from dms.errors import Invalid
from dms.fields import number_of
from records.exports import Column, Table, columns_for, field_of
from records.states import How

#: Conditions of one list, and days that "in the last days" may reach back.
MOST, LONGEST_DAYS = 4, 3650
_NUMBERS = (models.IntegerField, models.DecimalField)
_ANSWERS = {"yes": True, "no": False}
#: What the value of a condition becomes in a query. A day of an instant is a span of time.
_LOOKUPS = {How.IS: "", How.HAS: "__icontains", How.FROM: "__gte", How.TO: "__lte"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A column by its place, how it is compared, and with what, as it was typed."""

    path: str
    how: str
    value: str = ""

    def kept(self) -> dict[str, str]:
        """For the database."""
        return {"path": self.path, "how": self.how, "value": self.value}


def read(rows: Sequence[Mapping[str, str]]) -> list[Condition]:
    """The conditions of a row of the database."""
    return [Condition(**row) for row in rows]


def askable(actor: Actor, table: Table) -> list[Column]:
    """The columns that may be asked about: those that this person sees, or an answer would tell what they may not."""
    model = table.rows(actor.branch).model
    return [column for column in columns_for(actor, table) if not column.words and field_of(model, column.path)]


def where(actor: Actor, table: Table, conditions: Sequence[Condition]) -> Q:
    """What all the conditions say together. Raises `Invalid`, whose code is the place of the wrong one."""
    columns = {column.path: column for column in askable(actor, table)}
    if len(conditions) > MOST:
        raise Invalid(_("A list has at most %(most)d conditions.") % {"most": MOST})
    model, found = table.rows(actor.branch).model, Q()
    for place, one in enumerate(conditions):
        if one.path not in columns:
            raise Invalid(_("Choose a column of this table."), str(place))
        try:
            found &= _said(actor.branch, one, field_of(model, one.path))
        except Invalid as wrong:
            label = columns[one.path].label
            raise Invalid(f"{label}: {wrong.sentence}", str(place)) from None
    return found


def _said(branch: Branch, one: Condition, field: Any) -> Q:
    if one.how not in How.values:
        raise Invalid(_("Choose how to compare."))
    if one.how in (How.EMPTY, How.FILLED):
        text = isinstance(field, models.CharField | models.TextField)
        empty = Q(**{f"{one.path}__isnull": True}) | (Q(**{one.path: ""}) if text else Q())
        return empty if one.how == How.EMPTY else ~empty
    if not one.value.strip():
        raise Invalid(_("Say with what to compare."))
    if isinstance(field, models.DateField):  # a DateTimeField is one
        return _dated(branch, one, instant=isinstance(field, models.DateTimeField))
    return Q(**{f"{one.path}{_LOOKUPS[_how(one, field)]}": _value(one, field)})


def _how(one: Condition, field: Any) -> How:
    how = How(one.how)
    fits = how is How.IS or (
        how in (How.FROM, How.TO) if isinstance(field, _NUMBERS) else how is How.HAS and _is_text(field)
    )
    if not fits:
        raise Invalid(_("“%(how)s” does not fit this column.") % {"how": how.label})
    return how


def _is_text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField) and not field.choices


def _value(one: Condition, field: Any) -> Any:
    typed = one.value.strip()
    if isinstance(field, models.BooleanField):
        words = {str(_("yes")): True, str(_("no")): False} | _ANSWERS
        if typed.lower() not in words:
            raise Invalid(_("Enter yes or no."))
        return words[typed.lower()]
    if field.choices:
        choices = field.flatchoices
        named = {str(label).lower(): key for key, label in choices} | {str(key): key for key, _label in choices}
        if typed.lower() not in named:
            known = " · ".join(str(label) for _key, label in field.flatchoices)
            raise Invalid(_("Enter one of these: %(known)s.") % {"known": known})
        return named[typed.lower()]
    return _number(typed) if isinstance(field, _NUMBERS) else typed


def _number(typed: str) -> Decimal:
    try:
        number = Decimal(typed.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**12:
        raise Invalid(_("Enter a number."))
    return number


def _dated(branch: Branch, one: Condition, *, instant: bool) -> Q:
    first, last = _span(branch, one)
    if instant:
        bounds: tuple[date | datetime | None, ...] = (
            first and day_bounds(branch, first)[0], last and day_bounds(branch, last)[1],
        )  # fmt: skip
        names = (f"{one.path}__gte", f"{one.path}__lt")
    else:
        bounds, names = (first, last), (f"{one.path}__gte", f"{one.path}__lte")
    return Q(**{name: bound for name, bound in zip(names, bounds, strict=True) if bound is not None})


def _span(branch: Branch, one: Condition) -> tuple[date | None, date | None]:
    """First and last day. "In the last 7 days" ends with today and has seven days."""
    typed, today = one.value.strip(), branch_day(branch)
    if one.how == How.DAYS:
        days = number_of(typed)
        if days is None or not 1 <= days <= LONGEST_DAYS:
            raise Invalid(_("Enter a number of days from 1 to %(most)d.") % {"most": LONGEST_DAYS})
        return today - timedelta(days - 1), today
    day = _day(typed)
    spans = {How.IS: (day, day), How.FROM: (day, None), How.TO: (None, day)}
    if one.how not in spans:
        raise Invalid(_("“%(how)s” does not fit this column.") % {"how": How(one.how).label})
    return spans[How(one.how)]


def _day(typed: str) -> date:
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(_("Enter a day as 2026-11-30."))
    return day
