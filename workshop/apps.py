"""The execution: dispatch, work, checks, wash."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    """Sixth stop of the road."""

    name = "workshop"

    def ready(self) -> None:
        from accounts.menu import Page, register
        from workshop import policies, receivers

        policies.register()
        receivers.connect()
        register(
            Page("workshop:me", _("My work"), "m", "job.work", 12),
            Page("workshop:board", _("Board"), "b", "workshop.view", 15),
            Page("workshop:checks", _("Checks"), "k", "workshop.view", 20),
            Page("workshop:parts", _("Parts"), "p", "parts.issue", 10),
            Page("workshop:wash", _("Wash"), "x", "wash.do", 25),
        )
