"""The small workflows of retention as data."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.states import Purpose


class ReminderState(models.TextChoices):
    """A reminder waits until it is closed; a new cycle is a new reminder."""

    OPEN = "open", pgettext_lazy("reminder", "Open")
    CLOSED = "closed", pgettext_lazy("reminder", "Closed")


REMINDER_EDGES: tuple[tuple[str, str], ...] = ((ReminderState.OPEN, ReminderState.CLOSED),)


class ClosedWhy(models.TextChoices):
    """Why a reminder was closed."""

    DONE = "done", _("Service done here")
    MOOT = "moot", _("No longer applies")


class LapseKind(models.TextChoices):
    """The two definitions of a lapsed car (流失), side by side."""

    FIXED = "fixed", _("No visit for too long")
    PREDICTED = "predicted", _("Past its own due date")


class LapseState(models.TextChoices):
    """A case ends when the car comes back (if it stays away again, a new one is opened), or when it is none any more:
    the rule or the forecast says something else, or the car was sold or scrapped.
    """

    OPEN = "open", pgettext_lazy("lapse", "Lapsed")
    RETURNED = "returned", pgettext_lazy("lapse", "Came back")
    MOOT = "moot", pgettext_lazy("lapse", "No longer applies")


LAPSE_EDGES: tuple[tuple[str, str], ...] = (
    (LapseState.OPEN, LapseState.RETURNED),
    (LapseState.OPEN, LapseState.MOOT),
)


class LapseBy(models.TextChoices):
    """Who set the months of a lapse by the fixed definition: the nearest one that has a number."""

    MODEL = "model", pgettext_lazy("months of a lapse", "set for the model")
    BRAND = "brand", pgettext_lazy("months of a lapse", "set for the brand")
    BRANCH = "branch", pgettext_lazy("months of a lapse", "set for the branch")


class AwayBecause(models.TextChoices):
    """Why a customer stays away, as somebody has found out: what a win-back begins from."""

    MOVED = "moved", _("Moved away")
    SOLD = "sold", _("Car sold or scrapped")
    PRICE = "price", _("Price")
    QUALITY = "quality", _("Quality of the work")
    SERVICE = "service", _("How they were treated")
    WAITING = "waiting", _("Waiting times")
    COMPETITOR = "competitor", _("Goes to another workshop")
    DRIVES_LITTLE = "little", _("Drives little")
    UNREACHABLE = "no_answer", _("Cannot be reached")
    OTHER = "other", pgettext_lazy("why a customer stays away", "Other")


class Sweep(models.TextChoices):
    """What is looked through by itself, in the order of a run: each may build on what the one before has found."""

    FORECAST = "forecast", _("Forecasts")
    REMINDERS = "reminders", _("Reminders")
    LAPSE = "lapse", _("Lapsed cars")
    MESSAGES = "messages", _("Messages about due services")
    CALLS = "calls", _("Calls that lost their point")
    FOLLOW_UPS = "follow_ups", _("Calls after visits")
    DUE_CALLS = "due_calls", _("Calls about overdue services")
    DECLINED = "declined", _("Calls about declined work")
    LAPSE_CALLS = "lapse_calls", _("Calls to lapsed customers")
    ANSWERS = "answers", _("Offers without an answer")
    UNREACHABLE = "unreachable", _("Customers who cannot be reached")
    BIRTHDAYS = "birthdays", _("Birthdays")
    CAMPAIGNS = "campaigns", _("Waves of campaigns")
    NO_SHOWS = "no_shows", _("Appointments that were missed")
    EVES = "eves", _("Messages before appointments")
    PACKAGES = "packages", _("Messages about packages that end")
    WARRANTIES = "warranties", _("Messages about warranties that end")
    STAGES = "stages", _("Time of each stage")
    FIGURES = "figures", _("Key figures")


class Rhythm(models.TextChoices):
    """How often a sweep comes by itself."""

    NIGHT = "night", pgettext_lazy("sweep", "every night")
    HOUR = "hour", pgettext_lazy("sweep", "every hour")


class Grain(models.TextChoices):
    """The stretch of time that a rolled-up measure is of."""

    DAY = "d", _("day")
    MONTH = "m", _("month")


class Entered(models.TextChoices):
    """What is entered for each month because nobody can count it here."""

    COST = "cost", _("Operating cost")
    OVERHEAD = "overhead", _("Fixed overhead")
    AREA = "area", _("Cars of our brands in the area")
    PEOPLE = "people", _("Headcount")
    DAYS = "days", _("Open days")


class CallKind(models.TextChoices):
    """Why a customer is called (DOMAIN.md §4). The order is the order of urgency on the page."""

    COMPLAINT = "complaint", _("Second call about a complaint")
    ANSWER = "answer", _("Offer without an answer")
    REBOOK = "rebook", _("Missed appointment")
    FOLLOW_UP = "follow_up", _("Call after the visit")
    DUE = "due", _("Service is due")
    DECLINED = "declined", _("Declined work")
    CAMPAIGN = "campaign", _("Campaign")
    LAPSE = "lapse", _("Car stays away")
    WELCOME = "welcome", _("First call to a new owner")


#: For what the customer must not have objected to being phoned; None: the call belongs to the contract.
CALL_PURPOSE: dict[str, Purpose | None] = {
    CallKind.COMPLAINT: None,
    CallKind.ANSWER: None,
    CallKind.REBOOK: None,
    CallKind.FOLLOW_UP: Purpose.CARE,
    CallKind.DUE: Purpose.SERVICE,
    CallKind.DECLINED: Purpose.SERVICE,
    CallKind.CAMPAIGN: Purpose.MARKETING,
    CallKind.LAPSE: Purpose.MARKETING,
    CallKind.WELCOME: None,
}
#: Calls that have lost their point once the car stands in the shop.
MOOT_BY_ARRIVAL: tuple[str, ...] = (
    CallKind.REBOOK, CallKind.FOLLOW_UP, CallKind.DUE, CallKind.DECLINED, CallKind.CAMPAIGN, CallKind.LAPSE,
)  # fmt: skip


class CallState(models.TextChoices):
    """A call is open until somebody was reached, or it has lost its point."""

    OPEN = "open", pgettext_lazy("call", "Open")
    DONE = "done", pgettext_lazy("call", "Made")
    DROPPED = "dropped", pgettext_lazy("call", "Dropped")


#: A caller's claim runs out after so long without an outcome.
CLAIM = timedelta(minutes=15)

CALL_EDGES: tuple[tuple[str, str], ...] = ((CallState.OPEN, CallState.DONE), (CallState.OPEN, CallState.DROPPED))


class DroppedWhy(models.TextChoices):
    """Why a call is not made (any more)."""

    MOOT = "moot", pgettext_lazy("call", "The car came, or there is nothing to ask any more")
    UNREACHABLE = "unreachable", pgettext_lazy("call", "Nobody was reached for days")
    WRONG_NUMBER = "wrong_number", pgettext_lazy("call", "The number is wrong")
    DECLINED = "declined", pgettext_lazy("call", "The customer does not want to be called")


class Outcome(models.TextChoices):
    """What came of a try to call."""

    REACHED = "reached", _("Reached, all well")
    BOOK = "book", _("Wants an appointment")
    AGAIN = "again", _("Call again")
    NO_ANSWER = "no_answer", _("No answer")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    DECLINED = "declined", _("Do not call again")
    COMPLAINT = "complaint", _("Complains")


#: Somebody spoke to us.
REACHED: tuple[str, ...] = (Outcome.REACHED, Outcome.BOOK, Outcome.AGAIN, Outcome.DECLINED, Outcome.COMPLAINT)


class Factor(models.TextChoices):
    """What a visit is judged by; the weights are rules (`survey.weight.…`)."""

    INITIATION = "initiation", _("Making the appointment and arriving")
    ADVISOR = "advisor", _("The service advisor")
    FACILITY = "facility", _("The rooms and the waiting")
    PICKUP = "pickup", _("Picking up the car")
    QUALITY = "quality", _("The work on the car")


class SurveySource(models.TextChoices):
    """Where the marks were given."""

    PAGE = "page", pgettext_lazy("told us", "At the customer's page")
    PHONE = "phone", pgettext_lazy("told us", "By phone")


class ComplaintSource(models.TextChoices):
    """Where we heard of it."""

    SURVEY = "survey", pgettext_lazy("complaint", "Survey")
    CALL = "call", pgettext_lazy("complaint", "Phone call")
    DESK = "desk", pgettext_lazy("complaint", "At the desk")


class ComplaintState(models.TextChoices):
    """A complaint is answered with a result, then closed after the second call; both can be taken back."""

    OPEN = "open", pgettext_lazy("complaint", "Open")
    ANSWERED = "answered", pgettext_lazy("complaint", "Answered")
    CLOSED = "closed", pgettext_lazy("complaint", "Closed")


COMPLAINT_EDGES: tuple[tuple[str, str], ...] = (
    (ComplaintState.OPEN, ComplaintState.ANSWERED),
    (ComplaintState.ANSWERED, ComplaintState.CLOSED),
    (ComplaintState.ANSWERED, ComplaintState.OPEN),
    (ComplaintState.CLOSED, ComplaintState.OPEN),
)


class ComplaintAct(models.TextChoices):
    """A line in the history of a complaint."""

    OPENED = "opened", pgettext_lazy("complaint", "Taken down")
    ASSIGNED = "assigned", pgettext_lazy("complaint", "Given to somebody else")
    ANSWERED = "answered", pgettext_lazy("complaint", "Answered")
    CALLED = "called", pgettext_lazy("complaint", "Second call made")
    CLOSED = "closed", pgettext_lazy("complaint", "Closed")
    REOPENED = "reopened", pgettext_lazy("complaint", "Opened again")


class WishState(models.TextChoices):
    """A wish for an appointment waits until somebody has dealt with it."""

    OPEN = "open", pgettext_lazy("wish", "Waiting")
    HANDLED = "handled", pgettext_lazy("wish", "Dealt with")


WISH_EDGES: tuple[tuple[str, str], ...] = ((WishState.OPEN, WishState.HANDLED),)


class DayPart(models.TextChoices):
    """The part of a day that suits a customer."""

    ANY = "any", _("Any time")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class WishSource(models.TextChoices):
    """Where a wish was uttered."""

    PAGE = "page", pgettext_lazy("told us", "At the customer's page")
    PHONE = "phone", pgettext_lazy("told us", "By phone")
