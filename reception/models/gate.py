"""The gate: passes and every attempt to use one."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from dms.fields import Row, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models.orders import WorkOrder
from reception.states import TEMPORARY, GateOutcome, PassKind, State
from records.models import IssuedPaper, Photo


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
    #: Where a car goes that comes back, and who drives it.
    note = models.CharField(max_length=100, blank=True, default="", db_default="")
    #: When a car with a temporary pass came back.
    back_at = models.DateTimeField(null=True, blank=True)
    back_by = person()
    #: When it was written down afterwards that the car left by the printed list; `used_at` is then that time.
    listed_at = models.DateTimeField(null=True, blank=True)
    listed_by = person()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = person()
    revoked_reason = models.CharField(max_length=200, blank=True)
    paper = models.ForeignKey(IssuedPaper, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            one_of("kind", PassKind),
            *acted("issued", "used", "back", "listed", "revoked"),
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
                condition=Q(listed_at__isnull=True) | Q(used_at__isnull=False, used_at__lte=F("listed_at")),
                name="pass_listed_was_used",
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


class ForcedRelease(Row):
    """A car that left without an opened pass: a supervisor's PIN, a photo and the reason. Once an order.

    `order_state` is where the order stood; one that was not settled stays there, and its bill stays open.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="forced_release")
    order_state = models.CharField(max_length=12, choices=State.choices)
    reason = models.CharField(max_length=200)
    photo = models.OneToOneField(Photo, models.PROTECT, related_name="+")
    #: Who stood at the gate; `forced_by` is whose PIN it was.
    guard = person(null=False)
    forced_at = models.DateTimeField()
    forced_by = person(null=False)

    class Meta:
        constraints = [
            one_of("order_state", State),
            *acted("forced"),
            models.CheckConstraint(condition=~Q(reason=""), name="forced_release_says_why"),
        ]
        triggers = [append_only()]


class GateLog(Row):
    """Every attempt at the gate, also the failed ones.

    `entered` is what was typed where no pass has it; `why` is the sentence that the guard read.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    gate_pass = models.ForeignKey(GatePass, models.PROTECT, null=True, blank=True, related_name="attempts")
    outcome = models.CharField(max_length=12, choices=GateOutcome.choices)
    entered = models.CharField(max_length=12, blank=True)
    why = models.CharField(max_length=300, blank=True)
    attempted_at = models.DateTimeField()
    attempted_by = person(null=False)

    class Meta:
        constraints = [one_of("outcome", GateOutcome)]
        triggers = [append_only()]
