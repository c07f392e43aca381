"""May this call be made, this complaint be answered, this survey be taken: now, and by this person?"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.errors import Invalid, Refused
from reception.models import WorkOrder
from retention.models import AppointmentWish, CallTask, Complaint
from retention.states import CLAIM, CallState, ComplaintState, Factor, Outcome, WishState

#: The furthest day that a call or a wish may be put off to.
FURTHEST = timedelta(days=365)
WORST, BEST = 1, 10
LONGEST_NOTE, LONGEST_WORDS = 500, 2000


def claimed(task: CallTask, actor: Actor, at: datetime) -> bool:
    """Whether somebody else is on this call just now."""
    if task.taken_at is None or (actor.user is not None and task.taken_by_id == actor.user.pk):
        return False
    return task.taken_at > at - CLAIM


def check_callable(task: CallTask, actor: Actor, at: datetime) -> None:
    """Raises `Refused` for a call that is closed, is another's just now, or is about a car this person received."""
    if task.state != CallState.OPEN:
        raise Refused(_("This call is closed already."), "closed")
    if actor.user is not None and task.advisor_id == actor.user.pk:
        raise Refused(_("You received this car yourself; somebody else calls."), "own")
    if claimed(task, actor, at):
        name = task.taken_by.name if task.taken_by else ""
        raise Refused(_("%(name)s is on this call just now.") % {"name": name}, "taken")


def check_note(outcome: Outcome, note: str) -> str:
    """The note as it is stored. Raises `Invalid` for a complaint without words, or for more than 500 characters."""
    text = note.strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid(_("The note has at most 500 characters."), "note")
    if outcome == Outcome.COMPLAINT and not text:
        raise Invalid(_("Write down the complaint in the customer's own words."), "note")
    return text


def check_next_day(day: date | None, today: date) -> date | None:
    """The next date. Raises `Invalid` for a day that is over, and for one that is more than a year away."""
    if day is not None and not today <= day <= today + FURTHEST:
        raise Invalid(_("Choose a day from today on, within a year."), "next_on")
    return day


def check_again(outcome: Outcome, day: date | None) -> None:
    """Raises `Invalid` for "call again" without a date."""
    if outcome == Outcome.AGAIN and day is None:
        raise Invalid(_("Choose the day on which to call again."), "next_on")


def check_words(text: str, sentence: str, name: str = "words") -> str:
    """Words as they are stored. Raises `Invalid` with `sentence` for none, and for more than 2000 characters."""
    words = text.strip()
    if not words:
        raise Invalid(sentence, name)
    if len(words) > LONGEST_WORDS:
        raise Invalid(_("At most 2000 characters."), name)
    return words


def check_version(complaint: Complaint, version: int) -> None:
    """Raises `Refused` when somebody else has worked on the complaint since the page was opened."""
    if complaint.version != version:
        raise Refused(_("Somebody else has worked on this complaint in the meantime. Look at it again."), "stale")


def check_answerable(complaint: Complaint) -> None:
    """Raises `Refused` unless the complaint is open."""
    if complaint.state != ComplaintState.OPEN:
        raise Refused(_("This complaint has its answer already."), "answered")


def check_closable(complaint: Complaint, *, called: bool) -> None:
    """Raises `Refused` before the answer, and before anybody tried the second call."""
    if complaint.state != ComplaintState.ANSWERED:
        raise Refused(_("Only an answered complaint can be closed."), "state")
    if not called:
        raise Refused(_("Call the customer once more first: nobody has tried the second call yet."), "second_call")


def check_reopenable(complaint: Complaint) -> None:
    """Raises `Refused` for a complaint that is open."""
    if complaint.state == ComplaintState.OPEN:
        raise Refused(_("This complaint is open."), "state")


def check_visit_over(order: WorkOrder) -> None:
    """Raises `Refused` for a survey before the car has left."""
    if order.released_at is None:
        raise Refused(_("The visit can be judged once the car has been handed back."), "not_released")


def check_marks(marks: Mapping[str, int | None]) -> dict[str, int]:
    """A mark from 1 to 10 for each factor. Raises `Invalid`, whose code is the factor, for none or another one."""
    found: dict[str, int] = {}
    for factor in Factor:
        mark = marks.get(factor)
        if mark is None or not WORST <= mark <= BEST:
            raise Invalid(_("Choose a mark from 1 to 10."), factor.value)
        found[factor.value] = mark
    return found


def check_reasons(marks: Mapping[str, int], reasons: Mapping[str, str], low: int) -> dict[str, str]:
    """The reasons of the low marks. Raises `Invalid`, whose code is "reason_<factor>", for a low mark without one."""
    found: dict[str, str] = {}
    for factor, mark in marks.items():
        text = reasons.get(factor, "").strip()[:LONGEST_NOTE]
        if mark <= low and not text:
            raise Invalid(_("Tell us what went wrong here: we want to put it right."), f"reason_{factor}")
        if mark <= low:
            found[factor] = text
    return found


def check_wish_day(day: date, today: date) -> None:
    """Raises `Invalid` for a day that is over, and for one that is more than a year away."""
    if not today <= day <= today + FURTHEST:
        raise Invalid(_("Choose a day from today on, within a year."), "wished_on")


def check_wish_open(wish: AppointmentWish) -> None:
    """Raises `Refused` for a wish that somebody has dealt with."""
    if wish.state != WishState.OPEN:
        raise Refused(_("Somebody has dealt with this wish already."), "handled")
