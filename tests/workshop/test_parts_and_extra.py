"""The parts counter, and extra work."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Stock
from dms.errors import Refused
from reception.models import WorkOrder
from reception.services import contract, lines
from reception.services.flow import move
from reception.states import LineState
from workshop.models import Inspection, Job, PartIssue
from workshop.services import checks, clocks, extra, parts


def test_issue_and_take_back_keep_the_stock(working, actor, pads):
    clerk, line = actor("parts_clerk"), working(issued=False).order.lines.get(kind="part")
    issued = parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(2))
    assert Stock.objects.get(part=pads).on_hand == 3
    with pytest.raises(Refused):
        parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(1))
    parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(1))
    assert Stock.objects.get(part=pads).on_hand == 4
    with pytest.raises(Refused):
        parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(2))


def test_signing_reserves_and_cancelling_lifts(handed_over, actor, pads):
    order = handed_over()
    assert Stock.objects.get(part=pads).reserved == 2
    handed_over()
    short = handed_over()
    assert (Stock.objects.get(part=pads).reserved, short.lines.get(kind="part").state) == (5, LineState.APPROVED)
    move(order_id=order.pk, action="cancel", actor=actor("service_advisor"))
    assert Stock.objects.get(part=pads).reserved == 3


def test_work_is_not_finished_before_its_parts_are_issued(working, hands, actor):
    job = working(issued=False)
    clocks.done(actor=hands, job_id=job.pk)
    with pytest.raises(Refused, match="“刹车片” has not been issued yet"):
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    assert not Inspection.objects.exists()


def test_withdrawn_parts_are_neither_reserved_nor_billed(working, hands, actor, pads):
    job, advisor, clerk = working(issued=False), actor("service_advisor"), actor("parts_clerk")
    line = job.order.lines.get(kind="part")
    issued = parts.issue(actor=clerk, line_id=line.pk, quantity=Decimal(1))
    with pytest.raises(Refused, match="was issued"):
        lines.withdraw(actor=advisor, line_id=line.pk)
    parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(1))
    with pytest.raises(Refused, match="has been begun"):
        lines.withdraw(actor=advisor, line_id=job.line_id)
    assert lines.withdraw(actor=advisor, line_id=line.pk).state == LineState.WITHDRAWN
    stock = Stock.objects.get(part=pads)
    assert (stock.on_hand, stock.reserved) == (5, 0)
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    assert WorkOrder.objects.get().state == "checking"


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


def test_a_part_that_is_billed_does_not_come_back(working, hands, actor, pads):
    job, clerk = working(wash=False), actor("parts_clerk")
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=True)
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    with pytest.raises(Refused, match="will be billed"):
        parts.take_back(actor=clerk, issue_id=PartIssue.objects.get().pk, quantity=Decimal(1))
    assert Stock.objects.get(part=pads).on_hand == 3


def test_a_part_that_came_back_during_the_check_stops_it(working, hands, actor):
    job, clerk = working(), actor("parts_clerk")
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=True)
    parts.take_back(actor=clerk, issue_id=PartIssue.objects.get().pk, quantity=Decimal(1))
    with pytest.raises(Refused, match="has not been issued yet"):
        checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    assert WorkOrder.objects.get().state == "checking"


def test_a_visit_does_not_end_while_parts_are_out(handed_over, actor, pads):
    order, clerk, advisor = handed_over(), actor("parts_clerk"), actor("service_advisor")
    issued = parts.issue(actor=clerk, line_id=order.lines.get(kind="part").pk, quantity=Decimal(1))
    with pytest.raises(Refused, match="Take it back at the parts counter"):
        move(order_id=order.pk, action="cancel", actor=advisor)
    parts.take_back(actor=clerk, issue_id=issued.pk, quantity=Decimal(1))
    move(order_id=order.pk, action="cancel", actor=advisor)
    stock = Stock.objects.get(part=pads)
    assert (stock.on_hand, stock.reserved) == (5, 0)


def test_withdrawing_one_of_two_lines_keeps_the_others_promise(working, hands, actor, pads):
    job, advisor = working(issued=False), actor("service_advisor")
    Stock.objects.filter(part=pads).update(on_hand=2)  # the first line has them, the second finds an empty shelf
    (more,) = extra.report(actor=hands, job_id=job.pk, finding="后轮也是", part=pads, quantity=Decimal(2))
    lines.offer(actor=advisor, order_id=job.order_id)
    contract.answer_extra(
        actor=advisor, order_id=job.order_id, approved=[(more.pk, 1)], declined=[], signer="周敏", how="phone"
    )
    lines.withdraw(actor=advisor, line_id=more.pk)
    assert Stock.objects.get(part=pads).reserved == 2


def test_a_report_sent_twice_is_one(working, hands, operation):
    job = working()
    first = extra.report(actor=hands, job_id=job.pk, finding="渗油", operation=operation)
    assert extra.report(actor=hands, job_id=job.pk, finding="渗油", operation=operation) == first
    assert job.order.holds.count() == 1


def test_a_report_that_the_advisor_removes_holds_nothing_up(working, hands, actor, operation):
    job, advisor = working(), actor("service_advisor")
    (draft,) = extra.report(actor=hands, job_id=job.pk, finding="渗油", operation=operation)
    lines.drop(actor=advisor, line_id=draft.pk)
    lines.drop(actor=advisor, line_id=draft.pk)
    assert job.order.holds.filter(ended_at__isnull=True).count() == 0


def test_a_part_issue_sent_twice_is_one(login, working, pads):
    line = working(issued=False).order.lines.get(kind="part")
    clerk = login("parts_clerk")
    shown = clerk.get(reverse("workshop:parts")).content.decode()
    key = re.search(r'name="key" value="(\w+)"', shown)[1]
    url, sent = reverse("workshop:issue", args=[line.pk]), {"quantity": "1", "key": key}
    assert [clerk.post(url, sent).status_code for _time in range(2)] == [302, 302]
    assert list(PartIssue.objects.values_list("quantity", flat=True)) == [Decimal(1)]
    assert Stock.objects.get(part=pads).on_hand == 4
    assert clerk.post(url, sent | {"quantity": "2"}).status_code == 409, "the same page asks for something else"
    assert clerk.post(url, {"quantity": "1"}).status_code == 422, "a page without a key is of an older version"
    assert clerk.post(url, sent | {"key": "another"}).status_code == 302
    assert [row.quantity for row in PartIssue.objects.order_by("pk")] == [1, 1]


def test_parts_taken_back_twice_come_back_once(login, working, pads):
    working()
    clerk, issued = login("parts_clerk"), PartIssue.objects.get()
    url, sent = reverse("workshop:take_part_back", args=[issued.pk]), {"quantity": "1", "key": "k"}
    assert [clerk.post(url, sent).status_code for _time in range(2)] == [302, 302]
    issued.refresh_from_db()
    assert (issued.returned, Stock.objects.get(part=pads).on_hand) == (1, 4)
