"""The buttons of an order: every move that leaves its state, allowed or with the sentence why not."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.policies import Actor
from reception.models import WorkOrder
from reception.policies import why_not
from reception.states import ROAD


@dataclass(frozen=True, slots=True)
class Action:
    """A button: what it says, whether it works now, and if not, why."""

    action: str
    verb: str
    allowed: bool
    sentence: str
    url: str
    method: str = "post"


def actions_of(order: WorkOrder, actor: Actor) -> list[Action]:
    """Moves that this person may ever make from here, in the order of the table."""
    made = []
    for transition in ROAD.leaving(order.state):
        if not actor.can(transition.permission):
            continue
        sentence = why_not(order, transition.action, actor)
        url = reverse("reception:step", args=[order.pk, transition.action])
        made.append(Action(transition.action, str(transition.verb), not sentence, sentence, url))
    return made
