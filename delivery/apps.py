"""The hand-back."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Seventh stop of the road."""

    name = "delivery"

    def ready(self) -> None:
        from django.core import checks

        from accounts.menu import Page, register
        from customers.cards import vehicle_cards
        from delivery import claim_policies, exports, package_views, policies, receivers
        from delivery.cards import bill_card, insurance_card, pickup_card
        from delivery.scan import check_accounts
        from reception.actions import register_place
        from reception.cards import order_cards

        checks.register(check_accounts, "delivery", deploy=True)
        policies.register()
        claim_policies.register()
        receivers.connect(self)
        vehicle_cards.register(17, "delivery/packages_card.html", package_views.card)
        order_cards.register(5, "delivery/insurance_card.html", insurance_card)
        order_cards.register(19, "delivery/pickup_card.html", pickup_card)
        order_cards.register(20, "delivery/order_card.html", bill_card)
        hand_back = ("hand_over", "return_internal", "return_customer")
        register_place("delivery:handover", _("Go to the hand-back"), *hand_back, of_order=True)
        register_place("delivery:settle", _("Go to the till"), "settle", of_order=True)
        register_place("delivery:paid", _("Go to the settlement"), "reverse", of_order=True)
        register_place("delivery:gate", _("Go to the gate"), "release", "leave")
        exports.register_tables()
        register(
            Page("delivery:handovers", _("Hand back"), "h", "order.hand_back", 35),
            Page("delivery:till", _("Till"), "l", "till.settle", 10),
            Page("delivery:gate", _("Gate"), "a", "gate.open", 10),
            Page("delivery:gate_list", _("List for the gate"), "g", "pass.issue", 98),
            Page("delivery:outings", _("Cars out for a while"), "", "pass.issue", 98),
            Page("delivery:service_records", _("Health records"), "", "records.export", 99),
            Page("delivery:gate_log", _("Log of the gate"), "", "gate.force", 98),
            Page("delivery:claims", _("Claims"), "x", "claim.view", 65, first_for="claim.edit"),
        )
