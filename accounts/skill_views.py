"""The page of skills: a line for each person who works on cars, a level in each cell."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, needs
from accounts.models import Branch, Membership, MembershipSkill, Skill
from accounts.services.skills import hands_of, save_skills
from dms.errors import Invalid, Refused
from dms.htmx import go, page

LEVELS = (
    (0, "–"), (1, gettext_lazy("1 helper")), (2, gettext_lazy("2 able")), (3, gettext_lazy("3 master")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """Somebody's level of a skill; 0: none."""

    name: str
    skill: Skill
    level: int


def _lines(branch: Branch, skills: list[Skill]) -> list[tuple[Membership, list[Cell]]]:
    people = hands_of(branch)
    rows = MembershipSkill.objects.filter(membership__in=people)
    known = {(row.membership_id, row.skill_id): row.level for row in rows}
    return [
        (one, [Cell(f"{one.pk}-{skill.pk}", skill, known.get((one.pk, skill.pk), 0)) for skill in skills])
        for one in people
    ]


def _typed(request: HttpRequest, start: str) -> dict[tuple[int, int], int]:
    """The levels of the fields that begin so. Raises `Invalid` for what no page of ours sent."""
    found = {}
    for name in request.POST:
        value = request.POST.get(name, "")
        kind, _dash, place = name.partition("-")
        person, _dash, skill = place.partition("-")
        if kind != start:
            continue
        if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in (person, skill, value)):
            raise Invalid(_("Choose people, skills and levels of this page."))
        found[int(person), int(skill)] = int(value)
    return found


@require_http_methods(["GET", "POST"])
@needs("skill.edit")
def skills(request: HttpRequest) -> HttpResponse:
    """Who can do what, and how well."""
    actor, told = actor_of(request), ""
    if request.method == "POST":
        try:
            save_skills(actor=actor, levels=_typed(request, "level"), seen=_typed(request, "seen"))
            messages.success(request, _("Saved."))
            return go(request, reverse("accounts:skills"))
        except Refused as refused:
            told = refused.sentence
    rows = list(Skill.objects.order_by("id"))
    context: dict[str, object] = {"skills": rows, "lines": _lines(actor.branch, rows), "levels": LEVELS, "told": told}
    return page(request, "accounts/skills.html", context, status=409 if told else 200)
