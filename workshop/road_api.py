"""Road tests and the wash by the API."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.serializers import page_of
from reception.api.orders import OfOrder
from reception.serializers import Standing
from records.api import ActView
from workshop import serializers as fields
from workshop.models import RoadTest
from workshop.services import road_tests, wash


class RoadTests(OfOrder):
    """The drives of an order."""

    permissions = {"POST": "road.test"}
    keyed = True

    @extend_schema(responses=page_of(fields.RoadTestShown), summary="Road tests of an order")
    def get(self, request: Request, order_id: int) -> Response:
        rows = self.order(order_id).road_tests.select_related("driver", "gate_pass").order_by("pk")
        return self.rows(fields.RoadTestShown, rows)

    @extend_schema(
        request=fields.RoadTestNew, responses={201: fields.RoadTestShown}, summary="Take a car out on a road test"
    )
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.RoadTestNew)

        def do() -> dict[str, Any]:
            made = road_tests.go(actor=self.actor, order_id=order.pk, **sent)
            return self.show(fields.RoadTestShown, made)

        return self.act(do, 201)


class RoadBack(ActView):
    """The car is back."""

    permission = "road.test"
    keyed = True

    @extend_schema(request=fields.RoadTestBack, responses=fields.RoadTestShown, summary="End a road test")
    def post(self, request: Request, road_test_id: int) -> Response:
        if not RoadTest.objects.filter(pk=road_test_id, order__branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.RoadTestBack)

        def do() -> dict[str, Any]:
            ended = road_tests.back(actor=self.actor, road_test_id=road_test_id, **sent)
            return self.show(fields.RoadTestShown, ended)

        return self.act(do)


class Washes(OfOrder):
    """The wash of an order."""

    permissions = {"POST": "wash.do"}
    keyed = True

    @extend_schema(responses=page_of(fields.WashShown), summary="Washes of an order")
    def get(self, request: Request, order_id: int) -> Response:
        rows = self.order(order_id).washes.select_related("washed_by").order_by("pk")
        return self.rows(fields.WashShown, rows)

    @extend_schema(request=fields.WashNew, responses={201: Standing}, summary="Washed, or skipped with a reason")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.WashNew)

        def do() -> dict[str, Any]:
            if sent["reason"]:
                wash.skip(actor=self.actor, order_id=order.pk, reason=sent["reason"])
            else:
                wash.washed(actor=self.actor, order_id=order.pk, done=sent["done"])
            return self.standing_of(order.pk)

        return self.act(do, 201)
