"""What is sold: operations, parts, prices, stock."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Third stop of the road, after accounts and records."""

    name = "catalog"

    def ready(self) -> None:
        """The lists that are kept by hand into the menu."""
        from accounts.menu import Page, register
        from catalog import exports, receivers

        receivers.connect()
        exports.register_tables()
        register(
            Page("catalog:deliveries", _("Deliveries"), "d", "parts.stock", 47),
            Page("catalog:terms", _("Catalogue"), "g", "catalogue.edit", 96),
        )
