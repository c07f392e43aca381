"""Scan-to-pay: the codes that customers pay, the money that goes back through the provider, and what it reported."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer
from delivery.models.credit import Deposit, DepositMove
from delivery.models.outgoing import Outgoing
from delivery.models.settlement import Payment, Receivable
from delivery.states import CHARGE_EDGES, REFUND_EDGES, ChargeState, RefundState, Verdict
from dms.fields import MoneyField, Row, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.models import WorkOrder

#: What the provider took is a payment, a deposit, or a part of each: to the cent, and nothing of it nowhere.
_NOTHING_LOST = """
    IF NEW.state = 'paid' AND NEW.amount <> COALESCE(
        (SELECT amount FROM delivery_payment WHERE id = NEW.payment_id), 0
    ) + COALESCE(
        (SELECT amount FROM delivery_depositmove WHERE deposit_id = NEW.deposit_id AND kind = 'received'), 0
    ) THEN
        RAISE EXCEPTION 'what was scanned for % is not all in the books', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND ((NEW.number, NEW.amount, NEW.provider) <> (OLD.number, OLD.amount, OLD.provider)
        OR (OLD.state = 'paid' AND (NEW.transaction_number, NEW.payment_id, NEW.deposit_id)
            IS DISTINCT FROM (OLD.transaction_number, OLD.payment_id, OLD.deposit_id))) THEN
        RAISE EXCEPTION 'what the provider was told or said of % never changes', OLD.number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_NEVER_MORE = """
    IF (SELECT COALESCE(sum(r.amount), 0) FROM delivery_scanrefund r WHERE r.charge_id = NEW.charge_id)
        > (SELECT c.amount FROM delivery_scancharge c WHERE c.id = NEW.charge_id) THEN
        RAISE EXCEPTION 'more goes back than was scanned' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


@tracked()
class ScanCharge(Row):
    """One code: so much for one share, or (`customer`) as a deposit. `number` is what the provider knows it by.

    `asked_by` answers for it: who showed the code, and for a customer's own (`by_customer`) who issued the slip.
    Paid, it is a payment; what is more than was still open by then is a deposit.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30)
    number = models.CharField(max_length=32, unique=True)
    receivable = models.ForeignKey(Receivable, models.PROTECT, null=True, blank=True, related_name="scan_charges")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="+")
    amount = MoneyField()
    state = models.CharField(max_length=8, choices=ChargeState.choices, default=ChargeState.PLANNED)
    code_url = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    #: When the provider is asked next by itself.
    not_before_at = models.DateTimeField()
    answer = models.CharField(max_length=200, blank=True)
    by_customer = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = person(null=False)
    transaction_number = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="scan_charge")
    deposit = models.OneToOneField(Deposit, models.PROTECT, null=True, blank=True, related_name="scan_charge")

    class Meta:
        constraints = [
            one_of("state", ChargeState),
            *acted("asked"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=10**10), name="scancharge_above_zero"),
            models.CheckConstraint(
                condition=Q(receivable__isnull=False, customer__isnull=True, order__isnull=True)
                | Q(receivable__isnull=True, customer__isnull=False),
                name="scancharge_of_a_share_or_a_deposit",
            ),
            models.CheckConstraint(condition=~Q(state=ChargeState.OPEN) | ~Q(code_url=""), name="scancharge_shown"),
            models.CheckConstraint(
                condition=(
                    Q(state=ChargeState.PAID, paid_at__isnull=False)
                    & ~Q(transaction_number="")
                    & (Q(payment__isnull=False) | Q(deposit__isnull=False))
                )
                | (
                    ~Q(state=ChargeState.PAID)
                    & Q(paid_at__isnull=True, transaction_number="", payment__isnull=True, deposit__isnull=True)
                ),
                name="scancharge_paid_whole",
            ),
            models.UniqueConstraint(
                fields=["provider", "transaction_number"], condition=~Q(transaction_number=""),
                name="scancharge_transaction_once",
            ),
            models.UniqueConstraint(
                fields=["receivable"], condition=Q(state__in=[ChargeState.PLANNED, ChargeState.OPEN]),
                name="scancharge_live_once",
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=[ChargeState.PLANNED, ChargeState.OPEN]),
                name="scancharge_deposit_live_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["not_before_at"], condition=Q(state__in=[ChargeState.PLANNED, ChargeState.OPEN]),
                name="scancharge_due",
            ),
            models.Index(fields=["branch", "paid_at"], name="scancharge_of_a_day"),
        ]  # fmt: skip
        triggers = [
            edge_guard("scancharge", CHARGE_EDGES),
            first_state_guard("scancharge", [ChargeState.PLANNED]),
            pgtrigger.Trigger(
                name="scancharge_nothing_lost", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func=_NOTHING_LOST,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


@tracked()
class ScanRefund(Outgoing):
    """Money on its way back to whoever scanned: of a payment's refund, or of a deposit that was given back.

    `number` goes with every try: the provider pays it once, so a machine may try again whatever the last try came to.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    charge = models.ForeignKey(ScanCharge, models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=32, unique=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="scan_refund")
    move = models.OneToOneField(DepositMove, models.PROTECT, null=True, blank=True, related_name="scan_refund")
    amount = MoneyField()
    state = models.CharField(max_length=8, choices=RefundState.choices, default=RefundState.WAITING)
    #: The provider's own number of it, and when it took it on.
    reference = models.CharField(max_length=64, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("state", RefundState),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=10**10), name="scanrefund_above_zero"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, move__isnull=True) | Q(payment__isnull=True, move__isnull=False),
                name="scanrefund_of_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RefundState.ACCEPTED, RefundState.SENT])
                | (Q(accepted_at__isnull=False) & ~Q(reference="")),
                name="scanrefund_accepted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"], condition=Q(state__in=[RefundState.WAITING, RefundState.ACCEPTED]),
                name="scanrefund_due",
            )
        ]  # fmt: skip
        triggers = [
            edge_guard("scanrefund", REFUND_EDGES),
            first_state_guard("scanrefund", [RefundState.WAITING]),
            pgtrigger.Trigger(
                name="scanrefund_never_more", when=pgtrigger.After, operation=pgtrigger.Insert, func=_NEVER_MORE
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class ScanNotice(Row):
    """A notification in the provider's name, kept with what became of it; the same one again is the same row.

    Of the notification itself only its digest is kept, and the provider's own id of it: it names the payer.
    """

    provider = models.CharField(max_length=30)
    charge = models.ForeignKey(ScanCharge, models.PROTECT, null=True, blank=True, related_name="notices")
    notice_id = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)

    class Meta:
        constraints = [
            one_of("verdict", Verdict),
            models.UniqueConstraint(fields=["provider", "digest", "verdict"], name="scannotice_once"),
        ]
        triggers = [append_only()]


@tracked()
class ScanBill(Row):
    """The provider's bill of a day against our rows: sums of both, and each difference by its number."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30)
    day = models.DateField()
    content = models.JSONField()
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "provider", "day"], name="scanbill_once"),
        ]
