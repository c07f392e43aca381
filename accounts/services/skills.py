"""Who can do what, and how well (技能等级): the suggestions and the plan of the day read it."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.models import Branch, Membership, MembershipSkill, Skill
from accounts.policies import Actor, check_may
from accounts.roles import Role
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import locked

EDIT = "skill.edit"
#: 0: cannot; 1 helper, 2 able, 3 master.
LEVELS = range(4)
#: Level by person (membership) and skill.
Levels = Mapping[tuple[int, int], int]


def hands_of(branch: Branch) -> list[Membership]:
    """Everybody who works on cars, by name. One query."""
    rows = Membership.objects.filter(branch=branch, active=True, roles__overlap=[Role.TECHNICIAN, Role.TEAM_LEADER])
    return list(rows.select_related("user").order_by("user__name", "id"))


@one_act
def save_skills(*, actor: Actor, levels: Levels, seen: Levels | None = None) -> int:
    """Write the levels that are given, others stay; how many changed.

    `seen` are the levels that stood on the page: only what was changed there is written, and `Refused` is raised when
    somebody else changed the same one meanwhile. Raises `Invalid` for people, skills or levels that do not exist.
    """
    check_may(actor, EDIT)
    people = {row.pk for row in hands_of(actor.branch)}
    skills = set(Skill.objects.values_list("pk", flat=True))
    list(locked(Membership.objects.filter(pk__in=people).order_by("pk")))
    known = {
        (row.membership_id, row.skill_id): row for row in MembershipSkill.objects.filter(membership__in=people)
    }  # fmt: skip
    changed = 0
    for (person, skill), level in levels.items():
        if person not in people or skill not in skills or level not in LEVELS:
            raise Invalid(_("Choose people, skills and levels of this page."))
        row = known.get((person, skill))
        here = row.level if row else 0
        was = here if seen is None else seen.get((person, skill), here)
        if level in (was, here):
            continue
        if was != here:
            raise Refused(_("Somebody changed the same level meanwhile. Look at it again."), "stale")
        _write(row, person, skill, level)
        changed += 1
    return changed


def _write(row: MembershipSkill | None, person: int, skill: int, level: int) -> None:
    if row is None:
        MembershipSkill.objects.create(membership_id=person, skill_id=skill, level=level)
    elif level:
        row.level = level
        row.save(update_fields=["level"])
    else:
        row.delete()
