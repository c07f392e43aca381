"""The workshop by the API: what is not the program's, and that a bare move does what its page does."""

from typing import Any

import pytest

from workshop.models import Job

pytestmark = pytest.mark.django_db


def test_a_bare_take_back_frees_the_jobs(program: Any, handed_over: Any, technician: Any) -> None:
    here, supervisor = f"work-orders/{handed_over().pk}/", program("supervisor")
    supervisor.does(f"{here}transitions/", {"action": "accept"})
    assert supervisor.does(f"{here}assign/", {"technician": technician.pk})["state"] == "assigned"
    assert supervisor.does(f"{here}transitions/", {"action": "take_back"})["state"] == "queued"
    job = Job.objects.get()
    assert (job.state, job.technician) == ("queued", None)
    assert supervisor.post(f"{here}transitions/", {"action": "assign"}).status_code == 409


def test_a_job_is_its_technicians(program: Any, handed_over: Any, technician: Any) -> None:
    here, supervisor, other = f"work-orders/{handed_over().pk}/", program("supervisor"), program("technician")
    supervisor.does(f"{here}transitions/", {"action": "accept"})
    supervisor.does(f"{here}assign/", {"technician": technician.pk})
    job = Job.objects.get().pk
    refused = other.post(f"jobs/{job}/start/", **{"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["detail"]) == (
        403, f"This job is dispatched to {technician.user.name}.",
    )  # fmt: skip
    assert other.get(f"jobs/{job}/").json()["state"] == "assigned"
    assert other.get("jobs/?open=false").json()["items"] == []


def test_nobody_of_another_branch_is_dispatched(program: Any, handed_over: Any, member: Any, other_branch: Any) -> None:
    here, supervisor = f"work-orders/{handed_over().pk}/", program("supervisor")
    supervisor.does(f"{here}transitions/", {"action": "accept"})
    far = member("technician", other_branch)
    assert supervisor.post(f"{here}assign/", {"technician": far.pk}).status_code == 422
    assert [row["id"] for row in supervisor.get("technicians/").json()["items"]] == []


def test_parts_go_out_and_come_back_once(program: Any, working: Any) -> None:
    job, clerk = working(issued=False), program("parts_clerk")
    line = job.order.lines.get(kind="part")
    path = f"work-orders/{job.order_id}/lines/{line.pk}/issues/"
    first, again = (clerk.post(path, {"quantity": "1"}, key="k") for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    issued = clerk.get(path).json()["items"]
    assert [row["quantity"] for row in issued] == ["1.00"]
    assert clerk.does(f"part-issues/{issued[0]['id']}/return/", {"quantity": "1"})["returned"] == "1.00"
    assert clerk.post(f"part-issues/{issued[0]['id']}/return/", {"quantity": "1"}).status_code == 409


def test_holds_have_a_reason_and_an_end(program: Any, handed_over: Any) -> None:
    here, advisor = f"work-orders/{handed_over().pk}/", program("service_advisor")
    hold = advisor.does(f"{here}holds/", {"reason": "parts", "note": "到货"}, 201)
    assert advisor.post(f"{here}holds/", {"reason": "whim"}).status_code == 422
    assert advisor.does(f"holds/{hold['id']}/end/")["ended_at"] is not None
    assert advisor.post(f"holds/{hold['id']}/end/").status_code == 409
    assert [row["reason"] for row in advisor.get(f"{here}holds/").json()["items"]] == ["parts"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_jobs_asks_a_fixed_number_of_queries(
    program: Any, working: Any, handed_over: Any, rows: int, django_assert_num_queries: Any
) -> None:
    supervisor = program("supervisor")
    for _row in range(rows):
        supervisor.does(f"work-orders/{handed_over().pk}/transitions/", {"action": "accept"})
    with django_assert_num_queries(2):
        assert len(supervisor.get("jobs/?open=true").json()["items"]) == rows
