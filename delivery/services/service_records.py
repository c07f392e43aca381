"""Health records on their way to the register: queued with the slip, claimed, sent, written down what came of it.

What is not known (a timeout, a crash after the claim) is `unknown`: a person sends it again, with the same key, and no
machine does.
"""

import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.channels.base import Refusal, Unsure
from customers.channels.http import Account, Answer, ask
from delivery.models import ServiceRecord, Settlement
from delivery.service_record import ENDPOINT, content_of, said
from delivery.services.outgoing import BUDGET, claim, ended, give_up, once_more, one_after_another, try_again
from delivery.states import RecordKind, RecordState
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from reception.models import Line
from records.selectors import rules_now


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
    return one_after_another(lambda: claim_next(branch=branch), lambda row: deliver(row=row), seconds)


def claim_next(*, branch: Branch) -> ServiceRecord | None:
    """The next one, claimed. A withdrawal goes after what it withdraws."""
    if not said(branch)[0]:
        return None
    rows = ServiceRecord.objects.filter(branch=branch)
    return claim(rows.exclude(withdraws__state__in=[RecordState.WAITING, RecordState.CLAIMED]))


def deliver(*, row: ServiceRecord) -> None:
    """Ask the register about a record that this process has just claimed, and write down what came of it."""
    try:
        answer = _asked(row)
    except Refusal as refusal:
        try_again(row, refusal.code) if refusal.temporary else ended(row, RecordState.FAILED, refusal.code)
        return
    except Unsure as unsure:
        ended(row, RecordState.UNKNOWN, unsure.code)
        return
    told = f"http {answer.status} {str(answer.json.get('message', ''))[:150]}".strip()
    if answer.status < 300 or answer.status == 409:  # 409: the register has this key already
        ended(row, RecordState.SENT, told, sent_at=now())
    elif answer.status == 429 or answer.status >= 500:
        try_again(row, told)
    else:
        ended(row, RecordState.FAILED, told)


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


def give_up_claims() -> int:
    """What a dead process left is unknown; how many."""
    return give_up(ServiceRecord, RecordState.UNKNOWN)


@one_act
def send_again(*, actor: Actor, record_id: int) -> ServiceRecord:
    """A person sends what failed or is unknown once more, with the same key. Raises `Refused` for any other."""
    check_may(actor, "records.export")
    row = locked(ServiceRecord.objects.filter(branch=actor.branch)).get(pk=record_id)
    if row.state not in (RecordState.FAILED, RecordState.UNKNOWN):
        told = {"state": RecordState(row.state).label}
        raise Refused(_("This record is “%(state)s”: there is nothing to send again.") % told)
    once_more(row)
    return row
