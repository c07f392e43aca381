"""The work order: one car, one visit."""

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Reverse

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import MoneyField, Row, Versioned, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.states import (
    OPEN_STATES,
    PROOFS,
    REQUIRED,
    ROAD,
    OldParts,
    PayMethod,
    RepairClass,
    State,
    VisitType,
)


def _proof_constraints() -> list[models.CheckConstraint]:
    """A state may not stand without the facts that prove it, whoever writes it."""
    constraints = []
    for proofs, states in REQUIRED:
        shown = models.Q()
        for proof in proofs:
            shown |= models.Q(**{f"{proof}_at__isnull": False})
        name = "_or_".join(proofs)
        constraints.append(
            models.CheckConstraint(
                name=f"order_{name}_{len(states)}", condition=shown | ~models.Q(state__in=[str(s) for s in states])
            )
        )
    return constraints


@tracked()
class WorkOrder(Versioned):
    """A visit. `state` has one writer, `reception.services.flow.move`; the database refuses any other edge."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=30)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ARRIVED)
    visit_type = models.CharField(max_length=12, choices=VisitType.choices, default=VisitType.REPAIR)
    repair_class = models.CharField(max_length=8, choices=RepairClass.choices, default=RepairClass.MINOR)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="orders")
    # Four people can stand behind one visit (DOMAIN.md); they may be the same.
    owner = models.ForeignKey(Customer, models.PROTECT, related_name="orders_as_owner")
    bringer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    payer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    advisor = person(null=False)
    arrived_at = models.DateTimeField()
    odometer_in = models.PositiveIntegerField(null=True, blank=True)
    old_parts = models.CharField(max_length=5, choices=OldParts.choices, default=OldParts.TAKE)
    wash = models.BooleanField(default=True)
    waits = models.BooleanField(default=False)
    pay_method = models.CharField(max_length=10, choices=PayMethod.choices, default=PayMethod.SCAN)
    #: The first promise never changes (on-time is measured against it); `promised_at` is the current one.
    first_promised_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    #: The finish time chosen on the check-in page; the signature makes it the promise.
    promise_draft_at = models.DateTimeField(null=True, blank=True)
    #: Limit of the customer's gross share; the sum of what was approved.
    authorised_amount = MoneyField(default=0)
    status_code = models.CharField(max_length=8, unique=True)
    closing_note = models.CharField(max_length=300, blank=True)

    kit_at = models.DateTimeField(null=True, blank=True)
    kit_by = person()
    offered_to_workshop_at = models.DateTimeField(null=True, blank=True)
    offered_to_workshop_by = person()
    authorised_at = models.DateTimeField(null=True, blank=True)
    authorised_by = person()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = person()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = person()
    quality_at = models.DateTimeField(null=True, blank=True)
    quality_by = person()
    washed_at = models.DateTimeField(null=True, blank=True)
    washed_by = person()
    wash_waived_at = models.DateTimeField(null=True, blank=True)
    wash_waived_by = person()
    internal_at = models.DateTimeField(null=True, blank=True)
    internal_by = person()
    walked_at = models.DateTimeField(null=True, blank=True)
    walked_by = person()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = person()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = person()
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = person()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = person()
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "number"], name="order_number_once"),
            # A car is in the shop once.
            models.UniqueConstraint(
                fields=["vehicle"], condition=models.Q(state__in=OPEN_STATES), name="order_vehicle_open_once"
            ),
            models.CheckConstraint(
                name="order_promises_paired",
                condition=models.Q(first_promised_at__isnull=True, promised_at__isnull=True)
                | models.Q(first_promised_at__isnull=False, promised_at__isnull=False),
            ),
            one_of("state", State),
            one_of("visit_type", VisitType),
            one_of("repair_class", RepairClass),
            one_of("old_parts", OldParts),
            one_of("pay_method", PayMethod),
            *not_negative("authorised_amount"),
            *acted(*PROOFS, "kit", "offered_to_workshop"),
            *_proof_constraints(),
        ]
        indexes = [
            models.Index(
                fields=["branch", "promised_at"],
                condition=models.Q(state__in=OPEN_STATES),
                name="order_open_by_promise",
            ),
            models.Index(fields=["vehicle", "-arrived_at"], name="order_of_vehicle"),
            # How many came today: without it every order is counted through.
            models.Index(fields=["branch", "arrived_at"], name="order_by_arrival"),
            # Whom to call after the visit.
            models.Index(
                fields=["branch", "released_at"],
                condition=models.Q(released_at__isnull=False),
                name="order_by_release",
            ),
            models.Index(
                fields=["branch", "settled_at"],
                condition=models.Q(settled_at__isnull=False),
                name="order_by_settlement",
            ),
            # People type the last digits of a number, or its beginning; LIKE needs its own order of characters.
            models.Index("branch", OpClass(Reverse("number"), name="text_pattern_ops"), name="order_number_end"),
            models.Index("branch", OpClass("number", name="varchar_pattern_ops"), name="order_number_start"),
        ]
        triggers = [
            edge_guard("work_order", ROAD.edges()),
            first_state_guard("work_order", [ROAD.initial]),
            # A car leaves only against a pass that was used for it, or by force, whoever writes the state.
            pgtrigger.Trigger(
                name="work_order_gate",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__df=pgtrigger.F("new__state"), new__state__in=["released", "left"]),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM reception_gatepass WHERE order_id = NEW.id AND used_at IS NOT NULL
                        AND kind IN ('settlement', 'unrepaired')
                    ) AND NOT EXISTS (SELECT 1 FROM reception_forcedrelease WHERE order_id = NEW.id) THEN
                        RAISE EXCEPTION 'no used gate pass' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject_key(self) -> str:
        """How papers and photos name this order."""
        return f"order:{self.pk}"


class OrderLog(Row):
    """Each move of the order, for people. Undo is a reverse move, never an edit."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="log")
    action = models.CharField(max_length=20)
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12)
    actor = person()
    moved_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order", "id"], name="orderlog_of_order")]
        triggers = [append_only()]

    @property
    def verb(self) -> str:
        """The move in words; the arrival is no move."""
        return str(State.ARRIVED.label if self.action == "arrive" else ROAD[self.action].verb)
