"""Purchasing by the API: what is asked for, orders to suppliers, goods in."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView
from accounts.serializers import Amount, Id, Price, Quantity, Words, page_of
from catalog.models import Batch, ExpectedPart, Part, Supplier, SupplierOrder
from catalog.services import goods_in, purchasing
from catalog.states import Origin, SupplyState
from dms.errors import Invalid
from records.api import ActView


class SupplierShown(serializers.ModelSerializer[Supplier]):
    """Who sells parts to the house."""

    class Meta:
        model = Supplier
        fields = ["id", "name", "contact", "phone", "lead_days"]


class ItemShown(serializers.ModelSerializer[ExpectedPart]):
    """A part that is bought; `waiting` names the lines that wait for it."""

    part = serializers.CharField(source="part.code")
    order = serializers.IntegerField(source="order_id", allow_null=True)
    state = serializers.ChoiceField(SupplyState.choices)
    waiting = serializers.SerializerMethodField()

    class Meta:
        model = ExpectedPart
        fields = ["id", "part", "order", "state", "quantity", "received", "expected_on", "waiting"]

    def get_waiting(self, row: ExpectedPart) -> list[str]:
        """As `line:12`."""
        return [wait.subject_key for wait in row.waits.all()]


class SupplierOrderShown(serializers.ModelSerializer[SupplierOrder]):
    """An order to a supplier with what it asks for."""

    supplier = serializers.CharField(source="supplier.name")
    items = ItemShown(many=True)

    class Meta:
        model = SupplierOrder
        fields = ["id", "number", "supplier", "note", "ordered_at", "items"]


class BatchShown(serializers.ModelSerializer[Batch]):
    """Goods that came in at once."""

    part = serializers.CharField(source="part.code")
    unit_cost = Price()
    origin = serializers.ChoiceField(Origin.choices)

    class Meta:
        model = Batch
        fields = ["id", "part", "code", "origin", "unit_cost", "quantity", "left"]


class AskNew(serializers.Serializer[Any]):
    """A part to buy."""

    part = Words(40, help_text="code of /parts/")
    quantity = Quantity()


class SupplierOrderNew(serializers.Serializer[Any]):
    """Which requests go to whom, and when they come."""

    supplier = Id()
    items = serializers.ListField(child=Id(), min_length=1, max_length=500)
    expected_on = serializers.DateField()
    note = Words(200)


class Came(serializers.Serializer[Any]):
    """How much of an item came."""

    item = Id()
    quantity = Quantity()
    unit_cost = Amount(required=False, allow_null=True, default=None)
    batch = Words(40)
    origin = serializers.ChoiceField(Origin.choices, required=False, default="")
    bin = Words(20)


class GoodsNew(serializers.Serializer[Any]):
    """What a supplier brought."""

    items = Came(many=True)


class Suppliers(ApiView):
    """Suppliers that parts are ordered from."""

    permission = "parts.view"

    @extend_schema(responses=page_of(SupplierShown), summary="Suppliers")
    def get(self, request: Request) -> Response:
        return self.rows(SupplierShown, Supplier.objects.filter(ended_at__isnull=True).order_by("name"))


class PartRequests(ActView):
    """Parts that are asked for and not ordered yet."""

    permission = "parts.view"
    permissions = {"POST": "parts.stock"}
    keyed = True

    @extend_schema(responses=page_of(ItemShown), summary="Parts asked for")
    def get(self, request: Request) -> Response:
        rows = ExpectedPart.objects.filter(branch=self.actor.branch, state=SupplyState.REQUESTED)
        return self.rows(ItemShown, rows.select_related("part").prefetch_related("waits").order_by("id"))

    @extend_schema(request=AskNew, responses={201: ItemShown}, summary="Ask for a part")
    def post(self, request: Request) -> Response:
        sent = self.read(AskNew)
        part = Part.objects.filter(code=sent["part"], active=True).first()
        if part is None:
            raise Invalid(_("There is no such number in the catalogue."), "part")
        return self.act(
            lambda: self.show(ItemShown, purchasing.ask(actor=self.actor, part=part, quantity=sent["quantity"])), 201
        )


class SupplierOrders(ActView):
    """Orders to suppliers, the newest first."""

    permission = "parts.view"
    permissions = {"POST": "parts.stock"}
    keyed = True
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(SupplierOrderShown), summary="Orders to suppliers")
    def get(self, request: Request) -> Response:
        size, after = self.size(), self.number("after")
        rows = _orders(self.actor.branch.pk).order_by("-id")
        found = list((rows.filter(pk__lt=after) if after else rows)[: size + 1])
        return self.rows(SupplierOrderShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request=SupplierOrderNew, responses={201: SupplierOrderShown}, summary="Order from a supplier")
    def post(self, request: Request) -> Response:
        sent = self.read(SupplierOrderNew)
        supplier = Supplier.objects.filter(pk=sent["supplier"], ended_at__isnull=True).first()
        if supplier is None:
            raise Invalid(_("There is no such supplier."), "supplier")

        def do() -> dict[str, Any]:
            order = purchasing.place(
                actor=self.actor, supplier=supplier, item_ids=sent["items"], expected_on=sent["expected_on"],
                note=sent["note"],
            )  # fmt: skip
            return self.show(SupplierOrderShown, _orders(self.actor.branch.pk).get(pk=order.pk))

        return self.act(do, 201)


class GoodsIn(ActView):
    """What a supplier brought goes into the stock."""

    permission = "parts.stock"
    keyed = True

    @extend_schema(request=GoodsNew, responses={201: BatchShown(many=True)}, summary="Goods in")
    def post(self, request: Request, supplier_order_id: int) -> Response:
        order = _orders(self.actor.branch.pk).filter(pk=supplier_order_id).first()
        if order is None:
            raise Http404
        sent, mine = self.read(GoodsNew)["items"], {item.pk for item in order.items.all()}
        if any(one["item"] not in mine for one in sent):
            raise Invalid(_("An item belongs to another order."), "items")
        came = [
            goods_in.Arrived(one["item"], one["quantity"], one["unit_cost"], one["batch"], one["origin"], one["bin"])
            for one in sent
        ]
        return self.act(
            lambda: {"items": [self.show(BatchShown, row) for row in goods_in.receive(actor=self.actor, arrived=came)]},
            201,
        )


def _orders(branch_id: int) -> Any:
    rows = SupplierOrder.objects.filter(branch=branch_id).select_related("supplier")
    return rows.prefetch_related("items__part", "items__waits")
