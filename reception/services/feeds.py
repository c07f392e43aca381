"""The secret address of an advisor's calendar."""

import secrets

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Actor, check_may
from accounts.selectors import secret_hash
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from reception.models import CalendarFeed


@one_act
def renew(*, actor: Actor) -> str:
    """A new secret for the actor's own calendar here; the former address is void. Shown once: only a hash is kept."""
    check_may(actor, "appointment.book")
    mine = Membership.objects.filter(user=actor.person, branch=actor.branch, active=True).first()
    if mine is None:
        raise Refused(_("You do not work at this branch."))
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        membership=mine, defaults={"secret_hash": secret_hash(secret), "renewed_at": now()}
    )
    return secret
