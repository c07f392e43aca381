"""Customers, vehicles, visits from before and messages, to be taken out."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.models import Consent, Customer, Message, OdometerReading, Ownership, PastVisit, Vehicle
from customers.states import OwnershipKind
from records.exports import Column, Table, register

SEES = "customer.view"


def _customers(branch: Branch) -> QuerySet[Customer]:
    return Customer.objects.filter(branch=branch, merged_into__isnull=True)


def _vehicles(branch: Branch) -> QuerySet[Vehicle]:
    present = Ownership.objects.filter(vehicle=OuterRef("pk"), kind=OwnershipKind.OWNER, to_on__isnull=True)
    return Vehicle.objects.filter(branch=branch, merged_into__isnull=True).annotate(
        owner_name=Subquery(present.values("customer__name")[:1]),
        owner_phone=Subquery(present.values("customer__phone")[:1]),
    )


def _of_vehicle(*columns: Column) -> tuple[Column, ...]:
    return (Column(_("Plate"), "vehicle__plate"), Column(_("VIN"), "vehicle__vin"), *columns)


def register_tables() -> None:
    """Called once the apps are ready."""
    _register_people()
    _register_cars()


def _register_people() -> None:
    register(
        Table(
            "customers", _("Customers"), SEES,
            (
                Column(_("Name"), "name"), Column(_("Kind"), "kind"), Column(_("Phone"), "phone"),
                Column(_("E-mail"), "email"), Column(_("Birthday"), "born_on"), Column(_("Language"), "language"),
                Column(_("Note"), "note"),
            ),
            _customers, 10,
        ),
        Table(
            "consents", _("Consents"), SEES,
            (
                Column(_("Name"), "customer__name"), Column(_("Phone"), "customer__phone"),
                Column(_("Channel"), "channel"), Column(_("Purpose"), "purpose"), Column(_("Agrees"), "granted"),
                Column(_("Wording"), "wording"), Column(_("Source"), "source"), Column(_("When"), "at"),
                Column(_("By"), "by__name"),
            ),
            lambda branch: Consent.objects.filter(customer__branch=branch), 15,
        ),
        Table(
            "messages", _("Messages"), "message.view",
            (
                Column(_("Kind"), "message_class"), Column(_("State"), "state"), Column(_("Channel"), "channel"),
                Column(_("Plate"), "vehicle__plate"), Column(_("Name"), "customer__name", SEES),
                Column(_("Address"), "address", SEES), Column(_("Text"), "body", SEES), Column(_("Sent"), "sent_at"),
            ),
            lambda branch: Message.objects.filter(branch=branch), 70,
        ),
    )  # fmt: skip


def _register_cars() -> None:
    register(
        Table(
            "vehicles", _("Vehicles"), "vehicle.view",
            (
                Column(_("Plate"), "plate"), Column(_("VIN"), "vin"), Column(_("Brand"), "model__brand__name"),
                Column(_("Model"), "model__name"), Column(_("Year"), "year"), Column(_("Colour"), "colour"),
                Column(_("Warranty from"), "warranty_start_on"), Column(_("Odometer (km)"), "last_odometer"),
                Column(_("Last visit"), "last_visit_on"), Column(_("Next due"), "next_due_on"),
                Column(_("Owner's name"), "owner_name", SEES), Column(_("Phone"), "owner_phone", SEES),
            ),
            _vehicles, 20,
        ),
        Table(
            "readings", _("Odometer readings"), "vehicle.view",
            _of_vehicle(Column(_("Date"), "read_at"), Column(_("km"), "km"), Column(_("Source"), "source"),
                        Column(_("Reason"), "reason")),
            lambda branch: OdometerReading.objects.filter(vehicle__branch=branch), 60,
        ),
        Table(
            "past-visits", _("Visits before this system"), "vehicle.view",
            _of_vehicle(Column(_("Day of the visit"), "on"), Column(_("Number of the order"), "number"),
                        Column(_("Odometer (km)"), "km"), Column(_("Work done"), "work"),
                        Column(_("Amount"), "amount", "price.view"), Column(_("Advisor"), "advisor")),
            lambda branch: PastVisit.objects.filter(vehicle__branch=branch), 65,
        ),
    )  # fmt: skip
