"""Numbers, papers, photos, rules."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    """Second stop of the road."""

    name = "records"

    def ready(self) -> None:
        """Put the page into the menu."""
        from accounts.menu import Page, register

        register(Page("records:rules", _("Rules"), "r", "rules.edit", 28))
