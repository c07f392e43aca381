"""Gate passes: issued once, used once; those of a car that comes back are used once more, on its way in."""

import secrets
import unicodedata
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.identifiers import normalise_plate
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Refused
from dms.fields import locked
from dms.workflow import sentence_of
from reception.models import GateLog, GatePass, WorkOrder
from reception.policies import check_in_house, check_may_leave
from reception.services.flow import move
from reception.states import FAILED, TEMPORARY, GateOutcome, PassKind, State
from records.selectors import rule
from records.services import guesses
from records.services.numbers import take_number
from records.states import CounterKind

#: Digits of a typed code.
DIGITS = 6

#: Codes that no pass of this branch has count as guesses.
GUESSED = (GateOutcome.UNKNOWN, GateOutcome.ELSEWHERE)

#: States in which a pass of a kind may be issued.
ISSUED_IN = {PassKind.SETTLEMENT: (State.SETTLED,), PassKind.UNREPAIRED: (State.DECLINED, State.CANCELLED)}


def sentence_for(outcome: str) -> str:
    """What the guard reads."""
    return {
        GateOutcome.OPENED: _("Let the car out."),
        GateOutcome.BACK: _("The car is back. Let it in."),
        GateOutcome.UNKNOWN: _("There is no such gate pass. Compare the code with the paper."),
        GateOutcome.USED: _("This gate pass was already used."),
        GateOutcome.EXPIRED: _("This gate pass has expired. Whoever issued it makes a new one."),
        GateOutcome.REVOKED: _("This gate pass was revoked."),
        GateOutcome.REFUSED: _("This car may not leave yet."),
        GateOutcome.ELSEWHERE: _("This gate pass was made at another branch. It opens nothing here."),
        GateOutcome.WRONG_CAR: _("This gate pass is for another car. The car at the gate stays here."),
        GateOutcome.WRONG_PIN: _("This PIN is wrong."),
        GateOutcome.FORCED: _("Let out by force. Photo, reason and name are kept."),
        GateOutcome.LISTED: _("Kept as let out by the printed list."),
    }[GateOutcome(outcome)]


@one_act
def issue_pass(*, actor: Actor, order_id: int) -> GatePass:
    """The live pass of the order, made when there is none. Valid for the hours of the rule `gate_pass.hours`."""
    check_may(actor, "pass.issue")
    order = locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)
    kind = PassKind.SETTLEMENT if order.state == State.SETTLED else PassKind.UNREPAIRED
    if order.state not in ISSUED_IN[kind]:
        raise Refused(_("A gate pass needs a settled order, or one that ended without work."))
    live = GatePass.objects.filter(order=order, kind=kind, used_at__isnull=True, revoked_at__isnull=True).first()
    if live is not None and live.valid_until > now():
        return live
    if live is not None:
        _revoke(live, actor, _("Expired; a new one was issued."))
    hours = int(rule(actor.branch, "gate_pass.hours", branch_day(actor.branch)))
    return _make(actor, order, kind, timedelta(hours=hours))


def _make(actor: Actor, order: WorkOrder, kind: str, valid: timedelta, note: str = "") -> GatePass:
    return GatePass.objects.create(
        branch=actor.branch, order=order, kind=kind,
        number=take_number(branch=actor.branch, kind=CounterKind.GATE_PASS),
        code=_free_code(actor), token=secrets.token_urlsafe(32), valid_until=now() + valid,
        issued_at=now(), issued_by=actor.person, note=note,
    )  # fmt: skip


@one_act
def issue_temporary(*, actor: Actor, order: WorkOrder, kind: str, valid: timedelta, note: str = "") -> GatePass:
    """A pass with which the car goes out and comes back. The caller holds the order and judged who may drive.

    Raises `Refused` while another pass of the order is open or the car is out.
    """
    for other in locked(GatePass.objects.filter(order=order, revoked_at__isnull=True, back_at__isnull=True)):
        if other.used_at is None and other.valid_until <= now():
            _revoke(other, actor, _("Expired; a new one was issued."))
        elif other.used_at is None or other.kind in TEMPORARY:
            told = {"number": other.number, "kind": PassKind(other.kind).label}
            raise Refused(_("Gate pass %(number)s (%(kind)s) of this car is open.") % told)
    return _make(actor, order, kind, valid, note)


@one_act
def close_temporary(*, actor: Actor, pass_id: int) -> GatePass:
    """The car is here: a pass that never opened the gate is revoked, one that the gate did not see again is back."""
    gate_pass = locked(GatePass.objects.filter(branch=actor.branch, kind__in=TEMPORARY)).get(pk=pass_id)
    if gate_pass.used_at is None and gate_pass.revoked_at is None:
        _revoke(gate_pass, actor, _("Not used; the car did not leave."))
    elif gate_pass.used_at is not None and gate_pass.back_at is None:
        _let_in(gate_pass, actor)
    return gate_pass


@one_act
def revoke_passes(*, actor: Actor, order: WorkOrder, reason: str) -> int:
    """Revoke the live passes of an order (a refund or reversal); how many."""
    live = list(locked(GatePass.objects.filter(order=order, used_at__isnull=True, revoked_at__isnull=True)))
    for gate_pass in live:
        _revoke(gate_pass, actor, reason)
    return len(live)


class Attempt(NamedTuple):
    """What the gate answered: the outcome, the pass if there is one, and what the guard reads."""

    outcome: GateOutcome
    gate_pass: GatePass | None
    sentence: str


@one_act
def look(*, actor: Actor, entered: str) -> Attempt:
    """What a pass would do, before the guard compares the plate: `opened` and `back` are carried out by `open_gate`.

    What is refused is an attempt, and kept as one. Raises `Refused` for somebody who goes on typing wrong codes.
    """
    check_may(actor, "gate.open")
    gate_pass = _locked_pass(actor, entered)
    outcome = _judge(actor, gate_pass, entered)
    sentence = sentence_for(outcome)
    if gate_pass is not None and outcome == GateOutcome.OPENED and gate_pass.kind not in TEMPORARY:
        order = gate_pass.order
        kept_here = sentence_of(lambda: check_may_leave(order, _action(gate_pass), actor))
        outcome, sentence = (GateOutcome.REFUSED, kept_here) if kept_here else (outcome, sentence)
    if outcome in FAILED:
        keep_attempt(actor, gate_pass, outcome, sentence, entered)
    return Attempt(outcome, gate_pass, sentence)


@one_act
def open_gate(*, actor: Actor, entered: str, plate: str = "") -> Attempt:
    """Use a pass by its typed code or scanned token. Every attempt is kept; the first one opens.

    `plate` is that of the car at the gate, or its last characters, where a program knows it: another car's is refused.
    A pass whose order may not leave yet is an answer too (`refused`, with the sentence of the rule) and no exception:
    that would take the log's row along. Raises `Refused` for somebody who goes on typing wrong codes.
    """
    check_may(actor, "gate.open")
    gate_pass = _locked_pass(actor, entered)
    outcome = _judge(actor, gate_pass, entered)
    if gate_pass is not None and outcome not in FAILED and plate:
        seen, known = normalise_plate(plate), gate_pass.order.vehicle.plate or ""
        outcome = outcome if known.endswith(seen) else GateOutcome.WRONG_CAR
    sentence = sentence_for(outcome)
    if gate_pass is not None and outcome == GateOutcome.BACK:
        _let_in(gate_pass, actor)
    if gate_pass is not None and outcome == GateOutcome.OPENED:
        outcome, sentence = used(gate_pass, actor, outcome)
    keep_attempt(actor, gate_pass, outcome, sentence, entered)
    return Attempt(outcome, gate_pass, sentence)


@one_act
def wrong_car(*, actor: Actor, entered: str) -> Attempt:
    """The guard compared: the pass is for another car than the one that stands there. Kept; the pass stays live."""
    check_may(actor, "gate.open")
    gate_pass = _locked_pass(actor, entered)
    outcome = _judge(actor, gate_pass, entered)
    outcome = outcome if outcome in FAILED else GateOutcome.WRONG_CAR
    sentence = sentence_for(outcome)
    keep_attempt(actor, gate_pass, outcome, sentence, entered)
    return Attempt(outcome, gate_pass, sentence)


def used(gate_pass: GatePass, actor: Actor, outcome: GateOutcome, note: str = "") -> tuple[GateOutcome, str]:
    """The pass is used and its order ends: `outcome` and its sentence; `refused` when a rule keeps the car here.

    The caller holds the order and the pass.
    """
    try:
        with transaction.atomic():
            _let_out(gate_pass, actor, note)
    except Refused as refused:
        gate_pass.refresh_from_db()
        return GateOutcome.REFUSED, refused.sentence
    return outcome, sentence_for(outcome)


def keep_attempt(
    actor: Actor, gate_pass: GatePass | None, outcome: GateOutcome, sentence: str, entered: str = ""
) -> None:
    """A row of the gate's log. A code that belongs to a pass here is not written down: it may still open."""
    GateLog.objects.create(
        branch=actor.branch, gate_pass=gate_pass, outcome=outcome, attempted_at=now(), attempted_by=actor.person,
        entered="" if gate_pass else _plain(entered)[:12], why=sentence[:300],
    )  # fmt: skip


def _action(gate_pass: GatePass) -> str:
    return "release" if gate_pass.kind == PassKind.SETTLEMENT else "leave"


def _let_out(gate_pass: GatePass, actor: Actor, note: str = "") -> None:
    """The pass is used; the order ends, unless the car comes back. Raises `Refused` when a rule keeps the car here."""
    gate_pass.used_at, gate_pass.used_by = now(), actor.user
    gate_pass.save(update_fields=["used_at", "used_by"])
    if gate_pass.kind in TEMPORARY:
        return
    check_in_house(gate_pass.order)
    move(order_id=gate_pass.order_id, action=_action(gate_pass), actor=actor, note=note)


def _let_in(gate_pass: GatePass, actor: Actor) -> None:
    gate_pass.back_at, gate_pass.back_by = now(), actor.user
    gate_pass.save(update_fields=["back_at", "back_by"])


def _locked_pass(actor: Actor, entered: str) -> GatePass | None:
    """The pass, its order locked before it as everywhere, so that gate and till never wait in a ring."""
    text = _plain(entered)
    found = GatePass.objects.filter(branch=actor.branch)
    typed = len(text) == DIGITS
    if typed:
        _check_not_guessing(actor)
    # A code may come back after years; the live one wins, then the youngest.
    known = (found.filter(code=text) if typed else found.filter(token=text)).order_by("-issued_at").first()
    if known is None:
        return None
    locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=known.order_id)
    return locked(found).get(pk=known.pk)


def _plain(entered: str) -> str:
    return "".join(unicodedata.normalize("NFKC", entered).split())


def _check_not_guessing(actor: Actor) -> None:
    """Six digits are few. Scanning goes on; typing rests after too many codes that do not exist."""
    wrong = GateLog.objects.filter(
        attempted_by=actor.person, outcome__in=GUESSED, attempted_at__gt=now() - guesses.WINDOW
    )
    if wrong.count() >= guesses.MOST:
        raise Refused(_("Too many codes that do not exist. Scan the pass; typing works again in 15 minutes."))


def _judge(actor: Actor, gate_pass: GatePass | None, entered: str) -> GateOutcome:
    if gate_pass is None:
        text = _plain(entered)
        known = Q(code=text, used_at__isnull=True, revoked_at__isnull=True) if len(text) == DIGITS else Q(token=text)
        other = GatePass.objects.exclude(branch=actor.branch).filter(known)
        return GateOutcome.ELSEWHERE if other.exists() else GateOutcome.UNKNOWN
    if gate_pass.used_at is not None:
        out = gate_pass.kind in TEMPORARY and gate_pass.back_at is None
        return GateOutcome.BACK if out else GateOutcome.USED
    if gate_pass.revoked_at is not None:
        return GateOutcome.REVOKED
    if gate_pass.valid_until <= now():
        return GateOutcome.EXPIRED
    return GateOutcome.OPENED


def _revoke(gate_pass: GatePass, actor: Actor, reason: str) -> None:
    gate_pass.revoked_at, gate_pass.revoked_by, gate_pass.revoked_reason = now(), actor.user, reason
    gate_pass.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])


def _free_code(actor: Actor) -> str:
    while True:
        code = f"{secrets.randbelow(1_000_000):06d}"
        taken = GatePass.objects.filter(branch=actor.branch, code=code, used_at__isnull=True, revoked_at__isnull=True)
        if not taken.exists():
            return code
