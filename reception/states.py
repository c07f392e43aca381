"""The road of a work order as data: states, transitions, proofs. ARCHITECTURE.md draws the same table."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dms.workflow import Transition, Workflow

#: Letters and digits of the codes that customers type: none that look alike.
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class State(models.TextChoices):
    """Where the order stands. Keys are stable."""

    ARRIVED = "arrived", pgettext_lazy("state of an order", "Arrived")
    INSPECTING = "inspecting", _("Walk-round")
    ESTIMATING = "estimating", pgettext_lazy("state of an order", "Estimate")
    AUTHORISED = "authorised", _("Authorised")
    QUEUED = "queued", _("Waiting for dispatch")
    ASSIGNED = "assigned", _("Assigned")
    WORKING = "working", _("In work")
    CHECKING = "checking", _("Final check")
    WASHING = "washing", _("Washing")
    READY = "ready", _("Ready")
    HANDING_OVER = "handing_over", _("Handing over")
    SETTLED = "settled", _("Settled")
    RELEASED = "released", _("Released")
    DECLINED = "declined", _("No order made")
    CANCELLED = "cancelled", _("Cancelled")
    LEFT = "left", _("Left unrepaired")


S = State

ROAD = Workflow(
    name="work_order",
    initial=S.ARRIVED,
    transitions=(
        Transition("inspect", (S.ARRIVED,), S.INSPECTING, "order.receive", _("Start the walk-round")),
        Transition("estimate", (S.INSPECTING,), S.ESTIMATING, "order.receive", _("Go to the estimate")),
        Transition("authorise", (S.ESTIMATING,), S.AUTHORISED, "order.authorise", _("Sign the order"), ("authorised",)),
        Transition("decline", (S.ESTIMATING,), S.DECLINED, "order.cancel", _("No order today"), ("declined",)),
        Transition(
            "cancel",
            (S.ARRIVED, S.INSPECTING, S.AUTHORISED, S.QUEUED),
            S.CANCELLED,
            "order.cancel",
            _("Cancel the order"),
            ("cancelled",),
        ),
        Transition("accept", (S.AUTHORISED,), S.QUEUED, "workshop.accept", _("Accept the car"), ("accepted",)),
        Transition("assign", (S.QUEUED,), S.ASSIGNED, "workshop.dispatch", _("Dispatch")),
        Transition("take_back", (S.ASSIGNED,), S.QUEUED, "workshop.dispatch", _("Take the dispatch back")),
        Transition(
            "give_back",
            (S.QUEUED,),
            S.AUTHORISED,
            "workshop.accept",
            _("Give the car back to reception"),
            clears=("accepted",),
        ),
        Transition("start", (S.ASSIGNED,), S.WORKING, "job.work", _("Start work")),
        Transition("finish", (S.WORKING,), S.CHECKING, "job.work", _("Work done, to the check")),
        Transition("stop", (S.WORKING,), S.READY, "order.stop", _("Stop after the diagnosis"), ("stopped",)),
        Transition("pass_to_wash", (S.CHECKING,), S.WASHING, "check.final", _("Passed, to the wash"), ("quality",)),
        Transition(
            "pass_unwashed",
            (S.CHECKING,),
            S.READY,
            "check.final",
            _("Passed, no wash"),
            ("quality", "wash_waived"),
        ),
        Transition("more_work", (S.CHECKING,), S.WORKING, "extra.offer", _("More work was agreed")),
        Transition("fail", (S.CHECKING,), S.WORKING, "check.final", _("Return to the technician")),
        Transition("washed", (S.WASHING,), S.READY, "wash.do", _("Washed"), ("washed",)),
        Transition("skip_wash", (S.WASHING,), S.READY, "wash.do", _("Wash skipped"), ("wash_waived",)),
        Transition(
            "hand_over", (S.READY,), S.HANDING_OVER, "order.hand_back", _("Internal handover passed"), ("internal",)
        ),
        Transition(
            "return_internal",
            (S.READY,),
            S.WORKING,
            "order.hand_back",
            _("Internal handover failed"),
            clears=("quality", "washed", "wash_waived", "stopped"),
        ),
        Transition(
            "return_customer",
            (S.HANDING_OVER,),
            S.WORKING,
            "order.hand_back",
            _("Customer not satisfied"),
            clears=("internal", "walked", "quality", "washed", "wash_waived", "stopped"),
        ),
        Transition("settle", (S.HANDING_OVER,), S.SETTLED, "till.settle", _("Settle"), ("settled",)),
        Transition("reverse", (S.SETTLED,), S.HANDING_OVER, "till.reverse", _("Reverse"), clears=("settled",)),
        Transition("release", (S.SETTLED,), S.RELEASED, "gate.open", _("Let out"), ("released",)),
        Transition("leave", (S.DECLINED, S.CANCELLED), S.LEFT, "gate.open", _("Let out unrepaired"), ("left",)),
    ),
)

#: Moves that end a visit without work, leave something out or send a car back to work; who makes one writes down why.
NEEDS_REASON: tuple[str, ...] = ("decline", "cancel", "skip_wash", "return_internal", "return_customer")

#: Facts on the order that no move writes by itself: the customer's walk round, which `settle` asks for.
FACTS = ("walked",)

#: Every proof stem; each is a pair `<stem>_at`, `<stem>_by` on the order.
PROOFS: tuple[str, ...] = tuple(dict.fromkeys([*(stem for move in ROAD.transitions for stem in move.proof), *FACTS]))

_SIGNED = (
    S.AUTHORISED,
    S.QUEUED,
    S.ASSIGNED,
    S.WORKING,
    S.CHECKING,
    S.WASHING,
    S.READY,
    S.HANDING_OVER,
    S.SETTLED,
    S.RELEASED,
)
_FINISHED = (S.READY, S.HANDING_OVER, S.SETTLED, S.RELEASED)

#: proof groups → the states that may not exist without one proof of each group ("a" | "b" is: one of them).
REQUIRED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("authorised",), _SIGNED),
    (("accepted",), _SIGNED[1:]),
    (("quality",), (S.WASHING,)),
    (("quality", "stopped"), _FINISHED),
    (("washed", "wash_waived", "stopped"), _FINISHED),
    (("internal",), (S.HANDING_OVER, S.SETTLED, S.RELEASED)),
    (("walked",), (S.SETTLED, S.RELEASED)),
    (("settled",), (S.SETTLED, S.RELEASED)),
    (("released",), (S.RELEASED,)),
    (("declined",), (S.DECLINED,)),
    (("cancelled",), (S.CANCELLED,)),
    (("left",), (S.LEFT,)),
)

OPEN_STATES: tuple[str, ...] = tuple(
    state for state in State.values if state not in (S.RELEASED, S.DECLINED, S.CANCELLED, S.LEFT)
)

#: Before the signature; the check-in page writes only here.
ON_FORM: tuple[str, ...] = (S.ARRIVED, S.INSPECTING, S.ESTIMATING)

#: The spine: label and the states that belong to it, in the order of the road.
SPINE: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("Reception"), (S.ARRIVED, S.INSPECTING, S.ESTIMATING, S.AUTHORISED)),
    (_("Dispatch"), (S.QUEUED, S.ASSIGNED)),
    (_("Work"), (S.WORKING,)),
    (_("Check"), (S.CHECKING, S.WASHING)),
    (_("Settle"), (S.READY, S.HANDING_OVER, S.SETTLED)),
    (_("Delivered"), (S.RELEASED,)),
)


class LineState(models.TextChoices):
    """A line's own road: a new price version returns an answered line to offered."""

    DRAFT = "draft", _("Draft")
    OFFERED = "offered", _("Offered")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


L = LineState
LINE_EDGES: tuple[tuple[str, str], ...] = (
    (L.DRAFT, L.OFFERED),
    (L.OFFERED, L.APPROVED),
    (L.OFFERED, L.DECLINED),
    (L.OFFERED, L.EXPIRED),
    (L.APPROVED, L.DONE),
    (L.APPROVED, L.WITHDRAWN),
    (L.APPROVED, L.OFFERED),
    (L.DECLINED, L.OFFERED),
    (L.EXPIRED, L.OFFERED),
    (L.DONE, L.APPROVED),
)


class LineKind(models.TextChoices):
    """What a line sells."""

    LABOUR = "labour", _("Labour")
    PART = "part", _("Part")


class Payer(models.TextChoices):
    """Who pays a line; each closes on its own."""

    CUSTOMER = "customer", _("Customer")
    MANUFACTURER = "manufacturer", _("Manufacturer warranty")
    INSURER = "insurer", _("Insurer")
    INTERNAL = "internal", _("Internal")
    PACKAGE = "package", _("Package")
    GOODWILL = "goodwill", _("Goodwill")


class Coverage(models.TextChoices):
    """Why somebody else than the customer pays, or that nobody does."""

    NONE = "none", _("Not covered")
    FACTORY = "factory", _("Factory warranty")
    PARTS = "parts", _("Parts warranty")
    GUARANTEE = "guarantee", _("Repair guarantee")
    RECALL = "recall", _("Recall")
    PACKAGE = "package", _("Package")
    GOODWILL = "goodwill", _("Goodwill")


#: Who pays a line and why, as the one choice that a page offers: key → (payer, coverage).
JUDGEMENTS: dict[str, tuple[Payer, Coverage]] = {
    "customer": (Payer.CUSTOMER, Coverage.NONE),
    "factory": (Payer.MANUFACTURER, Coverage.FACTORY),
    "parts": (Payer.MANUFACTURER, Coverage.PARTS),
    "recall": (Payer.MANUFACTURER, Coverage.RECALL),
    "guarantee": (Payer.INTERNAL, Coverage.GUARANTEE),
    "package": (Payer.PACKAGE, Coverage.PACKAGE),
    "goodwill": (Payer.GOODWILL, Coverage.GOODWILL),
    "insurer": (Payer.INSURER, Coverage.NONE),
    "internal": (Payer.INTERNAL, Coverage.NONE),
}


class DeclineReason(models.TextChoices):
    """Why the customer does not want it now."""

    PRICE = "price", _("Too expensive")
    TIME = "time", _("No time today")
    LATER = "later", _("Later, still safe")
    ELSEWHERE = "elsewhere", _("Done elsewhere")
    DOUBT = "doubt", _("Not convinced")
    OTHER = "other", pgettext_lazy("reason to decline", "Something else")


class VisitType(models.TextChoices):
    """Why the car came."""

    REPAIR = "repair", _("General repair")
    MAINTENANCE = "maintenance", _("Maintenance")
    FIRST = "first", _("First free maintenance")
    ACCIDENT = "accident", _("Accident")
    WARRANTY = "warranty", _("Warranty claim")
    RECALL = "recall", _("Recall")
    COMEBACK_IN = "comeback_in", _("Internal comeback")
    COMEBACK_OUT = "comeback_out", _("External comeback")
    PDI = "pdi", _("Pre-delivery inspection")
    INTERNAL = "internal", _("Internal")
    RESCUE = "rescue", _("Rescue")


class RepairClass(models.TextChoices):
    """维修类别, which papers and registers name. The last three leave with a completion certificate."""

    MINOR = "minor", _("Minor repair")
    FIRST = "first", _("First-level maintenance")
    SECOND = "second", _("Second-level maintenance")
    ASSEMBLY = "assembly", _("Assembly repair")
    WHOLE = "whole", _("Whole-vehicle repair")


#: Classes that leave with a 竣工出厂合格证 (机动车维修管理规定).
CERTIFIED: tuple[str, ...] = (RepairClass.SECOND, RepairClass.ASSEMBLY, RepairClass.WHOLE)
#: What a visit usually is; the advisor changes it before the signature.
USUAL_CLASS: dict[str, RepairClass] = {
    VisitType.MAINTENANCE: RepairClass.FIRST,
    VisitType.FIRST: RepairClass.FIRST,
}


class OldParts(models.TextChoices):
    """What becomes of replaced parts."""

    TAKE = "take", _("Customer takes them")
    WAIVE = "waive", _("Customer waives them")


class PassKind(models.TextChoices):
    """Why a car may leave."""

    SETTLEMENT = "settlement", _("Settled")
    UNREPAIRED = "unrepaired", _("Unrepaired")
    ROAD_TEST = "road_test", _("Road test")
    WASH = "wash", _("Wash outside")
    SUBLET = "sublet", _("Work given outside")
    INSPECTION = "inspection", _("Annual inspection")


#: What takes a car out of the house for a while, but for the road test, which has its own kilometres.
OUTINGS = (PassKind.WASH, PassKind.SUBLET, PassKind.INSPECTION)
#: With these a car goes out and comes back; the gate looks at them both times.
TEMPORARY: tuple[str, ...] = (PassKind.ROAD_TEST, *OUTINGS)


class GateOutcome(models.TextChoices):
    """What the gate answered."""

    OPENED = "opened", _("Opened")
    BACK = "back", _("Came back")
    UNKNOWN = "unknown", _("No such pass")
    USED = "used", _("Already used")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    REFUSED = "refused", _("May not leave yet")
    ELSEWHERE = "elsewhere", _("Of another branch")
    WRONG_CAR = "wrong_car", _("Another car")
    WRONG_PIN = "wrong_pin", _("Wrong PIN")
    FORCED = "forced", _("Let out by force")
    LISTED = "listed", _("Let out by the printed list")


#: What of the gate's answers is a failed attempt; the others let a car out or in.
FAILED: tuple[str, ...] = (
    GateOutcome.UNKNOWN, GateOutcome.USED, GateOutcome.EXPIRED, GateOutcome.REVOKED, GateOutcome.REFUSED,
    GateOutcome.ELSEWHERE, GateOutcome.WRONG_CAR, GateOutcome.WRONG_PIN,
)  # fmt: skip


class MarkKind(models.TextChoices):
    """Kinds of damage."""

    SCRATCH = "scratch", _("Scratch")
    DENT = "dent", _("Dent")
    CRACK = "crack", _("Crack")
    CHIP = "chip", _("Stone chip")
    MISSING = "missing", _("Missing")


class Lamp(models.TextChoices):
    """Tell-tales that may be lit (ISO 2575 names what they mean)."""

    ENGINE = "engine", _("Engine")
    OIL = "oil", _("Oil pressure")
    COOLANT = "coolant", _("Coolant temperature")
    BATTERY = "battery", _("Battery charging")
    BRAKE = "brake", _("Brakes")
    ABS = "abs", _("ABS")
    ESP = "esp", _("Stability control")
    AIRBAG = "airbag", _("Airbag")
    TYRES = "tyres", _("Tyre pressure")
    STEERING = "steering", _("Steering assistance")
    DRIVE = "drive", _("Electric drive")
    SERVICE = "service", _("Service due")


class Severity(models.TextChoices):
    """How bad."""

    LIGHT = "light", pgettext_lazy("damage", "Light")
    MEDIUM = "medium", _("Medium")
    HEAVY = "heavy", _("Heavy")


class Thing(models.TextChoices):
    """Things taken in with the car; each is ticked back."""

    KEY = "key", _("Key")
    LICENCE = "licence", _("Driving licence of the car")
    HANDBOOK = "handbook", _("Maintenance handbook")
    VALUABLE = "valuable", _("Valuable")
    OTHER = "other", _("Other")


class PayMethod(models.TextChoices):
    """How the customer means to pay."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    SCAN = "scan", _("Scan to pay")
    TRANSFER = "transfer", _("Bank transfer")
    CREDIT = "credit", _("On account")


class AuthorisedHow(models.TextChoices):
    """How the customer agreed."""

    SCREEN = "screen", _("Signed on screen")
    PAPER = "paper", _("Signed on paper")
    PHONE = "phone", _("By phone")
    STATUS_PAGE = "status_page", _("On the status page")


_BODY = ("front_wing", "front_door", "rear_door", "rear_wing", "mirror", "front_wheel", "rear_wheel")
#: Zones of the car outline (templates/components/car_outline.html has the same keys).
ZONES: tuple[str, ...] = (
    "front_bumper", "bonnet", "windscreen", "roof", "rear_window", "boot", "rear_bumper",
    *(f"left_{zone}" for zone in _BODY),
    *(f"right_{zone}" for zone in _BODY),
)  # fmt: skip
