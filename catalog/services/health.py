"""The list of the inspection that a house begins with; what a manager changes afterwards stays changed."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from accounts.policies import Actor, check_may
from catalog.models import HealthList, HealthPoint, LabourOperation
from catalog.states import Direction, PointGroup
from dms.act import one_act

LIST = ("多点检测", "Multi-point inspection")
L, M = Direction.LESS, Direction.MORE
G = PointGroup


class First(NamedTuple):
    """A point of the first list; `limits` are green and amber, `months` until an amber one is offered again.

    `work` are words of the operation that mends it, the best first: the house's own one whose name has them.
    """

    group: PointGroup
    name: str
    name_en: str
    work: tuple[str, ...]
    unit: str = ""
    direction: Direction | None = None
    limits: tuple[str, str] | None = None
    months: int = 6


#: Limits as workshops use them; the law's own are wider (tread 1.6 mm, GB 7258), so red comes before it.
POINTS = (
    First(G.LIGHTS, "前部灯光", "Front lights", ("前大灯灯泡", "大灯灯泡"), months=1),
    First(G.LIGHTS, "后部灯光与刹车灯", "Rear and brake lights", ("后灯灯泡", "尾灯灯泡", "刹车灯"), months=1),
    First(G.LIGHTS, "雨刮片", "Wiper blades", ("雨刮片", "雨刮")),
    First(G.LIGHTS, "前风挡玻璃", "Windscreen", ("前风挡", "前挡风")),
    First(G.CABIN, "仪表警告灯", "Warning lamps", ("读码", "故障码", "电脑检测"), months=1),
    First(G.CABIN, "喇叭与安全带", "Horn and seat belts", ("喇叭",), months=1),
    First(G.CABIN, "空调出风温度", "Air conditioning outlet", ("空调系统检测", "空调检测"), "°C", M, ("10", "14"), 12),
    First(G.CABIN, "空调滤芯", "Cabin filter", ("空调滤",)),
    First(G.ENGINE, "机油油位与油质", "Engine oil, level and state", ("更换机油",), months=3),
    First(G.ENGINE, "冷却液冰点", "Coolant freezing point", ("更换冷却液", "更换防冻液"), "°C", M, ("-30", "-20"), 12),
    First(G.ENGINE, "空气滤芯", "Air filter", ("空气滤",)),
    First(G.ENGINE, "皮带", "Belts", ("皮带",)),
    First(G.BATTERY, "蓄电池静态电压", "Battery voltage at rest", ("暗电流",), "V", L, ("12.5", "12.2"), 6),
    First(G.BATTERY, "蓄电池健康度", "Battery health", ("更换蓄电池",), "%", L, ("75", "55"), 6),
    First(G.BATTERY, "充电系统", "Charging system", ("发电机", "充电系统"), months=3),
    First(G.TYRES, "左前轮胎花纹深度", "Tread, front left", ("更换轮胎",), "mm", L, ("4", "2"), 6),
    First(G.TYRES, "右前轮胎花纹深度", "Tread, front right", ("更换轮胎",), "mm", L, ("4", "2"), 6),
    First(G.TYRES, "左后轮胎花纹深度", "Tread, rear left", ("更换轮胎",), "mm", L, ("4", "2"), 6),
    First(G.TYRES, "右后轮胎花纹深度", "Tread, rear right", ("更换轮胎",), "mm", L, ("4", "2"), 6),
    First(G.TYRES, "胎压与胎侧", "Tyre pressure and side walls", ("补胎",), months=1),
    First(G.BRAKES, "前制动片厚度", "Front brake pads", ("前制动片", "前刹车片"), "mm", L, ("6", "3"), 6),
    First(G.BRAKES, "后制动片厚度", "Rear brake pads", ("后制动片", "后刹车片"), "mm", L, ("5", "3"), 6),
    First(G.BRAKES, "制动盘", "Brake discs", ("前制动盘", "制动盘", "刹车盘")),
    First(G.BRAKES, "制动液含水量", "Water in the brake fluid", ("制动液", "刹车油"), "%", M, ("2", "3"), 6),
    First(G.CHASSIS, "发动机与变速箱渗漏", "Leaks of engine and gearbox", ("漏油", "渗漏")),
    First(G.CHASSIS, "减震器", "Dampers", ("减震器", "减振器")),
    First(G.CHASSIS, "球头与摆臂胶套", "Ball joints and bushes", ("球头",)),
    First(G.CHASSIS, "驱动轴防尘套", "Drive shaft boots", ("防尘套", "半轴")),
    First(G.CHASSIS, "排气系统与底盘护板", "Exhaust and underbody shields", ("排气", "护板")),
)


@one_act
def begin(*, actor: Actor) -> HealthList | None:
    """The usual list for a house that has none; see `make_first`."""
    check_may(actor, "catalogue.edit")
    return make_first()


def make_first() -> HealthList | None:
    """The first list for a house that never had one; None where somebody keeps lists already, ended ones too."""
    if HealthList.objects.exists():
        return None
    made = HealthList.objects.create(name=LIST[0], name_en=LIST[1])
    known = list(LabourOperation.objects.filter(active=True).order_by("code"))
    HealthPoint.objects.bulk_create(
        HealthPoint(
            health_list=made, group=point.group, position=place * 10, name=point.name, name_en=point.name_en,
            unit=point.unit, direction=point.direction, months=point.months, operation=fitting(point, known),
            green_limit=Decimal(point.limits[0]) if point.limits else None,
            amber_limit=Decimal(point.limits[1]) if point.limits else None,
        )
        for place, point in enumerate(POINTS, 1)
    )  # fmt: skip
    return made


def fitting(point: First, known: Iterable[LabourOperation]) -> LabourOperation | None:
    """The house's operation for a point: the first of its words that a name has, there the shortest name."""
    for words in point.work:
        found = [row for row in known if words in row.name]
        if found:
            return min(found, key=lambda row: len(row.name))
    return None


def offer(operation: LabourOperation) -> int:
    """A new operation of the house: points of the usual words that have none propose it; to how many."""
    names = [point.name for point in POINTS if operation.active and fitting(point, [operation])]
    bare = HealthPoint.objects.filter(name__in=names, operation__isnull=True, part__isnull=True, ended_at__isnull=True)
    return bare.update(operation=operation)
