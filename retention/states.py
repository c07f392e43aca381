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


class Sweep(models.TextChoices):
    """What is looked through by itself, in the order of a run: each may build on what the one before has found."""

    REMINDERS = "reminders", _("Reminders")
    LAPSE = "lapse", _("Lapsed cars")


class Rhythm(models.TextChoices):
    """How often a sweep comes by itself."""

    NIGHT = "night", pgettext_lazy("sweep", "every night")
    HOUR = "hour", pgettext_lazy("sweep", "every hour")
