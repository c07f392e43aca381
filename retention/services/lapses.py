"""What people add to a case of lapse: whose it is, and why the customer stays away."""

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Actor, check_may
from accounts.roles import Role
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from retention.models import LapseCase
from retention.states import AwayBecause, LapseState

#: Who can look after a car that stays away.
KEEPERS = (Role.SERVICE_ADVISOR, Role.CRM, Role.MANAGER)


@one_act
def keep_case(*, actor: Actor, vehicle_id: int, owner_id: int | None, because: str) -> int:
    """Write owner (a user's id; None: whoever calls) and reason into the car's open cases; how many there are.

    A car that was sold or scrapped is missed no more: its cases end.

    Raises `Forbidden` without `call.do`, `Invalid` for somebody who does not work here or a reason that does not exist,
    `Refused` when the car has come back meanwhile.
    """
    check_may(actor, "call.do")
    able = Membership.objects.filter(
        branch=actor.branch, active=True, user__is_active=True, roles__overlap=list(KEEPERS)
    )
    if owner_id is not None and not able.filter(user=owner_id).exists():
        raise Invalid(_("Choose somebody who deals with customers here."), "owner")
    if because and because not in AwayBecause.values:
        raise Invalid(_("Choose one of the reasons."), "because")
    cases = LapseCase.objects.filter(vehicle=vehicle_id, vehicle__branch=actor.branch, state=LapseState.OPEN)
    rows = list(locked(cases.order_by("pk")))
    if not rows:
        raise Refused(_("This car has come back; there is no open case."), "returned")
    mine = LapseCase.objects.filter(pk__in=[row.pk for row in rows])
    told = mine.update(owner=owner_id, because=because or None)
    if because == AwayBecause.SOLD:
        mine.update(state=LapseState.MOOT, returned_at=now())
    return told
