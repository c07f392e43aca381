"""Before the doors open: whether each advisor is ready for the day."""

from django.db import models

from accounts.models import Branch
from dms.fields import Row, acted
from dms.fields import person as user


class DayCheck(Row):
    """An advisor's opening checklist of a day (DOMAIN.md §1.1): which item was ticked, and when all of them were.

    `items` is {key: ticked}; the keys are those of the branch's list on that day, so an old day stays readable.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    person = user("day_checks", null=False)
    on = models.DateField()
    items = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = user()

    class Meta:
        constraints = [
            *acted("checked"),
            models.UniqueConstraint(fields=["branch", "person", "on"], name="daycheck_once"),
        ]
