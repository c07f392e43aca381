"""Who takes over a part of what the customer would pay; decided before the slip, frozen into its shares."""

import pgtrigger
from django.db import models
from django.db.models import Q

from customers.models import Customer
from dms.fields import MoneyField, Row, acted, one_of, person
from dms.history import tracked
from reception.models import Line, WorkOrder
from reception.states import Payer

#: Under a slip that stands nothing is split anew.
_BEFORE_THE_SLIP = """
    IF EXISTS (
        SELECT 1 FROM delivery_settlement
        WHERE order_id = COALESCE(NEW.order_id, OLD.order_id) AND kind = 'normal' AND state = 'issued'
    ) THEN
        RAISE EXCEPTION 'a slip of order % stands: who pays what is frozen', COALESCE(NEW.order_id, OLD.order_id)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""


@tracked()
class Split(Row):
    """`percent` (0–100, of the gross amount) or `amount` of one line, or without a line of the customer's whole share,
    is paid by `payer`; `customer` names it where it is one of ours, and must when another customer pays.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="splits")
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="+")
    payer = models.CharField(max_length=12, choices=Payer.choices)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    amount = MoneyField(null=True, blank=True)
    decided_at = models.DateTimeField()
    decided_by = person(null=False)

    class Meta:
        constraints = [
            one_of("payer", Payer),
            *acted("decided"),
            # What a package holds is a matter of its units.
            models.CheckConstraint(condition=~Q(payer=Payer.PACKAGE), name="split_no_package"),
            models.CheckConstraint(
                condition=~Q(payer=Payer.CUSTOMER) | Q(customer__isnull=False), name="split_other_customer_named"
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(percent__isnull=True, amount__gt=0, amount__lt=10**10),
                name="split_percent_or_amount",
            ),
            models.UniqueConstraint(
                fields=["order", "line", "payer", "customer"], nulls_distinct=False, name="split_payer_once"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="split_before_the_slip", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete, func=_BEFORE_THE_SLIP,
            )
        ]  # fmt: skip

    @property
    def percent_text(self) -> str:
        """`80.00` → `80 %`; '' for an amount."""
        return f"{self.percent.normalize():f} %" if self.percent is not None else ""
