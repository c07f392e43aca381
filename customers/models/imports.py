"""Lists from other systems: one import, its rows between the file and our tables, and the visits that they tell of."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.import_states import IMPORT_EDGES, ImportKind, ImportState, Outcome
from customers.models.vehicles import Vehicle
from dms.fields import MoneyField, Row, acted, not_negative, one_of, person
from dms.workflow import append_only, edge_guard, first_state_guard


class ImportRun(Row):
    """One file on its way in. `read_rows` and `done_rows` move in the transaction that writes those rows.

    `header` are the names of the columns in the file, `mapping` the field of ours for each of them ("" for none).
    `fill_only`: what stands here stays, and only gaps are filled.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.MAPPING)
    file = models.FileField(upload_to="imports/", blank=True)
    file_name = models.CharField(max_length=120)
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1, blank=True)
    head_row = models.PositiveIntegerField(default=0, help_text="How many rows stand above the names of the columns")
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    fill_only = models.BooleanField(default=True)
    read_rows = models.PositiveIntegerField(default=0)
    total_rows = models.PositiveIntegerField(null=True, blank=True)
    bad_rows = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    trouble = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField()
    made_by = person(null=False)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = person()
    moved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["branch", "-id"], name="customers_import_latest"),
            models.Index(
                fields=["moved_at"], condition=Q(state__in=["checking", "running"]), name="customers_import_at_work"
            ),
        ]
        constraints = [one_of("kind", ImportKind), one_of("state", ImportState), *acted("started")]
        triggers = [edge_guard("importrun", IMPORT_EDGES), first_state_guard("importrun", [ImportState.MAPPING])]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(Row):
    """A row of a file, cleaned. `number` counts the rows below the header from 1; `line` is where it ends in the file.

    `problems` are [field, code, what stood there]; `raw` is the row as it came, kept only where it is not imported.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=16, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    vin = models.CharField(max_length=20, blank=True)
    cleaned = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    raw = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)

    class Meta:
        indexes = [
            models.Index(fields=["run", "number"], condition=Q(outcome="bad"), name="customers_importrow_bad"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="customers_importrow_once"),
            one_of("outcome", Outcome),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.number}"


class PastVisit(Row):
    """A visit from before this system, as a list told it. Never changed, but for the car when two are merged."""

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="past_visits")
    on = models.DateField()
    number = models.CharField(max_length=40, blank=True)
    km = models.PositiveIntegerField(null=True, blank=True)
    work = models.CharField(max_length=500, blank=True)
    amount = MoneyField(null=True, blank=True)
    advisor = models.CharField(max_length=60, blank=True)
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, blank=True, related_name="+")

    #: A file that is read twice brings no visit twice.
    KEY: ClassVar[list[str]] = ["vehicle", "on", "number", "work"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vehicle", "on", "number", "work"], name="customers_pastvisit_once"),
            *not_negative("amount"),
        ]
        triggers = [append_only(but=("vehicle",))]
