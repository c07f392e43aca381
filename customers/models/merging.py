"""Two rows that were one: what was moved when they were merged, and which are said to be two."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from customers.merge_states import Twin
from dms.fields import Row, acted, one_of, person


class MergeRun(Row):
    """One merge. `kept` and `lost` are ids of the table that `what` names.

    `moved` holds [table, id, column, old value] of every row that followed, `left` the same of rows that could not,
    since the kept one has its own. `filled` and `emptied` are {column: [old, new]} of the kept and of the lost row.
    The undo puts exactly these back.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=Twin.choices)
    kept = models.BigIntegerField()
    lost = models.BigIntegerField()
    names = models.JSONField(default=list, help_text="What the two were called: the kept one first")
    moved = models.JSONField(default=list)
    left = models.JSONField(default=list)
    filled = models.JSONField(default=dict)
    emptied = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = person(null=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = person()

    class Meta:
        indexes = [models.Index(fields=["branch", "-id"], name="customers_merge_latest")]
        constraints = [
            one_of("what", Twin),
            models.CheckConstraint(condition=~Q(kept=F("lost")), name="customers_mergerun_of_two"),
            models.UniqueConstraint(
                fields=["what", "lost"], condition=Q(undone_at__isnull=True), name="customers_mergerun_lost_once"
            ),
            *acted("undone"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.lost} → {self.kept}"


class NotSame(Row):
    """Somebody said that these look alike and are two: they are not proposed again. `first` is the smaller id."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=Twin.choices)
    first = models.BigIntegerField()
    second = models.BigIntegerField()
    said_at = models.DateTimeField()
    said_by = person(null=False)

    class Meta:
        constraints = [
            one_of("what", Twin),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="customers_notsame_in_order"),
            models.UniqueConstraint(fields=["what", "first", "second"], name="customers_notsame_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.first} ≠ {self.second}"
