"""The settings a manager can change from a date on, with the value that holds until then."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting: its default (unit in the sentence) and what it means."""

    default: Any
    means: str | Promise


RULES: dict[str, Rule] = {
    "checks.people": Rule(3, _("How many different people make the three checks (3; a small shop may allow 2).")),
    "gate_pass.hours": Rule(24, _("For how many hours a gate pass is valid.")),
    "discount.percent": Rule(10, _("Discount in percent of a line's price that an advisor may give alone.")),
    "estimate.days": Rule(7, _("For how many days an estimate is valid.")),
    "follow_up.days": Rule(2, _("How many days after delivery the customer is called.")),
    "reminder.lead_days": Rule(21, _("How many days before the due date the reminder is created.")),
    "lapse.months": Rule(12, _("After how many months without a visit a car of unknown brand counts as lapsed.")),
    "lapse.grace_days": Rule(45, _("For how many days a car may be overdue by its own forecast before it is lapsed.")),
    "workshop.minutes_after_work": Rule(45, _("Minutes for checks and washing after the last job.")),
}
