"""People and places."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """First stop of the road."""

    name = "accounts"
