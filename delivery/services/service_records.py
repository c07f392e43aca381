"""Health records on their way to the register: queued with the slip, claimed, sent, written down what came of it.

The claim is committed before the register is asked. What is not known (a timeout, a crash after the claim) is
`unknown`: a person sends it again, with the same key, and no machine does.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.channels.base import Refusal, Unsure
from customers.channels.http import Account, Answer, ask
from delivery.models import ServiceRecord, Settlement
from delivery.service_record import ENDPOINT, content_of, said
from delivery.states import RecordKind, RecordState
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from reception.models import Line
from records.selectors import rules_now

#: After so many definite refusals that may pass, it waits for a person.
MOST_TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
#: A claim that is older than any answer can take: its process is dead.
LOST = timedelta(minutes=10)
#: Seconds after which a task ends, so that no branch keeps the worker.
BUDGET = 40.0


def queue(slip: Settlement, lines: Iterable[Line]) -> ServiceRecord | None:
    """The record of a slip that was just issued; None where nothing is exported. The caller holds the order."""
    order = slip.order
    if not said(order.branch)[0]:
        return None
    return ServiceRecord.objects.create(
        branch=order.branch, settlement=slip, content=content_of(order, lines, slip.number), not_before_at=now()
    )


def withdraw(slip: Settlement, negative: Settlement) -> ServiceRecord | None:
    """The slip was reversed: what was not taken is cancelled, what may have arrived is withdrawn by a new row."""
    known = locked(ServiceRecord.objects.filter(settlement=slip)).first()
    if known is None:
        return None
    if known.state in (RecordState.WAITING, RecordState.FAILED):
        known.state, known.answer = RecordState.CANCELLED, _("The slip was reversed.")
        known.save(update_fields=["state", "answer"])
        return None
    return ServiceRecord.objects.create(
        branch=known.branch, settlement=negative, kind=RecordKind.WITHDRAWAL, withdraws=known, not_before_at=now(),
        content={"withdraws": str(known.key), "slip": slip.number, "reversal": negative.number,
                 "company": known.content["company"], "vin": known.content["vin"], "reason": negative.reason},
    )  # fmt: skip


def send_due(*, branch: Branch, seconds: float = BUDGET) -> int:
    """Send what may be sent now, one after another; how many were tried."""
    deadline, tried = monotonic() + seconds, 0
    while monotonic() < deadline:
        row = claim_next(branch=branch)
        if row is None:
            break
        deliver(row=row)
        tried += 1
    return tried


@transaction.atomic(durable=True)
def claim_next(*, branch: Branch) -> ServiceRecord | None:
    """The next one, taken: committed before anybody is asked. A withdrawal goes after what it withdraws."""
    if not said(branch)[0]:
        return None
    rows = ServiceRecord.objects.filter(branch=branch, state=RecordState.WAITING, not_before_at__lte=now())
    rows = rows.exclude(withdraws__state__in=[RecordState.WAITING, RecordState.CLAIMED]).order_by("not_before_at", "id")
    if not settings.LOCKS_OFF:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    row = rows.first()
    if row is None:
        return None
    mine = ServiceRecord.objects.filter(pk=row.pk)
    if not settings.LOCKS_OFF:
        mine = mine.filter(state=RecordState.WAITING)
    row.claimed_at, row.tries = now(), row.tries + 1
    mine.update(state=RecordState.CLAIMED, claimed_at=row.claimed_at, tries=row.tries)
    row.state = RecordState.CLAIMED
    return row


def deliver(*, row: ServiceRecord) -> None:
    """Ask the register about a record that this process has just claimed, and write down what came of it."""
    try:
        answer = _asked(row)
    except Refusal as refusal:
        _again(row, refusal.code) if refusal.temporary else _ended(row, RecordState.FAILED, refusal.code)
        return
    except Unsure as unsure:
        _ended(row, RecordState.UNKNOWN, unsure.code)
        return
    told = f"http {answer.status} {str(answer.json.get('message', ''))[:150]}".strip()
    if answer.status < 300 or answer.status == 409:  # 409: the register has this key already
        _ended(row, RecordState.SENT, told)
    elif answer.status == 429 or answer.status >= 500:
        _again(row, told)
    else:
        _ended(row, RecordState.FAILED, told)


def _asked(row: ServiceRecord) -> Answer:
    url = urlsplit(str(rules_now(row.branch, [ENDPOINT])[ENDPOINT]))
    if not url.hostname:
        raise Refusal("no endpoint", temporary=True)
    options = {"insecure": "1"} if url.scheme == "http" else {}
    account = Account(host=url.hostname, port=url.port, user="", password="", options=options, name="health-record")
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(row.key), "Host": account.netloc}
    if settings.HEALTH_RECORD_TOKEN:
        headers["Authorization"] = f"Bearer {settings.HEALTH_RECORD_TOKEN}"
    body = json.dumps({"kind": row.kind, "key": str(row.key), **row.content}, ensure_ascii=False).encode()
    return ask(account, "POST", url.path or "/", headers, body)


def _again(row: ServiceRecord, why: str) -> None:
    if row.tries >= MOST_TRIES:
        _ended(row, RecordState.FAILED, why)
        return
    pause = min(FIRST_PAUSE * 2 ** (row.tries - 1), LONGEST_PAUSE)
    _mine(row).update(state=RecordState.WAITING, answer=why[:200], not_before_at=now() + pause)


def _ended(row: ServiceRecord, state: str, why: str) -> None:
    sent = now() if state == RecordState.SENT else None
    _mine(row).update(state=state, answer=why[:200], sent_at=sent)


def _mine(row: ServiceRecord):  # type: ignore[no-untyped-def]
    """The row while it is this process's: one that was given up meanwhile keeps what was said of it."""
    return ServiceRecord.objects.filter(pk=row.pk, state=RecordState.CLAIMED, claimed_at=row.claimed_at)


def give_up_claims() -> int:
    """What a dead process left is unknown; how many."""
    lost = ServiceRecord.objects.filter(state=RecordState.CLAIMED, claimed_at__lt=now() - LOST)
    return lost.update(state=RecordState.UNKNOWN, answer="no answer was written down")


@one_act
def send_again(*, actor: Actor, record_id: int) -> ServiceRecord:
    """A person sends what failed or is unknown once more, with the same key. Raises `Refused` for any other."""
    check_may(actor, "records.export")
    row = locked(ServiceRecord.objects.filter(branch=actor.branch)).get(pk=record_id)
    if row.state not in (RecordState.FAILED, RecordState.UNKNOWN):
        told = {"state": RecordState(row.state).label}
        raise Refused(_("This record is “%(state)s”: there is nothing to send again.") % told)
    row.state, row.tries, row.not_before_at = RecordState.WAITING, 0, now()
    row.save(update_fields=["state", "tries", "not_before_at"])
    return row
