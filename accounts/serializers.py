"""Fields that every app's serializers share: what is shown depends on who asks (`context["actor"]`)."""

from decimal import Decimal
from functools import cache
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.policies import Actor


class Price(serializers.DecimalField):
    """Money in the branch's currency; null for those who may not see prices."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        actor: Actor = self.context["actor"]
        return super().to_representation(value) if actor.can("price.view") else None


class Quantity(serializers.DecimalField):
    """Hours, pieces or litres, above zero."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=8, decimal_places=2, **{"min_value": Decimal("0.01"), **kwargs})


class Amount(serializers.DecimalField):
    """Money that is sent to us: text or number with at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **{"min_value": Decimal(0), **kwargs})


class Words(serializers.CharField):
    """Text that may be left out."""

    def __init__(self, length: int, **kwargs: Any) -> None:
        super().__init__(max_length=length, **{"required": False, "allow_blank": True, "default": "", **kwargs})


class Id(serializers.IntegerField):
    """The number of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 2**63 - 1, **kwargs})


class Person(serializers.Serializer[Any]):
    """Somebody of the house."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(read_only=True)


@cache  # one name, one description
def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """A page of a list, for the description: the rows, and the cursor of the next page."""
    following = serializers.CharField(allow_null=True, help_text="Send it as `after` for the next page; null: the end.")
    return inline_serializer(f"{item.__name__}Page", {"items": item(many=True), "next": following})


class Me(serializers.Serializer[Any]):
    """Whom the token or the session stands for, and what they may do with it."""

    user = Person()
    branch = serializers.CharField(help_text="The branch's code")
    currency = serializers.CharField()
    zone = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
