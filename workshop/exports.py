"""Job clocks, to be taken out."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from records.exports import Column, Table, register
from workshop.models import Clocking, Finding, Hold


def register_tables() -> None:
    """Called once the apps are ready."""
    register(
        Table(
            "clocks", _("Job clocks"), "clock.correct",
            (
                Column(_("Technician"), "technician__user__name"), Column(_("Order"), "order__number"),
                Column(_("Plate"), "order__vehicle__plate"), Column(_("Item"), "job__line__name"),
                Column(_("Bay"), "bay__name"), Column(pgettext_lazy("clock", "Started"), "started_at"),
                Column(pgettext_lazy("clock", "Stopped"), "stopped_at"), Column(_("Pause"), "pause_reason"),
                Column(_("Why it was corrected"), "correction"), Column(_("Corrected by"), "corrected_by__name"),
            ),
            lambda branch: Clocking.objects.filter(technician__branch=branch), 42,
        ),
        Table(
            "holds", _("Holds"), "workshop.view",
            (
                Column(_("Order"), "order__number"), Column(_("Plate"), "order__vehicle__plate"),
                Column(_("Reason"), "reason"), Column(_("Note"), "note"), Column(_("Owner"), "owner__name"),
                Column(pgettext_lazy("hold", "Began"), "began_at"), Column(pgettext_lazy("hold", "Ended"), "ended_at"),
            ),
            lambda branch: Hold.objects.filter(order__branch=branch), 43,
        ),
        Table(
            "findings", _("Findings of inspections"), "order.view",
            (
                Column(_("Order"), "health__order__number"), Column(_("Plate"), "health__order__vehicle__plate"),
                Column(_("Odometer"), "health__km"), Column(_("Point"), "name"), Column(_("Colour"), "colour"),
                Column(_("Value"), "value"), Column(_("Unit"), "unit"), Column(_("Note"), "note"),
                Column(pgettext_lazy("finding", "Seen"), "seen_at"), Column(_("By"), "seen_by__name"),
            ),
            lambda branch: Finding.objects.filter(health__order__branch=branch, colour__isnull=False), 44,
        ),
    )  # fmt: skip
