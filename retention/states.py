"""The small workflows of retention as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    """A case ends when the car comes back; if it stays away again, a new one is opened."""

    OPEN = "open", pgettext_lazy("lapse", "Lapsed")
    RETURNED = "returned", pgettext_lazy("lapse", "Came back")


LAPSE_EDGES: tuple[tuple[str, str], ...] = ((LapseState.OPEN, LapseState.RETURNED),)


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
    """What is looked through every night."""

    REMINDERS = "reminders", _("Reminders")
    LAPSE = "lapse", _("Lapsed cars")
