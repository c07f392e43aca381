"""Board, plan, shares and skills by the API."""

from typing import Any

import pytest

from accounts.models import MembershipSkill, Skill
from workshop.models import Job, JobShare
from workshop.services import dispatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(handed_over: Any, actor: Any) -> Any:
    return dispatch.accept(actor=actor("supervisor"), order_id=handed_over().pk)


def test_the_board_has_columns_with_hours(program: Any, waiting: Any, technician: Any, actor: Any) -> None:
    boss = program("supervisor")
    seen = boss.get("board/").json()
    assert [card["number"] for card in seen["unassigned"]] == [waiting.number]
    dispatch.assign(actor=actor("supervisor"), order_id=waiting.pk, technician=technician)
    (lane,) = boss.get("board/").json()["lanes"]
    assert (lane["technician"], lane["sold"], len(lane["cards"])) == (technician.pk, "1.50", 1)


def test_a_job_for_two_is_one_act_with_one_key(program: Any, waiting: Any, technician: Any, member: Any) -> None:
    boss, job, other = program("supervisor"), Job.objects.get(), member("technician")
    body = {"shares": [{"technician": technician.pk, "percent": 60}, {"technician": other.pk, "percent": 40}]}
    first = boss.post(f"jobs/{job.pk}/share/", body, key="k1")
    assert (first.status_code, boss.post(f"jobs/{job.pk}/share/", body, key="k1").json()) == (200, first.json())
    assert JobShare.objects.count() == 2
    body["shares"][0]["percent"] = 61
    refused = boss.post(f"jobs/{job.pk}/share/", body)
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")


def test_a_plan_is_made_and_taken(program: Any, waiting: Any, technician: Any) -> None:
    pytest.importorskip("ortools")
    boss = program("supervisor")
    made = boss.does("plan/", {"move": False})
    rows = [{name: row[name] for name in ("job", "version", "technician")} for row in made["rows"]]
    assert [row["technician"] for row in rows] == [technician.pk]
    assert boss.does("plan/take/", {"rows": rows}) == {"dispatched": 1}
    assert boss.post("plan/take/", {"rows": rows}).status_code == 409


def test_skill_levels(program: Any, technician: Any) -> None:
    boss, brakes = program("supervisor"), Skill.objects.create(key="brakes", name="制动")
    assert [row["key"] for row in boss.get("skills/").json()["items"]] == ["brakes"]
    body = {"levels": [{"technician": technician.pk, "skill": brakes.pk, "level": 3}]}
    assert boss.does("skills/levels/", body)["items"] == [{"technician": technician.pk, "levels": {"brakes": 3}}]
    assert MembershipSkill.objects.get().level == 3
    assert program("team_leader").post("skills/levels/", body).status_code == 403
