"""The settings a manager can change from a date on, with the value that holds until then."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from records.figures import FIGURES
from records.holding import HOLD_OWNERS, HOLDS, OWNING
from records.kinds import KINDS, SHEET_LABELS
from records.sending import of_messages
from records.setting import (
    CARS,
    CLAIMS,
    COPIES,
    DAYS,
    GUARANTEE,
    HOURS,
    MARKS,
    MINUTES,
    MONTHS,
    PAPERS,
    PEOPLE,
    PHOTOS,
    PLACES,
    TARGETS,
    TIME,
    TIMES,
    WEEKS,
    Rule,
)


def _of_papers() -> dict[str, Rule]:
    """For each kind of paper: on which sheet it is printed here, and how many copies at the first time."""
    rules: dict[str, Rule] = {}
    for kind, form in KINDS.items():
        if len(form.sheets) > 1:
            choices = tuple((sheet, SHEET_LABELS[sheet]) for sheet in form.sheets)
            means = format_lazy("{}: {}", kind.label, _("the sheet on which it is printed."))
            rules[f"paper.sheet.{kind}"] = Rule(form.sheets[0], means, choices=choices, group=PAPERS)
    for kind in KINDS:
        means = format_lazy("{}: {}", kind.label, _("how many copies are printed at first; 0: not with the others."))
        rules[f"paper.copies.{kind}"] = Rule(1, means, COPIES, 0, 5, group=PAPERS)
    return rules


#: The five factors by which a visit is judged, and what each counts in percent (DOMAIN.md §4).
SURVEY_WEIGHTS: dict[str, tuple[int, str | Promise]] = {
    "initiation": (17, _("Making the appointment and arriving")),
    "advisor": (18, _("The service advisor")),
    "facility": (21, _("The rooms and the waiting")),
    "pickup": (21, _("Picking up the car")),
    "quality": (24, _("The work on the car")),
}


def _of_hold_owners() -> dict[str, Rule]:
    """Who owns a hold unless somebody is chosen."""
    means = _("who takes care that a hold for it ends, unless somebody is chosen.")
    choices = tuple((str(role), role.label) for role in OWNING)
    return {
        f"hold.{reason}_owner": Rule(str(role), format_lazy("{}: {}", HOLDS[reason][1], means), choices=choices)
        for reason, role in HOLD_OWNERS.items()
    }


def _of_holds() -> dict[str, Rule]:
    """How long a hold is expected to last; promises count with it."""
    means = _("for how many hours a car on hold usually waits for it; promises count with it.")
    return {
        f"hold.{reason}_hours": Rule(hours, format_lazy("{}: {}", label, means), HOURS, 1, 720)
        for reason, (hours, label) in HOLDS.items()
    }


def _of_surveys() -> dict[str, Rule]:
    """What each factor counts in the satisfaction of a visit; the mean is divided by their sum, whatever that is."""
    return {
        f"survey.weight.{factor}": Rule(
            weight, format_lazy("{}: {}", label, _("how much it counts in the satisfaction of a visit.")), "%", 0, 100
        )
        for factor, (weight, label) in SURVEY_WEIGHTS.items()
    }


#: The least that the regulation asks for a repair (机动车维修管理规定, 质保期): days, km. A shop may promise more.
GUARANTEES: dict[str, tuple[int, int, str | Promise]] = {
    "minor": (10, 2_000, _("First-level maintenance, minor and special repairs")),
    "level2": (30, 5_000, _("Second-level maintenance")),
    "assembly": (100, 20_000, _("Whole vehicle or assembly")),
}


def _of_guarantees() -> dict[str, Rule]:
    """How long the house answers for a repair, by its class; never less than the regulation."""
    rules: dict[str, Rule] = {}
    for key, (days, km, label) in GUARANTEES.items():
        means = format_lazy("{}: {}", label, _("for how many days the repair is guaranteed."))
        rules[f"guarantee.{key}.days"] = Rule(days, means, DAYS, days, 3650, group=GUARANTEE)
        means = format_lazy("{}: {}", label, _("for how many kilometres the repair is guaranteed."))
        rules[f"guarantee.{key}.km"] = Rule(km, means, "km", km, 500_000, group=GUARANTEE)
    return rules


def _of_appointments() -> dict[str, Rule]:
    """How much is booked before the day, and how (DOMAIN.md §1)."""
    return {
        "appointment.reserve": Rule(
            "12.5",
            _("Which part of the workshop's hours is kept for cars that come without an appointment, in percent."),
            "%",
            form=(r"(100|[0-9]{1,2}(\.[0-9])?)", _("Write a percentage like this: 12.5.")),
        ),
        "appointment.slot_minutes": Rule(
            20, _("How many minutes an advisor takes for a car that has an appointment."), MINUTES, 5, 120
        ),
        "appointment.days_ahead": Rule(30, _("For how many days ahead customers may book."), DAYS, 1, 365),
        "greet.minutes": Rule(
            5, _("Within how many minutes of arriving a customer should be greeted."), MINUTES, 1, 60
        ),
        "reception.checklist": Rule(
            "",
            _("What service advisors look at before opening, with commas between; empty: the usual four things."),
            form=("[^\r\n<>]{0,400}", _("Write a few words for each thing, with commas between them.")),
        ),
        "appointment.no_show_minutes": Rule(
            60, _("How many minutes after its time an appointment counts as missed."), MINUTES, 5, 600
        ),
    }


def _of_pickups() -> dict[str, Rule]:
    """When finished cars are picked up, and how many at one time (DOMAIN.md §3)."""
    return {
        "pickup.minutes": Rule(20, _("How many minutes a pick-up slot takes."), MINUTES, 10, 120),
        "pickup.places": Rule(
            2, _("How many cars are handed back in one pick-up slot; 0: no slots are offered."), CARS, 0, 20
        ),
        "pickup.days": Rule(3, _("For how many days pick-up slots are offered, from today on."), DAYS, 1, 14),
    }


#: An address on the web, or of this machine for tests; or none.
_ADDRESS = (
    r"(https://[^\s/?#@]{1,100}(/[^\s]{0,150})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?(/[^\s]{0,150})?)?",
    _("Write an address that begins with https://."),
)


def _of_einvoices() -> dict[str, Rule]:
    """Fully digitalised invoices (数电发票) through a provider."""
    return {
        "einvoice.on": Rule(default=False, means=_("Invoices that are asked for go to the provider of e-invoices.")),
        "einvoice.endpoint": Rule("", _("E-invoices: the address of the provider (https://…)."), form=_ADDRESS),
    }


def _of_health_records() -> dict[str, Rule]:
    """Health records of repaired cars (DOMAIN.md, 电子健康档案) and the register that they go to."""
    return {
        "health_record.export": Rule(default=False, means=_("Health records of settled orders go to the register.")),
        "health_record.endpoint": Rule(
            "",
            _("Health records: the address of the register (https://…)."),
            form=_ADDRESS,
        ),
        "health_record.check": Rule(
            "exported",
            _("Health records: what is done at settlement when an element is missing."),
            choices=(
                ("exported", _("Refuse where records are exported, else nothing")),
                ("warn", _("Warn at the till")),
                ("refuse", _("Refuse the settlement")),
            ),
        ),
    }


RULES: dict[str, Rule] = {
    "checks.people": Rule(
        3, _("How many different people make the three checks (3; a small shop may allow 2)."), PEOPLE, 2, 3
    ),
    "clock.longest_hours": Rule(
        5, _("After how many hours without a pause a running job clock counts as forgotten."), HOURS, 1, 24
    ),
    "gate_pass.hours": Rule(24, _("For how many hours a gate pass is valid."), HOURS, 1, 168),
    "road_test.most_km": Rule(
        30, _("How many kilometres a road test takes at most; more needs a reason."), "km", 1, 500
    ),
    "road_test.minutes": Rule(60, _("For how many minutes the gate pass of a road test is valid."), MINUTES, 5, 480),
    "discount.percent": Rule(
        10, _("Discount in percent of a line's price that an advisor may give alone."), "%", 0, 100
    ),
    "discount.approver_percent": Rule(
        30, _("Discount in percent of a line's price that whoever approves discounts may give alone."), "%", 0, 100
    ),
    "discount.goodwill_percent": Rule(
        100, _("Most of a line's price, in percent, that one person asks for and another approves."), "%", 0, 100
    ),
    "credit.limit": Rule(
        20_000,
        _("What a customer without terms of their own may owe at most, when the manager lets them pay later."),
        most=10_000_000,
    ),
    "credit.days": Rule(30, _("Within how many days a share on account is to be paid."), DAYS, 0, 365),
    "estimate.days": Rule(7, _("For how many days an estimate is valid."), DAYS, 1, 90),
    "idempotency.days": Rule(7, _("For how many days the same request sent again is still one act."), DAYS, 1, 90),
    "follow_up.days": Rule(2, _("How many days after delivery the customer is called."), DAYS, 1, 30),
    "welcome.days": Rule(
        3, _("How many days after the hand-over of a new car its owner is called first."), DAYS, 0, 30
    ),
    "birthday.greet": Rule(default=False, means=_("Whether customers are congratulated on their birthday.")),
    "call.overdue_days": Rule(
        7, _("For how many days a service is overdue, without a message about it, until we call."), DAYS, 1, 60
    ),
    "call.answer_hours": Rule(2, _("After how many hours without an answer to an offer we call."), HOURS, 1, 72),
    "call.unreachable_days": Rule(
        5, _("After how many days without reaching anybody a call after the visit becomes a message."), DAYS, 1, 30
    ),
    "complaint.days": Rule(3, _("Within how many days a complaint is answered."), DAYS, 1, 60),
    "survey.low": Rule(
        6, _("Marks (1 to 10) up to this one are low: they need a reason and open a complaint."), MARKS, 1, 9
    ),
    **_of_surveys(),
    **_of_appointments(),
    **_of_pickups(),
    **_of_einvoices(),
    **_of_health_records(),
    "photos.most": Rule(60, _("How many photos a visit may have; a finding has as many again."), PHOTOS, 1, 500),
    "reminder.lead_days": Rule(21, _("How many days before the due date the reminder is created."), DAYS, 1, 120),
    "warranty.lead_days": Rule(
        45, _("How many days before the maker's warranty of a car ends its owner is told."), DAYS, 1, 180
    ),
    "package.lead_days": Rule(
        30, _("How many days before a package ends the customer is told what is left of it."), DAYS, 1, 180
    ),
    "lapse.months": Rule(
        12, _("After how many months without a visit a car of unknown brand counts as lapsed."), MONTHS, 1, 60
    ),
    "lapse.grace_days": Rule(
        45, _("For how many days a car may be overdue by its own forecast before it is lapsed."), DAYS, 0, 365
    ),
    "signin.second_factor": Rule(
        default=False,
        means=_("Whether everybody here needs a second factor (passkey or authenticator app) to sign in."),
    ),
    "signin.idle_minutes": Rule(240, _("After how many minutes without a click a sign-in ends."), MINUTES, 5, 720),
    "signin.sessions": Rule(
        5, _("At how many places one person may be signed in at once; the oldest ends first."), PLACES, 1, 20
    ),
    "desk.lock_minutes": Rule(5, _("After how many minutes without a click a shared desk locks."), MINUTES, 1, 120),
    "desk.pin_minutes": Rule(
        5, _("For how many minutes after the PIN money may be moved at a shared desk."), MINUTES, 1, 120
    ),
    "screen.days": Rule(
        90, _("After how many days the address of the televisions ends, unless a new one is made."), DAYS, 1, 365
    ),
    "workshop.minutes_after_work": Rule(25, _("Minutes for the three checks after the last job."), MINUTES, 0, 480),
    "workshop.wash_minutes": Rule(
        20, _("Minutes for washing a car; promises count them where a wash is agreed."), MINUTES, 0, 240
    ),
    **_of_holds(),
    **_of_hold_owners(),
    "declined.revive_days": Rule(
        90, _("After how many days declined work is offered again, unless another day was agreed."), DAYS, 1, 730
    ),
    "declined.lead_days": Rule(7, _("How many days before that day the customer is called."), DAYS, 0, 90),
    "promise.comfort_minutes": Rule(
        120, _("Minutes of air between the earliest finish and the comfortable promise."), MINUTES, 0, 960
    ),
    "promise.morning_minutes": Rule(
        60, _("How many minutes after opening a promise for the morning is."), MINUTES, 0, 480
    ),
    "parts.delivery_time": Rule(
        "14:00", _("From when on parts that come on a day are there."), form=(TIME, _("Write it like this: 14:00."))
    ),
    "parts.count_limit": Rule(
        200,
        _("From what value a difference found when counting needs a reason (in the branch's currency)."),
        "",
        0,
        100_000,
    ),
    "parts.dead_months": Rule(
        12, _("After how many months without an issue a part on the shelf is dead stock."), MONTHS, 1, 60
    ),
    "parts.service_percent": Rule(
        95, _("In how many percent of the delivery times the minimum stock should suffice."), "%", 50, 99
    ),
    "parts.cover_weeks": Rule(4, _("For how many weeks the maximum stock lasts beyond the minimum."), WEEKS, 1, 52),
    "parts.usual_days": Rule(
        2, _("How many working days a part takes that is not ordered yet; promises count with it."), DAYS, 1, 60
    ),
    **_of_guarantees(),
    "three.days_most": Rule(
        30,
        _("Three guarantees: from how many days in repair within the term the car is to be exchanged."),
        DAYS,
        1,
        365,
        group=GUARANTEE,
    ),
    "three.repairs_most": Rule(
        4,
        _("Three guarantees: from how many repairs of the same fault within the term the car is to be exchanged."),
        TIMES,
        1,
        20,
        group=GUARANTEE,
    ),
    "three.months": Rule(
        24, _("Three guarantees: for how many months the counters run."), MONTHS, 1, 120, group=GUARANTEE
    ),
    "three.km": Rule(
        50_000, _("Three guarantees: up to how many kilometres the counters run."), "km", 1, 500_000, group=GUARANTEE
    ),
    "three.first_days": Rule(
        60, _("Three guarantees: for how many days a new car may be returned."), DAYS, 1, 365, group=GUARANTEE
    ),
    "three.first_km": Rule(
        3_000,
        _("Three guarantees: up to how many kilometres a new car may be returned."),
        "km",
        1,
        100_000,
        group=GUARANTEE,
    ),
    "claim.paper_days": Rule(
        10,
        _("Insurance: within how many days after the case is closed its papers are handed in."),
        DAYS,
        1,
        365,
        group=CLAIMS,
    ),
    "claim.report_months": Rule(
        24, _("Insurance: for how many months after the report the insurer pays."), MONTHS, 1, 120, group=CLAIMS
    ),
    "claim.warn_days": Rule(3, _("How many days before such a day the case is marked."), DAYS, 0, 90, group=CLAIMS),
    "claim.photos": Rule(
        1,
        _("Claims to the maker: how many photos of the order or of its findings are needed."),
        PHOTOS,
        0,
        20,
        group=CLAIMS,
    ),
    **of_messages(),
    "figures.labour_cost": Rule(
        60,
        _("Gross profit: what an hour of a technician costs the house."),
        _("a currency unit"),
        0,
        10_000,
        group=TARGETS,
    ),
    **{
        f"target.{key}": Rule(
            0, format_lazy("{}: {}", of.label, _("the target (0: none).")), of.unit, 0, of.most, group=TARGETS
        )
        for key, of in FIGURES.items()
        if of.most
    },
    "target.arrived": Rule(
        0, _("Of the cars that are due, how many percent should come (0: no target)."), "%", 0, 100, group=TARGETS
    ),
    "target.retained": Rule(
        0, _("How many cars the retained base should have (0: no target)."), CARS, 0, 10_000_000, group=TARGETS
    ),
    "target.lapsed": Rule(
        0, _("How many percent of the cars may have lapsed (0: no target)."), "%", 0, 100, group=TARGETS
    ),
    **_of_papers(),
    "paper.impact.x": Rule(
        0,
        _("241 mm continuous paper: everything moves to the right by so much (less than 0: to the left)."),
        "mm",
        -10,
        10,
        group=PAPERS,
    ),
    "paper.impact.y": Rule(
        0, _("241 mm continuous paper: everything moves down by so much (less than 0: up)."), "mm", -5, 5, group=PAPERS
    ),
}
