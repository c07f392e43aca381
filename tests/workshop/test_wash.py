"""The wash: one tap when all is done, what was left out is named, skipped with a reason."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.policies import Actor
from dms.errors import Invalid, Refused
from reception.models import OrderLog, WorkOrder
from reception.services.flow import move
from workshop.models import Wash
from workshop.services import checks, clocks, wash

pytestmark = pytest.mark.django_db


@pytest.fixture
def wet(working: Any, hands: Actor, actor: Any) -> WorkOrder:
    """A car that waits for the wash."""
    job = working()
    clocks.done(actor=hands, job_id=job.pk)
    for who, level in ((hands, "self"), (actor("team_leader"), "leader"), (actor("inspector"), "final")):
        checks.record(actor=who, order_id=job.order_id, level=level, passed=True)
    return WorkOrder.objects.get(pk=job.order_id)


def test_one_tap_says_that_all_was_done_and_a_tick_taken_away_is_kept(wet: WorkOrder, login: Any) -> None:
    client, url = login("technician"), reverse("workshop:washed", args=[wet.pk])
    assert client.get(reverse("workshop:wash")).text.count(" checked>") == 4
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"done": ["outside", "windows", "kit"]}).status_code == 302
    row = Wash.objects.get()
    assert (row.done, row.left, row.reason) == (["outside", "windows", "kit"], "Inside", "")
    wet.refresh_from_db()
    assert (wet.state, wet.wash_waived_at) == ("ready", None)
    page = login("service_advisor").get(reverse("reception:order", args=[wet.pk])).text
    assert "未完成" in page


def test_skipped_with_a_reason_the_car_is_ready(wet: WorkOrder, login: Any, hands: Actor) -> None:
    client, url = login("technician"), reverse("workshop:skip_wash", args=[wet.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "洗车机故障"}).status_code == 302
    wet.refresh_from_db()
    row = Wash.objects.get()
    assert (wet.state, wet.washed_at, row.done, row.reason) == ("ready", None, [], "洗车机故障")
    assert wet.wash_waived_by == row.washed_by
    assert OrderLog.objects.latest("id").note == "洗车机故障"
    with pytest.raises(Refused):
        wash.skip(actor=hands, order_id=wet.pk, reason="again")
    with pytest.raises(IntegrityError), transaction.atomic():
        Wash.objects.create(order=wet, done=["kit"], reason="x", washed_at=row.washed_at, washed_by=row.washed_by)


def test_a_car_that_comes_back_is_washed_anew_and_whoever_moves_it_leaves_a_row(
    wet: WorkOrder, hands: Actor, actor: Any
) -> None:
    with pytest.raises(Invalid):
        wash.washed(actor=hands, order_id=wet.pk, done=["wax"])
    move(order_id=wet.pk, action="washed", actor=hands)
    assert Wash.objects.get().done == ["outside", "inside", "windows", "kit"]
    move(order_id=wet.pk, action="return_internal", actor=actor("service_advisor"), note="车内有油污")
    job = wet.jobs.get()
    clocks.start(actor=hands, job_id=job.pk)
    clocks.done(actor=hands, job_id=job.pk)
    for who, level in ((hands, "self"), (actor("team_leader"), "leader"), (actor("inspector"), "final")):
        checks.record(actor=who, order_id=wet.pk, level=level, passed=True)
    wash.washed(actor=hands, order_id=wet.pk)
    assert wet.washes.count() == 2


def test_the_api_washes_and_skips(wet: WorkOrder, login: Any) -> None:
    client, url = login("technician"), f"/api/v1/work-orders/{wet.pk}/washes/"
    made = client.post(url, {"reason": "客户赶时间"}, "application/json", headers={"Idempotency-Key": "a"})
    assert (made.status_code, made.json()["state"]) == (201, "ready")
    assert [row["reason"] for row in client.get(url).json()["items"]] == ["客户赶时间"]
