"""Drawers, day closes, credit and deposits as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Amount, Person, Price, Words
from delivery.models import CreditTerms, DayClose, Deposit, Drawer, WriteOff
from delivery.states import Method, WriteOffKind
from dms.clock import check_year


class DrawerShown(serializers.ModelSerializer[Drawer]):
    """A cashier's cash of one day. `holds`: what lies there by the book; `cash_out` is negative."""

    opened_by = Person()
    float_amount = Price()
    cash_in = Price()
    cash_out = Price()
    holds = Price()
    counted_amount = Price()
    difference = Price()

    class Meta:
        model = Drawer
        fields = [
            "id", "opened_at", "opened_by", "float_amount", "cash_in", "cash_out", "holds", "counted_amount",
            "difference", "reason", "closed_at",
        ]  # fmt: skip


class DayCloseShown(serializers.ModelSerializer[DayClose]):
    """The numbered close of a day; `content` is frozen: totals, drawers, payments, credit, deposits,
    write-offs, journal.
    """

    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    closed_by = Person()
    content = serializers.DictField()

    class Meta:
        model = DayClose
        fields = ["id", "day", "number", "replaces", "closed_at", "closed_by", "content"]


class AccountShown(serializers.Serializer[Any]):
    """What one customer (`customer` is null for a kind of payer) owes. `ages`: not due, up to 30, to 60, above."""

    payer = serializers.CharField()
    customer = serializers.IntegerField(source="customer.pk", allow_null=True, default=None)
    name = serializers.CharField(source="label")
    owed = Price()
    overdue = Price()
    ages = serializers.ListField(child=Price())


class CreditShown(serializers.Serializer[Any]):
    """Open credit, the most overdue first."""

    items = AccountShown(many=True)


class TermsShown(serializers.ModelSerializer[CreditTerms]):
    """A customer's terms of credit."""

    customer = serializers.IntegerField(source="customer_id")
    limit = Price(source="limit_amount")

    class Meta:
        model = CreditTerms
        fields = ["customer", "limit", "days"]


class DepositShown(serializers.ModelSerializer[Deposit]):
    """Money in advance, and what is left of it."""

    customer = serializers.IntegerField(source="customer_id")
    order = serializers.IntegerField(source="order_id", allow_null=True)
    left = Price(source="left_amount")

    class Meta:
        model = Deposit
        fields = ["id", "number", "customer", "order", "left", "taken_at"]


class Float(serializers.Serializer[Any]):
    """The change with which a drawer begins."""

    amount = Amount()


class Count(serializers.Serializer[Any]):
    """What lies in the drawer; a difference needs its reason."""

    counted = Amount()
    reason = Words(200)


class Day(serializers.Serializer[Any]):
    """Which day."""

    day = serializers.DateField(validators=[check_year])


class Terms(serializers.Serializer[Any]):
    """The limit of what a customer may owe, and the days to pay."""

    limit = Amount()
    days = serializers.IntegerField(min_value=0, max_value=365)


class DepositNew(serializers.Serializer[Any]):
    """Money in advance."""

    method = serializers.ChoiceField([one for one in Method.choices if one[0] != Method.DEPOSIT])
    amount = Amount()


class DepositRefund(serializers.Serializer[Any]):
    """Money back of a deposit."""

    amount = Amount()
    reason = serializers.CharField(max_length=200)


class WriteOffShown(serializers.ModelSerializer[WriteOff]):
    """What the house gave up of a share; a counter entry has a negative amount and names what it `takes_back`."""

    receivable = serializers.IntegerField(source="receivable_id")
    takes_back = serializers.IntegerField(source="takes_back_id", allow_null=True)
    amount = Price()
    written_by = Person()

    class Meta:
        model = WriteOff
        fields = ["id", "receivable", "kind", "amount", "takes_back", "reason", "written_at", "written_by"]


class WriteOffNew(serializers.Serializer[Any]):
    """Without an amount all that is still owed."""

    kind = serializers.ChoiceField(WriteOffKind.choices)
    amount = Amount(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)


class WriteOffBack(serializers.Serializer[Any]):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=200)
