"""Both clocks: who is there, who works on what, and what is corrected afterwards with a reason."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.urls import reverse

from dms.clock import as_of
from dms.errors import Forbidden, Invalid, Refused
from workshop import selectors
from workshop.models import Attendance, Clocking, Job
from workshop.selectors.hours import hours_of
from workshop.services import clocks, presence
from workshop.states import JobState

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


def at(hour: float) -> datetime:
    return TUESDAY + timedelta(hours=hour)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with as_of(at(12)):
        yield


@pytest.fixture
def came(hands: Any) -> Attendance:
    """The technician came at eight and is still there."""
    with as_of(at(8)):
        return presence.come(actor=hands)


@pytest.fixture
def clocked(working: Any, hands: Any) -> Clocking:
    """An hour on a job, from nine to ten, then a break."""
    with as_of(at(9)):
        job = working()
    with as_of(at(10)):
        clocks.pause(actor=hands, job_id=job.pk, reason="break")
    return Clocking.objects.get()


def test_coming_twice_is_coming_once_and_going_ends_it(came: Attendance, hands: Any) -> None:
    assert presence.come(actor=hands) == came
    with as_of(at(17)):
        assert presence.leave(actor=hands).left_at == at(17)
    with pytest.raises(Refused, match="You have not come yet"):
        presence.leave(actor=hands)


def test_nobody_leaves_with_a_running_clock(came: Attendance, working: Any, hands: Any) -> None:
    with as_of(at(9)):
        working()
    with pytest.raises(Refused, match="Your clock runs"):
        presence.leave(actor=hands)


def test_the_database_refuses_to_be_there_twice(came: Attendance) -> None:
    for begins, ends in ((at(9), None), (at(7), at(8.5))):
        with pytest.raises(IntegrityError, match="attendance_once"), transaction.atomic():
            Attendance.objects.create(membership=came.membership, came_at=begins, left_at=ends)
    # The negative control: until the minute in which the other one begins.
    Attendance.objects.create(membership=came.membership, came_at=at(7), left_at=at(8))


def test_the_three_hours_of_a_day_stand_apart(came: Attendance, clocked: Clocking, hands: Any, branch: Any) -> None:
    clocks.start(actor=hands, job_id=clocked.job_id)
    with as_of(at(12.5)):
        clocks.done(actor=hands, job_id=clocked.job_id)
        (mine,) = hours_of(branch, at(12).date())
    assert (mine.attended, mine.worked, mine.used) == (timedelta(hours=4.5), timedelta(hours=1.5), 33)
    assert (str(mine.standard), str(mine.sold), mine.forgotten) == ("1.50", "1.50", False)
    with as_of(at(36)):
        (next_day,) = hours_of(branch, at(36).date())
    # Who never went home is there from midnight on.
    assert (next_day.attended, next_day.clockings, next_day.finished) == (timedelta(hours=12), [], [])


def test_a_clock_is_corrected_with_its_reason(clocked: Clocking, actor: Any) -> None:
    supervisor = actor("supervisor")
    row = presence.correct_clock(
        actor=supervisor, clocking_id=clocked.pk, begins=at(9.25), ends=at(9.75), reason="忘记停表"
    )
    assert (row.started_at, row.stopped_at, row.correction, row.corrected_by) == (
        at(9.25), at(9.75), "忘记停表", supervisor.user,
    )  # fmt: skip
    was = apps.get_model("workshop", "ClockingEvent").objects.filter(pgh_obj=clocked).latest("pgh_id")
    assert (was.started_at, was.stopped_at) == (at(9), at(10))
    assert Job.objects.get().state == JobState.PAUSED


def test_a_forgotten_clock_is_named_and_ends_by_a_correction(working: Any, actor: Any, branch: Any, login: Any) -> None:
    with as_of(at(6)):
        job = working()
    (mine,) = hours_of(branch, at(12).date())
    ((card,),) = [lane.cards for lane in selectors.board(branch).lanes]
    assert (mine.forgotten, card.tasks[0].forgotten) == (True, True)
    assert "忘记停表？" in login("supervisor").get(reverse("workshop:hours")).text
    with as_of(at(11)):  # the negative control: five hours are not more than five
        assert [row.forgotten for row in hours_of(branch, at(11).date())] == [False]
    presence.correct_clock(
        actor=actor("supervisor"), clocking_id=Clocking.objects.get().pk, begins=at(6), ends=at(8), reason="下班没停"
    )
    assert Job.objects.get(pk=job.pk).state == JobState.PAUSED
    assert [row.forgotten for row in hours_of(branch, at(12).date())] == [False]


@pytest.mark.parametrize(
    ("begins", "ends", "reason", "sentence"),
    [
        (9, 10, " ", "Write down why"),
        (10, 9, "x", "cannot end before"),
        (9, 13, "x", "not for what will be"),
        (9, None, "x", "started by its technician"),
    ],
)
def test_what_is_no_correction_is_refused(
    clocked: Clocking, actor: Any, begins: float, ends: float | None, reason: str, sentence: str
) -> None:
    with pytest.raises((Invalid, Refused), match=sentence):
        presence.correct_clock(
            actor=actor("supervisor"), clocking_id=clocked.pk, begins=at(begins),
            ends=None if ends is None else at(ends), reason=reason,
        )  # fmt: skip
    assert Clocking.objects.get().corrected_at is None


def test_one_person_works_on_one_job_at_a_time_after_a_correction_too(
    clocked: Clocking, actor: Any, hands: Any
) -> None:
    with as_of(at(11)):
        clocks.start(actor=hands, job_id=clocked.job_id)
    with pytest.raises(Refused, match="worked on another job"):
        presence.correct_clock(
            actor=actor("supervisor"), clocking_id=clocked.pk, begins=at(9), ends=at(11.5), reason="x"
        )


def test_presence_is_corrected_and_does_not_overlap(came: Attendance, actor: Any) -> None:
    supervisor = actor("supervisor")
    early = Attendance.objects.create(membership=came.membership, came_at=at(6), left_at=at(7))
    row = presence.correct_presence(actor=supervisor, attendance_id=came.pk, begins=at(7.5), ends=at(11), reason="补卡")
    assert (row.came_at, row.left_at, row.correction) == (at(7.5), at(11), "补卡")
    with pytest.raises(Refused, match="at work at that time already"):
        presence.correct_presence(actor=supervisor, attendance_id=early.pk, begins=at(6), ends=at(8), reason="补卡")


def test_only_who_may_corrects(clocked: Clocking, came: Attendance, hands: Any) -> None:
    for act, which in ((presence.correct_clock, "clocking_id"), (presence.correct_presence, "attendance_id")):
        with pytest.raises(Forbidden):
            act(actor=hands, begins=at(9), ends=at(10), reason="x", **{which: 1})


def test_the_pages(clocked: Clocking, login: Any, technician: Any, client: Any) -> None:
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "上班打卡" in client.get(reverse("workshop:me")).text
    client.post(reverse("workshop:come"))
    assert "下班打卡" in client.get(reverse("workshop:me")).text
    client.post(reverse("workshop:leave"))
    boss = login("supervisor")
    url = reverse("workshop:correct_clock", args=[clocked.pk])
    typed = {"begins_at": "2026-12-01T09:10", "ends_at": "2026-12-01T09:50", "reason": "忘记停表"}
    assert boss.post(url, typed).headers["Location"] == f"{reverse('workshop:hours')}?on=2026-12-01"
    assert "忘记停表" in boss.get(reverse("workshop:hours"), {"on": "2026-12-01"}).text
    assert boss.get(reverse("workshop:hours"), {"on": "2026-13-99"}).status_code == 200
    assert boss.post(url, typed | {"reason": ""}).status_code == 422
    other = login("technician")
    assert other.get(reverse("workshop:hours")).status_code == 403


def test_the_hours_ask_the_same_for_one_and_three(asks: Any, login: Any, working: Any, hands: Any, member: Any) -> None:
    from catalog.models import Stock

    boss, counts = login("supervisor"), []
    for more in (1, 2):
        for _one in range(more):
            Stock.objects.update(on_hand=9)
            clocks.pause(actor=hands, job_id=working().pk, reason="break")
            Attendance.objects.create(membership=member("technician"), came_at=at(8))
        counts.append(asks(boss, reverse("workshop:hours")))
    assert counts[0] == counts[1]
