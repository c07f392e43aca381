"""Packages of the demo: two that are offered, and some cars that have one; and the menus of the estimate."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from catalog.models import LabourOperation, Menu, MenuItem, PackageItem, PackageTemplate, Part
from customers.models import Vehicle
from dms.clock import branch_day
from portal.demo.people import Staff
from reception.services.packages import sell_package

TAX = Decimal("0.06")
#: (which, days ago): the last of the yearly ones ends in a few weeks, one has ended.
SOLD = ((0, 40), (0, 200), (1, 12), (1, 90), (1, 348), (1, 400))

#: (number, name, English name, price or None, operations, (part, quantity)…).
MENUS: tuple[tuple[str, str, str, int | None, tuple[str, ...], tuple[tuple[str, str], ...]], ...] = (
    ("TC-XBY", "小保养套餐", "Oil service", 598, ("M1001", "M1010"), (("06L 115 562 B", "1"), ("YH-5W30-1", "4"))),
    ("TC-DBY", "大保养套餐", "Large service", 1198, ("M1001", "M1002", "M1003", "M1010"),
     (("06L 115 562 B", "1"), ("5Q0 129 620 D", "1"), ("5QD 819 653", "1"), ("YH-5W30-1", "5"))),
    ("TC-ZDY", "制动液更换套餐", "Brake fluid change", None, ("M1005",), (("YH-DOT4-1", "1"),)),
    ("TC-KTQX", "空调清洗套餐", "Air conditioning care", 268, ("M1012",), (("YH-DIS-1", "1"),)),
    ("TC-QSC", "前刹车片更换套餐", "Front brake pads", None, ("R2001",), (("5QD 698 151", "1"),)),
)  # fmt: skip


def make_menus() -> None:
    """What is sold together every day: work with its parts, some at a price of their own."""
    work = {row.code: row for row in LabourOperation.objects.all()}
    parts = {row.code: row for row in Part.objects.all()}
    for code, name, name_en, price, operations, needs in MENUS:
        menu = Menu.objects.create(code=code, name=name, name_en=name_en, price=price)
        items = [MenuItem(menu=menu, operation=work[one]) for one in operations]
        items += [MenuItem(menu=menu, part=parts[one], quantity=Decimal(number)) for one, number in needs]
        MenuItem.objects.bulk_create(items)


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
