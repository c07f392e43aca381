"""Customers who pay later or before: terms of credit, deposits and what became of them."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer
from delivery.models.drawer import Drawer
from delivery.models.settlement import IN_AN_OPEN_DRAWER, Payment
from delivery.states import DepositKind, Method
from dms.fields import MoneyField, Row, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models import Package, WorkOrder


@tracked()
class CreditTerms(Row):
    """Up to which sum a customer pays later, and within how many days. Without a row: the house's rule."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="credit_terms")
    limit_amount = MoneyField()
    days = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    set_by = person(null=False)

    class Meta:
        constraints = [
            *acted("set"),
            *not_negative("limit_amount"),
            models.CheckConstraint(condition=Q(days__lte=365), name="creditterms_days_within_a_year"),
        ]


@tracked()
class Deposit(Row):
    """Money a customer paid before there was a bill. `left_amount` is what is still there: the sum of its moves."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="deposits")
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="deposits")
    number = models.CharField(max_length=30)
    left_amount = MoneyField(default=0)
    taken_at = models.DateTimeField()
    taken_by = person(null=False)

    class Meta:
        constraints = [
            *acted("taken"),
            *not_negative("left_amount"),
            models.UniqueConstraint(fields=["number"], name="deposit_number_once"),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(left_amount__gt=0), name="deposit_left_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number


def _ledger() -> pgtrigger.Trigger:
    """A move counts by itself, whoever writes it; the deposit's constraint refuses more than there is."""
    return pgtrigger.Trigger(
        name="counts",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func="""
            UPDATE delivery_deposit SET left_amount = left_amount + NEW.amount WHERE id = NEW.deposit_id;
            RETURN NULL;
        """,
    )


class DepositMove(Row):
    """Money into a deposit or out of it, never changed: received, used by a payment or for a package, come back with
    its refund or when the package is given up, given back. `method` is how money moved; what is used or comes back
    moves as `deposit`.
    """

    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=8, choices=DepositKind.choices)
    amount = MoneyField()
    method = models.CharField(max_length=8, choices=Method.choices)
    drawer = models.ForeignKey(Drawer, models.PROTECT, null=True, blank=True, related_name="deposit_moves")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="deposit_moves")
    package = models.ForeignKey(Package, models.PROTECT, null=True, blank=True, related_name="moves")
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    received_by = person(null=False)

    class Meta:
        constraints = [
            one_of("kind", DepositKind),
            one_of("method", Method),
            *acted("received"),
            models.CheckConstraint(
                condition=Q(kind__in=[DepositKind.RECEIVED, DepositKind.RETURNED], amount__gt=0, amount__lt=10**10)
                | Q(kind__in=[DepositKind.USED, DepositKind.REFUNDED], amount__lt=0, amount__gt=-(10**10)),
                name="depositmove_signed",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=[DepositKind.USED, DepositKind.RETURNED], method=Method.DEPOSIT)
                    & (Q(payment__isnull=False, package__isnull=True) | Q(payment__isnull=True, package__isnull=False))
                )
                | (
                    Q(kind__in=[DepositKind.RECEIVED, DepositKind.REFUNDED], payment__isnull=True)
                    & Q(package__isnull=True)
                    & ~Q(method=Method.DEPOSIT)
                ),
                name="depositmove_of_a_payment",
            ),
            models.CheckConstraint(
                condition=~Q(kind=DepositKind.REFUNDED) | ~Q(reason=""), name="depositmove_refund_says_why"
            ),
            models.UniqueConstraint(
                fields=["deposit"], condition=Q(kind=DepositKind.RECEIVED), name="depositmove_received_once"
            ),
        ]
        triggers = [
            append_only(),
            _ledger(),
            pgtrigger.Trigger(
                name="cash_in_an_open_drawer", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func=IN_AN_OPEN_DRAWER,
            ),
        ]  # fmt: skip
