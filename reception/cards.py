"""Cards that later apps put on the order's page, registered at their `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.policies import Actor
from reception.models import WorkOrder

Context = Callable[[WorkOrder, Actor], dict[str, Any] | None]
"""context(order, actor): what the card's template calls `card`; None when there is nothing to show to this person."""


@dataclass(frozen=True, slots=True)
class Card:
    """A template and its context, with a fixed number of queries; smaller `place` comes first."""

    template: str
    context: Context
    place: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with something on it."""

    template: str
    data: dict[str, Any]


_cards: dict[str, Card] = {}


def register_card(template: str, context: Context, place: int) -> None:
    """Add a card; registering a template twice is once."""
    _cards[template] = Card(template, context, place)


def cards_of(order: WorkOrder, actor: Actor) -> list[Shown]:
    """The cards that have something to show, in their places."""
    shown = []
    for card in sorted(_cards.values(), key=lambda card: card.place):
        data = card.context(order, actor)
        if data is not None:
            shown.append(Shown(card.template, data))
    return shown
