"""From the walk-round to the signature, and the way to the workshop."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from reception import serializers as fields
from reception.api.orders import OfOrder
from reception.services import arrival, contract
from reception.services.arrival import Mark


class _Receiving(OfOrder):
    permission = "order.receive"


class OdometerIn(_Receiving):
    """The odometer at arrival."""

    @extend_schema(request=fields.Odometer, responses=fields.Standing, summary="Read the odometer")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Odometer)

        def do() -> dict[str, Any]:
            arrival.read_odometer(actor=self.actor, order_id=order.pk, **sent)
            return self.standing_of(order.pk)

        return self.act(do)


class WalkRound(_Receiving):
    """The walk-round."""

    @extend_schema(request=fields.WalkNew, responses=fields.OrderDetail, summary="Write the walk-round")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.WalkNew)
        marks = [Mark(**mark) for mark in sent.pop("marks")]
        taken = [(thing["kind"], thing["what"]) for thing in sent.pop("taken")]

        def do() -> dict[str, Any]:
            arrival.walk_round(actor=self.actor, order_id=order.pk, marks=marks, taken=taken, **sent)
            return self.show(fields.OrderDetail, self.whole(order.pk))

        return self.act(do)


class Statements(_Receiving):
    """What the customer says."""

    @extend_schema(request=fields.StatementNew, responses={201: fields.StatementShown}, summary="Write a statement")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.StatementNew)
        return self.act(
            lambda: self.show(
                fields.StatementShown, arrival.listen(actor=self.actor, order_id=order.pk, **sent)
            ), 201,
        )  # fmt: skip


class People(_Receiving):
    """Bringer, payer, contact."""

    @extend_schema(request=fields.PeopleNew, responses=fields.OrderDetail, summary="Name bringer, payer or contact")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.PeopleNew)
        people = {part: (who["name"], who["phone"]) for part, who in sent.items()}

        def do() -> dict[str, Any]:
            arrival.name_people(actor=self.actor, order_id=order.pk, people=people)
            return self.show(fields.OrderDetail, self.whole(order.pk))

        return self.act(do)


class Promise(_Receiving):
    """The promised finish time."""

    @extend_schema(request=fields.PromiseNew, responses=fields.Standing, summary="Promise a time")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.PromiseNew)

        def do() -> dict[str, Any]:
            contract.promise(actor=self.actor, order_id=order.pk, **sent)
            return self.standing_of(order.pk)

        return self.act(do)


class Sign(OfOrder):
    """The customer signs."""

    permission = "order.authorise"
    keyed = True

    @extend_schema(request=fields.Signature, responses=fields.OrderDetail, summary="The customer signs")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Signature)

        def do() -> dict[str, Any]:
            contract.sign(actor=self.actor, order_id=order.pk, **sent)
            return self.show(fields.OrderDetail, self.whole(order.pk))

        return self.act(do)


class ToWorkshop(_Receiving):
    """Keys, order and walk-round sheet go to the workshop."""

    keyed = True

    @extend_schema(request=None, responses=fields.Standing, summary="Hand over to the workshop")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)

        def do() -> dict[str, Any]:
            contract.hand_to_workshop(actor=self.actor, order_id=order.pk)
            return self.standing_of(order.pk)

        return self.act(do)
