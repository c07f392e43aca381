"""Customers and vehicles as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Id, Words
from catalog.models import VehicleModel
from customers.models import Consent, Customer, DueForecast, OdometerReading, Vehicle
from customers.selectors import phone_for
from customers.services import sentence
from customers.services.vehicles import MOST_KM
from customers.states import Channel, CustomerKind, PlateKind, Purpose
from dms.clock import check_year

LANGUAGES = [("zh-hans", "中文"), ("en", "English")]


class CustomerShown(serializers.ModelSerializer[Customer]):
    """A customer. Who may not see customers sees the end of the phone number and no e-mail or note."""

    phone = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = ["id", "kind", "name", "phone", "email", "language", "note", "version"]

    def get_phone(self, row: Customer) -> str:
        return phone_for(self.context["actor"], row)

    def get_email(self, row: Customer) -> str | None:
        return row.email if self.context["actor"].can("customer.view") else None

    def get_note(self, row: Customer) -> str | None:
        return row.note if self.context["actor"].can("customer.view") else None


class CustomerNamed(serializers.ModelSerializer[Customer]):
    """A customer beside something else: who, and how to reach them."""

    phone = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = ["id", "name", "phone"]

    def get_phone(self, row: Customer) -> str:
        return phone_for(self.context["actor"], row)


class CustomerNew(serializers.Serializer[Any]):
    """A new customer, or the known one of the same name and phone."""

    name = serializers.CharField(max_length=120)
    phone = Words(30)
    kind = serializers.ChoiceField(CustomerKind.choices, default=CustomerKind.PERSON)
    email = serializers.EmailField(required=False, allow_blank=True, default="", max_length=254)
    language = serializers.ChoiceField(LANGUAGES, default="zh-hans")
    note = Words(2000)


class CustomerEdit(serializers.Serializer[Any]):
    """What changes; the rest stays."""

    name = serializers.CharField(max_length=120, required=False)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    kind = serializers.ChoiceField(CustomerKind.choices, required=False)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class Search(serializers.Serializer[Any]):
    """Plate, VIN, name, pinyin or the end of a phone number. Posted, so that none of them stands in an address."""

    q = serializers.CharField(max_length=60)


class ConsentShown(serializers.ModelSerializer[Consent]):
    """The latest word about a channel and a purpose."""

    class Meta:
        model = Consent
        fields = ["id", "channel", "purpose", "granted", "wording", "source", "at"]


class ConsentNew(serializers.Serializer[Any]):
    """What the customer said, with the wording as proof."""

    channel = serializers.ChoiceField(Channel.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    granted = serializers.BooleanField()
    wording = Words(500)
    source = serializers.CharField(max_length=60)  # type: ignore[assignment]  # DRF takes declared fields out


class VehicleShown(serializers.ModelSerializer[Vehicle]):
    """A car."""

    model = serializers.StringRelatedField[VehicleModel](allow_null=True)
    model_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Vehicle
        fields = [
            "id", "plate", "plate_kind", "vin", "model", "model_id", "year", "colour", "incomplete",
            "warranty_start_on", "last_visit_on", "last_odometer", "km_per_day", "next_due_on", "next_due_km",
            "version",
        ]  # fmt: skip


class FoundShown(serializers.Serializer[Any]):
    """A car and its present owner."""

    vehicle = VehicleShown()
    owner = CustomerNamed(allow_null=True)


class ForecastShown(serializers.ModelSerializer[DueForecast]):
    """When a service falls due, and why."""

    rule = serializers.StringRelatedField[Any]()
    why = serializers.SerializerMethodField()

    class Meta:
        model = DueForecast
        fields = ["id", "rule", "cycle", "due_on", "due_km", "predicted_km", "km_per_day", "basis", "why"]

    def get_why(self, row: DueForecast) -> str:
        return sentence(row)


class ReadingShown(serializers.ModelSerializer[OdometerReading]):
    """What the odometer said, in km."""

    class Meta:
        model = OdometerReading
        fields = ["id", "km", "read_at", "source", "reason"]


class VehicleFields(serializers.Serializer[Any]):
    """What a car has; a plate or a VIN is needed."""

    plate = serializers.CharField(max_length=20, required=False, allow_blank=True)
    plate_kind = serializers.ChoiceField(PlateKind.choices, required=False)
    vin = serializers.CharField(max_length=25, required=False, allow_blank=True)
    model = serializers.PrimaryKeyRelatedField(queryset=VehicleModel.objects.all(), required=False, allow_null=True)
    year = serializers.IntegerField(min_value=1950, max_value=2100, required=False, allow_null=True)
    colour = serializers.CharField(max_length=30, required=False, allow_blank=True)
    warranty_start_on = serializers.DateField(required=False, allow_null=True, validators=[check_year])
    incomplete = serializers.BooleanField(required=False)


class VehicleNew(VehicleFields):
    """A new car, with its owner and a first reading where known."""

    owner = Id(required=False, allow_null=True, default=None)
    km = serializers.IntegerField(min_value=0, max_value=MOST_KM, required=False, allow_null=True, default=None)


class ReadingNew(serializers.Serializer[Any]):
    """A reading; one below the last needs a reason."""

    km = serializers.IntegerField(min_value=0, max_value=MOST_KM)
    reason = Words(200)


class OwnerNew(serializers.Serializer[Any]):
    """Whose car it is from today, or from a date."""

    customer = Id()
    on = serializers.DateField(required=False, allow_null=True, default=None, validators=[check_year])
