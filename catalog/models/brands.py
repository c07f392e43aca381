"""Brands, models, and the maintenance that each asks for."""

from django.db import models

from catalog.models.operations import LabourOperation
from catalog.models.parts import Part
from catalog.states import Energy
from dms.fields import Bilingual, QuantityField, Row, one_of


class Brand(Bilingual, Row):
    """A make of cars. After `lapse_months` without a visit a car of it counts as lapsed.

    A car belongs to the retained base (保有客户) with `retained_visits` visits in the last twelve months.
    """

    lapse_months = models.PositiveSmallIntegerField(default=12)
    retained_visits = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="catalog_brand_once"),
            models.CheckConstraint(condition=models.Q(lapse_months__gte=1), name="catalog_brand_lapse_months_min"),
            models.CheckConstraint(
                condition=models.Q(retained_visits__gte=1), name="catalog_brand_retained_visits_min"
            ),
        ]


class VehicleModel(Bilingual, Row):
    """A model of a brand (车型). Its own `lapse_months` go before the brand's."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="models")
    energy = models.CharField(max_length=10, choices=Energy.choices, default=Energy.PETROL)
    lapse_months = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lapse_months__gte=1), name="catalog_vehiclemodel_lapse_months_min"
            ),
            models.UniqueConstraint(fields=["brand", "name"], name="catalog_vehiclemodel_once"),
            one_of("energy", Energy),
        ]


class MaintenanceRule(Bilingual, Row):
    """Maintenance due every `interval_km` kilometres or `interval_months` months, whichever comes first.

    A rule belongs to a whole brand or to one model, never to both.
    """

    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="rules")
    model = models.ForeignKey(VehicleModel, models.PROTECT, null=True, blank=True, related_name="rules")
    interval_km = models.PositiveIntegerField(null=True, blank=True)
    interval_months = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    operations = models.ManyToManyField(LabourOperation, related_name="rules", blank=True)
    parts = models.ManyToManyField(Part, through="MaintenancePart", related_name="rules", blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(brand__isnull=True, model__isnull=False)
                | models.Q(brand__isnull=False, model__isnull=True),
                name="catalog_maintenancerule_one_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(interval_km__gt=0) | models.Q(interval_months__gt=0),
                name="catalog_maintenancerule_interval",
            ),
        ]


class MaintenancePart(Row):
    """How much of a part a rule takes, in the part's unit."""

    rule = models.ForeignKey(MaintenanceRule, models.CASCADE, related_name="needs")
    part = models.ForeignKey(Part, models.PROTECT, related_name="+")
    quantity = QuantityField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "part"], name="catalog_maintenancepart_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, quantity__lt=10**8), name="catalog_maintenancepart_quantity_min"
            ),
        ]
