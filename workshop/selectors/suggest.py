"""Who should take a car that waits: ranked, with the reason in words. A person decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from dms.templatetags.dms import duration
from reception.promise_plan import Hand, Place, Work, schedule
from reception.promises import Shop, later, when
from workshop.selectors.preferred import Known

Free = TypeVar("Free", Hand, Place)
#: So many are named; more would be a list, not a suggestion.
NAMED = 3
#: Work that asks for no skill is done by anybody as by somebody who is trained.
ANYBODY = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person for a car: `level` of the skill asked for (0: none), minutes of `slack` before the promise (below zero:
    late; None: nothing is promised), and the reason in words.
    """

    hand: int
    place: int | None
    level: int
    begins_at: datetime
    ready_at: datetime
    slack: int | None
    why: str
    #: Knows the car: 2 the customer's wish, 1 who did it well, 0 neither.
    knows: int = 0

    @property
    def rank(self) -> tuple[bool, bool, int, int, datetime, int]:
        """The best first: in time, then trained, then who knows the car, then the better one, then the sooner."""
        late = self.slack is not None and self.slack < 0
        return (late, self.level == 0, -self.knows, -self.level, self.ready_at, self.hand)


def suggestions(
    shop: Shop, due: Mapping[int, datetime | None], known: Mapping[int, Known] | None = None
) -> dict[int, list[Suggestion]]:
    """The best few for each order of `due` that has work nobody was given, behind the work that is given already;
    `known` says by order who knows the car.

    No queries; the shop's hands and bays stay as they are.
    """
    hands, places = _copies(shop.hands), _copies(shop.places)
    schedule([work for work in shop.works if work.hand is not None], hands, places, shop.at)
    found = {}
    for order, promised in due.items():
        works = [work for work in shop.works if work.order == order and work.hand is None]
        tries = (_try(shop, works, hand, places, promised, (known or {}).get(order)) for hand in hands) if works else ()
        found[order] = sorted((row for row in tries if row is not None), key=lambda row: row.rank)[:NAMED]
    return found


def _copies(rows: Iterable[Free]) -> list[Free]:
    return [replace(row, busy=list(row.busy)) for row in rows]


def _try(
    shop: Shop,
    works: Sequence[Work],
    hand: Hand,
    places: Sequence[Place],
    due: datetime | None,
    known: Known | None,
) -> Suggestion | None:
    """This person with the whole car; None when they are not at work long enough."""
    given = [replace(work, hand=hand.key) for work in works]
    plan = schedule(given, _copies([hand]), _copies(places), shop.at)
    if plan.left_over:
        return None
    begins = min(row.begins_at for row in plan.placed)
    ready = later(shop, max(row.ends_at for row in plan.placed), shop.after_work(works[0].order))
    slack = int((due - ready).total_seconds() // 60) if due else None
    asked = {work.skill for work in works if work.skill is not None}
    level = min((hand.skills.get(skill, 0) for skill in asked), default=ANYBODY)
    skills = ", ".join(sorted(shop.skill_names[skill] for skill in asked if skill in shop.skill_names))
    why = _why(shop, level if skills else None, skills, begins, ready, slack)
    knows = known is not None and known.hand == hand.key
    if known is not None and knows:
        why = f"{known.why} · {why}"
    rank = (2 if known.wished else 1) if known is not None and knows else 0
    return Suggestion(hand.key, plan.placed[0].place, level, begins, ready, slack, why, rank)


def _why(
    shop: Shop, level: int | None, skills: str, begins: datetime, ready: datetime, slack: int | None
) -> str:  # fmt: skip
    """Skill, when free, when ready, and how that stands to the promise."""
    said = []
    if level is not None:
        fits = (_("not trained in %(skills)s"), _("helps with %(skills)s"), _("trained in %(skills)s"),
                _("master of %(skills)s"))[level]  # fmt: skip
        said.append(fits % {"skills": skills})
    said.append(_("free now") if begins <= shop.at else _("begins %(when)s") % {"when": when(shop.branch, begins)})
    said.append(_("ready %(when)s") % {"when": when(shop.branch, ready)})
    if slack is not None:
        text = _("%(time)s late") if slack < 0 else _("%(time)s to spare")
        said.append(text % {"time": duration(abs(slack))})
    return " · ".join(said)
