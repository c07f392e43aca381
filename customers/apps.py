"""Customers and vehicles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Fourth stop of the road."""

    name = "customers"

    def ready(self) -> None:
        """Pages into the menu, messages onto the vehicle's page and into the figures."""
        from accounts.menu import Page, register
        from customers import exports, message_cards, message_selectors
        from customers.cards import vehicle_cards
        from dms.metrics import gauge

        exports.register_tables()
        register(
            Page("customers:vehicles", _("Customers and vehicles"), "c", "vehicle.view", 40),
            Page("customers:recalls", _("Recalls"), "i", "recall.edit", 44),
            Page("customers:messages", _("Messages"), "n", "message.view", 45),
            Page("customers:duplicates", _("Duplicates"), "", "records.merge", 94),
            Page("customers:imports", _("Imports"), "", "records.import", 95),
        )
        vehicle_cards.register(30, "customers/messages_card.html", message_cards.history)
        gauge("dms_messages", "Messages by state", message_selectors.by_state, "state")
