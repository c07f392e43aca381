"""Job clocks, to be taken out."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from records.exports import Column, Table, register
from workshop.models import Clocking


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
    )  # fmt: skip
