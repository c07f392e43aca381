"""What the house gives up of a share that is paid later: no money."""

import pgtrigger
from django.db import models
from django.db.models import Q

from delivery.models.settlement import Receivable, not_more
from delivery.states import WriteOffKind
from dms.fields import MoneyField, Row, acted, one_of, person
from dms.workflow import append_only

#: It counts by itself, whoever writes it.
_COUNTS = """
    UPDATE delivery_receivable SET written_off = written_off + NEW.amount WHERE id = NEW.receivable_id;
"""
_TURNED = """
    IF NEW.takes_back_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM delivery_writeoff w WHERE w.id = NEW.takes_back_id AND w.takes_back_id IS NULL
        AND (w.receivable_id, w.kind, w.amount) = (NEW.receivable_id, NEW.kind, -NEW.amount)
    ) THEN
        RAISE EXCEPTION 'write-off % is taken back whole, on its own share', NEW.takes_back_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class WriteOff(Row):
    """A rest that the house gives up, never changed. The counter entry has the amount turned round and names what it
    takes back; `key` makes a repeated request the same row.
    """

    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="write_offs")
    kind = models.CharField(max_length=10, choices=WriteOffKind.choices)
    amount = MoneyField()
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back_by")
    reason = models.CharField(max_length=200)
    key = models.CharField(max_length=64, unique=True)
    written_at = models.DateTimeField()
    written_by = person(null=False)

    class Meta:
        constraints = [
            one_of("kind", WriteOffKind),
            *acted("written"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, takes_back__isnull=True) | Q(amount__lt=0, takes_back__isnull=False),
                name="writeoff_signed",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="writeoff_says_why"),
        ]
        triggers = [
            append_only(),
            not_more(_COUNTS),
            pgtrigger.Trigger(name="writeoff_turned", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_TURNED),
        ]
