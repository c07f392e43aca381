"""The parts counter, and extra work."""

from decimal import Decimal

import pytest

from catalog.models import Stock
from dms.errors import Refused
from reception.services import contract, lines
from reception.states import LineState
from workshop.models import Job
from workshop.services import extra, parts


def test_issue_and_take_back_keep_the_stock(working, actor, pads):
    clerk, line = actor("parts_clerk"), working().order.lines.get(kind="part")
    issued = parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(2))
    assert Stock.objects.get(part=pads).on_hand == 3
    with pytest.raises(Refused):
        parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(1))
    parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(1))
    assert Stock.objects.get(part=pads).on_hand == 4
    with pytest.raises(Refused):
        parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(2))


def test_extra_work_is_a_draft_and_a_hold_until_it_is_answered(working, hands, actor, operation):
    job, advisor = working(), actor("service_advisor")
    (draft,) = extra.report(actor=hands, job_id=job.pk, finding="后刹车片仅剩2毫米", operation=operation)
    assert (draft.state, draft.extra, draft.found_by) == (LineState.DRAFT, True, hands.user)
    assert job.order.holds.get().reason == "approval"
    lines.offer(actor=advisor, order_id=job.order_id)
    contract.answer_extra(
        actor=advisor, order_id=job.order_id, approved=[(draft.pk, 1)], declined=[], signer="周敏", how="phone"
    )
    assert Job.objects.get(line=draft).state == "queued"
    assert job.order.holds.get().ended_at is not None
