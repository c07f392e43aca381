"""Orders: the list, one with everything, arrival, and what is agreed before the signature."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, query
from accounts.policies import check_may
from accounts.serializers import page_of
from customers.selectors import vehicle_of
from dms.errors import Invalid
from reception import serializers as fields
from reception.models import WorkOrder
from reception.policies import check_reason, why_not
from reception.selectors import Wanted, order_of, orders_after
from reception.services import arrival, edits
from reception.services.flow import move
from reception.states import ROAD, State
from records.api import ActView
from records.selectors import panel_of

ACTIONS = frozenset(transition.action for transition in ROAD.transitions)


def standing(order: WorkOrder) -> dict[str, Any]:
    """The order as an act answers."""
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.state,
        "label": str(order.get_state_display()),
        "version": order.version,
    }


class OfOrder(ActView):
    """A view of one order."""

    permission = "order.view"

    def order(self, order_id: int) -> WorkOrder:
        """404 for another branch's."""
        found = WorkOrder.objects.filter(pk=order_id, branch=self.actor.branch).select_related("branch").first()
        if found is None:
            raise Http404
        return found

    def whole(self, order_id: int) -> WorkOrder:
        """The order with everything. 404 for another branch's."""
        found = order_of(order_id, self.actor.branch)
        if found is None:
            raise Http404
        return found

    def standing_of(self, order_id: int) -> dict[str, Any]:
        """The order as an act answers, read anew: an act may have moved it."""
        return standing(self.order(order_id))


class Orders(OfOrder):
    """The branch's orders."""

    permissions = {"POST": "order.receive"}
    keyed = True
    queries = {
        "GET": [
            query("state", str, "Only this state", enum=list(State.values)),
            query("open", bool, "Only visits that go on, or only those that ended"),
            query("advisor", int, "Only this service advisor's"),
            query("vehicle", int, "Only this car's"),
            AFTER,
            SIZE,
        ]
    }

    @extend_schema(responses=page_of(fields.OrderShown), summary="Work orders, newest first")
    def get(self, request: Request) -> Response:
        size, state = self.size(), self.words("state")
        if state and state not in State.values:
            raise Invalid(_("There is no such state."))
        wanted = Wanted(state or None, self.flag("open"), self.number("advisor"), self.number("vehicle"))
        found = orders_after(self.actor.branch, wanted, self.number("after"), size + 1)
        return self.rows(fields.OrderShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request=fields.OrderNew, responses={201: fields.OrderDetail}, summary="A car arrives")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.OrderNew)
        vehicle = vehicle_of(sent["vehicle"], self.actor.branch)
        if vehicle is None:
            raise Invalid(_("There is no such car here."))

        def do() -> dict[str, Any]:
            made = arrival.arrive(actor=self.actor, vehicle=vehicle, visit_type=sent["visit_type"])
            return self.show(fields.OrderDetail, self.whole(made.pk))

        return self.act(do, 201)


class OneOrder(OfOrder):
    """One order."""

    permissions = {"PATCH": "order.receive"}

    @extend_schema(responses=fields.OrderDetail, summary="One work order with everything")
    def get(self, request: Request, order_id: int) -> Response:
        return self.answer(self.show(fields.OrderDetail, self.whole(order_id)))

    @extend_schema(request=fields.OrderEdit, responses=fields.OrderDetail, summary="Change what is agreed")
    def patch(self, request: Request, order_id: int) -> Response:
        row = self.order(order_id)
        version, sent = self.version(row), self.read(fields.OrderEdit)
        self.edited(lambda: edits.agree(actor=self.actor, order_id=row.pk, version=version, **sent))
        return self.answer(self.show(fields.OrderDetail, self.whole(order_id)))


class Transitions(OfOrder):
    """`GET`: every action of the road, allowed or with its sentence. `POST {action, note, version}`: make one move.

    200 with the new state; 403 or 409 as problem details with the sentence of the page; 404 for another branch's
    order; 422 for what cannot be used.
    """

    keyed = True

    @extend_schema(responses=fields.Moves, summary="What may happen next, and why not")
    def get(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)
        actions = [
            {
                "action": transition.action,
                "verb": str(transition.verb),
                "target": transition.target,
                "allowed": not (sentence := why_not(order, transition.action, self.actor)),
                "sentence": sentence,
            }
            for transition in ROAD.transitions
        ]
        return self.answer(standing(order) | {"actions": actions})

    @extend_schema(request=fields.Wanted, responses=fields.Standing, summary="Make one move")
    def post(self, request: Request, order_id: int) -> Response:
        order, wanted = self.order(order_id), self.read(fields.Wanted)
        if wanted["action"] not in ACTIONS:
            raise Invalid(_("There is no such action."), "unknown_action")
        check_may(self.actor, ROAD[wanted["action"]].permission)
        check_reason(wanted["action"], wanted["note"])
        return self.act(lambda: standing(move(order_id=order.pk, actor=self.actor, **wanted)))


class Papers(OfOrder):
    """The papers of an order."""

    @extend_schema(
        responses=page_of(fields.PaperShown), summary="Papers of the order that this person may read, newest first"
    )
    def get(self, request: Request, order_id: int) -> Response:
        panel = panel_of(self.actor, self.order(order_id).subject_key)
        return self.rows(fields.PaperShown, sorted([*panel.rows, *panel.former], key=lambda row: -row.paper.pk))
