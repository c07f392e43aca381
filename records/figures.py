"""Names of the key figures, and for which of them a house may set a target. What they are is in `retention.figures`."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERCENT, A_MONTH, A_VISIT = "%", _("a month"), _("a visit")


@dataclass(frozen=True, slots=True)
class Named:
    """A figure's name, the unit of its target, and the highest target that makes sense; 0: it has none."""

    label: str | Promise
    unit: str | Promise = ""
    most: int = 0


#: In the order of the page (DOMAIN.md, Figures).
FIGURES: dict[str, Named] = {
    "gross": Named(_("Gross profit")),
    "margin": Named(_("Gross margin"), PERCENT, 100),
    "absorption": Named(_("Absorption"), PERCENT, 1000),
    "show_rate": Named(_("Appointment show rate"), PERCENT, 100),
    "booked": Named(_("Visits with an appointment"), PERCENT, 100),
    "first_fix": Named(_("First-time fix"), PERCENT, 100),
    "satisfaction": Named(_("Satisfaction")),
    "bay_turns": Named(_("Bay turns")),
    "bay_people": Named(_("Technicians for each bay")),
    "bay_efficiency": Named(_("Bay efficiency"), PERCENT, 100),
    "staff_output": Named(_("Output of a member of staff")),
    "throughput": Named(_("Visits delivered"), A_MONTH, 1_000_000),
    "cars": Named(_("Cars delivered")),
    "revenue": Named(_("Revenue"), A_MONTH, 1_000_000_000),
    "per_visit": Named(_("Revenue of a visit"), A_VISIT, 1_000_000),
    "parts_to_labour": Named(_("Parts to labour")),
    "parts_turns": Named(_("Parts turns")),
    "fill_rate": Named(_("Parts fill rate"), PERCENT, 100),
    "relationship": Named(_("Relationship revenue")),
    "on_time": Named(_("On time"), PERCENT, 100),
    "productivity": Named(_("Productivity"), PERCENT, 100),
    "efficiency": Named(_("Efficiency"), PERCENT, 1000),
    "capacity": Named(_("Capacity use"), PERCENT, 1000),
    "pass_rate": Named(_("Passed at the first check"), PERCENT, 100),
    "base": Named(_("Retained base")),
    "new": Named(_("New cars here")),
    "lapse": Named(_("Lapsed")),
    "return": Named(_("Came back"), PERCENT, 100),
    "share": Named(_("Share of the market"), PERCENT, 100),
}
