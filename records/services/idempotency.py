"""Once: the same request carried out twice is one act."""

import hashlib
import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.errors import Refused
from records.models import IdempotencyKey


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
