"""Claims to the manufacturer (索赔单): warranty, recall and first free service, one for each order that it pays of."""

from django.db import models
from django.db.models import F, Q

from delivery.claim_states import MAKER_ROAD, MakerState
from dms.fields import MoneyField, Versioned, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import edge_guard, first_state_guard
from reception.models import WorkOrder


@tracked()
class MakerClaim(Versioned):
    """A claim by its number. What was claimed is frozen as JSON when it is submitted; a rejected one stays, and another
    one replaces it. `kept_at`: the old parts are bagged, labelled and kept for the maker.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="maker_claims")
    number = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=9, choices=MakerState.choices, default=MakerState.DRAFT)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    reference = models.CharField(max_length=40, blank=True)
    claimed_amount = MoneyField(null=True, blank=True)
    accepted_amount = MoneyField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    content = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    opened_by = person(null=False)
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = person()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = person()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = person()
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = person()

    class Meta:
        constraints = [
            one_of("state", MakerState),
            *acted("opened", "kept", "submitted", "answered", "paid"),
            *not_negative("claimed_amount", "accepted_amount"),
            # One that runs for each order; those that were rejected stay.
            models.UniqueConstraint(
                fields=["order"], condition=~Q(state=MakerState.REJECTED), name="makerclaim_one_runs"
            ),
            # What is unknown to SQL passes a check: so each amount is asked to be there.
            models.CheckConstraint(
                condition=Q(state=MakerState.DRAFT, submitted_at__isnull=True, claimed_amount__isnull=True)
                | (
                    ~Q(state=MakerState.DRAFT)
                    & Q(submitted_at__isnull=False, claimed_amount__isnull=False, claimed_amount__gt=0)
                ),
                name="makerclaim_submitted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[MakerState.DRAFT, MakerState.SUBMITTED], answered_at__isnull=True)
                | Q(
                    state__in=[MakerState.ACCEPTED, MakerState.REJECTED, MakerState.PAID], answered_at__isnull=False
                ),
                name="makerclaim_answered",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[MakerState.ACCEPTED, MakerState.PAID], accepted_amount__isnull=False,
                            accepted_amount__gt=0, accepted_amount__lte=F("claimed_amount"))
                | (~Q(state__in=[MakerState.ACCEPTED, MakerState.PAID]) & Q(accepted_amount__isnull=True)),
                name="makerclaim_accepted_within",
            ),
            models.CheckConstraint(
                condition=~Q(state=MakerState.REJECTED) | ~Q(reason=""), name="makerclaim_rejected_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state=MakerState.PAID, paid_at__isnull=False)
                | (~Q(state=MakerState.PAID) & Q(paid_at__isnull=True)),
                name="makerclaim_paid",
            ),
        ]  # fmt: skip
        triggers = [
            edge_guard("maker_claim", MAKER_ROAD.edges()),
            first_state_guard("maker_claim", [MAKER_ROAD.initial]),
        ]

    def __str__(self) -> str:
        return self.number
