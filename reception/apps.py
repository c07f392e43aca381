"""The contract and the custody of the car."""

from django.apps import AppConfig


class ReceptionConfig(AppConfig):
    """Fifth stop of the road."""

    name = "reception"

    def ready(self) -> None:
        from reception import policies

        policies.register()
