"""Numbers, papers, photos, rules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    """Second stop of the road."""

    name = "records"

    def ready(self) -> None:
        """Put the page into the menu and the papers among the figures."""
        from accounts import house
        from accounts.menu import Page, register
        from dms.metrics import gauge
        from records.selectors import papers_waiting, rules_now
        from records.services.audit import write

        gauge("dms_papers_waiting", "Issued papers whose file is not made yet", papers_waiting)
        house.keep(rules=rules_now, audit=write)
        register(
            Page("records:rules", _("Rules"), "r", "rules.edit", 28),
            Page("records:exports", _("Exports"), "", "records.export", 96),
            Page("records:lists", _("My lists"), "", "records.export", 98),
        )
