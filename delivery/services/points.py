"""The list of the hand-back: what the house begins with, and how a manager changes it."""

from uuid import uuid4

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from delivery.models import HandoverPoint
from delivery.points import FIRST_POINTS
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from records.services import audit

#: Room between two points, so that another one goes between them.
STEP = 10


def begin() -> int:
    """The first list where there is none; how many points were made. A list that was emptied stays as it is."""
    if HandoverPoint.objects.exists():
        return 0
    rows = [HandoverPoint(place=STEP * at, **point._asdict()) for at, point in enumerate(FIRST_POINTS, start=1)]
    return len(HandoverPoint.objects.bulk_create(rows))


@one_act
def keep(*, actor: Actor, point: HandoverPoint) -> HandoverPoint:
    """Write a new or changed point; what was ticked before keeps its words. Raises `Refused` for a stale one."""
    check_may(actor, "catalogue.edit")
    made = point.pk is None
    if made:
        point.key = uuid4().hex[:12]
    else:
        if locked(HandoverPoint.objects.all()).get(pk=point.pk).version != point.version:
            raise Refused(_("Somebody has changed this in the meantime. Look at it again before you save."), "stale")
        point.version += 1
    point.save()
    audit.write(actor.branch, actor.user, "list.add" if made else "list.change", f"handoverpoint:{point.pk}", {})
    return point


@one_act
def use(*, actor: Actor, point_id: int, again: bool) -> HandoverPoint:
    """Take a point out of use, or into use `again`; twice is once."""
    check_may(actor, "catalogue.edit")
    point = locked(HandoverPoint.objects.all()).get(pk=point_id)
    if (point.ended_at is None) is again:
        return point
    point.ended_at, point.ended_by = (None, None) if again else (now(), actor.person)
    point.version += 1
    point.save(update_fields=["ended_at", "ended_by", "version"])
    audit.write(actor.branch, actor.user, "list.change" if again else "list.end", f"handoverpoint:{point.pk}", {})
    return point
