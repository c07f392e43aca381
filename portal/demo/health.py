"""The demo's inspection lists: the usual one with what its points propose, and one of a brand with its own pads."""

from catalog.models import HealthList, HealthPoint
from catalog.services.health import make_first
from portal.demo.catalogue import Catalogue

#: Chinese name of a point → code of the operation, kind of the part ("": none).
PROPOSED = {
    "前部灯光": ("R4003", "bulb"),
    "雨刮片": ("R4002", "wipers"),
    "空调出风温度": ("D0104", ""),
    "空调滤芯": ("M1003", ""),
    "机油油位与油质": ("M1001", ""),
    "冷却液冰点": ("M1007", "coolant"),
    "空气滤芯": ("M1002", ""),
    "蓄电池静态电压": ("D0105", ""),
    "蓄电池健康度": ("R4001", "battery"),
    "左前轮胎花纹深度": ("R2005", "tyre_17"),
    "右前轮胎花纹深度": ("R2005", "tyre_17"),
    "左后轮胎花纹深度": ("R2005", "tyre_17"),
    "右后轮胎花纹深度": ("R2005", "tyre_17"),
    "胎压与胎侧": ("R2006", ""),
    "前制动片厚度": ("R2001", ""),
    "后制动片厚度": ("R2002", ""),
    "制动盘": ("R2003", "front_discs"),
    "制动液含水量": ("M1005", "brake_fluid"),
    "发动机与变速箱渗漏": ("D0103", ""),
    "减震器": ("R2007", "dampers"),
    "球头与摆臂胶套": ("R2008", "ball_joint"),
}
#: What the brand's own list proposes beyond it.
OWN = {"前制动片厚度": "front_pads", "后制动片厚度": "rear_pads"}
BRAND = "vw"


def make_health(made: Catalogue) -> None:
    """Both lists."""
    first = make_first()
    assert first is not None  # noqa: S101 - the demo fills an empty database
    points = list(first.points.order_by("position"))
    for point in points:
        code, kind = PROPOSED.get(point.name, ("", ""))
        point.operation = made.work.get(code)
        point.part = made.parts[kind, ""] if kind else None
    HealthPoint.objects.bulk_update(points, ["operation", "part"])
    brand = made.brands[BRAND]
    own = HealthList.objects.create(name=f"{brand.name}多点检测", name_en=f"{brand.name_en} inspection", brand=brand)
    for point in points:
        point.pk, point.health_list = None, own
        if point.name in OWN:
            point.part = made.parts[OWN[point.name], BRAND]
    HealthPoint.objects.bulk_create(points)
