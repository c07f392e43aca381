"""The cashier's drawer, and the close of a branch's day."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from dms.fields import MoneyField, Row, acted, not_negative, person
from dms.history import tracked
from dms.workflow import append_only

#: A counted drawer is a record. What was expected is summed by the database itself, after it has waited for whoever
#: still takes money: BEFORE UPDATE holds the row.
_CLOSES_ONCE = """
        IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'drawer % is closed or would be deleted', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.closed_at IS NOT NULL THEN
            SELECT COALESCE(SUM(amount), 0) INTO moved FROM (
                SELECT amount FROM delivery_payment WHERE drawer_id = NEW.id
                UNION ALL SELECT amount FROM delivery_depositmove WHERE drawer_id = NEW.id
            ) cash;
            IF NEW.expected_amount <> NEW.float_amount + moved THEN
                RAISE EXCEPTION 'drawer % should hold %', NEW.id, NEW.float_amount + moved
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
"""


@tracked()
class Drawer(Row):
    """One cashier's cash of one day: `expected_amount` is the float with cash in less cash out, `counted_amount` what
    lay there. Whoever opened it is its cashier; open while `closed_at` is empty.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    float_amount = MoneyField(default=0)
    opened_at = models.DateTimeField()
    opened_by = person(null=False)
    expected_amount = MoneyField(null=True, blank=True)
    counted_amount = MoneyField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = person()

    class Meta:
        constraints = [
            *acted("opened", "closed"),
            *not_negative("float_amount", "counted_amount"),
            models.UniqueConstraint(
                fields=["branch", "opened_by"], condition=Q(closed_at__isnull=True), name="drawer_open_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, expected_amount__isnull=True, counted_amount__isnull=True)
                | (
                    Q(closed_at__isnull=False, expected_amount__isnull=False, counted_amount__isnull=False)
                    & (Q(counted_amount=F("expected_amount")) | ~Q(reason=""))
                ),
                name="drawer_counted",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="drawer_closes_once", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete,
                declare=[("moved", "numeric")], func=_CLOSES_ONCE,
            )
        ]  # fmt: skip


class DayClose(Row):
    """A closed day, numbered and frozen as JSON. More money of that day makes another one that replaces it."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    day = models.DateField()
    number = models.CharField(max_length=30)
    content = models.JSONField()
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    closed_at = models.DateTimeField()
    closed_by = person(null=False)

    class Meta:
        constraints = [
            *acted("closed"),
            models.UniqueConstraint(fields=["number"], name="dayclose_number_once"),
            models.UniqueConstraint(
                fields=["branch", "day"], condition=Q(replaces__isnull=True), name="dayclose_first_once"
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return self.number
