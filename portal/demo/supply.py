"""What is on its way to the demo's shelves, what may stand in for what, what the makers answer for, and care rules."""

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Branch
from catalog.models import (
    Brand,
    CareRule,
    ExpectedPart,
    LabourOperation,
    Part,
    PartSubstitute,
    Supplier,
    SupplierOrder,
    WarrantyTerm,
)
from catalog.services import goods_in, purchasing
from catalog.states import CareKey, Category, Origin, TermKind
from customers.models import Recall, RecallVin
from dms.clock import now
from portal.demo.brands import BRANDS
from portal.demo.catalogue import Catalogue
from portal.demo.customers import DemoCar
from portal.demo.people import Staff

BRAND_NAMES = {key: name_en for key, _name, name_en, _lapse in BRANDS}

#: Kind of part → its category; every other one is general.
CATEGORIES: dict[Category, tuple[str, ...]] = {
    Category.WEAR: ("front_pads", "rear_pads", "front_discs", "wipers", "bulb", "spark_plug"),
    Category.CONSUMABLE: (
        "oil_filter", "cabin_filter", "air_filter", "oil_5w30", "oil_0w20", "drain_plug", "atf", "cvt", "brake_fluid",
        "coolant", "ev_coolant", "reducer_oil", "cleaner", "disinfect", "clips",
    ),
    Category.BATTERY: ("battery", "battery_12v"),
    Category.TYRE: ("tyre_17", "tyre_18", "tyre_19"),
}  # fmt: skip
#: The same of jobs.
JOBS: dict[Category, tuple[str, ...]] = {
    Category.WEAR: ("R2001", "R2002", "R2003", "R4002", "R4003"),
    Category.BATTERY: ("R4001", "R4006"),
    Category.TYRE: ("R2004", "R2005", "R2006"),
}
#: Kind of part, days until it comes, how many, from where.
COMING = (
    ("tyre_19", 1, 4, "广州中心库"),
    ("water_pump", 2, 2, "厂家订单"),
    ("engine_mount", 3, 2, "厂家订单"),
    ("compressor", 5, 1, "再制造中心"),
    ("bumper", 4, 1, "厂家订单"),
)
#: Who sells to the house, whom to ask for there, and how many working days it takes.
SUPPLIERS = (("大众一汽配件广州中心库", "何志强", "020-8560 1122", 1), ("粤汽配供应链", "苏婷", "0755-2660 7788", 3))
#: What is asked for and not ordered yet: kind, how many.
ASKED = (("wipers", 6), ("battery_12v", 2))
#: Orders on their way: number of the supplier, days until they come (less than 0: late), kinds and quantities.
ORDERED = ((0, 1, (("front_discs", 4), ("coolant", 20))), (1, -2, (("bulb", 10),)))
#: (kind, its brand) missing → (kind, brand) fitted instead, and a word about it.
INSTEAD = (
    (("front_pads", "audi"), ("front_pads", "vw"), "MQB 平台通用，非运动套件车型"),
    (("oil_5w30", ""), ("oil_0w20", ""), "国六车型可用"),
)
#: Kind, category, months, km: the least of 三包, for every brand.
TERMS: tuple[tuple[TermKind, Category | None, int, int | None], ...] = (
    (TermKind.VEHICLE, None, 36, 60_000),
    (TermKind.VEHICLE, Category.WEAR, 6, 10_000),
    (TermKind.VEHICLE, Category.TYRE, 6, 10_000),
    (TermKind.VEHICLE, Category.BATTERY, 12, 20_000),
    (TermKind.VEHICLE, Category.DRIVE, 96, 120_000),
    (TermKind.PART, None, 12, 20_000),
    (TermKind.PART, Category.WEAR, 6, 10_000),
)
#: For whom, code of the operation, share of the interval, what to say.
CARE = (
    (CareKey.SMOKER, "M1003", "0.50",
     "车内吸烟，空调滤芯建议半年更换一次", "Smoking inside: change the cabin filter every six months"),
    (CareKey.SMOKER, "M1012", "0.50",
     "烟味附着在蒸发箱，建议做杀菌清洗", "Smoke settles in the evaporator: have it disinfected"),
    (CareKey.MUCH, "M1011", "0.50",
     "里程长，轮胎建议每半年换位一次", "Many kilometres: rotate the tyres every six months"),
    (CareKey.LITTLE, "D0105", "1.00",
     "用车少，建议检查蓄电池和暗电流", "Little driving: have battery and standby current checked"),
)  # fmt: skip


#: Number, brand, what it is about, its remedy, how many of our cars are listed, how many of those are done.
RECALLS = (
    ("S2026M0031I", "vw", "燃油泵控制单元可能失效", "Fuel pump control unit may fail", "D0101", 9, 3),
    ("S2026M0044I", "byd", "动力电池托盘密封检查", "Check the seal of the battery tray", "D0106", 6, 1),
)


def make_recalls(cars: list[DemoCar], staff: Staff) -> None:
    """Recalls whose lists name some of our cars and others, of which some are done."""
    for number, key, name, name_en, code, listed, done in RECALLS:
        mine = [car.vehicle.vin for car in cars if car.car.brand == key and car.gone_on is None][:listed]
        recall = Recall.objects.create(
            number=number, brand=Brand.objects.get(name_en=BRAND_NAMES[key]), name=name, name_en=name_en,
            operation=LabourOperation.objects.get(code=code),
        )  # fmt: skip
        strangers = [f"LSV{number[-4:-1]}A4{at}MN{at:06d}"[:17].ljust(17, "0") for at in range(3)]
        RecallVin.objects.bulk_create(RecallVin(recall=recall, vin=vin) for vin in dict.fromkeys([*mine, *strangers]))
        rows = RecallVin.objects.filter(recall=recall, vin__in=mine[:done])
        rows.update(done_at=now() - timedelta(days=20), done_by=staff.user("advisor"), done_subject="order:0")


def make_purchases(staff: Staff, made: Catalogue, today: date) -> None:
    """Two suppliers, requests, an order on its way and a late one, by the services; then some days pass."""
    clerk = staff.actor("parts")
    suppliers = list(Supplier.objects.order_by("id"))
    for place, days, wanted in ORDERED:
        items = [
            purchasing.ask(actor=clerk, part=made.part(kind, ""), quantity=Decimal(number)).pk
            for kind, number in wanted
        ]
        order = purchasing.place(
            actor=clerk, supplier=suppliers[place], item_ids=items, expected_on=today + timedelta(days=max(days, 0))
        )
        if days < 0:
            ExpectedPart.objects.filter(order=order).update(expected_on=today + timedelta(days=days))
            SupplierOrder.objects.filter(pk=order.pk).update(ordered_at=now() - timedelta(days=4 - days))
    coolant = ExpectedPart.objects.get(order__isnull=False, part=made.part("coolant", ""))
    came = goods_in.Arrived(coolant.pk, Decimal(12), Decimal("25.60"), "YH261128", Origin.ORIGINAL)
    goods_in.receive(actor=clerk, arrived=[came])  # the rest comes with the next lorry
    for kind, number in ASKED:
        purchasing.ask(actor=clerk, part=made.part(kind, ""), quantity=Decimal(number))


def make_supply(branch: Branch, made: Catalogue, today: date) -> None:
    """All of it, with the parts and jobs of the price list sorted into categories."""
    for category, kinds in CATEGORIES.items():
        ids = [part.pk for (kind, _brand), part in made.parts.items() if kind in kinds]
        Part.objects.filter(pk__in=ids).update(category=category)
    for category, codes in JOBS.items():
        LabourOperation.objects.filter(code__in=codes).update(category=category)
    for name, contact, phone, days in SUPPLIERS:
        Supplier.objects.create(name=name, contact=contact, phone=phone, lead_days=days)
    ExpectedPart.objects.bulk_create(
        ExpectedPart(
            branch=branch, part=made.part(kind, ""), quantity=number, note=note,
            expected_on=today + timedelta(days=days),
        )
        for kind, days, number, note in COMING
    )  # fmt: skip
    PartSubstitute.objects.bulk_create(
        PartSubstitute(part=made.part(*missing), substitute=made.part(*fitted), note=note)
        for missing, fitted, note in INSTEAD
    )
    WarrantyTerm.objects.bulk_create(
        WarrantyTerm(kind=kind, category=category, months=months, km=km) for kind, category, months, km in TERMS
    )
    CareRule.objects.bulk_create(
        CareRule(profile=key, operation=made.work[code], multiplier=Decimal(share), sentence=said, sentence_en=said_en)
        for key, code, share, said, said_en in CARE
    )
