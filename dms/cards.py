"""Cards that later apps put on an earlier app's page. They register at `AppConfig.ready()`; nothing runs upstream."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
Actor = TypeVar("Actor")


@dataclass(frozen=True, slots=True)
class Filled:
    """A card as the page shows it: its template finds what to show as `data`."""

    template: str
    data: dict[str, Any]
    place: int = 0


@dataclass(slots=True)
class Deck(Generic[Actor, Row]):
    """The cards of one page, about one row.

    `contents(actor, row)` gives what the template shows, in a fixed number of queries; None: no card for this person.
    """

    _cards: dict[str, tuple[int, Callable[[Actor, Row], dict[str, Any] | None]]] = field(default_factory=dict)

    def register(self, place: int, template: str, contents: Callable[[Actor, Row], dict[str, Any] | None]) -> None:
        """Add a card; smaller places come first, registering a template twice is once."""
        self._cards[template] = (place, contents)

    def filled(self, actor: Actor, row: Row) -> list[Filled]:
        """The cards that this person sees of this row, in their places."""
        in_order = sorted(self._cards.items(), key=lambda item: item[1][0])
        found = ((template, contents(actor, row), place) for template, (place, contents) in in_order)
        return [Filled(template, data, place) for template, data, place in found if data is not None]
