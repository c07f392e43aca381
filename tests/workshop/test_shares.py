"""A job for several: whole percent that add up to 100, a clock for each, sold hours by share."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Team
from accounts.policies import Actor
from accounts.roles import permissions_of
from dms.clock import as_of, branch_day, now
from dms.errors import Invalid, Refused
from reception.models import PlannedWork
from workshop import selectors
from workshop.models import Clocking, Job, JobShare
from workshop.selectors.hours import hours_of
from workshop.services import clocks, dispatch, presence, shares, undo
from workshop.services.papers import issue_job_sheet

pytestmark = pytest.mark.django_db


def acting(membership: Membership) -> Actor:
    return Actor(membership.user, membership.branch, permissions_of(membership.roles))


@pytest.fixture
def boss(actor: Any) -> Actor:
    return actor("supervisor")


@pytest.fixture
def two(member: Any) -> tuple[Membership, Membership]:
    return member("technician"), member("technician")


@pytest.fixture
def job(boss: Actor, handed_over: Any, two: Any) -> Job:
    """1.5 sold hours for two people, 70 % and 30 %."""
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    shares.share(actor=boss, job_id=Job.objects.get(order=order).pk, shares=[(two[0], 70), (two[1], 30)])
    return Job.objects.get(order=order)


def test_it_stands_in_both_lanes_with_its_part_of_the_hours(branch: Any, job: Job, two: Any) -> None:
    assert (job.technician, job.order.state) == (two[0], "assigned")
    assert [lane.hours for lane in selectors.board(branch).lanes] == [Decimal("1.05"), Decimal("0.45")]


def test_what_is_no_whole_is_refused(boss: Actor, job: Job, two: Any, member: Any) -> None:
    one, other = two
    for wrong in ([(one, 100)], [(one, 50), (other, 49)], [(one, 50), (one, 50)], [(one, 101), (other, -1)]):
        with pytest.raises(Invalid):
            shares.share(actor=boss, job_id=job.pk, shares=wrong)
    with pytest.raises(Invalid, match="Choose a technician"):
        shares.share(actor=boss, job_id=job.pk, shares=[(two[0], 50), (member("cashier"), 50)])


def change_to(rows: Any, values: Any) -> None:
    """Change or delete, and let the database judge now what it judges at the end."""
    if values:
        rows.update(**values)
    else:
        rows.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("wrong", [{"percent": 71}, {"percent": 100}, None])
def test_the_database_refuses_what_is_no_whole(job: Job, two: Any, wrong: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change_to(JobShare.objects.filter(job=job, technician=two[0]), wrong)


def test_the_database_takes_what_is_whole_in_the_end(job: Job, two: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        JobShare.objects.filter(technician=two[0]).update(percent=40)
        JobShare.objects.filter(technician=two[1]).update(percent=60)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert dict(JobShare.objects.values_list("technician", "percent")) == {two[0].pk: 40, two[1].pk: 60}


def test_each_has_a_clock_and_the_job_runs_while_one_does(job: Job, two: Any) -> None:
    one, other = (acting(person) for person in two)
    clocks.start(actor=one, job_id=job.pk)
    with pytest.raises(Refused, match="its clock cannot start"):
        clocks.start(actor=one, job_id=job.pk)
    clocks.start(actor=other, job_id=job.pk)
    clocks.pause(actor=one, job_id=job.pk, reason="break")
    job.refresh_from_db()
    assert (job.state, Clocking.objects.get(stopped_at=None).technician) == ("running", two[1])
    with pytest.raises(Refused, match="does not run"):
        clocks.pause(actor=one, job_id=job.pk, reason="break")
    clocks.start(actor=one, job_id=job.pk)
    clocks.done(actor=other, job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, Clocking.objects.filter(stopped_at=None).count()) == ("done", 0)


def test_the_last_pause_pauses_the_job(job: Job, two: Any) -> None:
    for person in two:
        clocks.start(actor=acting(person), job_id=job.pk)
    for person in two:
        clocks.pause(actor=acting(person), job_id=job.pk, reason="shift")
    job.refresh_from_db()
    assert (job.state, PlannedWork.objects.get(line=job.line).during) == ("paused", None)


def test_who_shares_a_running_job_may_work_elsewhere(boss: Actor, job: Job, two: Any, handed_over: Any) -> None:
    clocks.start(actor=acting(two[1]), job_id=job.pk)
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    dispatch.assign(actor=boss, order_id=order.pk, technician=two[0])
    elsewhere = Job.objects.get(order=order)
    clocks.start(actor=acting(two[0]), job_id=elsewhere.pk)
    assert PlannedWork.objects.get(line=job.line).technician == two[1]
    clocks.pause(actor=acting(two[0]), job_id=elsewhere.pk, reason="help")
    clocks.start(actor=acting(two[0]), job_id=job.pk)
    assert Clocking.objects.filter(job=job, stopped_at=None).count() == 2


def test_a_corrected_clock_leaves_the_others_running(boss: Actor, job: Job, two: Any) -> None:
    with as_of(now() - timedelta(minutes=30)):
        first, _second = (clocks.start(actor=acting(person), job_id=job.pk) for person in two)
    begins = first.started_at
    ends = begins + timedelta(minutes=10)
    presence.correct_clock(actor=boss, clocking_id=first.pk, begins=begins, ends=ends, reason="忘记停表")
    job.refresh_from_db()
    assert job.state == "running"


def test_sold_hours_are_split_by_share(branch: Any, job: Job, two: Any) -> None:
    clocks.start(actor=acting(two[0]), job_id=job.pk)
    clocks.done(actor=acting(two[0]), job_id=job.pk)
    rows = {row.person: (row.standard, row.sold) for row in hours_of(branch, branch_day(branch))}
    assert rows == {two[0]: (Decimal("1.05"), Decimal("1.05")), two[1]: (Decimal("0.45"), Decimal("0.45"))}


def test_a_team_has_even_shares_and_what_is_left_over_goes_to_the_first(
    boss: Actor, branch: Any, member: Any, handed_over: Any
) -> None:
    team = Team.objects.create(branch=branch, name="机电一组")
    people = [member("technician") for _person in range(3)]
    Membership.objects.filter(pk__in=[one.pk for one in people]).update(team=team)
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    shares.assign_team(actor=boss, order_id=order.pk, team=team)
    assert [row.percent for row in JobShare.objects.order_by("id")] == [34, 33, 33]
    with pytest.raises(Refused, match="Nobody of this team"):
        shares.assign_team(actor=boss, order_id=order.pk, team=Team.objects.create(branch=branch, name="钣喷组"))


def test_the_board_gives_an_order_to_a_team_and_undo_takes_it_back(
    login: Any, branch: Any, member: Any, handed_over: Any, boss: Actor
) -> None:
    team = Team.objects.create(branch=branch, name="机电一组")
    people = [member("technician") for _person in range(2)]
    Membership.objects.filter(pk__in=[one.pk for one in people]).update(team=team)
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    client, url = login("supervisor"), reverse("workshop:assign", args=[order.pk])
    assert f'<option value="team-{team.pk}">机电一组</option>' in client.get(reverse("workshop:board")).text
    for stranger in (f"team-{team.pk + 1}", "team-", "team-x", f"x-team-{team.pk}", ""):
        assert client.post(url, {"technician": stranger}).status_code in (409, 422)
    answer = client.post(url, {"technician": f"team-{team.pk}"}, follow=True)
    assert "机电一组" in answer.text
    assert sorted(JobShare.objects.values_list("technician", "percent")) == sorted((one.pk, 50) for one in people)
    job = order.jobs.get()
    assert (
        client.post(reverse("workshop:assign_job", args=[job.pk]), {"technician": f"team-{team.pk}"}).status_code == 422
    )


def test_another_dispatch_ends_the_shares_and_undo_brings_them_back(boss: Actor, job: Job, two: Any) -> None:
    act = lambda: dispatch.assign_job(actor=boss, job_id=job.pk, technician=two[1])  # noqa: E731
    key = undo.keep(actor=boss, order_id=job.order_id, permission="workshop.dispatch", act=act)
    assert not JobShare.objects.exists()
    undo.back(actor=boss, key=key)
    assert sorted(JobShare.objects.values_list("technician", "percent")) == sorted([(two[0].pk, 70), (two[1].pk, 30)])


def test_page_job_sheet_and_my_work_say_with_whom(job: Job, two: Any, boss: Actor, login: Any) -> None:
    (printed,) = issue_job_sheet(actor=boss, order_id=job.order_id).content["jobs"]
    assert printed["technician"] == f"{two[0].user.name} 70 %, {two[1].user.name} 30 %"
    mine = Client()
    mine.force_login(two[1].user, backend="django.contrib.auth.backends.ModelBackend")
    assert f"{two[0].user.name} 70 %" in mine.get(reverse("workshop:me")).text
    client, url = login("supervisor"), reverse("workshop:share", args=[job.pk])
    assert 'value="70"' in client.get(url).text
    typed = {f"share-{two[0].pk}": "40", f"share-{two[1].pk}": "60"}
    assert client.post(url, typed).status_code == 302
    job.refresh_from_db()
    assert job.technician == two[1], "the one with the largest share answers for the job"
    assert client.post(url, typed | {f"share-{two[0].pk}": "41"}).status_code == 422
