"""The checklist of the three checks: data by repair class, frozen when it is checked; what fails comes back."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from accounts.policies import Actor
from dms.errors import Invalid, Refused
from reception.models import Line, WorkOrder
from reception.services.flow import move
from records.models import IssuedPaper
from workshop.models import CheckedItem, CheckItem, Comeback, Inspection, Job
from workshop.selectors.checklist import items_in_use, of
from workshop.services import checklist, checks, clocks
from workshop.services.checks import Found

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(working: Any, hands: Actor, actor: Any) -> Any:
    """`inside(wash=False)`: a car that waits for the team leader."""

    def make(wash: bool = False) -> WorkOrder:
        job = working(wash=wash)
        clocks.done(actor=hands, job_id=job.pk)
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
        return WorkOrder.objects.get(pk=job.order_id)

    return make


def due(order: WorkOrder, level: str) -> list[CheckItem]:
    return of(items_in_use(), order.repair_class, level)


def test_a_house_begins_with_a_list_and_keeps_the_one_it_has(db: None) -> None:
    assert CheckItem.objects.count() == 14
    CheckItem.objects.exclude(place=10).delete()
    assert checklist.begin() == 0
    assert [item.name for item in items_in_use()] == ["报修故障已排除"]


def test_each_class_and_level_has_its_own_items(db: None) -> None:
    items = items_in_use()
    small, big = of(items, "minor", "final"), of(items, "whole", "final")
    assert "Road test: no noise, keeps its line" in [item.label for item in big]
    assert {item.pk for item in small} < {item.pk for item in big}
    assert all(of(items, one, level) for one in ("minor", "first", "second") for level in ("self", "leader", "final"))


def test_a_pass_keeps_every_item_with_its_words(inside: Any, actor: Any) -> None:
    order = inside()
    items = due(order, "self")
    row = items[0]
    checklist.keep(actor=actor("manager"), item=_renamed(row, "改过的词"))
    kept = CheckedItem.objects.filter(inspection__order=order).order_by("place")
    assert [one.item_id for one in kept] == [item.pk for item in items]
    assert (kept[0].name, kept[0].in_order) == ("报修故障已排除", True)
    with pytest.raises(DatabaseError), transaction.atomic():
        kept.update(name="x")


def _renamed(item: CheckItem, name: str) -> CheckItem:
    item.name = name
    return item


def test_what_is_not_in_order_stands_on_the_job_the_sheet_and_the_order(
    inside: Any, actor: Any, hands: Actor, login: Any
) -> None:
    order, leader = inside(), actor("team_leader")
    bolts = next(item for item in due(order, "leader") if "螺栓" in item.name)
    with pytest.raises(Refused, match="Wheel bolts"):
        checks.record(actor=leader, order_id=order.pk, level="leader", passed=True, found=Found(wrong=[bolts.pk]))
    check = checks.record(
        actor=leader, order_id=order.pk, level="leader", passed=False, cause="左前轮 60 Nm", found=Found([bolts.pk])
    )
    job, cause = Job.objects.get(order=order), "Wheel bolts tightened to their torque: 左前轮 60 Nm"
    assert (job.return_cause, check.cause) == (cause, cause)
    assert list(check.items.values_list("item", "in_order")) == [(bolts.pk, False)]
    back = Comeback.objects.get()
    assert (back.job, back.technician, back.origin, back.inspection, back.cause) == (
        job, job.technician, "leader", check, cause,
    )  # fmt: skip
    page = login("service_advisor").get(reverse("reception:order", args=[order.pk])).text
    assert "轮胎螺栓按规定扭力拧紧" in page
    assert "1 次内返" in page
    clocks.start(actor=hands, job_id=job.pk)
    clocks.done(actor=hands, job_id=job.pk)
    for who, level in ((hands, "self"), (leader, "leader"), (actor("inspector"), "final")):
        checks.record(actor=who, order_id=order.pk, level=level, passed=True)
    sheet = IssuedPaper.objects.get(kind="inspection").content
    assert sheet["comebacks"] == 1
    assert ["yes", "yes", ""] in [row["results"] for row in sheet["checklist"]]
    assert sheet["rounds"][0]["checks"][1]["cause"] == cause


def test_the_database_keeps_pass_and_items_together(inside: Any, actor: Any) -> None:
    order = inside()
    check, row = Inspection.objects.get(order=order), items_in_use()[-1]
    with pytest.raises(IntegrityError, match="every item in order"), transaction.atomic():
        CheckedItem.objects.create(inspection=check, item=row, place=1, name="x", in_order=False)


def test_a_list_that_changed_meanwhile_is_looked_at_again(inside: Any, actor: Any) -> None:
    order, leader = inside(), actor("team_leader")
    seen = [item.pk for item in due(order, "leader")]
    checklist.use(actor=actor("manager"), item_id=seen[0], again=False)
    with pytest.raises(Refused, match="changed in the meantime"):
        checks.record(actor=leader, order_id=order.pk, level="leader", passed=True, found=Found(seen=seen))
    checklist.use(actor=actor("manager"), item_id=seen[0], again=True)
    checks.record(actor=leader, order_id=order.pk, level="leader", passed=True, found=Found(seen=seen))


def test_of_two_jobs_the_one_that_failed_comes_back(
    handed_over: Any, actor: Any, hands: Actor, technician: Any
) -> None:
    from catalog.models import LabourOperation
    from workshop.services import dispatch, parts

    order = handed_over()
    first = Line.objects.get(order=order, kind="labour")
    oil = LabourOperation.objects.create(code="OIL-01", name="更换机油", standard_hours="0.5")
    other = Line.objects.get(pk=first.pk)
    other.pk, other.operation, other.code, other.name, other._state.adding = None, oil, oil.code, oil.name, True
    with _without_triggers():
        other.save()
    dispatch.accept(actor=actor("supervisor"), order_id=order.pk)
    dispatch.assign(actor=actor("supervisor"), order_id=order.pk, technician=technician)
    pads = order.lines.get(kind="part")
    parts.issue(actor=actor("parts_clerk"), line_id=pads.pk, quantity=pads.quantity)
    one, two = Job.objects.filter(order=order).order_by("id")
    for job in (one, two):
        clocks.start(actor=hands, job_id=job.pk)
        clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=order.pk, level="self", passed=True)
    fails: dict[str, Any] = {"order_id": order.pk, "level": "leader", "passed": False, "cause": "漏油"}
    with pytest.raises(Invalid, match="which job"):
        checks.record(actor=actor("team_leader"), **fails)
    checks.record(actor=actor("team_leader"), **fails, found=Found(jobs=[two.pk]))
    assert list(Comeback.objects.values_list("job", flat=True)) == [two.pk]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, two.state, one.return_cause) == ("done", "assigned", "")


def _without_triggers() -> Any:
    import pgtrigger

    return pgtrigger.ignore()


def test_what_the_advisor_or_the_customer_sends_back_counts_too(inside: Any, actor: Any) -> None:
    order = inside()
    for who, level in (("team_leader", "leader"), ("inspector", "final")):
        checks.record(actor=actor(who), order_id=order.pk, level=level, passed=True)
    move(order_id=order.pk, action="return_internal", actor=actor("service_advisor"), note="车内有油污")
    back = Comeback.objects.get()
    assert (back.origin, back.cause, back.inspection) == ("handover", "车内有油污", None)


def test_a_proof_of_quality_without_its_trigger_would_be_written(inside: Any, actor: Any) -> None:
    """The negative control of `test_the_database_refuses_quality_without_an_inspection`."""
    import pgtrigger

    from dms.clock import now

    order, who = inside(), actor("inspector").user
    rows = WorkOrder.objects.filter(pk=order.pk)
    with pytest.raises(IntegrityError, match="without a passed final inspection"), transaction.atomic():
        rows.update(quality_at=now(), quality_by=who)
    with pgtrigger.ignore("workshop.CheckedOrder:quality_inspected"):
        rows.update(quality_at=now(), quality_by=who)
    assert rows.filter(quality_by=who).exists()


def test_the_form_marks_returns_and_passes(inside: Any, login: Any) -> None:
    order = inside()
    client, url = login("team_leader"), reverse("workshop:check", args=[order.pk])
    page = client.get(reverse("workshop:checks")).text
    items = due(order, "leader")
    seen = " ".join(str(item.pk) for item in items)
    assert all(item.name in page for item in items)
    form = {"level": "leader", "seen": seen}
    both = client.post(url, {**form, "passed": "1", "cause": "漏油"})
    assert both.status_code == 422
    assert Inspection.objects.filter(level="leader").count() == 0
    assert client.post(url, {**form, "wrong": ["x"], "passed": ""}).status_code == 422
    assert client.post(url, {**form, "wrong": [items[0].pk], "passed": ""}).status_code == 302
    assert Comeback.objects.get().cause == items[0].name


def test_the_manager_keeps_the_list(login: Any) -> None:
    client, page = login("manager"), reverse("workshop:checklist")
    form = {"name": "胎压正常", "name_en": "Tyre pressure", "place": "15", "classes": ["minor"], "levels": ["self"]}
    assert client.post(page, {**form, "levels": []}).status_code == 422
    assert client.post(page, form).status_code == 302
    row = CheckItem.objects.get(name="胎压正常")
    one = reverse("workshop:check_item", args=[row.pk])
    assert client.post(one, {**form, "do": "save", "version": "1", "place": "25"}).status_code == 302
    stale = client.post(one, {**form, "do": "save", "version": "1", "place": "35"})
    assert stale.status_code == 422
    assert client.post(one, {"do": "end"}).status_code == 302
    row.refresh_from_db()
    assert (row.place, row.ended_at is None) == (25, False)
    assert row not in items_in_use()
    assert "停用" in client.get(page).text
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workshop_checkitemevent WHERE id = %s", [row.pk])
        assert cursor.fetchone() == (2,)


def test_the_api_shows_list_checks_and_comebacks(inside: Any, login: Any) -> None:
    order, client = inside(), login("team_leader")
    listed = client.get("/api/v1/check-items/").json()["items"]
    mine = [row["id"] for row in listed if "minor" in row["classes"] and "leader" in row["levels"]]
    body = {"level": "leader", "passed": False, "wrong": mine[:1]}
    url = f"/api/v1/work-orders/{order.pk}/checks/"
    made = client.post(url, body, "application/json", headers={"Idempotency-Key": "k"})
    assert made.status_code == 201, made.text
    assert [row["item"] for row in made.json()["items"]] == mine[:1]
    back = client.get(f"/api/v1/work-orders/{order.pk}/comebacks/").json()["items"]
    assert [(row["origin"], row["check"]) for row in back] == [("leader", made.json()["id"])]
