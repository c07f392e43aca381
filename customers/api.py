"""Customers and vehicles by the API. Another branch's are 404; nothing personal stands in an address."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView
from accounts.serializers import page_of
from customers import selectors, services
from customers import serializers as fields
from customers.models import Customer, Vehicle
from dms.errors import Invalid
from records.api import ActView

MOST_FOUND = 50


class _OfCustomer(ActView):
    def customer(self, customer_id: int) -> Customer:
        """404 for another branch's."""
        found = selectors.customer_of(customer_id, self.actor.branch)
        if found is None:
            raise Http404
        return found


class _OfVehicle(ActView):
    def vehicle(self, vehicle_id: int) -> Vehicle:
        """404 for another branch's."""
        found = selectors.vehicle_of(vehicle_id, self.actor.branch)
        if found is None:
            raise Http404
        return found

    def named_customer(self, customer_id: int | None) -> Customer | None:
        """A customer that a body names. Raises `Invalid` for one that is not of this branch."""
        found = selectors.customer_of(customer_id, self.actor.branch) if customer_id else None
        if customer_id and found is None:
            raise Invalid(_("There is no such customer here."))
        return found


class Customers(ActView):
    """Customers of the branch."""

    permission = "vehicle.view"
    permissions = {"POST": "customer.edit"}
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(fields.CustomerShown), summary="Customers, newest first")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = selectors.customers_after(self.actor.branch, self.number("after"), size + 1)
        return self.rows(fields.CustomerShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request=fields.CustomerNew, responses={201: fields.CustomerShown}, summary="Enter a customer")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.CustomerNew)
        return self.act(
            lambda: self.show(fields.CustomerShown, services.register_customer(actor=self.actor, **sent)), 201
        )


class CustomerSearch(ApiView):
    """Look a customer up."""

    permission = "vehicle.view"

    @extend_schema(request=fields.Search, responses=page_of(fields.CustomerShown), summary="Look customers up")
    def post(self, request: Request) -> Response:
        text = self.read(fields.Search)["q"]
        return self.rows(fields.CustomerShown, selectors.find_customers(self.actor.branch, text, MOST_FOUND))


class OneCustomer(_OfCustomer):
    """One customer."""

    permission = "vehicle.view"
    permissions = {"PATCH": "customer.edit"}

    @extend_schema(responses=fields.CustomerShown, summary="One customer")
    def get(self, request: Request, customer_id: int) -> Response:
        return self.answer(self.show(fields.CustomerShown, self.customer(customer_id)))

    @extend_schema(request=fields.CustomerEdit, responses=fields.CustomerShown, summary="Change a customer")
    def patch(self, request: Request, customer_id: int) -> Response:
        row = self.customer(customer_id)
        version, sent = self.version(row), self.read(fields.CustomerEdit)
        changed = self.edited(lambda: services.change_customer(actor=self.actor, customer=row, version=version, **sent))
        return self.answer(self.show(fields.CustomerShown, changed))


class Consents(_OfCustomer):
    """The ledger of consents."""

    permission = "customer.view"
    permissions = {"POST": "customer.edit"}

    @extend_schema(responses=page_of(fields.ConsentShown), summary="Consents that hold now")
    def get(self, request: Request, customer_id: int) -> Response:
        return self.rows(fields.ConsentShown, selectors.consents_now(self.customer(customer_id)))

    @extend_schema(request=fields.ConsentNew, responses={201: fields.ConsentShown}, summary="Write a consent down")
    def post(self, request: Request, customer_id: int) -> Response:
        row, sent = self.customer(customer_id), self.read(fields.ConsentNew)
        return self.act(
            lambda: self.show(fields.ConsentShown, services.set_consent(actor=self.actor, customer=row, **sent)), 201
        )


class Vehicles(_OfVehicle):
    """Cars of the branch."""

    permission = "vehicle.view"
    permissions = {"POST": "customer.edit"}
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(fields.FoundShown), summary="Cars with their owners, newest first")
    def get(self, request: Request) -> Response:
        page = selectors.vehicles_page(self.actor.branch, self.number("after"), self.size())
        return self.rows(fields.FoundShown, page.rows, page.after)

    @extend_schema(request=fields.VehicleNew, responses={201: fields.VehicleShown}, summary="Enter a car")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.VehicleNew)
        owner = self.named_customer(sent.pop("owner"))

        def do() -> dict[str, Any]:
            made = services.register_vehicle(actor=self.actor, owner=owner, **sent)
            return self.show(fields.VehicleShown, self.vehicle(made.pk))

        return self.act(do, 201)


class VehicleSearch(ApiView):
    """Look a car up."""

    permission = "vehicle.view"

    @extend_schema(request=fields.Search, responses=page_of(fields.FoundShown), summary="Look cars up")
    def post(self, request: Request) -> Response:
        return self.rows(
            fields.FoundShown, selectors.find(self.actor.branch, self.read(fields.Search)["q"], MOST_FOUND)
        )


class OneVehicle(_OfVehicle):
    """One car."""

    permission = "vehicle.view"
    permissions = {"PATCH": "customer.edit"}

    @extend_schema(responses=fields.VehicleShown, summary="One car")
    def get(self, request: Request, vehicle_id: int) -> Response:
        return self.answer(self.show(fields.VehicleShown, self.vehicle(vehicle_id)))

    @extend_schema(request=fields.VehicleFields, responses=fields.VehicleShown, summary="Change a car")
    def patch(self, request: Request, vehicle_id: int) -> Response:
        row = self.vehicle(vehicle_id)
        version, sent = self.version(row), self.read(fields.VehicleFields)
        self.edited(lambda: services.change_vehicle(actor=self.actor, vehicle=row, version=version, **sent))
        return self.answer(self.show(fields.VehicleShown, self.vehicle(vehicle_id)))


class Readings(_OfVehicle):
    """What the odometer said."""

    permission = "vehicle.view"
    permissions = {"POST": "customer.edit"}

    @extend_schema(responses=page_of(fields.ReadingShown), summary="The last 20 odometer readings")
    def get(self, request: Request, vehicle_id: int) -> Response:
        rows = self.vehicle(vehicle_id).readings.order_by("-read_at", "-pk")
        return self.rows(fields.ReadingShown, rows[:20])

    @extend_schema(request=fields.ReadingNew, responses={201: fields.ReadingShown}, summary="Enter a reading")
    def post(self, request: Request, vehicle_id: int) -> Response:
        row, sent = self.vehicle(vehicle_id), self.read(fields.ReadingNew)

        def do() -> dict[str, Any]:
            made = services.record_reading(actor=self.actor, vehicle=row, source="office", **sent)
            return self.show(fields.ReadingShown, made)

        return self.act(do, 201)


class Owner(_OfVehicle):
    """Whose car it is."""

    permission = "customer.edit"

    @extend_schema(request=fields.OwnerNew, responses=fields.FoundShown, summary="Name the owner")
    def post(self, request: Request, vehicle_id: int) -> Response:
        row, sent = self.vehicle(vehicle_id), self.read(fields.OwnerNew)
        owner = self.named_customer(sent["customer"])

        def do() -> dict[str, Any]:
            if owner is not None:
                services.hand_over_ownership(actor=self.actor, vehicle=row, customer=owner, on=sent["on"])
            return self.show(fields.FoundShown, selectors.with_owners([row])[0])

        return self.act(do)


class Forecasts(_OfVehicle):
    """When the next services fall due."""

    permission = "vehicle.view"

    @extend_schema(responses=page_of(fields.ForecastShown), summary="Due forecasts of a car")
    def get(self, request: Request, vehicle_id: int) -> Response:
        rows = self.vehicle(vehicle_id).forecasts.filter(closed_at__isnull=True).select_related("rule")
        return self.rows(fields.ForecastShown, rows.order_by("due_on", "pk"))
