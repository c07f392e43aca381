"""Days on which a branch is closed, or open at other hours than in its week."""

from datetime import date, time

from django.utils.translation import gettext as _

from accounts.models import SpecialDay
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day
from dms.errors import Invalid

EDIT = "calendar.edit"


@one_act
def set_day(
    *, actor: Actor, on: date, opens: time | None = None, closes: time | None = None, note: str = ""
) -> SpecialDay:
    """Closed on that date, or open from `opens` to `closes`; the same date again takes the place of the former.

    Raises `Forbidden`, and `Invalid` for a day that is over or hours that end before they begin.
    """
    check_may(actor, EDIT)
    if on < branch_day(actor.branch):
        raise Invalid(_("This day is over."), "on")
    if (opens is None) != (closes is None):
        raise Invalid(_("Give both times, or none when the branch is closed."), "opens")
    if opens is not None and closes is not None and closes <= opens:
        raise Invalid(_("The branch closes after it opens."), "closes")
    row, _made = SpecialDay.objects.update_or_create(
        branch=actor.branch,
        on=on,
        defaults={"opens": opens, "closes": closes, "note": note.strip()[:80], "set_by": actor.user},
    )
    return row


@one_act
def remove_day(*, actor: Actor, special_id: int) -> None:
    """The week and the public holidays hold on that date again. Raises `Forbidden`."""
    check_may(actor, EDIT)
    SpecialDay.objects.filter(branch=actor.branch, pk=special_id).delete()
