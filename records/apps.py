"""Numbers, papers, photos, rules."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Second stop of the road."""

    name = "records"
