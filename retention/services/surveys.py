"""The marks of a visit, taken once; a low one opens a complaint in the same step."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import now
from dms.errors import Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from reception.models import WorkOrder
from records.selectors import rules_now
from retention.models import CallTask, Survey
from retention.policies import check_marks, check_reasons, check_visit_over
from retention.services.complaints import open_complaint
from retention.states import ComplaintSource, Factor, SurveySource

_WEIGHTS = {factor.value: f"survey.weight.{factor.value}" for factor in Factor}


def weighted(marks: Mapping[str, int], weights: Mapping[str, int]) -> Decimal:
    """The mean of the marks (1 to 10), each counted by its weight, to two places; with no weight all count alike."""
    count = {factor: weights[factor] for factor in marks} if sum(weights.values()) else dict.fromkeys(marks, 1)
    total = sum((Decimal(marks[factor]) * count[factor] for factor in marks), ZERO)
    return quantise(total / sum(count.values()))


@one_act
def take_survey(
    *,
    actor: Actor,
    order_id: int,
    marks: Mapping[str, int | None],
    reasons: Mapping[str, str],
    words: str = "",
    source: SurveySource = SurveySource.PAGE,
    task: CallTask | None = None,
) -> Survey:
    """The five marks of a visit, with the weights of today. The order is locked: two clicks are one survey.

    Raises `Forbidden` without `call.do` (the system acts for the customer's page), `Refused` before the car has left
    and for a second survey, `Invalid` for a mark that is none or a low one without its reason.
    """
    check_may(actor, "call.do")
    order = locked(WorkOrder.objects.filter(branch=actor.branch).select_related("advisor", "vehicle", "contact")).get(
        pk=order_id
    )
    check_visit_over(order)
    if Survey.objects.filter(order=order).exists():
        raise Refused(_("Thank you, this visit was judged already."), "double")
    rules = rules_now(actor.branch, [*_WEIGHTS.values(), "survey.low"])
    given = check_marks(marks)
    why = check_reasons(given, reasons, int(rules["survey.low"]))
    weights = {factor: int(rules[key]) for factor, key in _WEIGHTS.items()}
    row = Survey.objects.create(
        order=order, task=task, source=source, reasons=why, weights=weights, score=weighted(given, weights),
        words=words.strip()[:1000], answered_at=now(), recorded_by=actor.user, **given,
    )  # fmt: skip
    if why:
        _complain(actor, row, order)
    return row


def _complain(actor: Actor, row: Survey, order: WorkOrder) -> None:
    """The reasons in the customer's words, each after its mark, and what else was said."""
    said = [f"{Factor(factor).label} {getattr(row, factor)}/10: {text}" for factor, text in row.reasons.items()]
    open_complaint(
        actor=actor, vehicle=order.vehicle, customer=order.contact, order=order, survey=row,
        words="\n".join([*said, row.words] if row.words else said)[:2000], source=ComplaintSource.SURVEY,
    )  # fmt: skip
