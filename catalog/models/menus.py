"""Menus (维修套餐): an operation with its parts, sold together in one click; not paid ahead, as a package is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.operations import LabourOperation
from catalog.models.parts import Part
from dms.fields import Bilingual, MoneyField, QuantityField, Row, acted, person
from dms.history import tracked


@tracked()
class Menu(Bilingual, Row):
    """Work with its parts under one name and number. Its price is the sum of its items, and not more than `price`.

    `price` is in the terms of the branch that sells it, as every price; empty: the sum alone.
    """

    code = models.CharField(max_length=30, unique=True)
    price = MoneyField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="catalog_menu_has_code"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gt=0),
                name="catalog_menu_price_min",
                violation_error_message=_("A price is above zero; empty is the sum of the items."),
            ),
            *acted("ended"),
        ]


@tracked()
class MenuItem(Row):
    """An operation or a part of a menu: hours (empty: the standard hours), or pieces or litres (empty: one)."""

    menu = models.ForeignKey(Menu, models.PROTECT, related_name="items")
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = QuantityField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(operation__isnull=True, part__isnull=False) | Q(operation__isnull=False, part__isnull=True),
                name="catalog_menuitem_one_thing",
                violation_error_message=_("Choose an operation or a part, not both."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gt=0),
                name="catalog_menuitem_quantity_min",
                violation_error_message=_("A quantity is above zero."),
            ),
            models.UniqueConstraint(
                fields=["menu", "operation", "part"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="catalog_menuitem_once",
                violation_error_message=_("This stands in the menu already."),
            ),
            *acted("ended"),
        ]

    @property
    def label(self) -> str:
        """What it is, in the active language."""
        sold = self.operation or self.part
        return sold.label if sold is not None else ""
