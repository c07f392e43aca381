"""Health records of repaired cars (电子健康档案), on their way to the register."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from delivery.models.outgoing import Outgoing
from delivery.models.settlement import Settlement
from delivery.states import RECORD_EDGES, RecordKind, RecordState
from dms.fields import one_of
from dms.history import tracked
from dms.workflow import edge_guard, first_state_guard


@tracked()
class ServiceRecord(Outgoing):
    """The 13 elements of a slip, frozen, or the withdrawal of them. `key` goes with every try: taken once."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="service_record")
    kind = models.CharField(max_length=10, choices=RecordKind.choices, default=RecordKind.RECORD)
    withdraws = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="withdrawn_by")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.JSONField()
    state = models.CharField(max_length=10, choices=RecordState.choices, default=RecordState.WAITING)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("kind", RecordKind),
            one_of("state", RecordState),
            models.CheckConstraint(
                condition=Q(kind=RecordKind.RECORD, withdraws__isnull=True)
                | Q(kind=RecordKind.WITHDRAWAL, withdraws__isnull=False),
                name="servicerecord_withdrawal_names",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=RecordState.SENT,
                    sent_at__isnull=False,
                    claimed_at__isnull=False,
                    sent_at__gte=F("claimed_at"),
                )
                | (~Q(state=RecordState.SENT) & Q(sent_at__isnull=True)),
                name="servicerecord_sent_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["branch", "not_before_at"], condition=Q(state=RecordState.WAITING), name="servicerecord_due"
            )
        ]
        triggers = [
            edge_guard("servicerecord", RECORD_EDGES),
            first_state_guard("servicerecord", [RecordState.WAITING]),
        ]
