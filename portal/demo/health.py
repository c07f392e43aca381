"""The demo's inspection: the usual list with what its points propose, one of a brand with its own pads, and sheets."""

from decimal import Decimal

from accounts.policies import Actor
from catalog.models import HealthList, HealthPoint
from catalog.services.health import make_first
from portal.demo.catalogue import Catalogue
from reception.models import WorkOrder
from workshop.services import health

#: Chinese name of a point → kind of the part that it proposes beside the operation, which the list finds by itself.
PARTS = {
    "前部灯光": "bulb",
    "雨刮片": "wipers",
    "冷却液冰点": "coolant",
    "蓄电池健康度": "battery",
    "左前轮胎花纹深度": "tyre_17",
    "右前轮胎花纹深度": "tyre_17",
    "左后轮胎花纹深度": "tyre_17",
    "右后轮胎花纹深度": "tyre_17",
    "制动盘": "front_discs",
    "制动液含水量": "brake_fluid",
    "减震器": "dampers",
    "球头与摆臂胶套": "ball_joint",
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
        kind = PARTS.get(point.name, "")
        point.part = made.parts[kind, ""] if kind else None
    HealthPoint.objects.bulk_update(points, ["part"])
    brand = made.brands[BRAND]
    own = HealthList.objects.create(name=f"{brand.name}多点检测", name_en=f"{brand.name_en} inspection", brand=brand)
    for point in points:
        point.pk, point.health_list = None, own
        if point.name in OWN:
            point.part = made.parts[OWN[point.name], BRAND]
    HealthPoint.objects.bulk_create(points)


#: Measurements of a car that is well, and what each 10,000 km beyond the last full 50,000 take off them.
VALUES = {
    "空调出风温度": ("7", "0.6"), "冷却液冰点": ("-35", "1"), "蓄电池静态电压": ("12.7", "-0.06"),
    "蓄电池健康度": ("92", "-6"), "左前轮胎花纹深度": ("6.8", "-0.9"), "右前轮胎花纹深度": ("6.6", "-0.9"),
    "左后轮胎花纹深度": ("7.2", "-0.6"), "右后轮胎花纹深度": ("7.1", "-0.6"), "前制动片厚度": ("9.5", "-1.5"),
    "后制动片厚度": ("8", "-0.8"), "制动液含水量": ("1.2", "0.3"),
}  # fmt: skip
#: What is seen besides, by the last digit of the reading.
SEEN = {1: ("雨刮片", "刮不净，有水痕"), 4: ("减震器", "轻微渗油"), 7: ("空调滤芯", "灰尘较多")}
CYCLE, STEP = 50_000, 10_000


def inspect_car(actor: Actor, order: WorkOrder, *, ready: bool) -> None:
    """The car's sheet, finished when it is `ready`, else with the tyres still to be looked at."""
    km = order.odometer_in or 0
    sheet = health.begin(actor=actor, order_id=order.pk)
    worn, seen = Decimal(km % CYCLE) / STEP, SEEN.get(km % 10, ("", ""))
    for found in sheet.findings.order_by("position"):
        if found.name in VALUES and (ready or found.group != "tyres"):
            start, wear = (Decimal(part) for part in VALUES[found.name])
            value = (start + wear * worn).quantize(Decimal("0.1"))
            health.mark(actor=actor, finding_id=found.pk, value=value)
        elif found.name == seen[0]:
            health.mark(actor=actor, finding_id=found.pk, colour="amber", note=seen[1])
    if ready:
        health.rest_green(actor=actor, order_id=order.pk)
        health.finish(actor=actor, order_id=order.pk)
