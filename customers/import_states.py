"""Choices of imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ImportKind(models.TextChoices):
    """What a list holds."""

    CARS = "cars", _("Customers and vehicles")
    VISITS = "visits", _("Visit history")
    NEW_CARS = "new_cars", _("New cars from sales")


class HandOverSource(models.TextChoices):
    """How a new car was told of."""

    FORM = "form", pgettext_lazy("hand-over", "Form")
    IMPORT = "import", pgettext_lazy("hand-over", "List")
    API = "api", pgettext_lazy("hand-over", "API")


class ImportState(models.TextChoices):
    """Where an import is. Nothing of ours is written before `running`."""

    MAPPING = "mapping", pgettext_lazy("import", "Columns to be chosen")
    CHECKING = "checking", pgettext_lazy("import", "Being checked")
    CHECKED = "checked", pgettext_lazy("import", "Checked, not yet run")
    RUNNING = "running", pgettext_lazy("import", "Running")
    DONE = "done", pgettext_lazy("import", "Done")
    FAILED = "failed", pgettext_lazy("import", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("import", "Cancelled")


_S = ImportState
#: checked -> mapping: other columns are chosen. running -> cancelled: what is written stays, the rest is not.
IMPORT_EDGES: tuple[tuple[str, str], ...] = (
    (_S.MAPPING, _S.CHECKING),
    (_S.MAPPING, _S.CANCELLED),
    (_S.CHECKING, _S.CHECKED),
    (_S.CHECKING, _S.FAILED),
    (_S.CHECKING, _S.CANCELLED),
    (_S.CHECKED, _S.MAPPING),
    (_S.CHECKED, _S.RUNNING),
    (_S.CHECKED, _S.CANCELLED),
    (_S.RUNNING, _S.DONE),
    (_S.RUNNING, _S.CANCELLED),
)
#: The worker has something to do.
AT_WORK = (_S.CHECKING, _S.RUNNING)
ENDED = (_S.DONE, _S.FAILED, _S.CANCELLED)


class Outcome(models.TextChoices):
    """What became of a row."""

    WAITING = "waiting", pgettext_lazy("imported row", "Waiting")
    MADE = "made", pgettext_lazy("imported row", "New")
    CHANGED = "changed", pgettext_lazy("imported row", "Completed")
    SAME = "same", pgettext_lazy("imported row", "Known already")
    BAD = "bad", pgettext_lazy("imported row", "Not imported")
