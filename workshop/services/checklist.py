"""The list of the checks: what the house begins with, and how a manager changes it."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from records.services import audit
from workshop.checklist import FIRST_ITEMS
from workshop.models import CheckItem

#: Room between two items, so that another one goes between them.
STEP = 10


def begin() -> int:
    """The first list where there is none; how many items were made. A list that was emptied stays as it is."""
    if CheckItem.objects.exists():
        return 0
    rows = [
        CheckItem(place=STEP * at, name=item.name, name_en=item.name_en, classes=[*item.classes], levels=[*item.levels])
        for at, item in enumerate(FIRST_ITEMS, start=1)
    ]
    return len(CheckItem.objects.bulk_create(rows))


@one_act
def keep(*, actor: Actor, item: CheckItem) -> CheckItem:
    """Write a new or changed item; checks made before keep the words they had. Raises `Refused` for a stale one."""
    check_may(actor, "catalogue.edit")
    made = item.pk is None
    if not made:
        if locked(CheckItem.objects.all()).get(pk=item.pk).version != item.version:
            raise Refused(_("Somebody has changed this in the meantime. Look at it again before you save."), "stale")
        item.version += 1
    item.save()
    audit.write(actor.branch, actor.user, "list.add" if made else "list.change", f"checkitem:{item.pk}", {})
    return item


@one_act
def use(*, actor: Actor, item_id: int, again: bool) -> CheckItem:
    """Take an item out of use, or into use `again`; twice is once."""
    check_may(actor, "catalogue.edit")
    item = locked(CheckItem.objects.all()).get(pk=item_id)
    if (item.ended_at is None) is again:
        return item
    item.ended_at, item.ended_by = (None, None) if again else (now(), actor.person)
    item.version += 1
    item.save(update_fields=["ended_at", "ended_by", "version"])
    audit.write(actor.branch, actor.user, "list.change" if again else "list.end", f"checkitem:{item.pk}", {})
    return item
