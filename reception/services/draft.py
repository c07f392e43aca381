"""The check-in page kept as it is typed: any part may be missing, nothing that was typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import LabourOperation, MaintenanceRule, Part
from dms.act import one_act
from dms.errors import Invalid, Stale
from dms.fields import locked, number_of
from dms.gather import gather
from reception.models import Statement, WorkOrder
from reception.policies import check_unsigned
from reception.services.again import add_again, add_fault, add_rule
from reception.services.arrival import Found, Mark, keep_reading, keep_walk, walk_version
from reception.services.judgement import judge_drafts
from reception.services.lines import adjust, labour_line, order_to_price, part_line
from reception.services.menus import menu_lines
from reception.services.options import set_option
from reception.states import LineState

#: As long as the column.
LONGEST_SINCE = 80


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A draft line as the page has it; quantity in the line's unit."""

    line_id: int
    quantity: Decimal
    payer: str
    coverage: str
    statement_id: int | None
    #: Why somebody else pays than the judgement is sure of.
    reason: str = ""
    #: "1A": one of the alternatives; None: the page does not say.
    option: str | None = None
    #: Money off the line, in the terms of its price; None: the page does not say.
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What the page holds; None is "not entered yet". Odometer in km, fuel in quarters, charge in percent."""

    visit_type: str
    old_parts: str
    wash: bool
    waits: bool
    pay_method: str
    repair_class: str = ""
    odometer: int | None = None
    odometer_reason: str = ""
    fuel_quarters: int | None = None
    charge_percent: int | None = None
    kit: bool = False
    lamps: Sequence[str] = ()
    other_lamps: str = ""
    #: Of which version of the walk-round the page was made (None: not told), and whether that part was changed on it.
    walk_version: int | None = None
    walk_touched: bool = True
    words: Sequence[str] = ()
    #: Since when and how often, line by line as the words; None: the page does not say.
    since: Sequence[str] | None = None
    taken: Sequence[tuple[str, str]] = ()
    marks: Sequence[Mark] = field(default_factory=tuple)
    lines: Sequence[LineDraft] = field(default_factory=tuple)
    promised_at: datetime | None = None

    @property
    def walked(self) -> bool:
        """Whether anything of the walk-round was entered."""
        return bool(
            self.fuel_quarters is not None
            or self.charge_percent is not None
            or self.kit
            or self.lamps
            or self.other_lamps
            or self.taken
            or self.marks
        )


@one_act
def keep(
    *, actor: Actor, order_id: int, draft: Draft, autosaved: bool = False, version: int | None = None
) -> WorkOrder:
    """Write all of the draft or nothing of it; the order's version counts up.

    What saves itself while somebody types may be half a number: the odometer then stays on the order and reaches the
    car's history, which is never changed, only with a save that a person asked for.
    Raises `Stale` when the order is no longer of the `version` that the page shows (the page compares), and what the
    single services raise.
    """
    check_may(actor, "order.receive")
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle__model")).get(pk=order_id)
    check_unsigned(order)
    if version is not None and version != order.version:
        raise Stale({})
    order.version += 1
    order.visit_type, order.old_parts, order.pay_method = draft.visit_type, draft.old_parts, draft.pay_method
    order.wash, order.waits, order.promise_draft_at = draft.wash, draft.waits, draft.promised_at
    order.repair_class = draft.repair_class or order.repair_class
    order.save(
        update_fields=[
            "visit_type", "old_parts", "pay_method", "wash", "waits", "promise_draft_at", "repair_class", "version",
        ]
    )  # fmt: skip
    _keep_odometer(actor, order, draft, autosaved)
    if draft.walked and _walk_is_ours(order, draft):
        found = Found(
            draft.fuel_quarters, draft.charge_percent, draft.kit, draft.marks, draft.taken, draft.other_lamps,
            draft.lamps,
        )  # fmt: skip
        order, _walk = keep_walk(order, found, actor=actor)
    said = _keep_words(order, draft.words, draft.since)
    _keep_lines(actor, order, draft.lines, {row.pk: row for row in said})
    if not autosaved:  # the odometer may be another one, and with it what is still guaranteed
        judge_drafts(order)
    return order


def _walk_is_ours(order: WorkOrder, draft: Draft) -> bool:
    """Whether the page's walk-round is written: not when nothing of it was changed on the page, since somebody may walk
    round the car with a phone meanwhile. Raises `Stale` when both changed it.
    """
    if not draft.walk_touched:
        return False
    if draft.walk_version not in (None, walk_version(order)):
        raise Stale({})
    return True


def _keep_odometer(actor: Actor, order: WorkOrder, draft: Draft, autosaved: bool) -> None:
    if draft.odometer is None:
        return
    if autosaved:
        order.odometer_in = draft.odometer
        order.save(update_fields=["odometer_in"])
    else:
        keep_reading(order, actor=actor, km=draft.odometer, reason=draft.odometer_reason)


def _keep_lines(actor: Actor, order: WorkOrder, lines: Sequence[LineDraft], said: dict[int, Statement]) -> None:
    """Changed drafts only; a line that was removed in another window is left alone."""
    if not lines:
        return
    rows = {row.pk: row for row in order.lines.filter(state=LineState.DRAFT)}
    for wanted in lines:
        row = rows.get(wanted.line_id)
        if row is None:
            continue
        if wanted.option is not None and wanted.option != (
            f"{row.option_group}{row.option_letter}" if row.option_group else ""
        ):
            set_option(actor=actor, line_id=row.pk, option=wanted.option)
        statement = said.get(wanted.statement_id or 0)
        discount = row.discount if wanted.discount is None else wanted.discount
        now = (row.quantity, row.payer, row.coverage, row.statement_id, row.discount)
        if now != (wanted.quantity, wanted.payer, wanted.coverage, statement.pk if statement else None, discount):
            adjust(
                actor=actor, line_id=row.pk, quantity=wanted.quantity, payer=wanted.payer, coverage=wanted.coverage,
                statement=statement, reason=wanted.reason, discount=discount,
            )  # fmt: skip


def _keep_words(order: WorkOrder, words: Sequence[str], since: Sequence[str] | None) -> list[Statement]:
    """Statements in their order: changed in place, so that lines keep theirs; surplus ones without lines go.

    Those that stand then.
    """
    rows = list(order.statements.order_by("id"))
    told = zip_longest(words, [text.strip()[:LONGEST_SINCE] for text in since or ()][: len(words)], fillvalue="")
    said = [(text.strip(), when) for text, when in told if text.strip()]
    for index, (text, when) in enumerate(said):
        if index >= len(rows):
            rows.append(Statement.objects.create(order=order, words=text, since=when))
            continue
        row, kept_when = rows[index], rows[index].since if since is None else when
        if (row.words, row.since) != (text, kept_when):
            row.words, row.since = text, kept_when
            row.save(update_fields=["words", "since"])
    kept = rows[: len(said)]
    for row in rows[len(said) :]:
        if row.lines.exists():
            kept.append(row)
        else:
            row.delete()
    return kept


def _unanswered(rows: Sequence[Any]) -> Statement | None:
    """The statement that new work probably answers: the first without any (`work`), else the last."""
    return next((row for row in rows if not row.work), rows[-1] if rows else None)


@one_act
def add(*, actor: Actor, order_id: int, what: str) -> None:
    """Add what a button of the page names: "rule:7" (a due maintenance), "again:31" (declined before),
    "fault:9" (done before, and it came back), "menu:BY-1" (work with its parts), or a code.

    Raises `Invalid` for what is not in the catalogue.
    """
    kind, _sep, key = what.partition(":")
    order, number = order_to_price(actor, order_id), number_of(key)
    said, parts, jobs = gather(
        order.statements.order_by("id").annotate(work=Count("lines")),
        Part.objects.filter(code=what)[:1],
        LabourOperation.objects.filter(code=what)[:1],
    )
    statement = _unanswered(said)
    if kind == "again" and number is not None:
        add_again(order, number)
    elif kind == "fault" and number is not None:
        add_fault(order, number, statement)
    elif kind == "rule" and number is not None and (rule := MaintenanceRule.objects.filter(pk=number).first()):
        add_rule(order, rule, statement)
    elif kind == "menu":
        menu_lines(order, key, statement)
    elif parts:
        part_line(order, parts[0], Decimal(1), statement=statement)
    elif jobs:
        labour_line(order, jobs[0], statement=statement)
    else:
        raise Invalid(_("“%(code)s” is not in the catalogue.") % {"code": what[:40]})
    judge_drafts(order)
