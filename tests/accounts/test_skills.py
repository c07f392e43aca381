"""Who can do what: a page of levels, the same by the API; two who edit do not overwrite each other."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import MembershipSkill, Skill
from accounts.services.skills import save_skills
from dms.errors import Forbidden, Invalid, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def brakes(db: None) -> Skill:
    return Skill.objects.create(key="brakes", name="制动", name_en="Brakes")


def levels() -> list[tuple[int, int]]:
    return list(MembershipSkill.objects.order_by("membership").values_list("membership", "level"))


def test_levels_come_change_and_go(brakes: Skill, member: Any, login: Any) -> None:
    one, boss, url = member("technician"), login("supervisor"), reverse("accounts:skills")
    name = f"{one.pk}-{brakes.pk}"
    for seen, level, found in ((0, 2, [(one.pk, 2)]), (2, 3, [(one.pk, 3)]), (3, 0, [])):
        assert boss.post(url, {f"seen-{name}": seen, f"level-{name}": level}).status_code == 302
        assert levels() == found
    assert f'name="level-{name}"' in boss.get(url).text
    assert login("technician").get(url).status_code == 403


def test_two_who_edit_do_not_overwrite_each_other(brakes: Skill, member: Any, actor: Any) -> None:
    one, boss = member("technician"), actor("manager")
    place = (one.pk, brakes.pk)
    save_skills(actor=boss, levels={place: 3}, seen={place: 0})
    with pytest.raises(Refused, match="Somebody changed the same level"):
        save_skills(actor=boss, levels={place: 1}, seen={place: 0})
    assert save_skills(actor=boss, levels={place: 3}, seen={place: 0}) == 0, "both wanted the same"
    assert levels() == [(one.pk, 3)]


def test_people_and_levels_of_elsewhere_are_refused(brakes: Skill, member: Any, actor: Any, other_branch: Any) -> None:
    there, one, boss = member("technician", other_branch), member("technician"), actor("manager")
    for person, level in ((there, 2), (one, 4)):
        with pytest.raises(Invalid):
            save_skills(actor=boss, levels={(person.pk, brakes.pk): level})
    with pytest.raises(Forbidden):
        save_skills(actor=actor("technician"), levels={(one.pk, brakes.pk): 2})


def test_the_page_takes_the_same_queries_for_one_and_for_three(
    brakes: Skill, member: Any, login: Any, asks: Any
) -> None:
    boss, counts = login("supervisor"), []
    for more in (1, 2):
        for _person in range(more):
            MembershipSkill.objects.create(membership=member("technician"), skill=brakes, level=2)
        counts.append(asks(boss, reverse("accounts:skills")))
    assert counts[0] == counts[1]
