"""Numbers, papers, photos, rules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    """Second stop of the road."""

    name = "records"

    def ready(self) -> None:
        """Put the page into the menu and the papers among the figures."""
        from accounts.menu import Page, register
        from dms.metrics import gauge
        from records.selectors import papers_waiting

        gauge("dms_papers_waiting", "Issued papers whose file is not made yet", papers_waiting)
        register(Page("records:rules", _("Rules"), "r", "rules.edit", 28))
