"""The hand-back, slips and money as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Amount, Person, Price, Words
from customers.services.vehicles import MOST_KM
from delivery.models import (
    HandedPoint,
    HandoverPoint,
    OldPartsHanded,
    Payment,
    Pickup,
    Receivable,
    ReturnedItem,
    Settlement,
    Split,
)
from delivery.services.shares import TAKERS
from delivery.states import Method
from dms.clock import check_year
from reception.models import GatePass, Line
from reception.states import PassKind


class ShareShown(serializers.Serializer[Any]):
    """What one payer owes of the finished lines, after what others take over."""

    payer = serializers.CharField()
    customer = serializers.IntegerField(source="customer.pk", allow_null=True, default=None)
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields out
    net = Price()
    tax = Price()
    gross = Price()


class ReceivableShown(serializers.ModelSerializer[Receivable]):
    """A payer's share of the slip that stands; `customer` owes it, where it is one of ours."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    paper = serializers.IntegerField(source="paper_id", allow_null=True)
    net = Price()
    tax = Price()
    gross = Price()
    written_off = Price()

    class Meta:
        model = Receivable
        fields = ["id", "payer", "customer", "net", "tax", "gross", "written_off", "state", "due_on", "paper"]


class SplitShown(serializers.ModelSerializer[Split]):
    """What another payer takes over, of one line or (null) of the customer's whole share."""

    line = serializers.IntegerField(source="line_id", allow_null=True)
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    amount = Price()

    class Meta:
        model = Split
        fields = ["id", "line", "payer", "customer", "percent", "amount"]


class PaymentShown(serializers.ModelSerializer[Payment]):
    """Money in, or with a negative amount back."""

    receivable = serializers.IntegerField(source="receivable_id")
    refund_of = serializers.IntegerField(source="refund_of_id", allow_null=True)
    amount = Price()
    tendered = Price()
    change = Price()
    received_by = Person()

    class Meta:
        model = Payment
        fields = [
            "id", "receivable", "kind", "method", "amount", "tendered", "change", "refund_of", "reason", "received_at",
            "received_by",
        ]  # fmt: skip


class SlipShown(serializers.ModelSerializer[Settlement]):
    """A settlement slip, or the negative one that takes it back."""

    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    paper = serializers.IntegerField(source="paper_id")
    net = Price()
    tax = Price()
    gross = Price()

    class Meta:
        model = Settlement
        fields = ["id", "number", "kind", "state", "net", "tax", "gross", "reverses", "reason", "paper", "issued_at"]


class SettlementShown(serializers.Serializer[Any]):
    """Where the bill of an order stands. `owed`: of the customer's own share."""

    order = serializers.IntegerField(source="order.pk")
    state = serializers.CharField(source="order.state")
    shares = ShareShown(many=True, source="parts")
    splits = SplitShown(many=True)
    net = Price()
    tax = Price()
    gross = Price()
    customer = Price()
    owed = Price()
    slip = SlipShown(allow_null=True)
    slips = SlipShown(many=True)
    receivables = ReceivableShown(many=True)
    payments = PaymentShown(many=True)


class PassShown(serializers.ModelSerializer[GatePass]):
    """A gate pass with the code that opens the gate once."""

    order = serializers.IntegerField(source="order_id")
    paper = serializers.IntegerField(source="paper_id", allow_null=True)

    class Meta:
        model = GatePass
        fields = ["id", "order", "kind", "number", "code", "valid_until", "paper"]


class GateAnswer(serializers.Serializer[Any]):
    """The gate opened: for which car."""

    outcome = serializers.CharField()
    sentence = serializers.CharField()
    plate = serializers.CharField()
    kind = serializers.ChoiceField(PassKind.choices)


class ReturnedShown(serializers.ModelSerializer[ReturnedItem]):
    """A thing given back."""

    taken = serializers.IntegerField(source="taken_id")

    class Meta:
        model = ReturnedItem
        fields = ["id", "taken", "to", "returned_at"]


class Internal(serializers.Serializer[Any]):
    """The advisor's own look at the car; every check must be ticked."""

    checks = serializers.ListField(child=serializers.CharField(max_length=20), max_length=60)
    note = Words(300)


class Cause(serializers.Serializer[Any]):
    """Why the car goes back to work."""

    cause = serializers.CharField(max_length=300)


class Walk(serializers.Serializer[Any]):
    """What the customer was told on the walk round."""

    advice = Words(500)
    next_service_on = serializers.DateField(required=False, allow_null=True, default=None, validators=[check_year])
    next_service_km = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MOST_KM
    )

    left_out = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=60, required=False, default=list
    )
    why = Words(200)


class HandoverPointShown(serializers.ModelSerializer[HandoverPoint]):
    """A point of the list; `key` is what is ticked."""

    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields out

    class Meta:
        model = HandoverPoint
        fields = ["key", "label", "moment", "asked"]


class HandedShown(serializers.ModelSerializer[HandedPoint]):
    """A point as it was looked at or explained."""

    label = serializers.CharField()  # type: ignore[assignment]  # as above
    handed_by = Person()

    class Meta:
        model = HandedPoint
        fields = ["moment", "label", "done", "why", "handed_at", "handed_by"]


class OldPart(serializers.ModelSerializer[Line]):
    """A replaced part that the customer takes along."""

    label = serializers.CharField()  # type: ignore[assignment]  # as above

    class Meta:
        model = Line
        fields = ["id", "code", "label", "quantity"]


class HandoverShown(serializers.Serializer[Any]):
    """The hand-back of an order: what is asked, the next service as the rules say it, what was done of it."""

    internal = HandoverPointShown(many=True)
    walk = HandoverPointShown(many=True)
    next_service_on = serializers.DateField(allow_null=True)
    next_service_km = serializers.IntegerField(allow_null=True)
    old_parts = OldPart(many=True)
    handed = HandedShown(many=True)


class OldPartsSigned(serializers.Serializer[Any]):
    """Who signs; the bringer unless told."""

    signer = Words(60)


class OldPartsShown(serializers.ModelSerializer[OldPartsHanded]):
    """The old parts were handed over."""

    class Meta:
        model = OldPartsHanded
        fields = ["order", "signer", "handed_at"]


class SlotShown(serializers.Serializer[Any]):
    """A free time."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    taken = serializers.IntegerField()
    places = serializers.IntegerField()
    busy = serializers.IntegerField()


class AgreedShown(serializers.ModelSerializer[Pickup]):
    """The time that is agreed."""

    class Meta:
        model = Pickup
        fields = ["id", "starts_at", "ends_at", "by_customer", "agreed_at"]


class PickupShown(serializers.Serializer[Any]):
    """The pick-up of an order."""

    agreed = AgreedShown(allow_null=True)
    free = SlotShown(many=True)


class PickupNew(serializers.Serializer[Any]):
    """A free time by its first instant."""

    starts_at = serializers.DateTimeField()


class Why(serializers.Serializer[Any]):
    """Why nothing is agreed any more."""

    why = Words(200)


class GiveBack(serializers.Serializer[Any]):
    """To whom; the bringer unless told."""

    to = Words(60)


class Reason(serializers.Serializer[Any]):
    """Why a slip is taken back."""

    reason = serializers.CharField(max_length=200)


class SplitNew(serializers.Serializer[Any]):
    """Who takes over what: `percent` or `amount`, of `line` or of the whole. `who`: name or phone of a customer."""

    payer = serializers.ChoiceField([(payer.value, payer.label) for payer in TAKERS])
    who = Words(60)
    line = serializers.IntegerField(required=False, allow_null=True, default=None)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, required=False, allow_null=True, default=None)
    amount = Amount(required=False, allow_null=True, default=None)


class PaymentNew(serializers.Serializer[Any]):
    """Money for a share; `tendered` is the cash on the counter."""

    method = serializers.ChoiceField(Method.choices)
    amount = Amount()
    tendered = Amount(required=False, allow_null=True, default=None)


class RefundNew(serializers.Serializer[Any]):
    """Money back."""

    amount = Amount()
    reason = serializers.CharField(max_length=200)


class Code(serializers.Serializer[Any]):
    """Six digits, or what the QR holds."""

    code = serializers.CharField(max_length=43)
    plate = Words(20, help_text="The plate at the gate or its last characters; another car's is refused")


class Listed(serializers.Serializer[Any]):
    """A gate pass by its number, and when the car left by the printed list."""

    number = serializers.CharField(max_length=30)
    left_at = serializers.DateTimeField()
