from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.models import Part
from delivery.models import Payment, Settlement
from delivery.selectors import till
from delivery.services.handover import fail_internal, give_back, pass_internal, walked
from delivery.services.payment import issue_with_paper, pay, put_on_account, refund, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.states import CHECKS
from dms.clock import now
from dms.errors import Invalid, Refused
from reception.models import GatePass, Line, TakenItem, WorkOrder
from reception.services.contract import answer_extra
from reception.services.flow import move
from reception.services.gate import open_gate
from records.services.render import html_of

pytestmark = pytest.mark.django_db


def test_one_act_settles_pays_and_opens_the_gate(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    done = settle_and_pay(actor=cashier, order_id=order.pk, method="cash", amount="113.00", key="k1", tendered="120")
    assert done.order.state == "settled"
    assert done.slip.number.startswith("JS-SZ01-")
    assert Payment.objects.get().change == Decimal("7.00")
    assert done.gate_pass is not None
    assert done.gate_pass.paper is not None
    assert "Wang" not in str(done.gate_pass.paper.content)
    again = settle_and_pay(actor=cashier, order_id=order.pk, method="cash", amount="113.00", key="k1", tendered="120")
    assert (again.slip, again.gate_pass, Payment.objects.count()) == (done.slip, done.gate_pass, 1)
    assert open_gate(actor=actor("gate"), entered=done.gate_pass.code)[0] == "opened"
    assert WorkOrder.objects.get().state == "released"


def test_payers_add_up_and_only_the_customer_pays_here(order_at: Any, actor: Any) -> None:
    order = order_at(shares={"customer": "113.00", "insurer": "500.00"})
    slip = settle_slip(actor=actor("cashier"), order_id=order.pk)
    assert {row.payer: row.gross for row in slip.receivables.all()} == {
        "customer": Decimal("113.00"), "insurer": Decimal("500.00"),
    }  # fmt: skip
    assert slip.gross == Decimal("613.00") == slip.net + slip.tax
    assert slip.paper.content["customer_total"] == "113.00"


def test_nothing_to_pay_settles_at_once(order_at: Any, actor: Any) -> None:
    order = order_at(shares={"manufacturer": "50.00"})
    settle_slip(actor=actor("cashier"), order_id=order.pk)
    assert WorkOrder.objects.get().state == "settled"


def test_above_the_limit_is_refused_naming_both(order_at: Any, actor: Any) -> None:
    order = order_at(limit="100.00")
    with pytest.raises(Refused) as refused:
        settle_slip(actor=actor("cashier"), order_id=order.pk)
    assert "113.00" in refused.value.sentence
    assert "100.00" in refused.value.sentence
    assert not Settlement.objects.exists()


def test_without_the_walk_round_it_is_refused(order_at: Any, actor: Any) -> None:
    with pytest.raises(Refused):
        settle_slip(actor=actor("cashier"), order_id=order_at(walked=False).pk)


@pytest.mark.parametrize("amount", ["NaN", "-1", "0", "113.01", "Infinity"])
def test_wrong_amounts_leave_nothing(order_at: Any, actor: Any, amount: str) -> None:
    order = order_at()
    with pytest.raises(Invalid):
        settle_and_pay(actor=actor("cashier"), order_id=order.pk, method="scan", amount=amount, key="k")
    assert not Settlement.objects.exists()


def test_a_key_is_one_payment(order_at: Any, actor: Any) -> None:
    cashier = actor("cashier")
    slip = settle_slip(actor=cashier, order_id=order_at().pk)
    share = slip.receivables.get()
    first = pay(actor=cashier, receivable_id=share.pk, method="scan", amount="13.00", key="k")
    assert pay(actor=cashier, receivable_id=share.pk, method="scan", amount="13.00", key="k") == first
    with pytest.raises(Refused):
        pay(actor=cashier, receivable_id=share.pk, method="scan", amount="14.00", key="k")
    pay(actor=cashier, receivable_id=share.pk, method="card", amount="100.00", key="k2")
    assert WorkOrder.objects.get().state == "settled"


def test_a_refund_steps_back_and_revokes(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113", key="k")
    payment = Payment.objects.get()
    with pytest.raises(Invalid):
        refund(actor=cashier, payment_id=payment.pk, amount="113.01", reason="too much")
    refund(actor=cashier, payment_id=payment.pk, amount="13.00", reason="goodwill")
    assert WorkOrder.objects.get().state == "handing_over"
    assert GatePass.objects.get().revoked_at is not None
    with pytest.raises(Invalid):
        refund(actor=cashier, payment_id=payment.pk, amount="100.01", reason="again")


def test_the_slip_says_who_gave_the_discount_and_whose_part_it_was(order_at: Any, actor: Any) -> None:
    order, boss = order_at(), actor("manager")
    part = Part.objects.create(code="P-1", name="火花塞", brand_name="NGK")
    with pgtrigger.ignore():
        Line.objects.filter(order=order).update(
            kind="part", operation=None, part=part, discount=10, discount_by=boss.user, quantity=1, unit_price=123
        )
    paper = settle_slip(actor=actor("cashier"), order_id=order.pk).paper
    assert (paper.content["discount_by"], paper.content["parts"][0]["brand"]) == ([boss.person.name], "NGK")
    shown = html_of(paper, "a4")
    assert all(words in shown for words in (f"优惠批准人</span><span>{boss.person.name}", "NGK"))


def test_a_reversal_names_the_first_and_a_new_slip_follows(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    first = settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113", key="k").slip
    negative = reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line")
    assert (negative.reverses, negative.gross) == (first, Decimal("-113.00"))
    assert negative.paper.content["reverses"] == first.number
    assert negative.paper.content["capitals"].startswith("负")
    assert sum(row.amount for row in Payment.objects.all()) == 0
    assert WorkOrder.objects.get().state == "handing_over"
    second = settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113", key="k9")
    assert second.order.state == "settled"
    assert second.slip.number != first.number


def test_the_database_refuses_settled_without_a_slip(order_at: Any, actor: Any) -> None:
    order = order_at()
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkOrder.objects.filter(pk=order.pk).update(settled_at=order.arrived_at, settled_by=order.advisor)


def test_credit_is_the_managers(order_at: Any, actor: Any) -> None:
    slip = settle_slip(actor=actor("cashier"), order_id=order_at().pk)
    put_on_account(actor=actor("manager"), receivable_id=slip.receivables.get().pk)
    assert WorkOrder.objects.get().state == "settled"


def test_the_gate_waits_for_the_things(order_at: Any, actor: Any) -> None:
    order, cashier, advisor = order_at(), actor("cashier"), actor("service_advisor")
    thing = TakenItem.objects.create(order=order, kind="key", taken_at=order.arrived_at, taken_by=order.advisor)
    made = settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113", key="k").gate_pass
    assert made is not None
    assert open_gate(actor=actor("gate"), entered=made.code).outcome == "refused"
    assert WorkOrder.objects.get().state == "settled"
    assert give_back(actor=advisor, taken_id=thing.pk) == give_back(actor=advisor, taken_id=thing.pk)
    assert open_gate(actor=actor("gate"), entered=made.code)[0] == "opened"


def test_the_key_goes_back_when_the_bill_is_settled_and_the_rest_before(order_at: Any, actor: Any, login: Any) -> None:
    order, advisor = order_at(), actor("service_advisor")
    key, book = (
        TakenItem.objects.create(order=order, kind=kind, taken_at=order.arrived_at, taken_by=order.advisor)
        for kind in ("key", "handbook")
    )
    with pytest.raises(Refused) as refused:
        give_back(actor=advisor, taken_id=key.pk)
    assert refused.value.sentence == "The key is given back once the bill is settled."
    page = login("service_advisor").get(reverse("delivery:handover", args=[order.pk])).text
    assert page.count('aria-disabled="true"') == 1
    assert f'aria-describedby="why-{key.pk}"' in page
    give_back(actor=advisor, taken_id=book.pk)
    settle_and_pay(actor=actor("cashier"), order_id=order.pk, method="scan", amount="113", key="k")
    assert give_back(actor=advisor, taken_id=key.pk).taken_id == key.pk


def test_handover_asks_for_every_tick(order_at: Any, actor: Any) -> None:
    order, advisor = order_at("ready"), actor("service_advisor")
    with pytest.raises(Invalid):
        pass_internal(actor=advisor, order_id=order.pk, checks=["work"])
    pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
    assert walked(actor=advisor, order_id=order.pk, advice="tyres").walked_at is not None


@pytest.mark.parametrize("rows", [1, 3])
def test_the_till_asks_a_fixed_number_of_queries(
    order_at: Any, branch: Any, django_assert_max_num_queries: Any, rows: int
) -> None:
    for _row in range(rows):
        order_at()
    with django_assert_max_num_queries(4):
        found = till(branch)
        assert [str(row.order.vehicle) for row in found]
    assert [row.amount for row in found] == [Decimal("113.00")] * rows


def test_pages(order_at: Any, login: Any) -> None:
    order, ready = order_at(), order_at("ready")
    cashier, advisor, guard = login("cashier"), login("service_advisor"), login("gate")
    for client, url in [
        (advisor, reverse("delivery:handovers")),
        (advisor, reverse("delivery:handover", args=[ready.pk])),
        (advisor, reverse("delivery:handover", args=[order.pk])),
        (cashier, reverse("delivery:till")),
        (cashier, reverse("delivery:settle", args=[order.pk])),
        (guard, reverse("delivery:gate")),
    ]:
        assert client.get(url).status_code == 200, url
    data = {"key": "k", "method": "scan", "amount": "113.00"}
    answer = cashier.post(reverse("delivery:settle", args=[order.pk]), data)
    assert (answer.status_code, answer["Location"]) == (302, reverse("delivery:paid", args=[order.pk]))
    paid = cashier.get(answer["Location"])
    assert [paper.kind for paper in paid.context["print"]] == ["settlement", "gate_pass"]
    assert paid.content.decode().split("</main>")[0].count("btn go") == 1
    code = GatePass.objects.get().code
    wrong = "000000" if code != "000000" else "111111"
    assert "✖" in guard.post(reverse("delivery:gate"), {"code": wrong}).content.decode()
    assert "✔" in guard.post(reverse("delivery:gate"), {"code": code, "act": "open"}).content.decode()


def test_the_internal_check_is_not_skipped(order_at: Any, login: Any, actor: Any) -> None:
    order, client, advisor = order_at("ready"), login("service_advisor"), actor("service_advisor")
    step = reverse("reception:step", args=[order.pk, "hand_over"])
    assert client.post(step).status_code == 409
    pass_internal(actor=advisor, order_id=order.pk, checks=list(CHECKS))
    fail_internal(actor=advisor, order_id=order.pk, cause="still squeaks")
    with pgtrigger.ignore():  # the workshop has worked again
        WorkOrder.objects.filter(pk=order.pk).update(
            state="ready", quality_at=now(), quality_by=advisor.user, washed_at=now(), washed_by=advisor.user
        )
    assert client.post(step).status_code == 409
    assert WorkOrder.objects.get().state == "ready"


@pytest.mark.parametrize(("state", "action"), [("ready", "return_internal"), ("handing_over", "return_customer")])
def test_a_car_goes_back_to_work_only_with_a_cause(order_at: Any, login: Any, state: str, action: str) -> None:
    order, client = order_at(state), login("service_advisor")
    assert client.post(reverse("reception:step", args=[order.pk, action])).status_code == 422
    assert WorkOrder.objects.get().state == state


def test_nothing_is_agreed_to_under_a_standing_slip(order_at: Any, actor: Any) -> None:
    order, cashier, advisor = order_at(), actor("cashier"), actor("service_advisor")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    pay(actor=cashier, receivable_id=slip.receivables.get().pk, method="scan", amount="13.00", key="k")
    with pgtrigger.ignore():
        done = order.lines.get()
        more = type(done).objects.create(
            order=order, kind="labour", state="offered", operation=done.operation, code="OP1", name="轮胎", quantity=1,
            unit_price=Decimal(10), tax_rate=0, net=Decimal(10), tax=0, gross=Decimal(10),
        )  # fmt: skip
    with pytest.raises(Refused, match="Reverse the settlement slip first"):
        answer_extra(actor=advisor, order_id=order.pk, approved=[(more.pk, 1)], declined=[], signer="W", how="phone")
    more.refresh_from_db()
    assert more.state == "offered"


def test_a_settled_order_without_a_customers_share_steps_back_by_reversal_alone(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(shares={"insurer": "113.00"}), actor("cashier")
    settle_slip(actor=cashier, order_id=order.pk)
    with pytest.raises(Refused, match="Reverse the settlement slip"):
        move(order_id=order.pk, action="reverse", actor=cashier)
    reverse_slip(actor=cashier, order_id=order.pk, reason="wrong insurer")
    assert WorkOrder.objects.get().state == "handing_over"


def test_an_unrepaired_car_takes_its_things_along(signed: Any, actor: Any) -> None:
    order, advisor, guard = signed(), actor("service_advisor"), actor("gate")
    thing = TakenItem.objects.create(order=order, kind="licence", taken_at=now(), taken_by=order.advisor)
    move(order_id=order.pk, action="cancel", actor=advisor)
    code = issue_with_paper(actor=advisor, order_id=order.pk).code
    refused = open_gate(actor=guard, entered=code)
    assert (refused.outcome, "has not been given back" in refused.sentence) == ("refused", True)
    give_back(actor=advisor, taken_id=thing.pk)
    assert open_gate(actor=guard, entered=code)[0] == "opened"


def test_the_bill_groups_its_lines_by_payer(order_at: Any, login: Any) -> None:
    order = order_at(shares={"customer": "113.00", "insurer": "500.00", "internal": "20.00"})
    answer = login("cashier").get(reverse("delivery:settle", args=[order.pk]))
    text = answer.content.decode().split("</main>")[0]
    assert text.count('<tr class="group">') == 3
    assert (text.count("<thead>"), text.count("633.00"), text.count("btn go")) == (1, 1, 1)


def test_a_wrong_amount_comes_back_with_what_was_typed(order_at: Any, login: Any) -> None:
    url = reverse("delivery:settle", args=[order_at().pk])
    answer = login("cashier").post(url, {"key": "k", "method": "cash", "amount": "113.00", "tendered": "50"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert 'value="50"' in text
    assert not Settlement.objects.exists()
