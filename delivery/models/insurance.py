"""An insurer's case (定损理赔): the file, its papers, rounds of assessment line by line, numbered supplements."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models import Insurer
from delivery.claim_states import CLAIM_EDGES, Came, Case, ClaimState, Decision, Paper, Result
from dms.fields import MoneyField, Row, Versioned, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.models import Line, WorkOrder


@tracked()
class InsuranceClaim(Versioned):
    """The file of an order's accident. `closed_on`: when the case was closed (finding, mediation or judgment), from
    which day the papers are due; `proxy`: somebody else than the insured collects the money.
    """

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="insurance")
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="claims")
    state = models.CharField(max_length=10, choices=ClaimState.choices, default=ClaimState.OPEN)
    policy_number = models.CharField(max_length=40)
    report_number = models.CharField(max_length=40)
    reported_on = models.DateField()
    accident_on = models.DateField()
    place = models.CharField(max_length=120, blank=True)
    case = models.CharField(max_length=6, choices=Case.choices, default=Case.ALONE)
    came = models.CharField(max_length=6, choices=Came.choices, default=Came.DRIVEN)
    proxy = models.BooleanField(default=False)
    liability_percent = models.PositiveSmallIntegerField(default=100)
    surveyor = models.CharField(max_length=60, blank=True)
    surveyor_phone = models.CharField(max_length=40, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField()
    opened_by = person(null=False)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    handed_in_by = person()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = person()
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            one_of("state", ClaimState),
            one_of("case", Case),
            one_of("came", Came),
            *acted("opened", "handed_in", "withdrawn"),
            models.CheckConstraint(
                condition=~Q(policy_number="") & ~Q(report_number=""), name="insuranceclaim_has_numbers"
            ),
            models.CheckConstraint(
                condition=Q(reported_on__gte=F("accident_on"))
                & (Q(closed_on__isnull=True) | Q(closed_on__gte=F("accident_on"))),
                name="insuranceclaim_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(liability_percent__gte=0, liability_percent__lte=100), name="insuranceclaim_liability"
            ),
            models.CheckConstraint(
                condition=Q(state=ClaimState.HANDED_IN, handed_in_at__isnull=False)
                | (~Q(state=ClaimState.HANDED_IN) & Q(handed_in_at__isnull=True)),
                name="insuranceclaim_handed_in",
            ),
            models.CheckConstraint(
                condition=(Q(state=ClaimState.WITHDRAWN, withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""))
                | (~Q(state=ClaimState.WITHDRAWN) & Q(withdrawn_at__isnull=True, withdrawn_reason="")),
                name="insuranceclaim_withdrawn",
            ),
        ]
        triggers = [
            edge_guard("insurance_claim", CLAIM_EDGES),
            first_state_guard("insurance_claim", [ClaimState.OPEN]),
        ]

    def __str__(self) -> str:
        return self.report_number

    @property
    def live(self) -> bool:
        """Whether the insurer is still to decide or to pay."""
        return self.state != ClaimState.WITHDRAWN


@tracked()
class ClaimPaper(Row):
    """A paper of the checklist that is here."""

    claim = models.ForeignKey(InsuranceClaim, models.PROTECT, related_name="papers")
    paper = models.CharField(max_length=13, choices=Paper.choices)
    received_on = models.DateField()
    received_at = models.DateTimeField()
    received_by = person(null=False)

    class Meta:
        constraints = [
            one_of("paper", Paper),
            *acted("received"),
            models.UniqueConstraint(fields=["claim", "paper"], name="claimpaper_once"),
        ]


class Supplement(Row):
    """More damage, found when the car was taken apart: numbered within its case, with photos before and after."""

    claim = models.ForeignKey(InsuranceClaim, models.PROTECT, related_name="supplements")
    number = models.PositiveSmallIntegerField()
    found = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    opened_by = person(null=False)

    class Meta:
        constraints = [
            *acted("opened"),
            models.UniqueConstraint(fields=["claim", "number"], name="supplement_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(found=""), name="supplement_says_what"),
        ]
        triggers = [append_only()]

    @property
    def subject_key(self) -> str:
        """How photos name it."""
        return f"supplement:{self.pk}"


#: Amounts of a round are fixed with it: a line is added in the act that makes the round, and never after it.
_SAME_ORDER = """
    IF NOT EXISTS (
        SELECT 1 FROM delivery_assessment a
        JOIN delivery_insuranceclaim c ON c.id = a.claim_id
        JOIN reception_line l ON l.id = NEW.line_id
        WHERE a.id = NEW.assessment_id AND l.order_id = c.order_id
    ) THEN
        RAISE EXCEPTION 'line % is of another order than its case', NEW.line_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Assessment(Row):
    """A round (定损): who assessed when and where, and how it ended. Never changed; the next round is another row.

    `here`: the car was assessed in the shop that repairs it. What was assessed elsewhere cannot be agreed to.
    `pays_percent`: how much of what is assessed the insurer pays (liability, deductible).
    """

    claim = models.ForeignKey(InsuranceClaim, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    supplement = models.ForeignKey(Supplement, models.PROTECT, null=True, blank=True, related_name="rounds")
    assessor = models.CharField(max_length=60)
    third_party = models.BooleanField(default=False)
    here = models.BooleanField(default=True)
    pays_percent = models.PositiveSmallIntegerField(default=100)
    result = models.CharField(max_length=11, choices=Result.choices)
    note = models.CharField(max_length=200, blank=True)
    assessed_at = models.DateTimeField()
    assessed_by = person(null=False)

    class Meta:
        constraints = [
            one_of("result", Result),
            *acted("assessed"),
            models.UniqueConstraint(fields=["claim", "number"], name="assessment_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(assessor=""), name="assessment_by_somebody"),
            models.CheckConstraint(
                condition=Q(pays_percent__gte=0, pays_percent__lte=100), name="assessment_pays_percent"
            ),
            models.CheckConstraint(
                condition=~Q(result=Result.AGREED) | Q(here=True), name="assessment_agreed_where_repaired"
            ),
            models.CheckConstraint(
                condition=Q(result=Result.AGREED) | ~Q(note=""), name="assessment_not_agreed_says_why"
            ),
        ]
        triggers = [append_only()]


class AssessedLine(Row):
    """A line in a round: what the shop quoted and what was assessed, gross, and whether it is repaired or replaced."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="lines")
    line = models.ForeignKey(Line, models.PROTECT, related_name="assessed")
    quoted_amount = MoneyField()
    assessed_amount = MoneyField()
    decision = models.CharField(max_length=7, choices=Decision.choices)

    class Meta:
        constraints = [
            one_of("decision", Decision),
            *not_negative("quoted_amount", "assessed_amount"),
            models.CheckConstraint(
                condition=Q(assessed_amount__lte=F("quoted_amount")), name="assessedline_within_the_quote"
            ),
            models.UniqueConstraint(fields=["assessment", "line"], name="assessedline_once_a_round"),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="line_of_its_order", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_SAME_ORDER
            ),
        ]


def agreed_line(line: Line) -> bool:
    """Whether the insurer's case of the order stands, and the line was agreed to at its present price. One query."""
    rows = AssessedLine.objects.filter(line=line, assessment__result=Result.AGREED)
    rows = rows.exclude(assessment__claim__state=ClaimState.WITHDRAWN)
    last = rows.order_by("-assessment__number").first()
    return last is not None and last.quoted_amount == line.gross
