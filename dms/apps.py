"""The kernel: no tables."""

from django.apps import AppConfig


class DmsConfig(AppConfig):
    """Start of the road."""

    name = "dms"
