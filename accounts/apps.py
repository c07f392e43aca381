"""People and places."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """First stop of the road."""

    name = "accounts"

    def ready(self) -> None:
        """Put the page into the menu, and watch who signs in and out."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from accounts import receivers
        from accounts.menu import Page, register

        user_logged_in.connect(receivers.signed_in, dispatch_uid="accounts.signed_in")
        user_logged_out.connect(receivers.signing_out, dispatch_uid="accounts.signing_out")

        register(
            Page("accounts:people", _("People"), "u", "people.edit", 19),
            Page("accounts:special_days", _("Calendar"), "z", "calendar.edit", 97),
        )
