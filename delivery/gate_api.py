"""The gate apart from its passes, by the API: let out by force, and the log."""

import binascii
from base64 import b64decode
from typing import Any

from django.core.files.base import ContentFile
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import with_pin
from delivery import gate_serializers as fields
from dms.errors import Invalid
from reception import gate_selectors as found
from reception.api.orders import OfOrder
from reception.models import GatePass
from reception.services.gate_apart import force_release
from reception.services.outings import come_back, go_out
from reception.states import OUTINGS
from records.api import ActView


class GateForce(ActView):
    """A car is let out without a pass: plate, reason, photo, and the PIN of somebody who may.

    It needs no key: a car is let out by force once, and a wrong PIN stays counted whatever is sent again.
    """

    permission = "gate.open"

    @extend_schema(responses=fields.Forcers, summary="Who may let a car out by force")
    def get(self, request: Request) -> Response:
        people = with_pin(self.actor.branch, "gate.force")
        return self.answer(self.show(fields.Forcers, {"items": people}))

    @extend_schema(request=fields.Force, responses={201: fields.ForcedShown}, summary="Let a car out by force")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.Force)
        cars = found.cars_here(self.actor.branch, sent["plate"])
        if not cars:
            raise Invalid(_("No car with this plate is here."), "plate")
        if len({order.vehicle_id for order in cars}) > 1:
            raise Invalid(_("Several cars end like this: type the whole plate."), "plate")
        made = force_release(
            actor=self.actor, order_id=cars[0].pk, by_id=sent["by"], pin=sent["pin"], reason=sent["reason"],
            photo=_picture(sent["photo"]),
        )  # fmt: skip
        return self.answer(self.show(fields.ForcedShown, made), 201)


def _picture(text: str) -> Any:
    try:
        return ContentFile(b64decode(text, validate=True), name="gate.jpg")
    except (binascii.Error, ValueError) as error:
        raise Invalid(_("Take a photo of the car with its plate."), "photo") from error


class GateLog(ActView):
    """What was let out by force, and what was tried in vain, of the last days."""

    permission = "gate.force"

    @extend_schema(responses=fields.GateLogShown, summary="The log of the gate")
    def get(self, request: Request) -> Response:
        branch = self.actor.branch
        rows = {"forced": found.forced(branch), "attempts": found.attempts(branch)}
        return self.answer(self.show(fields.GateLogShown, rows))


class Outings(OfOrder):
    """A car leaves for a while: a wash, work given outside, the annual inspection."""

    permission = "pass.issue"
    keyed = True

    @extend_schema(request=fields.OutingNew, responses={201: fields.OutingShown}, summary="A car goes out for a while")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.OutingNew)
        return self.act(lambda: self.show(fields.OutingShown, go_out(actor=self.actor, order_id=order.pk, **sent)), 201)


class OutingBack(ActView):
    """It is here again, or never left."""

    permission = "pass.issue"
    keyed = True

    @extend_schema(request=None, responses=fields.OutingShown, summary="A car that was out is back")
    def post(self, request: Request, pass_id: int) -> Response:
        if not GatePass.objects.filter(pk=pass_id, branch=self.actor.branch, kind__in=OUTINGS).exists():
            raise Http404
        return self.act(lambda: self.show(fields.OutingShown, come_back(actor=self.actor, pass_id=pass_id)))
