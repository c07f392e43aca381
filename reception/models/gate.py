"""The gate: passes and every attempt to use one."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from dms.fields import Row, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models.orders import WorkOrder
from reception.states import TEMPORARY, GateOutcome, PassKind
from records.models import IssuedPaper


@tracked()
class GatePass(Row):
    """Opens the gate once, of a temporary kind once out and once in. One live pass per order and kind.

    `token` is what the QR holds; `code` is typed.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="passes")
    kind = models.CharField(max_length=12, choices=PassKind.choices)
    number = models.CharField(max_length=30)
    code = models.CharField(max_length=6)
    token = models.CharField(max_length=43, unique=True)
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()
    issued_by = person(null=False)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = person()
    #: When a car with a temporary pass came back.
    back_at = models.DateTimeField(null=True, blank=True)
    back_by = person()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = person()
    revoked_reason = models.CharField(max_length=200, blank=True)
    paper = models.ForeignKey(IssuedPaper, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            one_of("kind", PassKind),
            *acted("issued", "used", "back", "revoked"),
            models.UniqueConstraint(fields=["branch", "number"], name="pass_number_once"),
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="pass_live_once",
            ),
            models.UniqueConstraint(
                fields=["branch", "code"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="pass_code_live_once",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True), name="pass_used_or_revoked"
            ),
            models.CheckConstraint(
                condition=Q(back_at__isnull=True) | Q(used_at__isnull=False, kind__in=TEMPORARY),
                name="pass_back_was_out",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(used_at__isnull=False, back_at__isnull=True, kind__in=TEMPORARY),
                name="pass_out_once",
            ),
        ]


class GateLog(Row):
    """Every attempt at the gate, also the failed ones."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    gate_pass = models.ForeignKey(GatePass, models.PROTECT, null=True, blank=True, related_name="attempts")
    outcome = models.CharField(max_length=8, choices=GateOutcome.choices)
    attempted_at = models.DateTimeField()
    attempted_by = person(null=False)

    class Meta:
        constraints = [one_of("outcome", GateOutcome)]
        triggers = [append_only()]
