"""The wash after the final inspection."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid
from reception.models import WorkOrder
from reception.services.flow import move
from workshop.models import Wash
from workshop.services.rows import order_row
from workshop.states import WashPoint

ALL: tuple[str, ...] = tuple(WashPoint.values)
#: What each move writes down when the wash's own page did not.
MOVES = ("washed", "skip_wash")


@one_act
def washed(*, actor: Actor, order_id: int, done: Collection[str] = ALL) -> WorkOrder:
    """The car is clean, as far as `done` says, and ready for the hand-back. Raises `Invalid` when nothing was done."""
    check_may(actor, "wash.do")
    if not set(done) <= set(ALL):
        raise Invalid(_("There is no such point of a wash."))
    if not done:
        raise Invalid(_("Nothing is ticked. Skip the wash with a reason instead."))
    order = order_row(actor, order_id)
    _keep(actor, order, done=[point for point in ALL if point in done])
    return move(order_id=order_id, action="washed", actor=actor)


@one_act
def skip(*, actor: Actor, order_id: int, reason: str) -> WorkOrder:
    """The agreed wash is left out, with its reason; the car is ready for the hand-back."""
    check_may(actor, "wash.do")
    if not reason.strip():
        raise Invalid(_("Write down why the car is not washed."))
    return move(order_id=order_id, action="skip_wash", actor=actor, note=reason.strip()[:300])


def note_move(*, actor: Actor, order: WorkOrder, action: str, note: str) -> None:
    """Every car that leaves the wash has its row, whoever moved it. The caller holds the order."""
    if action == "skip_wash":
        _keep(actor, order, reason=note.strip()[:300])
    elif not order.washes.filter(washed_at__gte=order.quality_at).exists():
        _keep(actor, order, done=[*ALL])


def _keep(actor: Actor, order: WorkOrder, *, done: Collection[str] = (), reason: str = "") -> None:
    Wash.objects.create(order=order, done=[*done], reason=reason, washed_at=now(), washed_by=actor.user)
