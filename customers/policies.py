"""When a message may be sent: windows on the branch's clock. Pure, no queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from customers.states import MessageClass
from dms.clock import HasZone

#: Rules of `records.rules` that the sender reads, at once.
WINDOW = "messages.window."
RULE_KEYS = [
    *(f"{WINDOW}{name}" for name in MessageClass.values if name != MessageClass.SECURITY),
    "messages.daily_most",
    "messages.test_mode",
    "messages.test_allowed",
    "messages.marketing_days",
    "messages.order_most",
    "messages.due_most",
]


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when messages of a class are sent, on the branch's clock."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "Window":
        """`09:00-19:30`."""
        first, _dash, last = text.partition("-")
        return cls(time.fromisoformat(first), time.fromisoformat(last))


def window_of(message_class: str, rules: Mapping[str, Any]) -> Window | None:
    """The window of a class; None: at any time."""
    if message_class == MessageClass.SECURITY:
        return None
    return Window.parse(rules[f"{WINDOW}{message_class}"])


def _on(place: HasZone, day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=ZoneInfo(place.zone)).astimezone(UTC)


def next_opening(place: HasZone, window: Window | None, at: datetime) -> datetime:
    """The first instant from `at` on that lies in the window: `at` itself inside of it."""
    if window is None:
        return at
    day = at.astimezone(ZoneInfo(place.zone)).date()
    if at < _on(place, day, window.opens):
        return _on(place, day, window.opens)
    if at < _on(place, day, window.closes):
        return at
    return _on(place, day + timedelta(days=1), window.opens)


def opening_on(place: HasZone, window: Window | None, day: date) -> datetime:
    """The first instant of that calendar day in the window."""
    return _on(place, day, window.opens if window else time.min)
