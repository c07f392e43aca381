"""People and places."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """First stop of the road."""

    name = "accounts"

    def ready(self) -> None:
        """Put the page into the menu."""
        from accounts.menu import Page, register

        register(Page("accounts:people", _("People"), "u", "people.edit", 27))
