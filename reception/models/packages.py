"""Packages (套餐) sold to a car: bound to it, with what is in them, paid before the work."""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from catalog.models import LabourOperation, PackageTemplate, Part
from customers.models import Vehicle
from dms.fields import MoneyField, RateField, Row, acted, not_negative, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models.lines import Line


@tracked()
class Package(Row):
    """One sold package. Name, window and price are copied when it is sold; the template may change after that."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="packages")
    template = models.ForeignKey(PackageTemplate, models.PROTECT, related_name="+")
    number = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    sold_on = models.DateField()
    #: The last day and the last kilometre on which it may be used; without both for the car's life.
    ends_on = models.DateField(null=True, blank=True)
    ends_km = models.PositiveIntegerField(null=True, blank=True)
    tax_rate = RateField()
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    #: How much of `net` the uses have released so far; the rest is owed in work (deferred value).
    released = MoneyField(default=0, db_default=0)
    sold_at = models.DateTimeField()
    sold_by = person(null=False)
    #: Given up by the customer (退套餐), and what of the price went back for it by the template's rule.
    given_up_at = models.DateTimeField(null=True, blank=True)
    given_up_by = person()
    given_up_why = models.CharField(max_length=200, blank=True)
    refund_net = MoneyField(default=0, db_default=0)
    refund_gross = MoneyField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="package_number_once"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="package_net_tax_gross"),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lt=1), name="package_tax_rate"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("sold_on")), name="package_ends_after_sale"
            ),
            *not_negative("net", "tax", "gross", "released"),
            models.CheckConstraint(
                condition=Q(released__lte=F("net") - F("refund_net")), name="package_released_within"
            ),
            *acted("sold", "given_up"),
            *not_negative("refund_net", "refund_gross"),
            models.CheckConstraint(
                condition=Q(given_up_at__isnull=True, refund_net=0, refund_gross=0)
                | (
                    Q(given_up_at__isnull=False, refund_net__lte=F("net"), refund_gross__lte=F("gross"))
                    & ~Q(given_up_why="")
                ),
                name="package_given_up",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def label(self) -> str:
        """The name in the active language."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def runs(self, today: date, km: int | None) -> bool:
        """Whether it may still be used; the last day and the last kilometre are inside."""
        if self.given_up_at is not None:
            return False
        in_days = self.ends_on is None or today <= self.ends_on
        return in_days and (self.ends_km is None or km is None or km <= self.ends_km)


@tracked()
class PackageUnits(Row):
    """How many units of one thing a package holds, and how many of them are used: never more than were sold."""

    package = models.ForeignKey(Package, models.PROTECT, related_name="units")
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    sold = models.PositiveSmallIntegerField()
    used = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sold__gt=0, used__gte=0, used__lte=F("sold")), name="package_units_left"
            ),
            models.CheckConstraint(
                condition=Q(operation__isnull=True) | Q(part__isnull=True), name="package_units_one_thing"
            ),
            models.UniqueConstraint(
                fields=["package", "operation", "part"], nulls_distinct=False, name="package_units_once"
            ),
        ]

    @property
    def left(self) -> int:
        """Units that can still be used."""
        return self.sold - self.used

    @property
    def code(self) -> str:
        """The number of the operation or part; '' for any maintenance service."""
        thing = self.operation or self.part
        return thing.code if thing is not None else ""

    @property
    def label(self) -> str:
        """What it is, in the active language."""
        thing = self.operation or self.part
        return thing.label if thing is not None else str(_("Maintenance service"))


def _ledger() -> pgtrigger.Trigger:
    """A use counts by itself, whoever writes it; the constraints of both tables refuse more than there is.

    What was given up is used no more.
    """
    return pgtrigger.Trigger(
        name="counts",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func="""
            IF NEW.quantity > 0 AND EXISTS (
                SELECT 1 FROM reception_packageunits u JOIN reception_package p ON p.id = u.package_id
                WHERE u.id = NEW.units_id AND p.given_up_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'package units % were given up', NEW.units_id USING ERRCODE = 'check_violation';
            END IF;
            UPDATE reception_packageunits SET used = used + NEW.quantity WHERE id = NEW.units_id;
            UPDATE reception_package SET released = released + NEW.value
            WHERE id = (SELECT package_id FROM reception_packageunits WHERE id = NEW.units_id);
            RETURN NULL;
        """,
    )


class PackageUse(Row):
    """Units that a slip took, or gave back: a row of its own with the signs turned. Never changed.

    `value` is the share of the package's net price that these units earn.
    """

    units = models.ForeignKey(PackageUnits, models.PROTECT, related_name="uses")
    line = models.ForeignKey(Line, models.PROTECT, related_name="package_uses")
    #: Number of the settlement slip, which a later app keeps.
    slip = models.CharField(max_length=30)
    quantity = models.SmallIntegerField()
    value = MoneyField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    taken_at = models.DateTimeField()
    taken_by = person(null=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, quantity__gt=0, value__gte=0, value__lt=10**10)
                | Q(reverses__isnull=False, quantity__lt=0, value__lte=0, value__gt=-(10**10)),
                name="package_use_signed",
            ),
            models.UniqueConstraint(
                fields=["line", "slip"], condition=Q(reverses__isnull=True), name="package_use_once_a_slip"
            ),
            *acted("taken"),
        ]
        triggers = [append_only(), _ledger()]
