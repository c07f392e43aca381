"""The API of work orders: the same moves, judged by the same policies, refused with the same sentences."""

import json
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.policies import Actor, check_may
from dms.errors import Invalid
from reception.models import WorkOrder
from reception.policies import check_reason, why_not
from reception.services.flow import move
from reception.states import ROAD
from records.services.idempotency import once

ACTIONS = frozenset(transition.action for transition in ROAD.transitions)
LONGEST_KEY = 64


class Wanted(serializers.Serializer[Any]):
    """A move asked for. Any other field is ignored: no state, amount, advisor or branch can be posted."""

    action = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(min_value=1, required=False, default=None, allow_null=True)


def state_of(order: WorkOrder) -> dict[str, Any]:
    """The order as the API tells it."""
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.state,
        "label": order.get_state_display(),
        "version": order.version,
    }


class Transitions(APIView):
    """`GET`: every action of the road, allowed or with its sentence. `POST {action, note, version}`: make one move.

    200 with the new state; 403 or 409 as problem details with the sentence of the page; 404 for another branch's
    order; 422 for what cannot be used. With an `Idempotency-Key` header a repeated POST is one move.
    """

    permission = "order.view"  # read by the route × role test, as `needs` tells it of a function
    parser_classes = [JSONParser]

    def get(self, request: Request, order_id: int) -> Response:
        actor, order = self._order(request, order_id)
        actions = [
            {
                "action": transition.action,
                "verb": str(transition.verb),
                "target": transition.target,
                "allowed": not (sentence := why_not(order, transition.action, actor)),
                "sentence": sentence,
            }
            for transition in ROAD.transitions
        ]
        return Response(state_of(order) | {"actions": actions}, headers={"Cache-Control": "no-store"})

    def post(self, request: Request, order_id: int) -> Response:
        actor, order = self._order(request, order_id)
        wanted = Wanted(data=request.data)
        if not wanted.is_valid():
            name, complaints = next(iter(wanted.errors.items()))
            raise Invalid(f"{name}: {complaints[0]}")
        if wanted.validated_data["action"] not in ACTIONS:
            raise Invalid(_("There is no such action."), "unknown_action")
        return Response(self._once(request, actor, order, wanted.validated_data), headers={"Cache-Control": "no-store"})

    def _order(self, request: Request, order_id: int) -> tuple[Actor, WorkOrder]:
        actor = actor_of(request)
        check_may(actor, self.permission)
        order = WorkOrder.objects.filter(pk=order_id, branch=actor.branch).first()
        if order is None:
            raise Http404
        return actor, order

    def _once(self, request: Request, actor: Actor, order: WorkOrder, wanted: dict[str, Any]) -> dict[str, Any]:
        def act() -> str:
            check_reason(wanted["action"], wanted["note"])
            return json.dumps(state_of(move(order_id=order.pk, actor=actor, **wanted)))

        key = request.headers.get("Idempotency-Key", "")
        if len(key) > LONGEST_KEY:
            raise Invalid(_("The Idempotency-Key is too long."))
        body = json.dumps(wanted, sort_keys=True)
        answer: dict[str, Any] = json.loads(
            once(actor=actor, key=key, route=request.path[:80], body=body, act=act) if key else act()
        )
        return answer
