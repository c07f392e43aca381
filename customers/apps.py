"""Customers and vehicles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Fourth stop of the road."""

    name = "customers"

    def ready(self) -> None:
        """Put the page into the menu."""
        from accounts.menu import Page, register

        register(Page("customers:vehicles", _("Customers and vehicles"), "c", "vehicle.view", 40))
