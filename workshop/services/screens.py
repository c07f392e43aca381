"""The secret address of a branch's televisions: made anew, the former is dead at once."""

import secrets
from datetime import timedelta

from accounts.models import Branch
from accounts.policies import Actor, check_may
from accounts.selectors import secret_hash
from dms.act import one_act
from dms.clock import branch_day, now
from dms.fields import locked
from records.selectors import rule
from workshop.models import Screen


@one_act
def renew(*, actor: Actor) -> str:
    """A new secret; the former address is dead. It is shown once, and ends by itself (rule `screen.days`)."""
    check_may(actor, "screen.keep")
    locked(Branch.objects.filter(pk=actor.branch.pk)).get()
    end(actor=actor)
    secret, at = secrets.token_urlsafe(32), now()
    days = int(rule(actor.branch, "screen.days", branch_day(actor.branch)))
    Screen.objects.create(
        branch=actor.branch, secret_hash=secret_hash(secret), made_at=at, made_by=actor.person,
        expires_at=at + timedelta(days=days),
    )  # fmt: skip
    return secret


@one_act
def end(*, actor: Actor) -> bool:
    """The televisions show nothing any more; whether there was an address."""
    check_may(actor, "screen.keep")
    living = Screen.objects.filter(branch=actor.branch, ended_at__isnull=True)
    return living.update(ended_at=now(), ended_by=actor.person) > 0
