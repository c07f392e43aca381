"""Which list of the inspection is for a car, and what it asks for."""

from django.db.models import Q

from catalog.models import HealthList, HealthPoint, VehicleModel
from catalog.states import Occasion


def list_for(model: VehicleModel | None, occasion: str, km: int | None) -> HealthList | None:
    """The narrowest list that fits: the model's before the brand's before everybody's, then the occasion's own, then
    the one from the highest mileage. None when the house has no list. One query.
    """
    owners = Q(brand__isnull=True, model__isnull=True)
    if model is not None:
        owners |= Q(brand=model.brand_id) | Q(model=model.pk)
    rows = HealthList.objects.filter(owners, ended_at__isnull=True, occasion__in=[Occasion.EVERY, occasion])
    fitting = [row for row in rows.order_by("id") if row.from_km <= (km or 0)]
    return max(fitting, key=_narrow, default=None)


def _narrow(row: HealthList) -> tuple[bool, bool, bool, int]:
    return row.model_id is not None, row.brand_id is not None, row.occasion != Occasion.EVERY, row.from_km


def points_of(health_list: HealthList) -> list[HealthPoint]:
    """The points of a list that stand, as they are walked: groups as a technician goes round the car. One query."""
    rows = HealthPoint.objects.filter(health_list=health_list, ended_at__isnull=True)
    return list(rows.select_related("operation", "part").order_by("position", "id"))


def points_shown(after: int, limit: int) -> list[HealthPoint]:
    """The points of all lists that stand, by id from `after` on. One query."""
    rows = HealthPoint.objects.filter(pk__gt=after, ended_at__isnull=True, health_list__ended_at__isnull=True)
    related = ("health_list__brand", "health_list__model", "operation", "part")
    return list(rows.select_related(*related).order_by("pk")[:limit])
