"""New cars from the sales side by the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.selectors import packages_named
from customers.import_states import HandOverSource
from customers.models import NewCar
from customers.serializers import CustomerNamed, CustomerNew, VehicleFields, VehicleShown
from customers.services.new_cars import take_over
from customers.services.vehicles import MOST_KM
from dms.clock import check_year
from records.api import ActView


class HandOverNew(serializers.Serializer[Any]):
    """A car that was sold: its owner, the car, and when it was handed over (today unless told)."""

    owner = CustomerNew()
    car = VehicleFields()
    handed_over_on = serializers.DateField(required=False, allow_null=True, default=None, validators=[check_year])
    km = serializers.IntegerField(min_value=0, max_value=MOST_KM, required=False, allow_null=True, default=None)
    packages = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, default=list, max_length=20,
        help_text="Names of the packages that were sold with the car, as the catalogue calls them.",
    )  # fmt: skip


class HandOverShown(serializers.ModelSerializer[NewCar]):
    """The hand-over, and when the first service is due by the maintenance rule."""

    vehicle = VehicleShown()
    owner = CustomerNamed(source="customer")
    first_service_on = serializers.DateField(source="vehicle.next_due_on", allow_null=True)

    class Meta:
        model = NewCar
        fields = ["id", "vehicle", "owner", "handed_over_on", "first_service_on"]


class HandOvers(ActView):
    """New cars that sales hand over."""

    permission = "customer.edit"
    keyed = True

    @extend_schema(request=HandOverNew, responses={201: HandOverShown}, summary="Take a new car over from sales")
    def post(self, request: Request) -> Response:
        sent = self.read(HandOverNew)

        def do() -> dict[str, Any]:
            given = sent | {"packages": packages_named(sent["packages"])}
            return self.show(HandOverShown, take_over(actor=self.actor, source=HandOverSource.API, **given))

        return self.act(do, 201)
