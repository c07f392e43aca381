"""What a caller says, by the reason of the call: the sentence of the card, and the words to begin with."""

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from retention.models import CallTask
from retention.states import CallKind

#: %(shop)s, %(caller)s, %(customer)s and %(car)s are filled in; the language is the caller's.
SCRIPTS: dict[str, list[str | Promise]] = {
    CallKind.FOLLOW_UP: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. How does your %(car)s run now?"),
        gettext_lazy("Was everything done that was agreed, and was the bill clear? May I ask for five marks?"),
        gettext_lazy("Is there anything that we should do better next time?"),
    ],
    CallKind.LAPSE: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. Your %(car)s was not here for a while."),
        gettext_lazy("Is all well with the car, or did something keep you from coming to us?"),
        gettext_lazy("Shall I find a time that suits you?"),
    ],
    CallKind.DUE: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. Your %(car)s is due for its service."),
        gettext_lazy("Which day suits you, and in the morning or in the afternoon?"),
    ],
    CallKind.DECLINED: [
        gettext_lazy(
            "Good day %(customer)s, this is %(caller)s of %(shop)s. At your last visit something was put off."
        ),
        gettext_lazy("It should not wait much longer. Shall I explain what and why, or find a time that suits you?"),
    ],
    CallKind.CAMPAIGN: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. We have an offer for your %(car)s."),
        gettext_lazy("May I tell you about it in one minute? If you do not want such calls, I will note that."),
    ],
    CallKind.ANSWER: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. Your %(car)s stands with us."),
        gettext_lazy("The workshop has found something and waits for your answer. Shall I explain what and why?"),
        gettext_lazy("You can answer me, your advisor, or at the page whose code you have."),
    ],
    CallKind.REBOOK: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. We expected your %(car)s."),
        gettext_lazy("Did something come between? Which other day suits you?"),
    ],
    CallKind.WELCOME: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. How do you like your new %(car)s?"),
        gettext_lazy("May I tell you when its first service is due, and how you reach us?"),
    ],
    CallKind.COMPLAINT: [
        gettext_lazy("Good day %(customer)s, this is %(caller)s of %(shop)s. You told us that something went wrong."),
        gettext_lazy("This is what we have done about it. Are you content with that?"),
        gettext_lazy("Thank you for telling us; may I note anything else?"),
    ],
}


def script(task: CallTask, caller: str) -> list[str]:
    """The words to begin with, in the active language."""
    car = task.vehicle.model.label if task.vehicle.model else _("car")
    names = {"shop": str(task.branch), "caller": caller, "customer": task.customer.name, "car": car}
    return [str(line) % names for line in SCRIPTS[task.kind]]


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "DATE_FORMAT") if text else ""


def why(task: CallTask) -> str:
    """Why the customer is called, in one sentence of the active language; '' when the reason says nothing more."""
    told = task.reason
    if task.kind == CallKind.FOLLOW_UP and "released_on" in told:
        return _("The car left on %(day)s, order %(order)s.") % {
            "day": _day(told["released_on"]), "order": told.get("order", ""),
        }  # fmt: skip
    if task.kind == CallKind.LAPSE or (task.kind == CallKind.DUE and "due_on" in told):
        return _lapse(told)
    if task.kind == CallKind.CAMPAIGN and "offer" in told:
        return _("%(offer)s, until %(day)s (%(campaign)s).") % {
            "offer": told["offer"], "day": _day(told["until"]), "campaign": told["campaign"],
        }  # fmt: skip
    if task.kind == CallKind.DECLINED and "item" in told:
        return _("Declined before: %(item)s (%(n)s items), order %(order)s; to be offered again by %(day)s.") % {
            "item": told["item"], "n": told.get("items", "1"), "order": told.get("order", ""),
            "day": _day(told.get("revive_on", "")),
        }  # fmt: skip
    if task.kind == CallKind.ANSWER and "item" in told:
        return _("Offered and not answered: %(item)s (%(n)s items), order %(order)s.") % {
            "item": told["item"], "n": told.get("items", "1"), "order": told.get("order", ""),
        }  # fmt: skip
    if task.kind == CallKind.REBOOK and "booked_for" in told:
        return _("Was expected on %(when)s and did not come.") % {"when": told["booked_for"]}
    if task.kind == CallKind.WELCOME and "handed_over_on" in told:
        return _("The new car was handed over on %(day)s; its first service is due about %(due)s.") % {
            "day": _day(told["handed_over_on"]), "due": _day(told.get("due_on", "")) or "–",
        }  # fmt: skip
    if task.kind == CallKind.COMPLAINT and "received_on" in told:
        return _("The complaint of %(day)s was answered; is the customer content?") % {"day": _day(told["received_on"])}
    return str(told.get("words", ""))


def _lapse(told: dict[str, str]) -> str:
    if told.get("due_on"):
        return _("Last visit %(day)s; its service was due on %(due)s.") % {
            "day": _day(told.get("last_visit_on", "")) or "–", "due": _day(told["due_on"]),
        }  # fmt: skip
    return _("Last visit %(day)s.") % {"day": _day(told.get("last_visit_on", "")) or "–"}
