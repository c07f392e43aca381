"""What a setting is, with its units and the headings under which the page of rules shows it."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Units of a value, in words.
PEOPLE, HOURS, MINUTES, DAYS, MONTHS = _("people"), _("hours"), _("minutes"), _("days"), _("months")
WEEKS = _("weeks")
PLACES, COPIES, PHOTOS, MESSAGES = _("places"), _("copies"), _("photos"), _("messages")
MARKS, CARS, TIMES = _("marks"), _("cars"), _("times")
#: A time of day as it is typed.
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
#: Headings of the page of rules.
SHOP, PAPERS, SENDING = _("The shop"), _("Papers and printers"), _("Messages to customers")
TARGETS = _("Targets")
GUARANTEE = _("Guarantee and warranty")
CLAIMS = _("Claims")


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting: its default, what it means, its unit, and between what a number must lie (both ends included).

    `choices` (value, words) for a setting that is one of several words; `form` for one that is typed: a pattern, and
    the sentence that says how it is written.
    """

    default: Any
    means: str | Promise
    unit: str | Promise = ""
    least: int = 0
    most: int = 1000
    choices: tuple[tuple[str, str | Promise], ...] = ()
    form: tuple[str, str | Promise] | None = None
    group: str | Promise = SHOP
