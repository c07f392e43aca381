"""Brands, models and the maintenance that each asks for, as a Chinese dealer group would have them."""

from dataclasses import dataclass

from catalog.states import Energy

P, H, E = Energy.PETROL, Energy.HYBRID, Energy.ELECTRIC


@dataclass(frozen=True, slots=True)
class Car:
    """A model: the first eight places of its VIN, how many of a hundred cars are one."""

    brand: str
    name: str
    name_en: str
    energy: Energy
    vin: str
    share: int


#: (key, name, English name, months without a visit after which a car counts as lapsed).
BRANDS: list[tuple[str, str, str, int]] = [
    ("vw", "大众", "Volkswagen", 12),
    ("toyota", "丰田", "Toyota", 6),
    ("byd", "比亚迪", "BYD", 12),
    ("audi", "奥迪", "Audi", 6),
    ("honda", "本田", "Honda", 6),
]

CARS: list[Car] = [
    Car("vw", "帕萨特", "Passat", P, "LSVCH6A4", 13),
    Car("vw", "途观L", "Tiguan L", P, "LSVUC65N", 11),
    Car("vw", "朗逸", "Lavida", P, "LSVNV218", 8),
    Car("toyota", "凯美瑞", "Camry", P, "LVGBM51K", 9),
    Car("toyota", "RAV4荣放", "RAV4", P, "LFMKJ53F", 9),
    Car("byd", "汉EV", "Han EV", E, "LC0CE6CD", 9),
    Car("byd", "宋PLUS DM-i", "Song Plus DM-i", H, "LGXC76C4", 11),
    Car("byd", "元PLUS", "Yuan Plus", E, "LC0CE4CB", 5),
    Car("audi", "A4L", "A4L", P, "LFV3A28W", 8),
    Car("audi", "Q5L", "Q5L", P, "LFV3B2FY", 6),
    Car("honda", "雅阁", "Accord", P, "LHGCV167", 6),
    Car("honda", "CR-V", "CR-V", P, "LVHRW189", 5),
]


@dataclass(frozen=True, slots=True)
class Rule:
    """Maintenance every `km` or `months`; `work` are codes of operations, `parts` (kind of part, quantity)."""

    name: str
    name_en: str
    km: int | None
    months: int | None
    work: tuple[str, ...]
    parts: tuple[tuple[str, str], ...] = ()


def _minor(km: int, months: int, oil: str, litres: str) -> Rule:
    parts = ((oil, litres), ("oil_filter", "1"), ("drain_plug", "1"))
    return Rule("小保养（机油机滤）", "Minor service (oil and filter)", km, months, ("M1001", "M1010"), parts)


CABIN = Rule("空调滤芯", "Cabin filter", 20_000, 12, ("M1003",), (("cabin_filter", "1"),))
AIR = Rule("空气滤芯", "Air filter", 20_000, 24, ("M1002",), (("air_filter", "1"),))
PLUGS = Rule("火花塞", "Spark plugs", 40_000, 48, ("M1004",), (("spark_plug", "4"),))
BRAKE_FLUID = Rule("制动液", "Brake fluid", None, 24, ("M1005",), (("brake_fluid", "1"),))
GEARBOX = Rule("变速箱油", "Gearbox oil", 60_000, 48, ("M1006",), (("atf", "5"),))
CVT = Rule("变速箱油（CVT）", "Gearbox oil (CVT)", 40_000, 24, ("M1006",), (("cvt", "4"),))
COOLANT = Rule("冷却液", "Coolant", 100_000, 60, ("M1007",), (("coolant", "6"),))

ELECTRIC_CHECK = Rule("三电系统检查", "High-voltage check", 20_000, 12, ("M1020", "M1011"))
ELECTRIC_CABIN = Rule("空调滤芯", "Cabin filter", 20_000, 12, ("M1003",), (("cabin_filter", "1"),))
BATTERY_COOLANT = Rule("电池冷却液", "Battery coolant", 60_000, 48, ("M1021",), (("ev_coolant", "6"),))
REDUCER = Rule("减速器油", "Reducer oil", 48_000, 36, ("M1022",), (("reducer_oil", "2"),))

#: The rules of a whole brand; the order is that of the list on the vehicle page.
BRAND_RULES: dict[str, tuple[Rule, ...]] = {
    "vw": (_minor(10_000, 12, "oil_5w30", "5"), CABIN, AIR, PLUGS, BRAKE_FLUID, GEARBOX),
    "toyota": (_minor(5_000, 6, "oil_0w20", "4.5"), CABIN, AIR, PLUGS, BRAKE_FLUID, CVT),
    "audi": (_minor(7_500, 6, "oil_0w20", "5.5"), CABIN, AIR, PLUGS, BRAKE_FLUID, GEARBOX),
    "honda": (_minor(5_000, 6, "oil_0w20", "4"), CABIN, AIR, PLUGS, BRAKE_FLUID, CVT),
}
#: A brand with electric cars has its rules model by model: an electric one has no oil to change.
ENERGY_RULES: dict[Energy, tuple[Rule, ...]] = {
    E: (ELECTRIC_CHECK, ELECTRIC_CABIN, BRAKE_FLUID, BATTERY_COOLANT, REDUCER),
    H: (_minor(7_500, 12, "oil_0w20", "4"), CABIN, AIR, BRAKE_FLUID, COOLANT),
}


def rules_of(car: Car) -> tuple[Rule, ...]:
    """The rules that hold for a model, the main one first."""
    return BRAND_RULES.get(car.brand) or ENERGY_RULES[car.energy]
