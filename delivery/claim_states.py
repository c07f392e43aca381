"""Choices of claims: papers of an insurer's case, results of an assessment, the road of each kind of claim."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dms.workflow import Transition, Workflow


class ClaimState(models.TextChoices):
    """Where an insurer's case (定损理赔) stands. That it is paid is said by the insurer's share of the slip."""

    OPEN = "open", _("Being assessed")
    AGREED = "agreed", pgettext_lazy("assessment", "Agreed")
    HANDED_IN = "handed_in", _("Papers handed in")
    WITHDRAWN = "withdrawn", pgettext_lazy("claim", "Withdrawn")


C = ClaimState
#: A round moves between the first two; a supplement opens an agreed case again.
CLAIM_EDGES: tuple[tuple[str, str], ...] = (
    (C.OPEN, C.AGREED),
    (C.AGREED, C.OPEN),
    (C.AGREED, C.HANDED_IN),
    (C.HANDED_IN, C.OPEN),
    (C.OPEN, C.WITHDRAWN),
    (C.AGREED, C.WITHDRAWN),
    (C.WITHDRAWN, C.OPEN),
)


class Case(models.TextChoices):
    """What the accident was; the papers that the insurer asks for follow from it."""

    ALONE = "alone", _("Only this car")
    OTHERS = "others", _("Other cars or property too")
    HURT = "hurt", _("People were hurt")


class Came(models.TextChoices):
    """How the car came."""

    DRIVEN = "driven", _("Drivable")
    TOWED = "towed", _("Towed")


class Result(models.TextChoices):
    """How a round of the assessment ended."""

    AGREED = "agreed", pgettext_lazy("assessment", "Agreed")
    REFUSED = "refused", _("Refused to sign")
    THIRD_PARTY = "third_party", _("Third-party assessor called")


class Decision(models.TextChoices):
    """Repair or replace, line by line."""

    REPAIR = "repair", _("Repair")
    REPLACE = "replace", _("Replace")


class Paper(models.TextChoices):
    """What the insurer wants to see before it pays."""

    LIABILITY = "liability", _("Liability finding")
    MEDIATION = "mediation", _("Mediation or judgment")
    INVOICE = "invoice", _("Repair invoice")
    MEDICAL = "medical", _("Medical papers")
    POLICY = "policy", _("Insurance policy")
    ID = "id", _("Identity card of the insured")
    LICENCE = "licence", _("Driver's licence")
    CAR_LICENCE = "car_licence", _("Driving licence of the car")
    AUTHORISATION = "authorisation", _("Authorisation letter")
    PROXY_ID = "proxy_id", _("Identity card of the proxy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """When a paper is wanted: in these cases; `proxy` when somebody else than the insured collects."""

    paper: Paper
    cases: tuple[Case, ...] = tuple(Case)
    proxy: bool = False


#: The checklist as data (DOMAIN.md, Insurance), in the order in which it is read out.
CHECKLIST: tuple[Wanted, ...] = (
    Wanted(Paper.LIABILITY),
    Wanted(Paper.MEDIATION, (Case.OTHERS, Case.HURT)),
    Wanted(Paper.INVOICE),
    Wanted(Paper.MEDICAL, (Case.HURT,)),
    Wanted(Paper.POLICY),
    Wanted(Paper.ID),
    Wanted(Paper.LICENCE),
    Wanted(Paper.CAR_LICENCE),
    Wanted(Paper.AUTHORISATION, proxy=True),
    Wanted(Paper.PROXY_ID, proxy=True),
)


def wanted(case: str, *, proxy: bool) -> list[Paper]:
    """The papers of such a case, in their order."""
    return [row.paper for row in CHECKLIST if case in row.cases and (proxy or not row.proxy)]


class MakerState(models.TextChoices):
    """Where a claim to the manufacturer (索赔单) stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", pgettext_lazy("claim", "Submitted")
    ACCEPTED = "accepted", pgettext_lazy("claim", "Accepted")
    REJECTED = "rejected", pgettext_lazy("claim", "Rejected")
    PAID = "paid", _("Paid")


M = MakerState
MAKER_ROAD = Workflow(
    name="maker_claim",
    initial=M.DRAFT,
    transitions=(
        Transition("submit", (M.DRAFT,), M.SUBMITTED, "claim.edit", _("Submitted to the maker"), ("submitted",)),
        Transition("accept", (M.SUBMITTED,), M.ACCEPTED, "claim.edit", _("Accepted by the maker"), ("answered",)),
        Transition("reject", (M.SUBMITTED,), M.REJECTED, "claim.edit", _("Rejected by the maker"), ("answered",)),
        Transition("pay", (M.ACCEPTED,), M.PAID, "claim.edit", _("Paid by the maker"), ("paid",)),
    ),
)
