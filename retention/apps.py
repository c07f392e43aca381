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
        from reception.cards import order_cards
        from retention import cards, due_messages, exports, receivers, report, selectors

        receivers.connect(self)
        exports.register_tables()
        report.register_report()
        due_messages.register_kinds()
        gauge("dms_sweep_rows", "New rows of the latest run of a sweep", selectors.sweep_rows, "sweep")
        vehicle_cards.register(10, "retention/vehicle_card.html", cards.follow_up)
        vehicle_cards.register(15, "retention/calls_card.html", cards.calls)
        vehicle_cards.register(80, "retention/lead_card.html", cards.lead)
        order_cards.register(90, "retention/order_card.html", cards.of_order)
        register(
            # Without counts: each would be a query more on every page.
            Page("retention:calls", _("Calls"), "f", "call.do", 12),
            # What comes after a manager's six stands in the tabs of the calls, and in the palette.
            Page("retention:due", _("Follow-up"), "v", "retention.view", 60),
            Page("retention:figures", _("Key figures"), "h", "figures.view", 58, first_for="figures.view"),
            Page("retention:figures_own", _("My figures"), "", "figures.own", 98),
            Page("retention:overview", _("Retention"), "j", "retention.view", 59),
            Page("retention:returns", _("Who comes back"), "", "retention.view", 98),
            Page("retention:outlook", _("Next eight weeks"), "", "retention.view", 98),
            Page("retention:campaigns", _("Campaigns"), "x", "campaign.run", 63),
            Page("retention:complaints", _("Complaints"), "y", "complaint.handle", 61),
            Page("retention:brands", _("Brands"), "q", "rules.edit", 95),
            Page("retention:leads", _("Trade-in leads"), "", "lead.handle", 64),
            Page("retention:wishes", _("Appointment wishes"), "e", "wish.handle", 62),
        )
