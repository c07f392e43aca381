"""Trade-in leads for the sales side's own system."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE
from accounts.serializers import Id, Words, page_of
from customers.selectors import vehicle_of
from customers.serializers import CustomerNamed, VehicleShown
from records.api import ActView
from retention.models import TradeInLead
from retention.services.leads import LONGEST, open_lead


class LeadNew(serializers.Serializer[Any]):
    """A customer asks what a car is worth."""

    vehicle = Id()
    asked_price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )
    note = Words(LONGEST)


class LeadShown(serializers.ModelSerializer[TradeInLead]):
    """A lead, with what the last visit saw."""

    vehicle = VehicleShown()
    customer = CustomerNamed()

    class Meta:
        model = TradeInLead
        fields = ["id", "state", "vehicle", "customer", "asked_price", "note", "condition", "opened_at", "closed_at"]


class Leads(ActView):
    """Trade-in leads of the branch."""

    permission = "lead.open"
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(LeadShown), summary="Trade-in leads, newest first")
    def get(self, request: Request) -> Response:
        size, after = self.size(), self.number("after")
        rows = TradeInLead.objects.filter(branch=self.actor.branch).order_by("-pk")
        rows = rows.select_related("vehicle__model__brand", "customer")
        found = list((rows if after is None else rows.filter(pk__lt=after))[: size + 1])
        return self.rows(LeadShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request=LeadNew, responses={201: LeadShown}, summary="Take a trade-in lead down")
    def post(self, request: Request) -> Response:
        sent = self.read(LeadNew)
        vehicle = vehicle_of(sent.pop("vehicle"), self.actor.branch)
        if vehicle is None:
            raise Http404
        return self.act(lambda: self.show(LeadShown, open_lead(actor=self.actor, vehicle=vehicle, **sent)), 201)
