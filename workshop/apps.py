"""The execution: dispatch, work, checks, wash."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    """Sixth stop of the road."""

    name = "workshop"

    def ready(self) -> None:
        from accounts.menu import Page, register
        from customers.cards import vehicle_cards
        from reception import waits
        from reception.actions import register_place
        from reception.cards import order_cards
        from reception.services.declines import register_day
        from workshop import exports, policies, receivers
        from workshop.cards import last_health, timeline_card, work_card
        from workshop.services.health import day_of
        from workshop.waits import holds_at

        policies.register()
        receivers.connect(self)
        exports.register_tables()
        waits.register(holds_at)
        register_day(day_of)
        order_cards.register(10, "workshop/order_card.html", work_card)
        order_cards.register(99, "workshop/timeline_card.html", timeline_card)
        vehicle_cards.register(25, "workshop/health_card.html", last_health)
        register_place("workshop:board", _("Go to the board"), "accept", "assign", "take_back", "give_back")
        register_place("workshop:me", _("Go to my work"), "start", "finish")
        register_place("workshop:checks", _("Go to the checks"), "pass_to_wash", "pass_unwashed", "fail")
        register_place("workshop:wash", _("Go to the wash"), "washed", "skip_wash")
        register(
            Page("workshop:me", _("My work"), "m", "job.work", 12),
            Page("workshop:board", _("Board"), "b", "workshop.view", 15),
            Page("workshop:checks", _("Checks"), "k", "workshop.view", 32, first_for="check.final"),
            Page("workshop:parts", _("Parts"), "p", "parts.issue", 10),
            Page("workshop:purchases", _("Purchasing"), "o", "parts.view", 46),
            Page("workshop:wash", _("Wash"), "x", "wash.do", 25),
            Page("workshop:hours", _("Hours"), "", "clock.correct", 60),
        )
