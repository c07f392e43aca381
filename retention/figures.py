"""The catalogue of key figures: each with its formula, its source and the measures above and below the line.

A figure is `scale` × top ÷ bottom; without a bottom it is the top alone. Measures are those of `retention.measures`,
`cars` (counted from the orders of the period), and what is entered for a month (`entered.cost` …). No figure is made
where its bottom is zero or something that it needs was not entered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from records.figures import FIGURES as NAMES
from retention.measures import COMEBACK_DAYS

Unit = Literal["money", "percent", "number", "ratio"]
Better = Literal["more", "less", ""]
Weights = Mapping[str, int]

#: Measures of an instant: of several months the last one counts.
STOCKS: Final = ("base", "active")
PROFIT, SERVICE, INSIDE, BUSINESS, MANAGEMENT, MARKET = (
    _("Profit"), _("Service"), _("The house"), _("Business"), _("Management"), _("Market"),
)  # fmt: skip
_REVENUE: Final[Weights] = {"labour": 1, "parts": 1}
_GROSS: Final[Weights] = {"labour": 1, "parts": 1, "parts_cost": -1, "labour_cost": -1}


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure. `top` and `bottom` weigh measures; `bottom_days` divides the bottom by the days of the period;
    `matured` days have to pass before a day can be judged; `variants` are other bottoms, by their name.
    """

    key: str
    group: str | Promise
    unit: Unit
    formula: str | Promise
    source: str | Promise
    top: Weights
    bottom: Weights | None = None
    scale: int = 1
    better: Better = "more"
    matured: int = 0
    bottom_days: bool = False
    variants: Mapping[str, tuple[str | Promise, Weights]] = field(default_factory=dict)

    @property
    def label(self) -> str | Promise:
        """Its name."""
        return NAMES[self.key].label

    @property
    def has_target(self) -> bool:
        """Whether a house may set a target for it."""
        return NAMES[self.key].most > 0

    @property
    def measures(self) -> list[str]:
        """All that it is made of, each once."""
        return list(dict.fromkeys([*self.top, *(self.bottom or {})]))


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of a period: its parts, and what they come to; None where that cannot be said."""

    top: Decimal | None
    bottom: Decimal | None
    value: Decimal | None


def _weighed(weights: Weights, found: Mapping[str, Decimal]) -> Decimal | None:
    """None when something that is entered was not."""
    if any(name.startswith("entered.") and name not in found for name in weights):
        return None
    return sum((weight * found.get(name, Decimal(0)) for name, weight in weights.items()), Decimal(0))


def value_of(figure: Figure, found: Mapping[str, Decimal], variant: str = "") -> Value:
    """What the sums of a period make of a figure."""
    own = variant not in figure.variants
    weights = figure.bottom if own else figure.variants[variant][1]
    top = _weighed(figure.top, found)
    if weights is None:
        return Value(top, None, top)
    bottom = _weighed(weights, found)
    if bottom is not None and figure.bottom_days and own:
        days = found.get("days", Decimal(0))
        bottom = bottom / days if days else None
    if top is None or not bottom:
        return Value(top, bottom, None)
    return Value(top, bottom, figure.scale * top / bottom)


def _percent(key: str, group: Any, formula: Any, source: Any, top: Weights, bottom: Weights, **more: Any) -> Figure:
    return Figure(key, group, "percent", formula, source, top, bottom, scale=100, **more)


CATALOGUE: Final[tuple[Figure, ...]] = (
    Figure(
        "gross", PROFIT, "money",
        _("labour and parts sold, without tax − cost of the parts − cost of the clocked hours"),
        _("lines of the slips that stand; clocks; rule “What an hour of a technician costs”"), _GROSS,
    ),
    _percent(
        "margin", PROFIT, _("gross profit ÷ revenue"), _("as gross profit"), _GROSS, _REVENUE,
    ),
    _percent(
        "absorption", PROFIT, _("gross profit ÷ operating cost (or ÷ fixed overhead)"),
        _("as gross profit; cost entered for each month, of a part of a month by its open days"), _GROSS,
        {"entered.cost": 1},
        variants={
            "cost": (_("of the operating cost"), {"entered.cost": 1}),
            "overhead": (_("of the fixed overhead"), {"entered.overhead": 1}),
        },
    ),
    _percent(
        "show_rate", SERVICE, _("arrived ÷ due"), _("appointments by their time; cancelled ones are not due"),
        {"due_arrived": 1}, {"due": 1},
    ),
    _percent(
        "booked", SERVICE, _("arrived with an appointment ÷ arrived"), _("orders by arrival"),
        {"arrived_booked": 1}, {"arrived": 1},
    ),
    _percent(
        "first_fix", SERVICE, _("1 − repairs back with the same fault within 30 days ÷ completed repairs"),
        _("labour lines of delivered repairs; lines that name the one they come back for"),
        {"repairs": 1, "back": -1}, {"repairs": 1}, matured=COMEBACK_DAYS,
    ),
    Figure(
        "satisfaction", SERVICE, "number", _("marks from 1 to 10, weighed by five factors ÷ answers"),
        _("surveys by the day of their answer, with the weights of that day"), {"marks": 1}, {"answers": 1},
    ),
    Figure(
        "bay_turns", INSIDE, "number", _("visits delivered ÷ (bays × open days)"),
        _("orders by delivery; bays of each day; open days of the calendar, or as entered"), {"released": 1},
        {"bay_days": 1}, variants={"entered": (_("open days as entered"), {"entered.bay_days": 1})},
    ),
    Figure(
        "bay_people", INSIDE, "number", _("technicians ÷ bays"), _("people and bays of each day"),
        {"technician_days": 1}, {"bay_days": 1}, better="",
    ),
    _percent(
        "bay_efficiency", INSIDE, _("hours in which a bay was worked in ÷ (bays × open hours)"),
        _("clocks of jobs in a bay, two people at once counted once; opening hours"),
        {"bay_hours": 1}, {"bay_open_hours": 1},
    ),
    Figure(
        "staff_output", INSIDE, "money", _("revenue ÷ headcount"), _("slips; people of each day, or as entered"),
        _REVENUE, {"people_days": 1}, bottom_days=True,
        variants={"people": (_("headcount as entered"), {"entered.people": 1})},
    ),
    Figure("throughput", BUSINESS, "number", _("visits delivered"), _("orders by delivery"), {"released": 1}),
    Figure(
        "cars", BUSINESS, "number", _("different cars delivered"), _("orders by delivery, each car once"), {"cars": 1},
    ),
    Figure(
        "revenue", BUSINESS, "money", _("labour + parts, without tax"),
        _("lines of the slips that stand, by the day of the slip; what the house pays itself is none"), _REVENUE,
    ),
    Figure(
        "per_visit", BUSINESS, "money", _("revenue ÷ orders settled"), _("slips that stand"), _REVENUE, {"slips": 1},
    ),
    Figure(
        "parts_to_labour", BUSINESS, "ratio", _("parts sold ÷ labour sold"), _("lines of the slips that stand"),
        {"parts": 1}, {"labour": 1}, better="",
    ),
    Figure(
        "parts_turns", BUSINESS, "number", _("cost of the parts sold in a year ÷ average value of the shelf"),
        _("slips; value of all batches on each day"), {"parts_cost": 1}, {"stock_value": 1}, scale=365,
    ),
    _percent(
        "fill_rate", BUSINESS, _("lines filled at the first request ÷ lines requested"),
        _("requests of orders for parts"), {"filled": 1}, {"asked": 1},
    ),
    Figure(
        "relationship", BUSINESS, "money", _("packages sold − packages given up (our own definition)"),
        _("packages by the day of sale, without tax"), {"packages": 1},
    ),
    _percent(
        "on_time", MANAGEMENT, _("ready by the first promise ÷ delivered with a promise"),
        _("orders by delivery; ready is washed, or not to be washed"), {"on_time": 1}, {"promised": 1},
    ),
    _percent(
        "productivity", MANAGEMENT, _("clocked hours ÷ attended hours"), _("clocks on jobs; coming and going"),
        {"clocked": 1}, {"attended": 1},
    ),
    _percent(
        "efficiency", MANAGEMENT, _("sold hours ÷ actual hours"), _("finished jobs by their last clock"),
        {"sold": 1}, {"worked": 1},
    ),
    _percent(
        "capacity", MANAGEMENT, _("sold hours ÷ hours on the roster"),
        _("finished jobs; shifts of technicians, opening hours without a roster"), {"sold": 1}, {"shift_hours": 1},
    ),
    _percent(
        "pass_rate", MANAGEMENT, _("passed the final check without a return ÷ checked"), _("final checks"),
        {"at_once": 1}, {"checked": 1},
    ),
    Figure(
        "base", MARKET, "number", _("cars with as many visits in twelve months as their brand asks for"),
        _("visits here, imported ones too; at the end of the period"), {"base": 1},
    ),
    Figure(
        "new", MARKET, "number", _("cars whose first visit it was"), _("visits here, imported ones too"), {"new": 1},
    ),
    _percent(
        "lapse", MARKET,
        _("cars seen N months before and not back since ÷ cars seen then (N by model, brand or house)"),
        _("visits, month by month"), {"away": 1}, {"seen": 1}, better="less",
    ),
    _percent("return", MARKET, _("1 − lapsed"), _("as lapsed"), {"seen": 1, "away": -1}, {"seen": 1}),
    _percent(
        "share", MARKET, _("cars here within twelve months ÷ cars of our brands in the area"),
        _("visits; cars in the area as entered"), {"active": 1}, {"entered.area": 1},
    ),
)  # fmt: skip
BY_KEY: Final[Mapping[str, Figure]] = {figure.key: figure for figure in CATALOGUE}
