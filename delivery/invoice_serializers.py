"""Invoices as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Person, Price, Words
from delivery.models import Invoice
from delivery.states import InvoiceKind
from dms.clock import check_year


class InvoiceShown(serializers.ModelSerializer[Invoice]):
    """An invoice for a share. `reverses`: of a red-letter one, what it takes back; `way`: where it is at the provider,
    null without one. `number` and `link` (to the PDF) are empty until it is issued.
    """

    receivable = serializers.IntegerField(source="receivable_id")
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    net = Price()
    tax = Price()
    gross = Price()
    issued_by = Person(allow_null=True)
    way = serializers.CharField(source="trip.state", allow_null=True, default=None)
    answer = serializers.CharField(source="trip.answer", allow_null=True, default=None)

    class Meta:
        model = Invoice
        fields = [
            "id", "receivable", "kind", "state", "reverses", "title", "tax_number", "address", "bank", "net", "tax",
            "gross", "number", "issued_on", "issued_by", "link", "way", "answer",
        ]  # fmt: skip


class InvoiceLists(serializers.Serializer[Any]):
    """What waits for a number, the oldest first; what has one, the latest 50."""

    to_issue = InvoiceShown(many=True)
    issued = InvoiceShown(many=True)


class InvoiceNew(serializers.Serializer[Any]):
    """To whom it is made out. A special invoice needs tax number, address and bank."""

    kind = serializers.ChoiceField(InvoiceKind.choices)
    title = serializers.CharField(max_length=100)
    tax_number = Words(30)
    address = Words(120)
    bank = Words(120)


class Number(serializers.Serializer[Any]):
    """The number as it stands on the invoice, and the day of issue; today without one."""

    number = serializers.CharField(max_length=40)
    issued_on = serializers.DateField(required=False, allow_null=True, default=None, validators=[check_year])
