"""What comes, what may stand in for what, and what was missing."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from catalog.models.parts import Part
from catalog.states import SUPPLY_EDGES, SupplyState
from dms.fields import QuantityField, Row, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard


@tracked()
class Supplier(Row):
    """Who sells parts to the house. `lead_days`: working days that a delivery usually takes."""

    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    lead_days = models.PositiveSmallIntegerField(default=2)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(ended_at__isnull=True),
                name="catalog_supplier_once",
                violation_error_message=_("This supplier stands in the list already."),
            ),
            models.CheckConstraint(
                condition=Q(lead_days__gte=0, lead_days__lte=365),
                name="catalog_supplier_lead",
                violation_error_message=_("A number of days from 0 to 365, please."),
            ),
            *acted("ended"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Insurer(Row):
    """An insurance company whose cases the house repairs, and whom to call there."""

    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(ended_at__isnull=True),
                name="catalog_insurer_once",
                violation_error_message=_("This insurer stands in the list already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_insurer_has_name"),
            *acted("ended"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class SupplierOrder(Row):
    """An order to a supplier by its number. What it asks for, by when, and what has come, stands in its items."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=40, unique=True)
    note = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField()
    ordered_by = person()

    class Meta:
        indexes = [models.Index(fields=["branch", "-ordered_at"], name="catalog_supplierorder_day")]
        constraints = [*acted("ordered")]

    def __str__(self) -> str:
        return self.number


def _facts_of_state() -> models.CheckConstraint:
    """What must stand in the other columns of an expected part in each state."""
    nothing = Q(received=0, received_at__isnull=True, ended_at__isnull=True)
    return models.CheckConstraint(
        condition=Q(nothing, state=SupplyState.REQUESTED, order__isnull=True, expected_on__isnull=True)
        | Q(nothing, state=SupplyState.ORDERED, expected_on__isnull=False)
        | Q(
            state=SupplyState.PARTLY, received__gt=0, received__lt=F("quantity"), received_at__isnull=True,
            ended_at__isnull=True, expected_on__isnull=False,
        )
        | Q(state=SupplyState.IN, received=F("quantity"), received_at__isnull=False, ended_at__isnull=True)
        | Q(state=SupplyState.CANCELLED, received__lt=F("quantity"), received_at__isnull=True, ended_at__isnull=False),
        name="catalog_expectedpart_facts",
    )  # fmt: skip


@tracked()
class ExpectedPart(Row):
    """A part that a branch wants from outside, along the whole road: requested, ordered, partly in, in or called off.

    `order` is empty for a request, and for a delivery that was noted by hand. Promises count with `expected_on`.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="expected")
    order = models.ForeignKey(SupplierOrder, models.PROTECT, null=True, blank=True, related_name="items")
    state = models.CharField(
        max_length=10, choices=SupplyState.choices, default=SupplyState.ORDERED, db_default=SupplyState.ORDERED
    )
    quantity = QuantityField()
    #: How much of it has come.
    received = QuantityField(default=0, db_default=0)
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = person()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        indexes = [
            models.Index(
                fields=["branch", "part", "expected_on"],
                condition=Q(received_at__isnull=True, ended_at__isnull=True),
                name="catalog_expected_open",
            )
        ]
        constraints = [
            one_of("state", SupplyState),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lt=10**8),
                name="catalog_expectedpart_quantity_min",
                violation_error_message=_("Give a quantity above zero, with at most two decimals."),
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(ended_at__isnull=True), name="catalog_expectedpart_one_end"
            ),
            models.CheckConstraint(
                condition=Q(received__gte=0, received__lte=F("quantity")), name="catalog_expectedpart_received_within"
            ),
            _facts_of_state(),
            models.UniqueConstraint(
                fields=["branch", "part"],
                condition=Q(state=SupplyState.REQUESTED),
                name="catalog_expectedpart_requested_once",
            ),
            *acted("received", "ended"),
        ]
        triggers = [
            edge_guard("expectedpart", SUPPLY_EDGES),
            first_state_guard("expectedpart", [SupplyState.REQUESTED, SupplyState.ORDERED]),
        ]

    @property
    def to_come(self) -> Decimal:
        """How much is still missing, in the part's unit."""
        return self.quantity - self.received


class PartWait(Row):
    """What waits for an expected part, as `line:12`, and with how much of it."""

    expected = models.ForeignKey(ExpectedPart, models.PROTECT, related_name="waits")
    subject_key = models.CharField(max_length=60)
    quantity = QuantityField()
    by = person()

    class Meta:
        indexes = [models.Index(fields=["subject_key"], name="catalog_partwait_subject")]
        constraints = [
            models.UniqueConstraint(fields=["expected", "subject_key"], name="catalog_partwait_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lt=10**8), name="catalog_partwait_quantity"),
        ]


@tracked()
class PartSubstitute(Row):
    """`substitute` may be fitted where `part` is missing; the other way round is a row of its own."""

    part = models.ForeignKey(Part, models.PROTECT, related_name="substitutes")
    substitute = models.ForeignKey(Part, models.PROTECT, related_name="+")
    note = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "substitute"],
                condition=Q(ended_at__isnull=True),
                name="catalog_partsubstitute_once",
                violation_error_message=_("This substitute stands in the list already."),
            ),
            models.CheckConstraint(
                condition=~Q(part=F("substitute")),
                name="catalog_partsubstitute_another",
                violation_error_message=_("A part does not stand in for itself."),
            ),
            *acted("ended"),
        ]


class PartDemand(Row):
    """A part was asked for and `short` of the `quantity` were missing: the miss of the fill rate. Never changed.

    `subject_key` names what asked, as `line:12`: it counts once.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, related_name="demands")
    quantity = QuantityField()
    short = QuantityField()
    subject_key = models.CharField(max_length=60)
    by = person()

    class Meta:
        indexes = [models.Index(fields=["branch", "-created_at"], name="catalog_demand_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["subject_key", "part"], name="catalog_partdemand_once"),
            models.CheckConstraint(
                condition=Q(short__gte=0, short__lte=F("quantity"), quantity__lt=10**8),
                name="catalog_partdemand_short_within",
            ),
        ]
        triggers = [append_only()]
