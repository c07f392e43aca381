"""Recalls: the campaign, its list of VINs, and which of them are done."""

import re
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.identifiers import VIN_LENGTH, normalise_vin
from customers.models import Recall, RecallVin
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked
from records.services import audit

#: Of one paste or file; a maker's list of a whole country comes in several.
MOST_VINS = 200_000
BATCH = 5_000
_VIN = re.compile(f"[A-HJ-NPR-Z0-9]{{{VIN_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Listed:
    """What became of a list of VINs: new ones, ones that stood there, and words that are no VIN (some of them)."""

    added: int
    known: int
    wrong: int
    wrong_some: tuple[str, ...] = ()


@one_act
def keep_recall(*, actor: Actor, row: Recall) -> Recall:
    """Write a new or changed campaign. Raises `Forbidden`, `Refused` for one that has ended."""
    check_may(actor, "recall.edit")
    made = row.pk is None
    if not made and locked(Recall.objects.filter(pk=row.pk)).get().ended_at is not None:
        raise Refused(_("This recall has ended; add a new one instead."))
    row.save()
    audit.write(actor.branch, actor.user, "recall.add" if made else "recall.change", f"recall:{row.pk}", {})
    return row


@one_act
def end_recall(*, actor: Actor, recall_id: int) -> None:
    """The maker closed it: nobody is alerted any more. Twice is once."""
    check_may(actor, "recall.edit")
    row = locked(Recall.objects.filter(pk=recall_id)).get()
    if row.ended_at is None:
        row.ended_at, row.ended_by = now(), actor.person
        row.save(update_fields=["ended_at", "ended_by"])
        audit.write(actor.branch, actor.user, "recall.end", f"recall:{row.pk}", {})


@one_act
def list_vins(*, actor: Actor, recall_id: int, text: str) -> Listed:
    """Add the VINs of a paste or a file to a recall: one a line, or between commas; the same one twice is once.

    In a table only words that look like a VIN count; a list without any is `Invalid`.
    """
    check_may(actor, "recall.edit")
    recall = locked(Recall.objects.filter(pk=recall_id)).get()
    words = [normalise_vin(word) for word in re.split(r"[\s,;\t\"]+", text) if word]
    if len(words) > MOST_VINS:
        raise Invalid(_("More than %(most)s at once; send the list in parts.") % {"most": f"{MOST_VINS:,}"}, "vins")
    vins = list(dict.fromkeys(word for word in words if _VIN.fullmatch(word)))
    wrong = [word for word in words if not _VIN.fullmatch(word)]
    if not vins:
        raise Invalid(_("No VIN was found in it: 17 letters and digits, without I, O and Q."), "vins")
    before = recall.vins.count()
    rows = [RecallVin(recall=recall, vin=vin) for vin in vins]
    RecallVin.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    added = recall.vins.count() - before
    audit.write(actor.branch, actor.user, "recall.vins", f"recall:{recall.pk}", {"added": added})
    return Listed(added, len(vins) - added, len(wrong), tuple(wrong[:5]))


@one_act
def recalls_done(*, actor: Actor, ids: list[int], subject_key: str) -> None:
    """The remedy was done at that visit."""
    if ids and actor.user is not None:
        rows = RecallVin.objects.filter(pk__in=ids, done_at__isnull=True)
        rows.update(done_at=now(), done_by=actor.user, done_subject=subject_key)


@one_act
def recalls_open_again(*, actor: Actor, subject_key: str) -> None:
    """The car went back to work: what that visit did counts when it is done again."""
    rows = RecallVin.objects.filter(Q(done_subject=subject_key), done_at__isnull=False)
    rows.update(done_at=None, done_by=None, done_subject="")
