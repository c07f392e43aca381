"""What is sold: operations, parts, prices, stock."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Third stop of the road, after accounts and records."""

    name = "catalog"
