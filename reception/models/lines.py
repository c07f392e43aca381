"""What the customer said, and what is sold for it."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from accounts.models import User
from catalog.models import LabourOperation, Part
from catalog.states import unit_label
from customers.models import RecallVin
from dms.fields import MoneyField, QuantityField, RateField, Row, Versioned, acted, not_negative, one_of, person
from dms.history import tracked
from dms.money import ZERO
from dms.workflow import edge_guard, first_state_guard
from reception.models.orders import WorkOrder
from reception.states import (
    JUDGEMENTS,
    LINE_EDGES,
    AuthorisedHow,
    Coverage,
    DeclineReason,
    LineKind,
    LineState,
    Payer,
)


def _payer_of_coverage() -> models.CheckConstraint:
    """What is covered is paid by whoever covers it; without a coverage any payer may be named."""
    allowed = Q(coverage=Coverage.NONE)
    for payer, coverage in JUDGEMENTS.values():
        if coverage != Coverage.NONE:
            allowed |= Q(payer=payer.value, coverage=coverage.value)
    return models.CheckConstraint(condition=allowed, name="line_payer_of_coverage")


class Statement(Row):
    """The customer's own words, one thing each; it leads to lines, later to cause and correction."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="statements")
    words = models.TextField(max_length=1000)
    since = models.CharField(max_length=80, blank=True)
    cause = models.TextField(max_length=1000, blank=True)
    correction = models.TextField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="statement_says_something")]


@tracked()
class Line(Versioned):
    """A labour item or a part. Name, hours, price, cost and tax are copied when it is written."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="lines")
    statement = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="lines")
    kind = models.CharField(max_length=6, choices=LineKind.choices)
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.DRAFT)
    operation = models.ForeignKey(LabourOperation, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    #: Sold hours for labour, pieces or litres for parts.
    quantity = QuantityField()
    standard_hours = QuantityField(default=0)
    unit_price = MoneyField()
    unit_cost = MoneyField(default=0)
    discount = MoneyField(default=0)
    #: Who gave it or approved it; nobody for the house's own prices.
    discount_by = person()
    tax_rate = RateField()
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    payer = models.CharField(max_length=12, choices=Payer.choices, default=Payer.CUSTOMER)
    coverage = models.CharField(max_length=10, choices=Coverage.choices, default=Coverage.NONE)
    #: What the customer pays of a line that somebody else pays: the part that an insurer does not cover.
    own_gross = MoneyField(default=0, db_default=0)
    #: A new price is a new version; an approval names the version that was shown.
    price_version = models.PositiveIntegerField(default=1)
    approved_version = models.PositiveIntegerField(null=True, blank=True)
    extra = models.BooleanField(default=False)
    found_by = person()
    finding = models.CharField(max_length=300, blank=True)
    #: Why it is paid as it is: facts of `reception.judging`, which makes the sentence. None: nothing speaks for it.
    judged = models.JSONField(null=True, blank=True)
    #: The line of an earlier visit that did not hold (外返).
    returns_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="returns")
    recall = models.ForeignKey(RecallVin, models.PROTECT, null=True, blank=True, related_name="+")
    #: A person decided otherwise than was sure, and said why.
    overruled_at = models.DateTimeField(null=True, blank=True)
    overruled_by = person()
    overruled_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: The declined line of an earlier visit that is offered again.
    revived_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="revived")
    #: The agreed line whose missing part this one stands in for; agreed to, it withdraws that one.
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="stands_in")
    #: Alternatives: lines of one group with the same letter belong together, and one letter can be agreed to.
    option_group = models.PositiveSmallIntegerField(null=True, blank=True)
    option_letter = models.CharField(max_length=1, blank=True, default="", db_default="")
    declined_reason = models.CharField(max_length=10, choices=DeclineReason.choices, null=True, blank=True)
    declined_note = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: Who of the customer's side declined it, in what way, and when; lines of before have none.
    declined_by_name = models.CharField(max_length=60, blank=True, default="", db_default="")
    declined_how = models.CharField(max_length=12, choices=AuthorisedHow.choices, null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    #: When a declined line is offered again.
    revive_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("kind", LineKind),
            one_of("state", LineState),
            one_of("payer", Payer),
            one_of("coverage", Coverage),
            *not_negative("quantity", "standard_hours", "unit_price", "unit_cost", "discount", "net", "tax", "gross"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="line_net_tax_gross"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity"),
            _payer_of_coverage(),
            models.CheckConstraint(
                condition=Q(own_gross=0) | (Q(own_gross__gt=0, own_gross__lte=F("gross")) & ~Q(payer=Payer.CUSTOMER)),
                name="line_own_within",
            ),
            one_of("declined_reason", DeclineReason),
            one_of("declined_how", AuthorisedHow),
            *acted("overruled"),
            models.CheckConstraint(
                condition=Q(overruled_at__isnull=True, overruled_reason="")
                | (Q(overruled_at__isnull=False) & ~Q(overruled_reason="")),
                name="line_overruled_says_why",
            ),
            models.CheckConstraint(
                condition=Q(option_group__isnull=True, option_letter="")
                | (Q(option_group__isnull=False) & Q(option_letter__in=["A", "B", "C"])),
                name="line_option_whole",
            ),
            ExclusionConstraint(
                name="line_one_option_agreed",
                expressions=[
                    ("order", RangeOperators.EQUAL),
                    ("option_group", RangeOperators.EQUAL),
                    ("option_letter", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(option_group__isnull=False, state__in=[LineState.APPROVED, LineState.DONE]),
            ),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lt=1), name="line_tax_rate"),
            models.CheckConstraint(
                condition=(Q(kind=LineKind.LABOUR, part__isnull=True) & (Q(operation__isnull=False) | ~Q(name="")))
                | Q(kind=LineKind.PART, operation__isnull=True, part__isnull=False),
                name="line_kind_points",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LineState.APPROVED, LineState.DONE]) | Q(approved_version=F("price_version")),
                name="line_approved_at_this_price",
            ),
        ]
        triggers = [edge_guard("line", LINE_EDGES), first_state_guard("line", [LineState.DRAFT])]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the active language."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def give(self, discount: Decimal, by: User | None) -> None:
        """Another discount; whoever changes it answers for it, and where nothing is given nobody does."""
        if discount != self.discount:
            self.discount, self.discount_by = discount, by if discount else None

    def share_of(self, payer: str) -> Decimal:
        """What this payer pays of the line, gross."""
        if payer == self.payer:
            return self.gross - self.own_gross
        return self.own_gross if payer == Payer.CUSTOMER else ZERO

    @property
    def unit_label(self) -> str:
        """The unit in the active language."""
        return unit_label(self.unit)

    @property
    def reason(self) -> str:
        """Why it is paid as it is, in the active language; '' where nothing speaks for it."""
        from reception.judging import sentence

        return sentence(self.judged)

    @property
    def subject_key(self) -> str:
        """How photos name this line."""
        return f"line:{self.pk}"
