"""Planning messages: rows in the transaction of whatever they are about, so that no crash loses one."""

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from kombu.exceptions import OperationalError

from accounts.models import Branch
from customers.message_kinds import MessageKind, kind_of
from customers.models import Customer, Message, Vehicle
from customers.policies import RULE_KEYS, next_opening, opening_on, window_of
from dms.act import one_act
from dms.clock import branch_day, now
from records.selectors import rules_now

log = logging.getLogger(__name__)
#: (customer_id, vehicle_id, subject_key, context, send_on)
PlanRow = tuple[int | None, int | None, str, Mapping[str, str], date | None]
CHUNK = 5_000
_INSERT = """
    INSERT INTO customers_message (
        key, branch_id, customer_id, vehicle_id, kind, message_class, subject_key, about, context, send_on,
        not_before_at, expires_at, state, attempts, tried, address, language, subject, body, segments, provider, detail
    )
    SELECT gen_random_uuid(), %(branch)s, r.customer, r.vehicle, %(kind)s, %(class)s, r.subject_key, r.about, r.context,
        r.send_on, r.not_before_at, r.expires_at, 'planned', 0, '{}', r.address, r.language, '', '', 0, '', ''
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
        customer bigint, vehicle bigint, subject_key text, about text, context jsonb, send_on date,
        not_before_at timestamptz, expires_at timestamptz, address text, language text
    )
    ORDER BY r.subject_key
    ON CONFLICT (kind, subject_key) DO NOTHING
"""


def about_of(subject_key: str) -> str:
    """The order or the due cycle: `order:4` of `order:4:ready`."""
    return ":".join(subject_key.split(":")[:2])


class _Times:
    """When a message of a kind, planned for a day, may go out first and last. A day that is over counts as today."""

    def __init__(self, branch: Branch, kind: MessageKind) -> None:
        self.branch, self.kind, self.at = branch, kind, now()
        self.today = branch_day(branch, self.at)
        self.window = window_of(kind.message_class, rules_now(branch, RULE_KEYS))
        self.known: dict[date, tuple[datetime, datetime]] = {}

    def of(self, day: date) -> tuple[datetime, datetime]:
        if day not in self.known:
            first = self.at if day <= self.today else opening_on(self.branch, self.window, day)
            first = next_opening(self.branch, self.window, first)
            self.known[day] = (first, first + self.kind.valid_for)
        return self.known[day]


def _row(times: _Times, row: PlanRow, address: str = "", language: str | None = None) -> dict[str, Any]:
    customer, vehicle, subject_key, context, send_on = row
    unknown = set(context) - set(times.kind.variables)
    if unknown:
        raise ValueError(f"{times.kind.key} has no variables {sorted(unknown)}")
    day = send_on or times.today
    first, last = times.of(day)
    return {
        "customer": customer, "vehicle": vehicle, "subject_key": subject_key, "about": about_of(subject_key),
        "context": {name: str(value) for name, value in context.items()}, "send_on": day.isoformat(),
        "not_before_at": first.isoformat(), "expires_at": last.isoformat(), "address": address, "language": language,
    }  # fmt: skip


@one_act
def plan_many(kind: str, branch: Branch, rows: Iterable[PlanRow]) -> int:
    """Plan messages of a kind, each once for its subject key; how many were new. Set-based, 5,000 a statement.

    Whether one is sent at all is judged when its time has come. Raises KeyError for an unknown kind and ValueError for
    a variable that the kind has not.
    """
    known = kind_of(kind)
    times = _Times(branch, known)
    return _insert(branch, known, [_row(times, row) for row in rows])


def _insert(branch: Branch, known: MessageKind, wanted: list[dict[str, Any]]) -> int:
    made = 0
    values: dict[str, Any] = {"branch": branch.pk, "kind": known.key, "class": str(known.message_class)}
    for first in range(0, len(wanted), CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, values | {"rows": json.dumps(wanted[first : first + CHUNK])})
            made += cursor.rowcount
    if made:
        transaction.on_commit(partial(nudge, branch.pk), robust=True)
    return made


def plan(
    *,
    branch: Branch,
    kind: str,
    customer: Customer,
    subject_key: str,
    context: Mapping[str, str],
    vehicle: Vehicle | None = None,
    send_on: date | None = None,
) -> bool:
    """Plan one message; False when there is one of this kind and subject already. As `plan_many`."""
    row = (customer.pk, vehicle.pk if vehicle else None, subject_key, context, send_on)
    return plan_many(kind, branch, [row]) == 1


@one_act
def plan_to(
    *, branch: Branch, kind: str, address: str, language: str, subject_key: str, context: Mapping[str, str]
) -> bool:
    """Plan a code to an address that nobody has proved yet: no customer is known, and none is made for it.

    False when there is one of this kind and subject already. Raises as `plan_many`.
    """
    known = kind_of(kind)
    row = _row(_Times(branch, known), (None, None, subject_key, context, None), address, language)
    return _insert(branch, known, [row]) == 1


def was_proved(*, kind: str, subject_key: str, customer: Customer) -> None:
    """The address is the customer's: what was sent to it stands among the customer's messages from now on."""
    Message.objects.filter(kind=kind, subject_key=subject_key, customer__isnull=True).update(customer=customer)


def nudge(branch_id: int) -> None:
    """Wake the worker. A lost nudge costs a minute: beat looks for what waits."""
    from customers.tasks import send_branch

    try:
        send_branch.apply_async((branch_id,), retry=False, expires=60)
    except OperationalError as error:
        log.warning("the worker was not woken: %s", type(error).__name__)
