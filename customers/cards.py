"""The cards that later apps put on the vehicle's page. They register at `AppConfig.ready()`; nothing runs upstream."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.policies import Actor
from customers.models import Vehicle

Contents = Callable[[Actor, Vehicle], dict[str, Any] | None]
"""contents(actor, vehicle): what the template shows as `data`, in a fixed number of queries; None: no card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its place among the others, its template, and what fills it."""

    order: int
    template: str
    contents: Contents


@dataclass(frozen=True, slots=True)
class Filled:
    """A card as the page shows it."""

    template: str
    data: dict[str, Any]


_cards: list[Card] = []


def register(order: int, template: str, contents: Contents) -> None:
    """Add a card; registering a template twice keeps the first."""
    if template not in {card.template for card in _cards}:
        _cards.append(Card(order, template, contents))
        _cards.sort(key=lambda card: card.order)


def filled(actor: Actor, vehicle: Vehicle) -> list[Filled]:
    """The cards that this person sees of this car, in their order."""
    found = ((card.template, card.contents(actor, vehicle)) for card in _cards)
    return [Filled(template, data) for template, data in found if data is not None]
