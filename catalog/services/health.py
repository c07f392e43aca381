"""The list of the inspection that a house begins with; what a manager changes afterwards stays changed."""

from decimal import Decimal
from typing import NamedTuple

from accounts.policies import Actor, check_may
from catalog.models import HealthList, HealthPoint
from catalog.states import Direction, PointGroup
from dms.act import one_act

LIST = ("多点检测", "Multi-point inspection")
L, M = Direction.LESS, Direction.MORE
G = PointGroup


class First(NamedTuple):
    """A point of the first list; `limits` are green and amber, `months` until an amber one is offered again."""

    group: PointGroup
    name: str
    name_en: str
    unit: str = ""
    direction: Direction | None = None
    limits: tuple[str, str] | None = None
    months: int = 6


#: Limits as workshops use them; the law's own are wider (tread 1.6 mm, GB 7258), so red comes before it.
POINTS = (
    First(G.LIGHTS, "前部灯光", "Front lights", months=1),
    First(G.LIGHTS, "后部灯光与刹车灯", "Rear and brake lights", months=1),
    First(G.LIGHTS, "雨刮片", "Wiper blades"),
    First(G.LIGHTS, "前风挡玻璃", "Windscreen"),
    First(G.CABIN, "仪表警告灯", "Warning lamps", months=1),
    First(G.CABIN, "喇叭与安全带", "Horn and seat belts", months=1),
    First(G.CABIN, "空调出风温度", "Air conditioning outlet", "°C", M, ("10", "14"), 12),
    First(G.CABIN, "空调滤芯", "Cabin filter"),
    First(G.ENGINE, "机油油位与油质", "Engine oil, level and state", months=3),
    First(G.ENGINE, "冷却液冰点", "Coolant freezing point", "°C", M, ("-30", "-20"), 12),
    First(G.ENGINE, "空气滤芯", "Air filter"),
    First(G.ENGINE, "皮带", "Belts"),
    First(G.BATTERY, "蓄电池静态电压", "Battery voltage at rest", "V", L, ("12.5", "12.2"), 6),
    First(G.BATTERY, "蓄电池健康度", "Battery health", "%", L, ("75", "55"), 6),
    First(G.BATTERY, "充电系统", "Charging system", months=3),
    First(G.TYRES, "左前轮胎花纹深度", "Tread, front left", "mm", L, ("4", "2"), 6),
    First(G.TYRES, "右前轮胎花纹深度", "Tread, front right", "mm", L, ("4", "2"), 6),
    First(G.TYRES, "左后轮胎花纹深度", "Tread, rear left", "mm", L, ("4", "2"), 6),
    First(G.TYRES, "右后轮胎花纹深度", "Tread, rear right", "mm", L, ("4", "2"), 6),
    First(G.TYRES, "胎压与胎侧", "Tyre pressure and side walls", months=1),
    First(G.BRAKES, "前制动片厚度", "Front brake pads", "mm", L, ("6", "3"), 6),
    First(G.BRAKES, "后制动片厚度", "Rear brake pads", "mm", L, ("5", "3"), 6),
    First(G.BRAKES, "制动盘", "Brake discs"),
    First(G.BRAKES, "制动液含水量", "Water in the brake fluid", "%", M, ("2", "3"), 6),
    First(G.CHASSIS, "发动机与变速箱渗漏", "Leaks of engine and gearbox"),
    First(G.CHASSIS, "减震器", "Dampers"),
    First(G.CHASSIS, "球头与摆臂胶套", "Ball joints and bushes"),
    First(G.CHASSIS, "驱动轴防尘套", "Drive shaft boots"),
    First(G.CHASSIS, "排气系统与底盘护板", "Exhaust and underbody shields"),
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
    HealthPoint.objects.bulk_create(
        HealthPoint(
            health_list=made, group=point.group, position=place * 10, name=point.name, name_en=point.name_en,
            unit=point.unit, direction=point.direction, months=point.months,
            green_limit=Decimal(point.limits[0]) if point.limits else None,
            amber_limit=Decimal(point.limits[1]) if point.limits else None,
        )
        for place, point in enumerate(POINTS, 1)
    )  # fmt: skip
    return made
