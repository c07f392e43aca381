"""The contract and the custody of the car."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceptionConfig(AppConfig):
    """Fifth stop of the road."""

    name = "reception"

    def ready(self) -> None:
        from accounts.menu import Page, register
        from customers.cards import vehicle_cards
        from reception import (
            appointment_messages,
            exports,
            known_car,
            order_messages,
            packages,
            policies,
            receivers,
            visits,
        )
        from reception.actions import register_place

        policies.register()
        order_messages.register_kinds()
        appointment_messages.register_kinds()
        receivers.connect()
        vehicle_cards.register(15, "reception/vehicle_known.html", known_car.vehicle_page_card)
        vehicle_cards.register(16, "reception/packages_card.html", packages.card)
        vehicle_cards.register(20, "reception/visits_card.html", visits.card)
        register_place(
            "reception:check_in", _("Go on with check-in"), "inspect", "estimate", "authorise", of_order=True
        )
        exports.register_tables()
        register(
            Page("reception:today", _("Today"), "t", "order.receive", 10),
            Page("reception:appointments", _("Appointments"), "s", "appointment.book", 31),
            Page("reception:orders", _("Work orders"), "w", "order.view", 30),
            Page("reception:packages", _("Packages"), "", "price.view", 98),
        )
