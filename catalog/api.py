"""The catalogue by the API: what can be sold here, with today's price and stock. Read only."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView, query
from accounts.serializers import Price, page_of
from catalog import selectors
from catalog.health import points_shown
from catalog.menus import search_menus
from catalog.models import HealthPoint, VehicleModel
from catalog.states import OperationKind, Origin

TEXT = query("q", str, "Part of the code or the name")


class OperationShown(serializers.Serializer[Any]):
    """A labour operation; `price` is for its standard hours."""

    code = serializers.CharField(source="operation.code")
    name = serializers.CharField(source="operation.name")
    name_en = serializers.CharField(source="operation.name_en")
    kind = serializers.ChoiceField(OperationKind.choices, source="operation.kind")
    standard_hours = serializers.DecimalField(10, 2, source="operation.standard_hours")
    skill = serializers.CharField(source="operation.skill.key", default=None, allow_null=True)
    price = Price()


class PartShown(serializers.Serializer[Any]):
    """A part with this branch's stock; `free` is on hand and not promised to an order."""

    code = serializers.CharField(source="part.code")
    name = serializers.CharField(source="part.name")
    name_en = serializers.CharField(source="part.name_en")
    unit = serializers.CharField(source="part.unit")
    origin = serializers.ChoiceField(Origin.choices, source="part.origin")
    on_hand = serializers.DecimalField(10, 2)
    reserved = serializers.DecimalField(10, 2)
    free = serializers.DecimalField(10, 2)
    price = Price()


class ModelShown(serializers.ModelSerializer[VehicleModel]):
    """A model of a brand; its id is what a vehicle names."""

    brand = serializers.CharField(source="brand.name")

    class Meta:
        model = VehicleModel
        fields = ["id", "brand", "name", "name_en", "energy"]


class Operations(ApiView):
    """Operations by code."""

    permission = "order.view"
    queries = {"GET": [TEXT, AFTER, SIZE]}

    @extend_schema(responses=page_of(OperationShown), summary="Labour operations")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = selectors.search_operations(self.actor.branch, self.words("q"), size + 1, self.words("after"))
        return self.rows(OperationShown, found[:size], found[size - 1].operation.code if len(found) > size else None)


class Parts(ApiView):
    """Parts by code."""

    permission = "order.view"
    queries = {"GET": [TEXT, AFTER, SIZE]}

    @extend_schema(responses=page_of(PartShown), summary="Parts with stock and price")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = selectors.search_parts(self.actor.branch, self.words("q"), size + 1, self.words("after"))
        return self.rows(PartShown, found[:size], found[size - 1].part.code if len(found) > size else None)


class MenuItemShown(serializers.Serializer[Any]):
    """An item of a menu: hours of an operation, or pieces or litres of a part with what is free here."""

    operation = serializers.CharField(source="row.operation.code", default=None, allow_null=True)
    part = serializers.CharField(source="row.part.code", default=None, allow_null=True)
    quantity = serializers.DecimalField(10, 2)
    unit_price = Price()
    free = serializers.DecimalField(10, 2, allow_null=True)


class MenuShown(serializers.Serializer[Any]):
    """Work with its parts; `price` is what is charged today, `sum` what its items cost singly."""

    code = serializers.CharField(source="menu.code")
    name = serializers.CharField(source="menu.name")
    name_en = serializers.CharField(source="menu.name_en")
    price = Price()
    sum = Price()
    items = MenuItemShown(many=True)


class Menus(ApiView):
    """Menus by code."""

    permission = "order.view"
    queries = {"GET": [TEXT, AFTER, SIZE]}

    @extend_schema(responses=page_of(MenuShown), summary="Menus: work with its parts, price and stock")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = search_menus(self.actor.branch, self.words("q"), size + 1, self.words("after"))
        return self.rows(MenuShown, found[:size], found[size - 1].menu.code if len(found) > size else None)


class Models(ApiView):
    """Models of cars."""

    permission = "vehicle.view"
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(ModelShown), summary="Models of cars")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = selectors.models_after(self.number("after") or 0, size + 1)
        return self.rows(ModelShown, found[:size], found[size - 1].pk if len(found) > size else None)


class PointShown(serializers.ModelSerializer[HealthPoint]):
    """A point of an inspection list. `health_list` is the list's id; limits are in `unit`."""

    list_name = serializers.CharField(source="health_list.name")
    brand = serializers.CharField(source="health_list.brand.name", default=None, allow_null=True)
    model = serializers.CharField(source="health_list.model.name", default=None, allow_null=True)
    occasion = serializers.CharField(source="health_list.occasion")
    from_km = serializers.IntegerField(source="health_list.from_km")
    operation = serializers.CharField(source="operation.code", default=None, allow_null=True)
    part = serializers.CharField(source="part.code", default=None, allow_null=True)

    class Meta:
        model = HealthPoint
        fields = [
            "id", "health_list", "list_name", "brand", "model", "occasion", "from_km", "group", "name", "name_en",
            "position", "unit", "direction", "green_limit", "amber_limit", "operation", "part", "months",
        ]  # fmt: skip


class InspectionPoints(ApiView):
    """The points of the inspection lists that stand."""

    permission = "order.view"
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(PointShown), summary="Points of the inspection lists")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = points_shown(self.number("after") or 0, size + 1)
        return self.rows(PointShown, found[:size], found[size - 1].pk if len(found) > size else None)
