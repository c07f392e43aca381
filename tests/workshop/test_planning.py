"""The plan of the day from the page to the board: read, edited, taken as a whole or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from accounts.models import Bay, Membership, OpeningHours
from dms.clock import as_of
from dms.errors import Forbidden, Refused
from reception.models import WorkOrder
from workshop.models import Job, Slot
from workshop.services import clocks, dispatch, planning
from workshop.services.planning import Choice
from workshop.states import JobState

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: float) -> datetime:
    return datetime(2026, 12, 1, int(hour), int(hour % 1 * 60), tzinfo=SHANGHAI)


@pytest.fixture
def morning() -> Iterator[None]:
    """Tuesday, nine o'clock."""
    with as_of(at(9)):
        yield


@pytest.fixture
def shop(branch: Any, technician: Any) -> Any:
    """Open from 8 to 18, two bays, one technician."""
    from datetime import time

    for weekday in range(7):
        OpeningHours.objects.create(branch=branch, weekday=weekday, opens=time(8), closes=time(18))
    for name in ("1号工位", "2号工位"):
        Bay.objects.create(branch=branch, name=name)
    return branch


@pytest.fixture
def waiting(handed_over: Any, actor: Any) -> Any:
    """`waiting()`: an accepted order of one job of 1.5 h, its parts on the shelf, promised for three hours later."""

    def make() -> Job:
        from catalog.models import Stock

        Stock.objects.update(on_hand=50)
        order = handed_over()
        dispatch.accept(actor=actor("supervisor"), order_id=order.pk)
        return Job.objects.get(order=order)

    return make


@pytest.fixture
def plan(actor: Any) -> Any:
    return partial(planning.make, actor=actor("supervisor"), move=False, seconds=1)


def chosen(rows: Any, technician: Membership | None = None) -> list[Choice]:
    return [Choice(row.job.pk, row.job.version, (technician or row.technician).pk) for row in rows]


def slots() -> list[tuple[str, datetime, datetime]]:
    found = Slot.objects.select_related("technician__user", "bay").order_by("during", "id")
    return [(str(row.bay), row.during.lower, row.during.upper) for row in found]


@pytest.mark.django_db
@pytest.mark.usefixtures("morning", "shop")
class TestPlan:
    """One technician; each job takes an hour and a half."""

    def test_a_plan_writes_nothing_until_it_is_taken(self, waiting: Any, plan: Any, actor: Any) -> None:
        jobs = [waiting(), waiting()]
        found = plan()
        assert [(row.begins_at, row.ends_at, str(row.bay)) for row in found.rows] == [
            (at(9), at(10.5), "1号工位"), (at(10.5), at(12), "1号工位"),
        ]  # fmt: skip
        assert (found.left, Slot.objects.count()) == ([], 0)
        assert set(Job.objects.values_list("state", flat=True)) == {JobState.QUEUED}
        assert planning.take(actor=actor("supervisor"), choices=chosen(found.rows)) == 2
        assert slots() == [("1号工位", at(9), at(10.5)), ("1号工位", at(10.5), at(12))]
        assert {job.state for job in Job.objects.all()} == {JobState.ASSIGNED}
        assert {order.state for order in WorkOrder.objects.filter(jobs__in=jobs)} == {"assigned"}

    def test_nothing_to_plan_is_said(self, plan: Any) -> None:
        with pytest.raises(Refused, match="No job waits for a technician"):
            plan()

    def test_an_edited_plan_is_laid_out_anew(self, waiting: Any, plan: Any, actor: Any, member: Any) -> None:
        waiting(), waiting()
        other, rows = member("technician"), plan().rows
        people = {row.technician.pk for row in rows} | {other.pk}
        assert len(people) == 2
        mine = chosen(rows, other)
        again = planning.again(actor=actor("supervisor"), choices=mine)
        assert [(row.technician, row.begins_at) for row in again.rows] == [(other, at(9)), (other, at(10.5))]
        assert planning.take(actor=actor("supervisor"), choices=mine) == 2
        assert set(Job.objects.values_list("technician", flat=True)) == {other.pk}

    def test_a_job_that_was_dispatched_meanwhile_stops_the_whole_plan(
        self, waiting: Any, plan: Any, actor: Any, technician: Membership
    ) -> None:
        first, second = waiting(), waiting()
        rows = plan().rows
        dispatch.assign_job(actor=actor("supervisor"), job_id=second.pk, technician=technician)
        with pytest.raises(Refused, match="dispatched or begun meanwhile"):
            planning.take(actor=actor("supervisor"), choices=chosen(rows))
        assert Job.objects.get(pk=first.pk).state == JobState.QUEUED
        assert Slot.objects.count() == 0

    def test_what_is_dispatched_moves_only_when_asked(
        self, waiting: Any, plan: Any, actor: Any, technician: Membership, member: Any
    ) -> None:
        job = waiting()
        dispatch.assign_job(actor=actor("supervisor"), job_id=job.pk, technician=technician)
        waiting()
        member("technician")
        assert [row.job.pk == job.pk for row in plan().rows] == [False]
        assert {row.job.pk == job.pk for row in plan(move=True).rows} == {True, False}

    def test_a_started_clock_and_another_dispatch_end_the_slot(
        self, waiting: Any, plan: Any, actor: Any, hands: Any, member: Any
    ) -> None:
        waiting(), waiting()
        rows = plan().rows
        planning.take(actor=actor("supervisor"), choices=chosen(rows))
        clocks.start(actor=hands, job_id=rows[0].job.pk)
        assert slots() == [("1号工位", at(10.5), at(12))]
        dispatch.assign_job(actor=actor("supervisor"), job_id=rows[1].job.pk, technician=member("technician"))
        assert slots() == []

    def test_a_new_plan_replaces_the_times_of_the_older_one(self, waiting: Any, plan: Any, actor: Any) -> None:
        waiting()
        planning.take(actor=actor("supervisor"), choices=chosen(plan().rows))
        waiting()
        with as_of(at(11)):
            planning.take(actor=actor("supervisor"), choices=chosen(plan().rows))
        assert [(begins, ends) for _bay, begins, ends in slots()] == [(at(11), at(12.5)), (at(12.5), at(14))]

    def test_only_who_dispatches_plans(self, actor: Any) -> None:
        for act in (partial(planning.make, move=False), partial(planning.take, choices=[])):
            with pytest.raises(Forbidden):
                act(actor=actor("technician"))

    def test_another_branchs_jobs_are_not_planned(self, waiting: Any, plan: Any, actor: Any, other_branch: Any) -> None:
        waiting()
        rows = plan().rows
        with pytest.raises(Refused):
            planning.take(actor=actor("supervisor", other_branch), choices=chosen(rows))
        assert Slot.objects.count() == 0

    def test_the_page(self, waiting: Any, login: Any) -> None:
        waiting()
        client, url = login("supervisor"), reverse("workshop:plan")
        assert "您确认方案之前，不会派出任何项目" in client.get(url).text
        shown = client.post(url, {"act": "make"})
        job = Job.objects.get()
        row = {
            "row": job.pk, f"{job.pk}-job": job.pk, f"{job.pk}-version": job.version,
            f"{job.pk}-technician": Membership.objects.get(roles=["technician"]).pk,
            f"{job.pk}-begins_at": "2026-12-01T01:00:00+0000",
        }  # fmt: skip
        assert 'value="2026-12-01T01:00:00+0000"' in shown.text
        assert (f'name="{job.pk}-at" value="09:00"' in shown.text, "–10:30" in shown.text) == (True, True)
        assert "您的方案" in client.post(url, row | {"act": "again"}).text
        assert client.post(url, row | {"act": "take"}).headers["Location"] == reverse("workshop:board")
        assert "09:00–10:30" in client.get(reverse("workshop:board")).text

    def test_a_bay_and_a_time_are_chosen_and_kept(self, waiting: Any, plan: Any, actor: Any) -> None:
        waiting(), waiting()
        boss, (first, second) = actor("supervisor"), chosen(plan().rows)
        bay = Bay.objects.get(name="2号工位")
        mine = [replace(second, bay=bay.pk), replace(first, begins_at=at(14))]
        again = planning.again(actor=boss, choices=mine)
        assert [(row.job.pk, row.begins_at, str(row.bay), row.chosen_bay, row.chosen_at) for row in again.rows] == [
            (second.job, at(9), "2号工位", bay.pk, None), (first.job, at(14), "1号工位", None, at(14)),
        ]  # fmt: skip
        assert planning.take(actor=boss, choices=mine) == 2
        assert slots() == [("2号工位", at(9), at(10.5)), ("1号工位", at(14), at(15.5))]

    def test_a_time_that_cannot_be_kept_is_said(self, waiting: Any, plan: Any, actor: Any) -> None:
        waiting(), waiting()
        first, second = chosen(plan().rows)
        mine = [replace(first, begins_at=at(10)), replace(second, begins_at=at(10))]
        again = planning.again(actor=actor("supervisor"), choices=mine)
        assert [(row.begins_at, row.moved) for row in again.rows] == [(at(10), False), (at(11.5), True)]

    def test_a_job_that_is_left_out_is_not_dispatched_and_can_come_back(
        self, waiting: Any, plan: Any, actor: Any
    ) -> None:
        waiting(), waiting()
        boss, (first, second) = actor("supervisor"), chosen(plan().rows)
        mine = [replace(first, out=True), second]
        again = planning.again(actor=boss, choices=mine)
        assert ([row.job.pk for row in again.rows], again.rows[0].begins_at) == ([second.job], at(9))
        assert [(one.job.pk, one.wanted) for one in again.out] == [(first.job, True)]
        assert planning.take(actor=boss, choices=mine) == 1
        assert {job.pk: job.state for job in Job.objects.all()} == {first.job: "queued", second.job: "assigned"}
        with pytest.raises(Refused) as refused:
            planning.take(actor=boss, choices=[replace(first, out=True)])
        assert refused.value.code == "empty"

    def test_what_finds_no_time_as_chosen_stays_on_the_page_and_is_named(
        self, waiting: Any, plan: Any, actor: Any, other_branch: Any
    ) -> None:
        waiting()
        boss, (only,) = actor("supervisor"), chosen(plan().rows)
        never = replace(only, begins_at=at(9) + timedelta(days=400))
        again = planning.again(actor=boss, choices=[never])
        assert ([row.job for row in again.rows], [(one.job.pk, one.wanted) for one in again.out]) == (
            [], [(only.job, False)],
        )  # fmt: skip
        with pytest.raises(Refused, match="finds no time with this person and bay"):
            planning.take(actor=boss, choices=[never])
        far = Bay.objects.create(branch=other_branch, name="别处")
        for act in (planning.again, planning.take):
            with pytest.raises(Refused, match="A chosen bay is not one for work here"):
                act(actor=boss, choices=[replace(only, bay=far.pk)])

    def test_the_page_takes_bay_time_and_what_is_left_out(self, waiting: Any, login: Any) -> None:
        jobs, client, url = [waiting(), waiting()], login("supervisor"), reverse("workshop:plan")
        bay, person = Bay.objects.get(name="2号工位"), Membership.objects.get(roles=["technician"])
        sent: dict[str, Any] = {"row": [job.pk for job in jobs], "act": "again"}
        for job in jobs:
            sent |= {
                f"{job.pk}-job": job.pk, f"{job.pk}-version": job.version, f"{job.pk}-technician": person.pk,
                f"{job.pk}-begins_at": "2026-12-01T01:00:00+0000", f"{job.pk}-at": "09:00",
            }  # fmt: skip
        first, second = jobs
        sent |= {f"{first.pk}-at": "13:30", f"{first.pk}-bay": bay.pk, f"{second.pk}-out": "1"}
        text = client.post(url, sent).text
        assert (f'name="{first.pk}-at" value="13:30"' in text, "–15:00" in text) == (True, True)
        assert f'name="{first.pk}-since" value="2026-12-01T05:30:00+0000"' in text
        assert f'name="{second.pk}-out" value="1" checked' in text
        client.post(url, sent | {"act": "take"})
        assert slots() == [("2号工位", at(13.5), at(15))]

    def test_a_row_that_no_page_sent_is_refused(self, waiting: Any, login: Any) -> None:
        job = waiting()
        answer = login("supervisor").post(
            reverse("workshop:plan"), {"act": "take", "row": job.pk, f"{job.pk}-job": "x"}, follow=True
        )
        assert "方案无法读取" in answer.text
        assert Job.objects.get().state == JobState.QUEUED


@pytest.mark.django_db
def test_the_database_refuses_two_cars_for_one_person_or_bay(
    waiting: Any, technician: Membership, member: Any, branch: Any
) -> None:
    bay, other = Bay.objects.create(branch=branch, name="1号工位"), member("technician")
    one, two = waiting(), waiting()
    whole = {"planned_at": at(9), "planned_by": technician.user}
    Slot.objects.create(job=one, technician=technician, bay=bay, during=DateTimeTZRange(at(9), at(10)), **whole)
    for person, place, name in ((technician, None, "slot_technician_once"), (other, bay, "slot_bay_once")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Slot.objects.create(job=two, technician=person, bay=place, during=DateTimeTZRange(at(9.5), at(11)), **whole)
    # The negative control: the minute in which the first one ends is free.
    Slot.objects.create(job=two, technician=technician, bay=bay, during=DateTimeTZRange(at(10), at(11)), **whole)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("begins", "second"), [(9.5, "IntegrityError"), (10, "kept")])
@pytest.mark.parametrize("same", ["technician", "bay"])
def test_two_cars_at_once_for_one_person_or_bay(
    race: Any, waiting: Any, technician: Membership, member: Any, branch: Any, begins: float, second: str, same: str
) -> None:
    """Both are written in the same moment; the negative control begins when the other ends."""
    bay, jobs = Bay.objects.create(branch=branch, name="1号工位"), [waiting(), waiting()]
    other = {"technician": technician} if same == "technician" else {"technician": member("technician"), "bay": bay}

    def write(job: Job, hour: float, **whom: Any) -> str:
        during = DateTimeTZRange(at(hour), at(hour + 1))
        Slot.objects.create(job=job, during=during, planned_at=at(9), planned_by=technician.user, **whom)
        return "kept"

    first = partial(write, jobs[0], 9, technician=technician, bay=bay)
    assert race(first, partial(write, jobs[1], begins, **other)) == ("kept", second)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_plans_for_one_pair_of_hands_follow_each_other(
    race: Any, shop: Any, waiting: Any, plan: Any, actor: Any
) -> None:
    first, second = waiting(), waiting()
    rows = {row.job.pk: row for row in plan().rows}
    one, other = (
        partial(planning.take, actor=actor("supervisor"), choices=chosen([rows[job.pk]])) for job in (first, second)
    )
    assert race(one, other) == (1, 1)
    (_bay, _begin, end), (_other_bay, begin, _end) = slots()
    assert end == begin
