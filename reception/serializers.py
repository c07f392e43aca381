"""Work orders as the API shows and takes them. No field sets a state, a total, a branch or who approved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.serializers import Amount, Id, Person, Price, Quantity, Words
from customers.serializers import CustomerNamed
from customers.services.vehicles import MOST_KM
from dms.clock import now
from reception.models import DamageMark, Line, OrderLog, PromiseChange, Statement, TakenItem, WalkAround, WorkOrder
from reception.states import (
    JUDGEMENTS,
    ZONES,
    AuthorisedHow,
    Lamp,
    MarkKind,
    OldParts,
    PayMethod,
    RepairClass,
    Severity,
    Thing,
    VisitType,
)
from records.kinds import SHEET_LABELS
from records.states import PaperKind

#: The customer's own answer on the status page is not one that a person or a program records.
RECORDED = [(how.value, how.label) for how in AuthorisedHow if how != AuthorisedHow.STATUS_PAGE]
LONGEST_PROMISE = timedelta(days=366)
LONGEST_SIGNATURE = 400_000


# --- Shown ---


class OrderShown(serializers.ModelSerializer[WorkOrder]):
    """An order in a list."""

    label = serializers.CharField(source="get_state_display", read_only=True)  # type: ignore[assignment]  # DRF takes declared fields out
    plate = serializers.CharField(source="vehicle.plate", read_only=True)
    vehicle_id = serializers.IntegerField(read_only=True)
    owner = CustomerNamed()
    advisor = Person()

    class Meta:
        model = WorkOrder
        fields = [
            "id", "number", "state", "label", "visit_type", "plate", "vehicle_id", "owner", "advisor", "arrived_at",
            "promised_at", "version",
        ]  # fmt: skip


class LineShown(serializers.ModelSerializer[Line]):
    """A line; what it cost the house is never shown."""

    statement = serializers.IntegerField(source="statement_id", allow_null=True)
    returns_of = serializers.IntegerField(source="returns_of_id", allow_null=True)
    #: Why it is paid as it is.
    reason = serializers.CharField()
    name = serializers.CharField(source="label")
    unit_price = Price()
    discount = Price()
    net = Price()
    tax = Price()
    gross = Price()

    class Meta:
        model = Line
        fields = [
            "id", "kind", "state", "code", "name", "unit", "quantity", "standard_hours", "unit_price", "discount",
            "tax_rate", "net", "tax", "gross", "payer", "coverage", "price_version", "approved_version", "statement",
            "extra", "finding", "reason", "returns_of", "overruled_reason", "version",
        ]  # fmt: skip


class StatementShown(serializers.ModelSerializer[Statement]):
    """What the customer said; later its cause and what was done."""

    class Meta:
        model = Statement
        fields = ["id", "words", "since", "cause", "correction"]


class TakenShown(serializers.ModelSerializer[TakenItem]):
    """A thing taken in with the car."""

    class Meta:
        model = TakenItem
        fields = ["id", "kind", "what", "taken_at"]


class PromiseShown(serializers.ModelSerializer[PromiseChange]):
    """A promised time; the first is never overwritten."""

    changed_by = Person(allow_null=True)

    class Meta:
        model = PromiseChange
        fields = ["id", "promised_at", "first", "reason", "changed_by"]


class LogShown(serializers.ModelSerializer[OrderLog]):
    """A move of the order."""

    actor = Person(allow_null=True)

    class Meta:
        model = OrderLog
        fields = ["action", "source", "target", "actor", "moved_at", "note"]


class MarkShown(serializers.ModelSerializer[DamageMark]):
    """A damage on the outline; x and y in percent of the drawing."""

    class Meta:
        model = DamageMark
        fields = ["id", "view", "zone", "x", "y", "kind", "severity", "carried_from"]


class WalkShown(serializers.ModelSerializer[WalkAround]):
    """The walk-round."""

    marks = MarkShown(many=True)

    class Meta:
        model = WalkAround
        fields = [
            "fuel_quarters", "charge_percent", "lamps", "warning_lamps", "walked_round_at", "signer", "signed_at",
            "marks",
        ]  # fmt: skip


class OrderDetail(OrderShown):
    """An order with everything that its page shows."""

    bringer = CustomerNamed()
    payer = CustomerNamed()
    contact = CustomerNamed()
    authorised_amount = Price()
    statements = StatementShown(many=True)
    taken = TakenShown(many=True)
    lines = LineShown(many=True)
    promises = PromiseShown(many=True)
    log = LogShown(many=True)
    walk = WalkShown(allow_null=True, default=None)

    class Meta:
        model = WorkOrder
        fields = [
            *OrderShown.Meta.fields, "bringer", "payer", "contact", "odometer_in", "old_parts", "wash", "waits",
            "pay_method", "first_promised_at", "offered_to_workshop_at", "authorised_amount", "statements", "taken",
            "lines", "promises", "walk", "log", "repair_class",
        ]  # fmt: skip


class Standing(serializers.Serializer[Any]):
    """Where the order stands after an act."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    state = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields out
    version = serializers.IntegerField()


class ActionShown(serializers.Serializer[Any]):
    """A move, allowed now or with the sentence why not."""

    action = serializers.CharField()
    verb = serializers.CharField()
    target = serializers.CharField()
    allowed = serializers.BooleanField()
    sentence = serializers.CharField(allow_blank=True)


class Moves(Standing):
    """Every move of the road, as it stands for this person now."""

    actions = ActionShown(many=True)


class PaperShown(serializers.Serializer[Any]):
    """An issued paper; `replaces` names the one whose place it took, `url` is its PDF on the branch's sheet."""

    id = serializers.IntegerField(source="paper.pk")
    kind = serializers.ChoiceField(PaperKind.choices, source="paper.kind")
    label = serializers.CharField(source="paper.get_kind_display")  # type: ignore[assignment]  # DRF takes declared fields out
    number = serializers.CharField(source="paper.number")
    language = serializers.CharField(source="paper.language")
    issued_at = serializers.DateTimeField(source="paper.issued_at")
    replaces = serializers.IntegerField(source="paper.replaces_id", allow_null=True)
    content_hash = serializers.CharField(source="paper.content_hash")
    sheet = serializers.ChoiceField(list(SHEET_LABELS))
    url = serializers.CharField()


# --- Sent ---


class OrderNew(serializers.Serializer[Any]):
    """A car arrives."""

    vehicle = Id()
    visit_type = serializers.ChoiceField(VisitType.choices, default=VisitType.REPAIR)


class OrderEdit(serializers.Serializer[Any]):
    """What is agreed before the signature."""

    visit_type = serializers.ChoiceField(VisitType.choices, required=False)
    repair_class = serializers.ChoiceField(RepairClass.choices, required=False)
    old_parts = serializers.ChoiceField(OldParts.choices, required=False)
    wash = serializers.BooleanField(required=False)
    waits = serializers.BooleanField(required=False)
    pay_method = serializers.ChoiceField(PayMethod.choices, required=False)


class Odometer(serializers.Serializer[Any]):
    """The reading at arrival; below the last one with a reason."""

    km = serializers.IntegerField(min_value=0, max_value=MOST_KM)
    reason = Words(200)


class MarkNew(serializers.Serializer[Any]):
    """A damage; x and y in percent of the outline drawing."""

    view = Words(10)
    zone = serializers.ChoiceField(ZONES)
    x = serializers.DecimalField(4, 1, min_value=Decimal(0), max_value=Decimal(100), default=Decimal(0))
    y = serializers.DecimalField(4, 1, min_value=Decimal(0), max_value=Decimal(100), default=Decimal(0))
    kind = serializers.ChoiceField(MarkKind.choices)
    severity = serializers.ChoiceField(Severity.choices, default=Severity.LIGHT)
    carried_from = Id(source="carried_from_id", required=False, allow_null=True, default=None)


class ThingNew(serializers.Serializer[Any]):
    """A thing taken in."""

    kind = serializers.ChoiceField(Thing.choices)
    what = Words(80)


class WalkNew(serializers.Serializer[Any]):
    """The walk-round, written anew as it is now."""

    fuel_quarters = serializers.IntegerField(min_value=0, max_value=4, allow_null=True, default=None)
    charge_percent = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, default=None)
    kit = serializers.BooleanField(default=False)
    lamps = serializers.ListField(child=serializers.ChoiceField(Lamp.choices), default=list)
    warning_lamps = Words(120)
    marks = MarkNew(many=True, default=list)
    taken = ThingNew(many=True, default=list)


class StatementNew(serializers.Serializer[Any]):
    """The customer's own words, one thing."""

    words = serializers.CharField(max_length=1000)
    since = Words(80)


class Named(serializers.Serializer[Any]):
    """A person by name; a known one of the same phone is found."""

    name = serializers.CharField(max_length=60)
    phone = Words(20)


class PeopleNew(serializers.Serializer[Any]):
    """Who stands behind the visit beside the owner."""

    bringer = Named(required=False)
    payer = Named(required=False)
    contact = Named(required=False)


class PromiseNew(serializers.Serializer[Any]):
    """A finish time; a change after the signature needs its reason."""

    at = serializers.DateTimeField()
    reason = Words(200)

    def validate_at(self, at: datetime) -> datetime:
        """No typing error: at most a year ahead."""
        if at > now() + LONGEST_PROMISE:
            raise serializers.ValidationError(_("That is more than a year ahead."))
        return at


class LineNew(serializers.Serializer[Any]):
    """Labour or a part, by its code. `quantity`: sold hours (the standard hours unless told), or pieces."""

    operation = Words(30)
    part = Words(40)
    quantity = Quantity(required=False, allow_null=True, default=None)
    judgement = serializers.ChoiceField(list(JUDGEMENTS), default="customer")
    statement = Id(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if bool(attrs["operation"]) == bool(attrs["part"]):
            raise serializers.ValidationError(_("Name an operation or a part, one of them."))
        return attrs


class MenuAdded(serializers.Serializer[Any]):
    """A menu by its code; its lines answer the statement."""

    menu = Words(30)
    statement = Id(required=False, allow_null=True, default=None)


class LineEdit(serializers.Serializer[Any]):
    """What changes on a line that was not agreed to."""

    quantity = Quantity(required=False)
    discount = Amount(required=False)
    judgement = serializers.ChoiceField(list(JUDGEMENTS), required=False)
    statement = Id(required=False, allow_null=True)
    #: Why somebody else pays than the judgement is sure of.
    reason = serializers.CharField(max_length=200, required=False)


class Signature(serializers.Serializer[Any]):
    """Who signs, and how; `signature` is a PNG as a data URL."""

    signer = serializers.CharField(max_length=60)
    signature = Words(LONGEST_SIGNATURE)
    how = serializers.ChoiceField(RECORDED, default=AuthorisedHow.SCREEN)


class Shown(serializers.Serializer[Any]):
    """A line with the price version that the customer was told."""

    line = Id()
    price_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class AnswersNew(serializers.Serializer[Any]):
    """The customer's answer to offered lines, each once."""

    signer = serializers.CharField(max_length=60)
    how = serializers.ChoiceField(RECORDED)
    approved = Shown(many=True, default=list)
    declined = Shown(many=True, default=list)


class Wanted(serializers.Serializer[Any]):
    """A move asked for."""

    action = serializers.CharField(max_length=20)
    note = Words(300)
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, default=None, allow_null=True,
        help_text="The order's version that was seen; 409 when it has moved on",
    )  # fmt: skip
