"""The return: who is due, who stays away."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RetentionConfig(AppConfig):
    """Eighth stop of the road."""

    name = "retention"

    def ready(self) -> None:
        """Listen to the road; page into the menu, card on the vehicle's page, sweeps into the figures."""
        from accounts.menu import Page, register
        from customers.cards import vehicle_cards
        from dms.metrics import gauge
        from retention import cards, due_messages, receivers, selectors

        receivers.connect()
        due_messages.register_kinds()
        gauge("dms_sweep_rows", "New rows of the latest run of a sweep", selectors.sweep_rows, "sweep")
        vehicle_cards.register(10, "retention/vehicle_card.html", cards.follow_up)
        register(Page("retention:due", _("Follow-up"), "f", "retention.view", 12))
