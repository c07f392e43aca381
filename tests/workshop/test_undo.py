"""Undo for ten seconds: an act on the board is put back exactly, or refused with a sentence."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from accounts.models import Bay
from accounts.policies import Actor
from dms.clock import as_of, now
from dms.errors import Forbidden, Refused
from reception.models import OrderLog, PlannedWork
from reception.services.flow import move
from workshop.models import Hold, Job, Slot
from workshop.services import clocks, dispatch, holds, undo

CHANGED = "Something has happened to this car since then; it stays as it is now."
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(actor: Any) -> Actor:
    return actor("supervisor")


@pytest.fixture
def accepted(handed_over: Any, boss: Actor) -> Any:
    """An order that waits for a technician."""
    return dispatch.accept(actor=boss, order_id=handed_over().pk)


def keep(boss: Actor, order: Any, act: Any, may: str = "workshop.dispatch") -> str:
    return undo.keep(actor=boss, order_id=order.pk, permission=may, act=act)


def standing(order: Any) -> tuple[Any, ...]:
    """Everything that an undo has to put back."""
    order.refresh_from_db()
    jobs = Job.objects.filter(order=order).order_by("line")
    return (
        order.state, order.accepted_by_id, list(jobs.values_list("line", "state", "technician", "bay")),
        list(Slot.objects.order_by("id").values_list("job", "technician", "bay", "during", "planned_at", "planned_by")),
        list(PlannedWork.objects.order_by("line").values_list("technician", "bay", "hours_left")),
        list(Hold.objects.filter(ended_at=None).values_list("pk", "reason", "began_at")),
    )  # fmt: skip


def moves(order: Any) -> list[str]:
    return list(OrderLog.objects.filter(order=order).order_by("id").values_list("action", flat=True))


def test_the_dispatch_of_an_order(boss: Actor, accepted: Any, technician: Any) -> None:
    # Nobody had it, so the load of the line has no person either, as before.
    dispatch.assign(actor=boss, order_id=accepted.pk, technician=technician)
    dispatch.take_back(actor=boss, order_id=accepted.pk)
    before = standing(accepted)
    key = keep(boss, accepted, lambda: dispatch.assign(actor=boss, order_id=accepted.pk, technician=technician))
    undo.back(actor=boss, key=key)
    assert standing(accepted) == before
    assert moves(accepted)[-2:] == ["assign", "take_back"]


def test_a_dispatch_that_was_taken_back(boss: Actor, accepted: Any, technician: Any, member: Any, branch: Any) -> None:
    """Person, bay, planned time and shares are there again, and the order is dispatched."""
    bay, at = Bay.objects.create(branch=branch, name="1 号工位"), now()
    dispatch.assign(actor=boss, order_id=accepted.pk, technician=technician, bay=bay)
    job = Job.objects.get()
    dispatch.write_shares(job, [(technician.pk, 60), (member("technician").pk, 40)])
    Slot.objects.create(
        job=job, technician=technician, bay=bay, during=DateTimeTZRange(at, at + timedelta(hours=1)), planned_at=at,
        planned_by=boss.user,
    )  # fmt: skip
    before = standing(accepted)
    key = keep(boss, accepted, lambda: dispatch.take_back(actor=boss, order_id=accepted.pk))
    assert (standing(accepted)[0], job.shares.count()) == ("queued", 0)
    undo.back(actor=boss, key=key)
    assert standing(accepted) == before
    assert sorted(job.shares.values_list("percent", flat=True)) == [40, 60]
    assert moves(accepted)[-2:] == ["take_back", "assign"]


def test_an_order_that_another_had_with_bay_and_planned_time(
    boss: Actor, accepted: Any, technician: Any, member: Any, branch: Any
) -> None:
    bay, at = Bay.objects.create(branch=branch, name="1 号工位"), now()
    dispatch.assign(actor=boss, order_id=accepted.pk, technician=technician, bay=bay)
    during = DateTimeTZRange(at, at + timedelta(hours=1))
    Slot.objects.create(
        job=Job.objects.get(), technician=technician, bay=bay, during=during, planned_at=at, planned_by=boss.user
    )
    before, other = standing(accepted), member("technician")
    key = keep(boss, accepted, lambda: dispatch.assign(actor=boss, order_id=accepted.pk, technician=other))
    assert Job.objects.get().technician == other
    undo.back(actor=boss, key=key)
    assert standing(accepted) == before


def test_a_paused_job_that_went_to_somebody_else(boss: Actor, working: Any, hands: Actor, member: Any) -> None:
    job = working()
    clocks.pause(actor=hands, job_id=job.pk, reason="shift")
    before, other = standing(job.order), member("technician")
    key = keep(boss, job.order, lambda: dispatch.assign_job(actor=boss, job_id=job.pk, technician=other))
    undo.back(actor=boss, key=key)
    assert standing(job.order) == before
    clocks.start(actor=hands, job_id=job.pk)


def test_a_hold_and_the_end_of_a_hold(boss: Actor, accepted: Any) -> None:
    put = lambda: holds.put(actor=boss, order_id=accepted.pk, reason="parts")  # noqa: E731 - twice the same
    before = standing(accepted)
    undo.back(actor=boss, key=keep(boss, accepted, put, "hold.set"))
    assert standing(accepted) == before
    hold, before = put(), standing(accepted)
    assert keep(boss, accepted, put, "hold.set") == "", "the same hold again changes nothing, so nothing is undone"
    key = keep(boss, accepted, lambda: holds.end(actor=boss, hold_id=hold.pk), "hold.set")
    undo.back(actor=boss, key=key)
    assert standing(accepted)[:5] == before[:5]
    assert Hold.objects.get(ended_at=None) == hold


def test_the_acceptance(boss: Actor, handed_over: Any) -> None:
    order = handed_over()
    before = standing(order)
    key = keep(boss, order, lambda: dispatch.accept(actor=boss, order_id=order.pk), "workshop.accept")
    undo.back(actor=boss, key=key)
    assert standing(order) == before
    assert moves(order)[-2:] == ["accept", "give_back"]
    dispatch.accept(actor=boss, order_id=order.pk)
    assert Job.objects.filter(order=order).count() == 1


def test_a_job_that_was_dispatched_before_keeps_its_history(boss: Actor, handed_over: Any, technician: Any) -> None:
    order = handed_over()
    dispatch.accept(actor=boss, order_id=order.pk)
    dispatch.assign(actor=boss, order_id=order.pk, technician=technician)
    dispatch.take_back(actor=boss, order_id=order.pk)
    move(order_id=order.pk, action="give_back", actor=boss)
    dispatch.accept(actor=boss, order_id=order.pk)
    assert Job.objects.get(order=order).dispatches.count() == 1


def test_it_is_refused_when_the_work_began_when_the_time_is_over_and_for_others(
    boss: Actor, accepted: Any, technician: Any, hands: Actor, actor: Any
) -> None:
    key = keep(boss, accepted, lambda: dispatch.assign(actor=boss, order_id=accepted.pk, technician=technician))
    with as_of(now() + undo.MOST + timedelta(seconds=1)), pytest.raises(Refused, match="The time to undo it is over"):
        undo.back(actor=boss, key=key)
    with pytest.raises(Forbidden, match="Only who did it can undo it"):
        undo.back(actor=actor("supervisor"), key=key)
    with pytest.raises(Refused, match="This cannot be undone"):
        undo.back(actor=boss, key=key[:-1])
    clocks.start(actor=hands, job_id=Job.objects.get().pk)
    with pytest.raises(Refused, match=CHANGED):
        undo.back(actor=boss, key=key)


def test_the_button_stands_in_the_message_and_works_without_scripts(accepted: Any, technician: Any, login: Any) -> None:
    client, board = login("supervisor"), reverse("workshop:board")
    client.post(reverse("workshop:assign", args=[accepted.pk]), {"technician": technician.pk})
    text = client.get(board).text
    assert technician.user.name in text
    url = text.split('class="undo" method="post" action="')[1].split('"')[0]
    assert (client.get(url).status_code, client.post(url).status_code) == (405, 302)
    assert "已撤销" in client.get(board).text
    assert Job.objects.get().technician is None
    again = client.post(url)
    assert again.status_code == 409


@pytest.fixture
def given(boss: Actor, handed_over: Any, member: Any) -> tuple[Any, str, Any]:
    """An order just dispatched, the key that undoes it, and a colleague."""
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    act = lambda: dispatch.assign(actor=boss, order_id=order.pk, technician=member("technician"))  # noqa: E731
    return order, keep(boss, order, act), member("technician")


def at_once(race: Any, boss: Actor, given: Any, actor: Any) -> tuple[Any, Any]:
    """A colleague gives the job to somebody else, while the first supervisor undoes it."""
    order, key, other = given
    colleague, job = actor("manager"), Job.objects.get(order=order)
    return race(
        lambda: dispatch.assign_job(actor=colleague, job_id=job.pk, technician=other).technician_id,
        lambda: undo.back(actor=boss, key=key).pk,
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_a_colleague_did_meanwhile_is_not_undone(race: Any, boss: Actor, given: Any, actor: Any) -> None:
    assert at_once(race, boss, given, actor) == (given[2].pk, CHANGED)
    assert Job.objects.get().technician == given[2]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_it_would_be(race: Any, boss: Actor, given: Any, actor: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    assert at_once(race, boss, given, actor) == (given[2].pk, given[0].pk)
    assert Job.objects.get().technician is None
