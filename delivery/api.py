"""The hand-back by the API: internal check, walk round, slip, money, gate."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from delivery import serializers as fields
from delivery.handover_selectors import handed, parts_to_hand, points_for
from delivery.models import Payment, Receivable, Split
from delivery.pickup_selectors import READY, offered, pickup_of
from delivery.selectors import settlement_view
from delivery.services import handover, payment, pickup, settlement, shares
from delivery.states import Moment
from dms.problems import body_of
from reception.api.orders import OfOrder
from reception.maintenance import next_service
from reception.models import GatePass, TakenItem, WorkOrder
from reception.serializers import Standing
from reception.services.gate import Attempt, open_gate
from reception.services.gate_apart import enter_listed
from reception.states import FAILED
from records.api import ActView


class HandoverOf(OfOrder):
    """What is looked at and explained at this car's hand-back."""

    permission = "order.hand_back"

    @extend_schema(responses=fields.HandoverShown, summary="The hand-back of an order")
    def get(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)
        proposed = next_service(order)
        told = {
            "internal": points_for(order, Moment.INTERNAL), "walk": points_for(order, Moment.WALK),
            "next_service_on": proposed.on, "next_service_km": proposed.km, "old_parts": parts_to_hand(order),
            "handed": handed(order),
        }  # fmt: skip
        return self.answer(self.show(fields.HandoverShown, told))


class OldParts(OfOrder):
    """The old parts go to the customer, who signs for them."""

    permission = "order.hand_back"
    keyed = True

    @extend_schema(request=fields.OldPartsSigned, responses=fields.OldPartsShown, summary="Hand over the old parts")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.OldPartsSigned)
        return self.act(
            lambda: self.show(
                fields.OldPartsShown, handover.give_old_parts(actor=self.actor, order_id=order.pk, **sent)
            )
        )


class _Pickup(OfOrder):
    permission = "order.hand_back"
    keyed = True

    def _told(self, order: WorkOrder) -> dict[str, Any]:
        free = offered(order.branch) if order.state in READY and not order.waits else []
        return self.show(fields.PickupShown, {"agreed": pickup_of(order), "free": free})


class PickupOf(_Pickup):
    """When a car is picked up: what is agreed, and the free times, the quiet ones first."""

    @extend_schema(responses=fields.PickupShown, summary="The pick-up of an order")
    def get(self, request: Request, order_id: int) -> Response:
        return self.answer(self._told(self.order(order_id)))

    @extend_schema(request=fields.PickupNew, responses=fields.PickupShown, summary="Agree or move the pick-up")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.PickupNew)

        def do() -> dict[str, Any]:
            pickup.agree(actor=self.actor, order_id=order.pk, **sent)
            return self._told(order)

        return self.act(do)


class PickupCancel(_Pickup):
    """No time is agreed any more."""

    @extend_schema(request=fields.Why, responses=fields.PickupShown, summary="Cancel the pick-up")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Why)

        def do() -> dict[str, Any]:
            pickup.cancel(actor=self.actor, order_id=order.pk, **sent)
            return self._told(order)

        return self.act(do)


class PassInternal(OfOrder):
    """Internal handover passed."""

    permission = "order.hand_back"
    keyed = True

    @extend_schema(request=fields.Internal, responses=Standing, summary="Internal handover passed")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Internal)

        def do() -> dict[str, Any]:
            handover.pass_internal(actor=self.actor, order_id=order.pk, **sent)
            return self.standing_of(order.pk)

        return self.act(do)


class FailInternal(OfOrder):
    """Back to work."""

    permission = "order.hand_back"
    keyed = True

    @extend_schema(request=fields.Cause, responses=Standing, summary="Send the car back to work")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Cause)

        def do() -> dict[str, Any]:
            handover.fail_internal(actor=self.actor, order_id=order.pk, **sent)
            return self.standing_of(order.pk)

        return self.act(do)


class Walked(OfOrder):
    """The customer was walked round the car."""

    permission = "order.hand_back"
    keyed = True

    @extend_schema(request=fields.Walk, responses=Standing, summary="The customer was walked round")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Walk)

        def do() -> dict[str, Any]:
            handover.walked(actor=self.actor, order_id=order.pk, **sent)
            return self.standing_of(order.pk)

        return self.act(do)


class GiveBack(ActView):
    """A thing taken in is given back."""

    permission = "order.hand_back"

    @extend_schema(request=fields.GiveBack, responses=fields.ReturnedShown, summary="Give a thing back")
    def post(self, request: Request, taken_id: int) -> Response:
        if not TakenItem.objects.filter(pk=taken_id, order__branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.GiveBack)
        return self.act(
            lambda: self.show(fields.ReturnedShown, handover.give_back(actor=self.actor, taken_id=taken_id, **sent))
        )


class _Bill(ActView):
    """A view of a bill."""

    def bill(self, order_id: int) -> dict[str, Any]:
        """The bill as it stands now. 404 for another branch's order."""
        rows = WorkOrder.objects.select_related("branch", "payer")
        order = rows.filter(pk=order_id, branch=self.actor.branch).first()
        if order is None:
            raise Http404
        return self.show(fields.SettlementShown, settlement_view(order))


class Settle(_Bill, OfOrder):
    """The bill of an order, and its slip."""

    permission = "price.view"
    permissions = {"POST": "till.settle"}
    keyed = True

    @extend_schema(responses=fields.SettlementShown, summary="The bill of an order")
    def get(self, request: Request, order_id: int) -> Response:
        return self.answer(self.bill(order_id))

    @extend_schema(request=None, responses={201: fields.SettlementShown}, summary="Issue the settlement slip")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)

        def do() -> dict[str, Any]:
            settlement.settle_slip(actor=self.actor, order_id=order.pk)
            return self.bill(order.pk)

        return self.act(do, 201)


class Splits(_Bill, OfOrder):
    """Another payer takes over a part of the customer's share."""

    permission = "till.settle"
    keyed = True

    @extend_schema(request=fields.SplitNew, responses={201: fields.SettlementShown}, summary="Share the bill")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.SplitNew)

        def do() -> dict[str, Any]:
            shares.take_over(actor=self.actor, order_id=order.pk, line_id=sent.pop("line"), **sent)
            return self.bill(order.pk)

        return self.act(do, 201)


class SplitEnd(_Bill):
    """What was taken over is the customer's again."""

    permission = "till.settle"
    keyed = True

    @extend_schema(request=None, responses=fields.SettlementShown, summary="Take a share back")
    def post(self, request: Request, split_id: int) -> Response:
        found = Split.objects.filter(pk=split_id, order__branch=self.actor.branch).first()
        if found is None:
            raise Http404

        def do() -> dict[str, Any]:
            shares.take_back(actor=self.actor, split_id=found.pk)
            return self.bill(found.order_id)

        return self.act(do)


class Reversal(_Bill, OfOrder):
    """A slip is taken back by a negative one (负结算)."""

    permission = "till.reverse"
    keyed = True

    @extend_schema(request=fields.Reason, responses={201: fields.SettlementShown}, summary="Reverse the slip")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.Reason)

        def do() -> dict[str, Any]:
            settlement.reverse(actor=self.actor, order_id=order.pk, **sent)
            return self.bill(order.pk)

        return self.act(do, 201)


class _OfReceivable(_Bill):
    def receivable(self, receivable_id: int) -> Receivable:
        """404 for another branch's."""
        rows = Receivable.objects.filter(settlement__order__branch=self.actor.branch).select_related("settlement")
        found = rows.filter(pk=receivable_id).first()
        if found is None:
            raise Http404
        return found


class Payments(_OfReceivable):
    """Money for a share."""

    permission = "till.pay"
    keyed = True

    @extend_schema(request=fields.PaymentNew, responses={201: fields.SettlementShown}, summary="Take money")
    def post(self, request: Request, receivable_id: int) -> Response:
        row, sent, key = self.receivable(receivable_id), self.read(fields.PaymentNew), self.money_key()

        def do() -> dict[str, Any]:
            payment.pay(actor=self.actor, receivable_id=row.pk, key=key, **sent)
            return self.bill(row.settlement.order_id)

        return self.act(do, 201)


class Credit(_OfReceivable):
    """The payer pays later: within the customer's terms, or as the manager allows."""

    permission = "till.pay"
    keyed = True

    @extend_schema(request=None, responses=fields.SettlementShown, summary="Put a share on account")
    def post(self, request: Request, receivable_id: int) -> Response:
        row = self.receivable(receivable_id)

        def do() -> dict[str, Any]:
            payment.put_on_account(actor=self.actor, receivable_id=row.pk)
            return self.bill(row.settlement.order_id)

        return self.act(do)


class Refunds(_Bill):
    """Money back of one payment."""

    permission = "till.reverse"
    keyed = True

    @extend_schema(request=fields.RefundNew, responses={201: fields.SettlementShown}, summary="Give money back")
    def post(self, request: Request, payment_id: int) -> Response:
        rows = Payment.objects.filter(receivable__settlement__order__branch=self.actor.branch)
        found = rows.filter(pk=payment_id).select_related("receivable__settlement").first()
        if found is None:
            raise Http404
        sent, key = self.read(fields.RefundNew), self.money_key()

        def do() -> dict[str, Any]:
            payment.refund(actor=self.actor, payment_id=found.pk, key=key, **sent)
            return self.bill(found.receivable.settlement.order_id)

        return self.act(do, 201)


class Passes(OfOrder):
    """The gate pass of an order."""

    permission = "pass.issue"
    keyed = True

    @extend_schema(request=None, responses={201: fields.PassShown}, summary="Issue the gate pass")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)
        return self.act(
            lambda: self.show(fields.PassShown, payment.issue_with_paper(actor=self.actor, order_id=order.pk)), 201
        )


def _answered(attempt: Attempt) -> tuple[int, dict[str, Any]]:
    outcome, gate_pass, sentence = attempt
    if gate_pass is None or outcome in FAILED:
        return 409, body_of(409, str(outcome), sentence)
    plate = gate_pass.order.vehicle.plate
    return 200, {"outcome": str(outcome), "sentence": sentence, "plate": plate, "kind": str(gate_pass.kind)}


class Gate(ActView):
    """The gate: opens once against the code. What it refuses is a 409, and the attempt is kept."""

    permission = "gate.open"
    keyed = True

    @extend_schema(request=fields.Code, responses=fields.GateAnswer, summary="Open the gate")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.Code)

        def do() -> tuple[int, dict[str, Any]]:
            return _answered(open_gate(actor=self.actor, entered=sent["code"], plate=sent["plate"]))

        return self.acted(do)


class GateListed(ActView):
    """A car that the guard let out by the printed list, entered afterwards with its time."""

    permission = "gate.open"
    keyed = True

    @extend_schema(request=fields.Listed, responses=fields.GateAnswer, summary="Enter who left by the printed list")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.Listed)
        found = GatePass.objects.filter(branch=self.actor.branch, number=sent["number"]).first()
        if found is None:
            raise Http404

        def do() -> tuple[int, dict[str, Any]]:
            return _answered(enter_listed(actor=self.actor, pass_id=found.pk, left_at=sent["left_at"]))

        return self.acted(do)
