"""Holds: who owns them, what they name, and the clock that is paused for one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.policies import Actor
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from reception.services import contract, lines
from records.models import DatedRule
from workshop.models import Hold
from workshop.selectors import technician_day
from workshop.services import clocks, extra, holds, parts

pytestmark = pytest.mark.django_db


def test_a_reason_has_its_owner_by_rule_and_the_least_busy_of_several(working: Any, member: Any, actor: Any) -> None:
    boss, order = actor("supervisor"), working(issued=False).order
    one, other = member("parts_clerk"), member("parts_clerk")
    first = holds.put(actor=boss, order_id=order.pk, reason="parts", note="a")
    second = holds.put(actor=boss, order_id=order.pk, reason="parts", note="b")
    third = holds.put(actor=boss, order_id=order.pk, reason="customer")
    assert [hold.owner for hold in (first, second, third)] == [one.user, other.user, order.advisor]
    assert holds.put(actor=boss, order_id=order.pk, reason="insurer").owner == order.advisor  # nobody has claims
    holds.end(actor=boss, hold_id=third.pk)
    DatedRule.objects.create(
        branch=order.branch, key="hold.customer_owner", value="parts_clerk", valid_from=branch_day(order.branch)
    )
    assert holds.put(actor=boss, order_id=order.pk, reason="customer", note="c").owner in (one.user, other.user)


def test_an_owner_is_chosen_and_takes_an_open_hold_over(
    working: Any, member: Any, actor: Any, other_branch: Any
) -> None:
    boss, order, clerk = actor("supervisor"), working().order, member("manager")
    hold = holds.put(actor=boss, order_id=order.pk, reason="parts")
    again = holds.put(actor=boss, order_id=order.pk, reason="parts", note="等减震器", owner=clerk.user)
    assert (again.pk, again.owner, again.note) == (hold.pk, clerk.user, "等减震器")
    with pytest.raises(Invalid) as refused:
        holds.put(actor=boss, order_id=order.pk, reason="parts", owner=member("manager", other_branch).user)
    assert refused.value.code == "owner"


def test_the_board_asks_for_owner_and_job_and_shows_both(working: Any, member: Any, login: Any) -> None:
    job, clerk, client = working(), member("parts_clerk"), login("supervisor")
    assert f'<option value="{clerk.pk}">{clerk.user.name}</option>' in client.get(reverse("workshop:board")).text
    sent = {"reason": "sublet", "note": "", "owner": clerk.pk, "job": job.pk}
    assert client.post(reverse("workshop:hold", args=[job.order_id]), sent).status_code == 302
    hold = Hold.objects.get()
    assert (hold.owner, hold.job_id) == (clerk.user, job.pk)
    text = client.get(reverse("workshop:board")).text
    with translation.override("zh-hans"):
        assert f"{hold.get_reason_display()} · {clerk.user.name} · " in " ".join(text.split())


def test_a_program_names_owner_and_job(program: Any, working: Any, member: Any, other_branch: Any) -> None:
    job, clerk, api = working(), member("parts_clerk"), program("supervisor")
    made = api.does(
        f"work-orders/{job.order_id}/holds/", {"reason": "tool", "owner": clerk.user.pk, "job": job.pk}, status=201
    )
    assert (made["owner"]["id"], made["job"]) == (clerk.user.pk, job.pk)
    stranger = member("manager", other_branch).user.pk
    answer = api.post(f"work-orders/{job.order_id}/holds/", {"reason": "tool", "owner": stranger})
    assert answer.status_code == 422


def test_a_pause_for_parts_holds_the_job_until_they_are_issued(
    working: Any, hands: Actor, technician: Any, member: Any, actor: Any
) -> None:
    clerk = member("parts_clerk")
    job = working(issued=False)
    clocks.pause(actor=hands, job_id=job.pk, reason="parts")
    hold = Hold.objects.get()
    assert (hold.reason, hold.job_id, hold.owner) == ("parts", job.pk, clerk.user)
    with pytest.raises(Refused, match="on hold"):
        clocks.start(actor=hands, job_id=job.pk)
    (row,) = technician_day(technician).next
    assert (row.hold_reason, row.own_hold, technician_day(technician).ready) == ("parts", hold.pk, [])
    line = job.order.lines.get(kind="part")
    parts.issue(actor=actor("parts_clerk"), line_id=line.pk, quantity=line.quantity)
    hold.refresh_from_db()
    assert (hold.ended_at is not None, technician_day(technician).ready) == (True, [row])
    client = Client()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "等的东西到了" in client.get(reverse("workshop:me")).text
    clocks.start(actor=hands, job_id=job.pk)
    assert technician_day(technician).ready == []


def test_a_pause_for_approval_joins_what_waits_for_the_same_answer(
    working: Any, hands: Actor, technician: Any, actor: Any, operation: Any
) -> None:
    job, advisor = working(), actor("service_advisor")
    (draft,) = extra.report(actor=hands, job_id=job.pk, finding="渗油", operation=operation)
    clocks.pause(actor=hands, job_id=job.pk, reason="approval")
    assert [(hold.reason, hold.job_id) for hold in Hold.objects.all()] == [("approval", None)]
    assert technician_day(technician).ready == []
    lines.offer(actor=advisor, order_id=job.order_id)
    contract.answer_extra(
        actor=advisor, order_id=job.order_id, approved=[], declined=[draft.pk], signer="周敏", how="phone"
    )
    assert technician_day(technician).ready == [job]


def test_other_pauses_hold_nothing_and_a_held_job_has_its_own_button(
    working: Any, hands: Actor, technician: Any
) -> None:
    job = working()
    clocks.pause(actor=hands, job_id=job.pk, reason="break")
    assert Hold.objects.count() == 0
    clocks.start(actor=hands, job_id=job.pk)
    clocks.pause(actor=hands, job_id=job.pk, reason="parts")
    client = Client()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    end = reverse("workshop:end_hold", args=[Hold.objects.get().pk])
    text = client.get(reverse("workshop:me")).text
    assert (end in text, reverse("workshop:start", args=[job.pk]) in text) == (True, False)
    assert client.post(end).headers["Location"] == reverse("workshop:me")
    assert reverse("workshop:start", args=[job.pk]) in client.get(reverse("workshop:me")).text
