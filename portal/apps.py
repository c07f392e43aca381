"""Pages that look along the whole road."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Last stop of the road."""

    name = "portal"
