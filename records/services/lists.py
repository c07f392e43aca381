"""Saved lists: kept, changed, ended, taken out. Each belongs to the person who made it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Forbidden, Invalid, Stale
from dms.fields import locked
from records.conditions import Condition, read, where
from records.exports import Table, table_for
from records.models import SavedList
from records.reports import PDF, is_report, report_for
from records.services.export import CSV, PERMISSION, XLSX, keep_taken
from records.states import Rhythm

LONGEST_NAME = 60


@one_act
def keep_list(
    *, actor: Actor, table: str, name: str, form: str, rhythm: str, conditions: Sequence[Condition],
    list_id: int = 0, version: int = 0,
) -> SavedList:  # fmt: skip
    """A new list, or a change of one's own. Raises `Forbidden`, `Invalid` with the field as its code, `Stale`."""
    check_may(actor, PERMISSION)
    row = _own(actor, list_id) if list_id else SavedList(branch=actor.branch, owner=actor.person, table=table)
    if list_id and row.version != version:
        raise _stale(row, name, form, rhythm, conditions)
    row.version += bool(list_id)
    before = row.rhythm
    row.name, row.form, row.rhythm = _named(name), _formed(actor, row.table, form), _mailed(actor, rhythm)
    row.conditions = [one.kept() for one in conditions]
    _check_conditions(actor, row, conditions)
    if row.pk is None or before != row.rhythm:
        row.rhythm_from = branch_day(actor.branch)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(_("You already have a list of this name."), "name") from None
    return row


def _own(actor: Actor, list_id: int) -> SavedList:
    rows = SavedList.objects.filter(branch=actor.branch, owner=actor.person, ended_at=None)
    row = locked(rows).filter(pk=list_id).first()
    if row is None:
        raise Forbidden(_("This is not a list of yours."))
    return row


def _stale(row: SavedList, name: str, form: str, rhythm: str, conditions: Sequence[Condition]) -> Stale:
    """Its owner in another window: what stands there beside what was typed here."""
    theirs = (row.name, row.form.upper(), str(Rhythm(row.rhythm).label), _words(read(row.conditions)))
    shown = str(Rhythm(rhythm).label) if rhythm in Rhythm.values else rhythm
    mine = (name, form.upper(), shown, _words(conditions))
    labels = (_("Name of the list"), _("File"), _("By mail to me"), _("Conditions"))
    pairs = zip(labels, theirs, mine, strict=True)
    return Stale({label: (old, new) for label, old, new in pairs if old != new})


def _words(conditions: Sequence[Condition]) -> str:
    return "; ".join(f"{one.path} {one.how} {one.value}".strip() for one in conditions)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(_("Give the list a name of at most %(most)d characters.") % {"most": LONGEST_NAME}, "name")
    return name


def _formed(actor: Actor, key: str, form: str) -> str:
    if is_report(key):
        if report_for(actor, key) is None:
            raise Forbidden(_("Your role does not include this report."))
        return PDF
    if table_for(actor, key) is None:
        raise Forbidden(_("Your role does not include this table."))
    if form not in (CSV, XLSX):
        raise Invalid(_("Choose CSV or XLSX."), "form")
    return form


def _mailed(actor: Actor, rhythm: str) -> str:
    if rhythm not in Rhythm.values:
        raise Invalid(_("Choose when it is mailed."), "rhythm")
    if rhythm and not actor.person.email:
        raise Invalid(_("You have no e-mail address here. Your administrator enters it under People."), "rhythm")
    return rhythm


def _check_conditions(actor: Actor, row: SavedList, conditions: Sequence[Condition]) -> None:
    table = table_for(actor, row.table)
    if table is not None:
        where(actor, table, conditions)
    elif conditions:
        raise Invalid(_("A report has no conditions."), "conditions")


@one_act
def end_list(*, actor: Actor, list_id: int) -> None:
    """Gone from the page and mailed no more; what was mailed stays on record. Raises `Forbidden`."""
    row = _own(actor, list_id)
    row.ended_at = now()
    row.save()


def narrowed(actor: Actor, row: SavedList) -> Table:
    """The list's table with the rows that it asks for. Raises `Forbidden` and `Invalid` for what is theirs no more."""
    table = table_for(actor, row.table)
    if table is None:
        raise Forbidden(_("Your role does not include this table."))
    asked = where(actor, table, read(row.conditions))
    return replace(table, label=row.name, rows=lambda branch: table.rows(branch).filter(asked))


@one_act
def take_list(*, actor: Actor, row: SavedList) -> Table:
    """Keep who takes it out. Raises as `narrowed`, and `Invalid` for more rows than a workbook should have."""
    check_may(actor, PERMISSION)
    if is_report(row.table):
        raise Invalid(_("A report comes by mail."))
    table = narrowed(actor, row)
    keep_taken(actor, table, row.form, {"list": row.pk, "conditions": row.conditions})
    return table


def slot_of(rhythm: str, today: date) -> date | None:
    """The latest day up to today on which a list of that rhythm is mailed."""
    if rhythm == Rhythm.DAY:
        return today
    if rhythm == Rhythm.WEEK:
        return date.fromordinal(today.toordinal() - today.weekday())
    return today.replace(day=1) if rhythm == Rhythm.MONTH else None
