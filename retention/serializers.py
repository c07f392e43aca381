"""Who is due and who stays away, as the API shows it."""

from typing import Any

from rest_framework import serializers

from customers.serializers import CustomerNamed, VehicleShown
from customers.services import sentence
from retention.selectors import DueRow


class DueShown(serializers.Serializer[Any]):
    """A service to remind of; `days` until it is due, negative when overdue."""

    id = serializers.IntegerField(source="reminder.pk")
    service = serializers.CharField(source="reminder.rule.label")
    cycle = serializers.IntegerField(source="reminder.cycle")
    due_on = serializers.DateField(source="reminder.due_on")
    days = serializers.IntegerField()
    in_shop = serializers.BooleanField()
    why = serializers.SerializerMethodField()
    vehicle = VehicleShown()
    owner = CustomerNamed(allow_null=True)

    def get_why(self, row: DueRow) -> str:
        return sentence(row.forecast) if row.forecast else ""


class LapsedShown(serializers.Serializer[Any]):
    """A car that stays away, by one definition or both."""

    vehicle = VehicleShown()
    owner = CustomerNamed(allow_null=True)
    opened_on = serializers.DateField(source="away.opened_on")
    last_visit_on = serializers.DateField(source="away.last_visit_on", allow_null=True)
    months = serializers.IntegerField(source="away.months", allow_null=True)
    due_on = serializers.DateField(source="away.due_on", allow_null=True)
    fixed = serializers.BooleanField(source="away.fixed")
    predicted = serializers.BooleanField(source="away.predicted")
