"""Calls, complaints, surveys, leads, reminders and lapse cases, to be taken out."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from records.exports import Column, Table, register
from retention.condition import damage_words, declined_words, finding_words, measured_words, tested_words
from retention.measures import LISTED
from retention.models import CallTask, Complaint, EnteredFigure, LapseCase, Measured, Reminder, Survey, TradeInLead
from retention.states import Grain

SEES = "customer.view"
_CAR = (Column(_("Plate"), "vehicle__plate"), Column(_("VIN"), "vehicle__vin"))
_WHO = (Column(_("Name"), "customer__name", SEES), Column(_("Phone"), "customer__phone", SEES))


def _reasons(told: Any) -> str:
    return "; ".join(str(words) for words in (told or {}).values() if words)


def _km(told: Any) -> str:
    km = (told or {}).get("km")
    return "" if km is None else str(km)


def register_tables() -> None:
    """Called once the apps are ready."""
    _register_calls()
    _register_voice()
    _register_return()
    _register_figures()


def _register_calls() -> None:
    register(
        Table(
            "calls", _("Calls"), "call.do",
            (
                Column(_("Kind"), "kind"), Column(_("State"), "state"), *_CAR, *_WHO,
                Column(_("Due"), "due_on"), Column(_("Tries"), "tries"), Column(_("Value"), "value", "price.view"),
                Column(_("Closed"), "closed_at"), Column(_("Why not called"), "dropped_why"),
            ),
            lambda branch: CallTask.objects.filter(branch=branch), 80,
        ),
        Table(
            "leads", _("Trade-in leads"), "lead.handle",
            (
                Column(_("State"), "state"), *_CAR, Column(_("Model"), "vehicle__model__name"),
                Column(_("Year"), "vehicle__year"), *_WHO, Column(_("Asked price"), "asked_price"),
                Column(_("Note"), "note"), Column(_("Odometer (km)"), "condition", "", _km),
                Column(_("Damage"), "condition", "", damage_words),
                Column(_("Declined work"), "condition", "", declined_words),
                Column(_("Inspected"), "condition", "", tested_words),
                Column(_("Findings"), "condition", "", finding_words),
                Column(_("Measured"), "condition", "", measured_words),
                Column(pgettext_lazy("lead", "Taken down"), "opened_at"), Column(_("By"), "opened_by__name"),
                Column(pgettext_lazy("lead", "Contacted"), "contacted_at"), Column(_("Closed"), "closed_at"),
                Column(_("Result"), "result"),
            ),
            lambda branch: TradeInLead.objects.filter(branch=branch), 86,
        ),
    )  # fmt: skip


def _register_voice() -> None:
    register(
        Table(
            "complaints", _("Complaints"), "complaint.handle",
            (
                Column(_("State"), "state"), Column(_("Source"), "source"), *_CAR, *_WHO,
                Column(_("Order"), "order__number"), Column(_("The customer's own words"), "words"),
                Column(pgettext_lazy("complaint", "Received"), "received_at"), Column(_("Due"), "due_on"),
                Column(_("Result"), "result"), Column(_("Answered"), "answered_at"),
                Column(_("Closed"), "closed_at"),
            ),
            lambda branch: Complaint.objects.filter(branch=branch), 82,
        ),
        Table(
            "surveys", _("Surveys"), "call.do",
            (
                Column(_("Order"), "order__number"), Column(_("Plate"), "order__vehicle__plate"),
                Column(_("Advisor"), "order__advisor__name"), Column(_("Source"), "source"),
                Column(_("Mark: initiation"), "initiation"), Column(_("Mark: advisor"), "advisor"),
                Column(_("Mark: facility"), "facility"), Column(_("Mark: pick-up"), "pickup"),
                Column(_("Mark: quality"), "quality"), Column(_("Score"), "score"),
                Column(_("Reasons of low marks"), "reasons", "", _reasons), Column(_("Words"), "words"),
                Column(_("Answered"), "answered_at"),
            ),
            lambda branch: Survey.objects.filter(order__branch=branch), 84,
        ),
    )  # fmt: skip


def _register_return() -> None:
    register(
        Table(
            "reminders", _("Reminders"), "retention.view",
            (
                *_CAR, Column(_("Maintenance"), "rule__name"), Column(_("Cycle"), "cycle"), Column(_("Due"), "due_on"),
                Column(_("State"), "state"), Column(_("Closed"), "closed_at"), Column(_("Why closed"), "closed_why"),
                Column(_("Order"), "closed_order__number"),
            ),
            lambda branch: Reminder.objects.filter(vehicle__branch=branch), 88,
        ),
        Table(
            "lapses", _("Cases of lapse"), "retention.view",
            (
                *_CAR, Column(_("Kind"), "kind"), Column(_("Opened on"), "opened_on"),
                Column(_("Last visit"), "last_visit_on"), Column(_("Due"), "due_on"), Column(_("State"), "state"),
                Column(_("Why away"), "because"), Column(_("Returned"), "returned_at"),
                Column(_("Order"), "returned_order__number"),
            ),
            lambda branch: LapseCase.objects.filter(vehicle__branch=branch), 90,
        ),
    )  # fmt: skip


def _measure(key: Any) -> str:
    """A measure in words; those of the house's days and of cars by their key."""
    return str(LISTED.get(key, key))


def _register_figures() -> None:
    """What the key figures are made of, by month and whom it belongs to: for sums of one's own."""
    register(
        Table(
            "measures", _("Key figures by month"), "figures.view",
            (
                Column(_("Month"), "on"), Column(_("Figure"), "measure", "", _measure),
                Column(_("Advisor"), "advisor__name"), Column(_("Technician"), "technician__user__name"),
                Column(_("Brand"), "brand__name"), Column(_("Visit type"), "visit_type"),
                Column(pgettext_lazy("figure", "Value"), "value"),
            ),
            lambda branch: Measured.objects.filter(branch=branch, grain=Grain.MONTH), 90,
        ),
        Table(
            "entered_figures", _("Entered figures"), "figures.view",
            (
                Column(_("Month"), "month"), Column(_("Figure"), "kind"),
                Column(pgettext_lazy("figure", "Value"), "value"), Column(_("Entered"), "entered_at"),
                Column(_("By"), "entered_by__name"),
            ),
            lambda branch: EnteredFigure.objects.filter(branch=branch), 91,
        ),
    )  # fmt: skip
