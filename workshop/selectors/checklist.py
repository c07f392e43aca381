"""Reads of the checklist: what a check looks at, and how the list stands."""

from django.db.models import F

from workshop.models import CheckItem


def items_in_use() -> list[CheckItem]:
    """Every item that holds, in its order; `of` picks those of a car's check. One query."""
    return list(CheckItem.objects.filter(ended_at__isnull=True).order_by("place", "id"))


def of(items: list[CheckItem], repair_class: str, level: str) -> list[CheckItem]:
    """Those that this check of a car of this class looks at."""
    return [item for item in items if repair_class in item.classes and level in item.levels]


def kept_items() -> list[CheckItem]:
    """The whole list for its page, those in use first. One query."""
    last = F("ended_at").desc(nulls_first=True)
    return list(CheckItem.objects.select_related("ended_by").order_by(last, "place", "id"))
