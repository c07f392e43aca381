"""The buttons of an order: every move that leaves its state, allowed or with the sentence why not.

A move that needs more than a click (a technician, three checks, money) has a page of its own. The app that owns it
registers it at `AppConfig.ready()`, and the button becomes the way there: reception cannot import what comes later.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.policies import Actor
from accounts.roles import DUTIES
from reception.models import WorkOrder
from reception.policies import why_not
from reception.states import NEEDS_REASON, ROAD, State


@dataclass(frozen=True, slots=True)
class Action:
    """A button: what it says, whether it works now, and if not, why. `note`: it asks for a reason first."""

    action: str
    verb: str
    allowed: bool
    sentence: str
    url: str
    method: str = "post"
    note: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The page on which moves are made: a route name, what the link says, whether its address takes the order's id."""

    route: str
    label: str | Promise
    of_order: bool


_places: dict[str, Place] = {}


def register_place(route: str, label: str | Promise, *actions: str, of_order: bool = False) -> None:
    """Say where these moves are made. Raises KeyError for a move that does not exist; twice the same is once."""
    for action in actions:
        _places[ROAD[action].action] = Place(route, label, of_order)


def actions_of(order: WorkOrder, actor: Actor) -> list[Action]:
    """Moves that this person may ever make from here, in the order of the table; one link for each page."""
    made: dict[str, Action] = {}
    if order.state == State.AUTHORISED and order.offered_to_workshop_at is None and actor.can("order.receive"):
        url = reverse("reception:to_workshop", args=[order.pk])
        made[url] = Action("to_workshop", _("Hand over to the workshop"), True, "", url)  # noqa: FBT003 - as a row
    for transition in ROAD.leaving(order.state):
        if actor.can(transition.permission):
            action = _action(order, transition.action, actor)
            made.setdefault(action.url, action)
    return list(made.values())


def _action(order: WorkOrder, name: str, actor: Actor) -> Action:
    place = _places.get(name)
    if place is not None:
        url = reverse(place.route, args=[order.pk] if place.of_order else [])
        return Action(name, str(place.label), allowed=True, sentence="", url=url, method="get")
    sentence = why_not(order, name, actor)
    url = reverse("reception:step", args=[order.pk, name])
    return Action(name, str(ROAD[name].verb), not sentence, sentence, url, note=name in NEEDS_REASON)


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the page shows: the one next step if this person has one, the rest, and else whose turn it is."""

    first: Action | None
    others: list[Action]
    waits_for: str


def buttons_of(order: WorkOrder, actor: Actor) -> Buttons:
    """The actions, sorted by how they look. A step that ends the visit or is not possible is never the first."""
    found = actions_of(order, actor)
    first = next((action for action in found if action.allowed and not action.note), None)
    others = [action for action in found if action is not first]
    return Buttons(first=first, others=others, waits_for="" if first else _who_is_next(order))


def _who_is_next(order: WorkOrder) -> str:
    """The move that comes next and the first role that makes it; '' at the end of the road."""
    for transition in ROAD.leaving(order.state):
        if transition.action in NEEDS_REASON:
            continue
        role = next((role for role, duty in DUTIES.items() if transition.permission in duty.permissions), None)
        return f"{transition.verb} · {role.label}" if role else str(transition.verb)
    return ""
