"""Orders and their lines, to be taken out."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reception.models import Appointment, GateLog, Line, PromiseChange, Statement, WorkOrder
from reception.packages import with_left
from records.exports import Column, Table, register

SEES, PRICES = "customer.view", "price.view"


def register_tables() -> None:
    """Called once the apps are ready."""
    _register_orders()
    _register_sales()
    _register_words()


def _register_orders() -> None:
    register(
        Table(
            "appointments", _("Appointments"), "appointment.book",
            (
                Column(pgettext_lazy("appointment", "Day"), "on"),
                Column(pgettext_lazy("appointment", "Time"), "starts_at"), Column(_("State"), "state"),
                Column(_("How it was asked for"), "source"), Column(_("Plate"), "plate"),
                Column(_("Name"), "name", SEES), Column(_("Phone"), "phone", SEES), Column(_("Visit"), "kind"),
                Column(_("Hours of work"), "hours"), Column(_("Advisor"), "advisor__name"),
                Column(_("Customer waits here"), "waits"), Column(_("The customer's own words"), "words"),
                Column(_("Note"), "note"), Column(_("Order"), "order__number"),
            ),
            lambda branch: Appointment.objects.filter(branch=branch), 25,
        ),
        Table(
            "orders", _("Work orders"), "order.view",
            (
                Column(_("Number"), "number"), Column(_("State"), "state"), Column(_("Visit"), "visit_type"),
                Column(_("Plate"), "vehicle__plate"), Column(_("VIN"), "vehicle__vin"),
                Column(_("Owner"), "owner__name", SEES), Column(_("Phone"), "owner__phone", SEES),
                Column(_("Advisor"), "advisor__name"), Column(_("Arrived"), "arrived_at"),
                Column(_("First promise"), "first_promised_at"), Column(_("Promised"), "promised_at"),
                Column(_("Odometer (km)"), "odometer_in"), Column(pgettext_lazy("export", "Settled"), "settled_at"),
                Column(_("Left"), "released_at"), Column(_("Authorised amount"), "authorised_amount", PRICES),
            ),
            lambda branch: WorkOrder.objects.filter(branch=branch), 30,
        ),
    )  # fmt: skip


def _register_sales() -> None:
    register(
        Table(
            "lines", _("Lines of orders"), "order.view",
            (
                Column(_("Order"), "order__number"), Column(_("Kind"), "kind"), Column(_("State"), "state"),
                Column(_("Code"), "code"), Column(_("Item"), "name"), Column(_("Quantity"), "quantity"),
                Column(_("Payer"), "payer"), Column(_("Price"), "unit_price", PRICES),
                Column(_("Discount"), "discount", PRICES), Column(_("Net"), "net", PRICES),
                Column(_("Tax"), "tax", PRICES), Column(_("Gross"), "gross", PRICES),
            ),
            lambda branch: Line.objects.filter(order__branch=branch), 40,
        ),
        Table(
            "packages", _("Packages sold"), PRICES,
            (
                Column(_("Number"), "number"), Column(_("Package"), "name"), Column(_("Plate"), "vehicle__plate"),
                Column(_("VIN"), "vehicle__vin"), Column(_("Sold on"), "sold_on"),
                Column(pgettext_lazy("export", "Ends on"), "ends_on"),
                Column(pgettext_lazy("export", "Ends at (km)"), "ends_km"), Column(_("Units left"), "left"),
                Column(_("Net"), "net"), Column(_("Tax"), "tax"), Column(_("Gross"), "gross"),
                Column(pgettext_lazy("package", "Earned"), "released"),
            ),
            lambda branch: with_left().filter(branch=branch), 48,
        ),
    )  # fmt: skip


def _register_words() -> None:
    register(
        Table(
            "statements", _("What customers said"), "order.view",
            (
                Column(_("Order"), "order__number"), Column(_("Plate"), "order__vehicle__plate"),
                Column(_("The customer's own words"), "words"), Column(_("Since when"), "since"),
                Column(_("Cause"), "cause"), Column(_("Correction"), "correction"),
            ),
            lambda branch: Statement.objects.filter(order__branch=branch), 32,
        ),
        Table(
            "promises", _("Promises"), "order.view",
            (
                Column(_("Order"), "order__number"), Column(_("Promised"), "promised_at"),
                Column(_("First promise"), "first"), Column(_("Reason"), "reason"),
                Column(pgettext_lazy("export", "By"), "changed_by__name"),
            ),
            lambda branch: PromiseChange.objects.filter(order__branch=branch), 34,
        ),
        Table(
            "gate", _("The gate"), "pass.issue",
            (
                Column(_("Order"), "gate_pass__order__number"), Column(_("Plate"), "gate_pass__order__vehicle__plate"),
                Column(_("Kind"), "gate_pass__kind"), Column(pgettext_lazy("gate", "Outcome"), "outcome"),
                Column(_("Reason"), "why"), Column(pgettext_lazy("gate", "When"), "attempted_at"),
                Column(pgettext_lazy("export", "By"), "attempted_by__name"),
            ),
            lambda branch: GateLog.objects.filter(branch=branch), 52,
        ),
    )  # fmt: skip
