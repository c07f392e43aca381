"""The opening checklist: what stands on it, who has done it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Membership
from accounts.policies import Actor
from accounts.roles import Role
from dms.clock import branch_day
from reception.models import DayCheck
from records.selectors import rule

LIST = "reception.checklist"
#: What is looked at where the house has no list of its own: the four of DOMAIN.md §1.1.
USUAL: tuple[tuple[str, str | Promise], ...] = (
    ("appearance", _("Uniform and name badge are in order")),
    ("forms", _("Forms, pens and protective covers are ready")),
    ("tools", _("Tablet, torch and tyre gauge are charged and at hand")),
    ("area", _("The reception area is tidy")),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the list; `key` is what is kept, the word itself where the house wrote its own."""

    key: str
    label: str | Promise
    ticked: bool = False


def words_of(typed: str) -> list[str]:
    """The list of a rule: its words between commas, English or Chinese ones, each once."""
    found = (" ".join(word.split()) for word in typed.replace("，", ",").replace("、", ",").split(","))
    return list(dict.fromkeys(word for word in found if word))


def list_of(branch: Branch, on: date, ticked: Mapping[str, Any] | None = None) -> list[Item]:
    """What is to be looked at on a day, and what of it was. One query."""
    own = words_of(str(rule(branch, LIST, on)))
    known = ticked or {}
    return [Item(key, label, bool(known.get(key))) for key, label in ([(word, word) for word in own] or USUAL)]


@dataclass(frozen=True, slots=True)
class Check:
    """An advisor's list of a day."""

    person: Any
    items: list[Item]
    checked_at: datetime | None = None

    @property
    def done(self) -> int:
        return sum(item.ticked for item in self.items)


def check_of(actor: Actor, on: date | None = None) -> Check:
    """The actor's own list of a day, today's without one. Two queries."""
    day = on or branch_day(actor.branch)
    row = DayCheck.objects.filter(branch=actor.branch, person=actor.user, on=day).first()
    items = list_of(actor.branch, day, row.items if row else None)
    return Check(actor.user, items, row.checked_at if row else None)


def open_check(actor: Actor) -> Check | None:
    """What the actor, an advisor, has still to look at today; None once all is ticked. Two queries."""
    check = check_of(actor)
    return None if check.checked_at is not None else check


def checks_of_day(branch: Branch, on: date) -> list[Check]:
    """Each advisor's list of a day, by name: also of those who have not begun. Three queries."""
    rows = {row.person_id: row for row in DayCheck.objects.filter(branch=branch, on=on)}
    members = Membership.objects.filter(branch=branch, active=True, roles__contains=[Role.SERVICE_ADVISOR])
    items = list_of(branch, on)
    found = []
    for member in members.select_related("user").order_by("user__name", "id"):
        row = rows.get(member.user_id)
        ticked = row.items if row else {}
        mine = [Item(item.key, item.label, bool(ticked.get(item.key))) for item in items]
        found.append(Check(member.user, mine, row.checked_at if row else None))
    return found
