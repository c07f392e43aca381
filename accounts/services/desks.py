"""Shared desks: a browser that a manager marked."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Desk
from accounts.policies import Actor, check_may
from dms.clock import now
from dms.errors import Invalid
from dms.fields import locked


def mark(*, actor: Actor, name: str) -> Desk:
    """A new shared desk at the actor's branch. Raises `Forbidden` without `desk.keep`, `Invalid` without a name."""
    check_may(actor, "desk.keep")
    called = name.strip()
    if not called or len(called) > 60 or not called.isprintable():
        raise Invalid(_("Give the desk a name, at most 60 characters."), "name")
    return Desk.objects.create(
        branch=actor.branch, name=called, key=secrets.token_urlsafe(32), marked_at=now(), marked_by=actor.person
    )


@transaction.atomic
def retire(*, actor: Actor, desk_id: int) -> Desk:
    """The browser is nobody's shared desk any more; twice is once. Raises Desk.DoesNotExist for another branch's."""
    check_may(actor, "desk.keep")
    desk = locked(Desk.objects.all()).get(pk=desk_id, branch=actor.branch)
    if desk.retired_at is None:
        desk.retired_at, desk.retired_by = now(), actor.person
        desk.save(update_fields=["retired_at", "retired_by"])
    return desk
