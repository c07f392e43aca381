"""How far the twenty cars of today have come, and what each of them is in the shop for."""

from dataclasses import dataclass

from reception.states import State, VisitType

S = State
REPAIR = VisitType.REPAIR


@dataclass(frozen=True, slots=True)
class Plan:
    """How far a car has come. Times are minutes before now; `promise` is minutes from now (negative: it is late)."""

    target: State
    arrived: int
    promise: int = 60
    work: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    words: tuple[str, str] = ("做保养", "Regular maintenance")
    kind: str = VisitType.MAINTENANCE
    hand: int = 0
    bay: int = 0
    #: Minutes of the work, for a job that is finished.
    takes: int = 50
    special: str = ""
    #: Empty: what such a visit usually is.
    repair_class: str = ""
    advisor: str = "advisor"
    waits: bool = False


OIL = ("M1001", "M1010")
FULL = ("M1001", "M1002", "M1003")
COOLING = ("空调不凉", "Air conditioning does not cool")
SAME_FAULT = ("上次修的异响又有了", "The noise repaired last time is back")
BRAKES = ("踩刹车时前面有吱吱声", "Squeal from the front when braking")

#: In order of arrival. What a technician works on lies one after the other, and one whose clock runs is not used
#: further down; the last thing that happened to a car is some minutes ago.
PLANS: tuple[Plan, ...] = (
    Plan(S.WORKING, 205, -18, ("R3001",), (("valve_gasket", "1"),), ("机油有点渗", "A little oil seeps"), REPAIR,
         hand=4, bay=3, special="late"),
    Plan(S.RELEASED, 185, -15, OIL, hand=1, bay=2, takes=45, waits=True),
    Plan(S.WORKING, 172, 180, ("R4004",), (("compressor", "1"),), COOLING, REPAIR, hand=3, bay=4, special="parts",
         advisor="advisor2"),
    Plan(S.SETTLED, 158, -10, FULL, (("air_filter", "1"), ("cabin_filter", "1")), hand=2, bay=0, takes=50, waits=True,
         repair_class="second"),
    Plan(S.HANDING_OVER, 152, 10, ("R2001",), (("front_pads", "1"),), BRAKES, REPAIR, hand=0, bay=1, takes=50),
    Plan(S.READY, 128, 25, OIL, (("wipers", "1"),), hand=1, bay=2, takes=40, advisor="advisor2"),
    Plan(S.LEFT, 126, 30, ("R2003",), (("front_discs", "1"),), ("刹车方向盘抖", "Steering wheel shakes under braking"),
         REPAIR, advisor="advisor2"),
    Plan(S.WORKING, 125, 90, ("R2004",), (), ("方向跑偏", "Pulls to one side"), REPAIR, hand=3, bay=5, special="tool"),
    Plan(S.WORKING, 106, 45, OIL, hand=2, bay=0, special="extra", waits=True),
    Plan(S.WASHING, 101, 20, FULL, (("cabin_filter", "1"),), hand=3, bay=4, takes=36, waits=True),
    Plan(S.WORKING, 95, 70, ("R2009",), (("link", "1"),), SAME_FAULT, VisitType.COMEBACK_OUT,
         hand=0, bay=1, special="comeback"),
    Plan(S.CHECKING, 88, 35, OIL, hand=1, bay=2, takes=34),
    Plan(S.ASSIGNED, 74, 24, FULL, (("air_filter", "1"),), hand=1, bay=2),
    Plan(S.CANCELLED, 62, 60, words=("轮胎有点响", "A tyre makes noise"), kind=REPAIR),
    Plan(S.QUEUED, 52, 130, ("B5003", "B5001"), (("bumper", "1"), ("clips", "1")),
         ("追尾，前杠要做", "Hit the car in front, bumper damaged"), VisitType.ACCIDENT, special="accident",
         advisor="advisor2"),
    Plan(S.DECLINED, 44, 60, ("R4004",), (("compressor", "1"),), COOLING, REPAIR),
    Plan(S.AUTHORISED, 34, 110, FULL, (("cabin_filter", "1"),), waits=True),
    Plan(S.ESTIMATING, 24, 120, ("D0101", "R4001"), (("battery", "1"),),
         ("早上打不着火，要搭电", "Does not start in the morning, needs a jump"), REPAIR, special="choice",
         advisor="advisor2"),
    Plan(S.INSPECTING, 11, words=("保养，顺便看下胎压报警", "Service, and the tyre pressure lamp"), waits=True),
    Plan(S.ARRIVED, 6),
)  # fmt: skip
