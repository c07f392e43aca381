"""Once: the same request carried out twice is one act."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor
from dms.clock import branch_day, now
from dms.errors import Refused
from records.models import IdempotencyKey
from records.selectors import rule

#: Rows of one statement of the sweep: a second of work, so that nobody waits behind it.
BATCH = 10_000
#: A row that a request holds just now is younger than any rule; it is passed over and not waited for.
_FORGET = """
    DELETE FROM records_idempotencykey WHERE id IN (
        SELECT id FROM records_idempotencykey WHERE created_at < %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


def fresh_key() -> str:
    """A key for a form: sent twice it is one act, with and without scripts."""
    return uuid.uuid4().hex


@transaction.atomic
def once(*, actor: Actor, key: str, route: str, body: str, act: Callable[[], str]) -> str:
    """Run `act` and keep its answer; for the same key and body return that answer without running it again.

    A parallel second request waits for the first at the unique key.
    Raises `Refused` for the same key with another body.
    """
    if actor.user is None:
        raise ValueError("only a person's request is idempotent")
    digest = hashlib.sha256(body.encode()).hexdigest()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=actor.user, key=key, route=route, body_hash=digest)
    except IntegrityError:
        row = IdempotencyKey.objects.get(user=actor.user, key=key)
        if (row.route, row.body_hash) != (route, digest):
            raise Refused(_("This request was already used for something else."), "idempotency") from None
        return row.answer
    row.answer = act()
    row.save(update_fields=["answer"])
    return row.answer


def forget_old() -> int:
    """Delete the answers that are older than the rule `idempotency.days`; how many. Right when it runs twice or late.

    A key belongs to a person, who may work in several branches: the longest time of any branch holds.
    """
    days = max((int(rule(one, "idempotency.days", branch_day(one))) for one in Branch.objects.all()), default=0)
    if not days:
        return 0
    gone, before = 0, now() - timedelta(days=days)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [before, BATCH])
            rows = int(cursor.rowcount)
        gone += rows
        if rows < BATCH:
            return gone
