"""Packages of the demo: two that are offered, and some cars that have one."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from catalog.models import PackageItem, PackageTemplate
from customers.models import Vehicle
from dms.clock import branch_day
from portal.demo.people import Staff
from reception.services.packages import sell_package

TAX = Decimal("0.06")
#: (which, days ago): the last of the yearly ones ends in a few weeks, one has ended.
SOLD = ((0, 40), (0, 200), (1, 12), (1, 90), (1, 348), (1, 400))


def make_packages(staff: Staff, cars: Sequence[Vehicle]) -> None:
    """Three years or 60,000 km of service, and a year of it; each to a few cars."""
    three = PackageTemplate.objects.create(
        name="三年无忧保养套餐", name_en="Three years of service", months=36, km=60_000, price=2680, tax_rate=TAX
    )
    year = PackageTemplate.objects.create(
        name="年度保养套餐", name_en="One year of service", months=12, price=980, tax_rate=TAX
    )
    PackageItem.objects.bulk_create([PackageItem(template=three, units=6), PackageItem(template=year, units=2)])
    today, who = branch_day(staff.branch), staff.actor("advisor")
    for (which, ago), car in zip(SOLD, cars, strict=False):
        sell_package(actor=who, vehicle=car, template=(three, year)[which], sold_on=today - timedelta(ago))
