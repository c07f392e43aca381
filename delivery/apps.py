"""The hand-back."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Seventh stop of the road."""

    name = "delivery"

    def ready(self) -> None:
        from accounts.menu import Page, register
        from delivery import policies

        policies.register()
        register(
            Page("delivery:handovers", _("Hand back"), "h", "order.hand_back", 35),
            Page("delivery:till", _("Till"), "l", "till.settle", 10),
            Page("delivery:gate", _("Gate"), "a", "gate.open", 10),
        )
