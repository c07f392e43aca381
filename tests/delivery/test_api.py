"""Money by the API: keys, two at once, another branch."""

from typing import Any

import pytest
from django.test import override_settings

from delivery.models import Payment, Settlement
from reception.models import GateLog, WorkOrder
from records.models import IdempotencyKey

pytestmark = pytest.mark.django_db


def test_a_program_must_send_a_key_and_a_person_may(order_at: Any, program: Any, login: Any) -> None:
    path = f"work-orders/{order_at().pk}/settlement/"
    bare = program("cashier").ask("POST", path, {})
    assert (bare.status_code, bare.json()["title"]) == (400, "idempotency_key_required")
    assert not Settlement.objects.exists()
    person = login("cashier")
    assert person.post(f"/api/v1/{path}", content_type="application/json").status_code == 201


def test_the_same_key_is_one_payment_and_one_answer(order_at: Any, program: Any) -> None:
    cashier = program("cashier")
    share = cashier.does(f"work-orders/{order_at().pk}/settlement/", status=201)["receivables"][0]["id"]
    path, body = f"receivables/{share}/payments/", {"method": "scan", "amount": "13.00"}
    first, again = (cashier.post(path, body, key="till-1") for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    other = cashier.post(path, body | {"amount": "14.00"}, key="till-1")
    assert (other.status_code, other.json()["title"]) == (409, "idempotency")
    elsewhere = cashier.post(f"receivables/{share}/credit/", body, key="till-1")
    assert (elsewhere.status_code, elsewhere.json()["title"]) == (409, "idempotency")
    assert cashier.post(f"receivables/{share}/credit/", body).status_code == 403, "a cashier gives no credit"
    assert Payment.objects.count() == 1
    assert cashier.post(path, body, key="till-2").status_code == 201
    assert cashier.post(path, {"method": "scan", "amount": "99"}, key="k" * 65).status_code == 422
    assert Payment.objects.count() == 2


def test_what_was_refused_uses_up_no_key(order_at: Any, program: Any) -> None:
    cashier = program("cashier")
    share = cashier.does(f"work-orders/{order_at().pk}/settlement/", status=201)["receivables"][0]["id"]
    path = f"receivables/{share}/payments/"
    keys = IdempotencyKey.objects.count()
    assert cashier.post(path, {"method": "scan", "amount": "113.01"}, key="k").status_code == 422
    assert IdempotencyKey.objects.count() == keys
    assert cashier.post(path, {"method": "scan", "amount": "113.00"}, key="k").status_code == 201


@pytest.mark.parametrize("amount", ["NaN", "-1", "Infinity", "1e999", "0", "0.001", True, None, [], "１１３"])
def test_what_is_no_amount(order_at: Any, program: Any, amount: Any) -> None:
    cashier = program("cashier")
    share = cashier.does(f"work-orders/{order_at().pk}/settlement/", status=201)["receivables"][0]["id"]
    answer = cashier.post(f"receivables/{share}/payments/", {"method": "scan", "amount": amount})
    # Full-width digits are digits: what they name is taken.
    assert answer.status_code == (201 if amount == "１１３" else 422)
    assert Payment.objects.count() == (1 if amount == "１１３" else 0)


def test_credit_is_the_managers(order_at: Any, program: Any) -> None:
    manager = program("manager")
    share = manager.does(f"work-orders/{order_at().pk}/settlement/", status=201)["receivables"][0]["id"]
    assert manager.does(f"receivables/{share}/credit/")["state"] == "settled"


def test_another_branchs_money_does_not_exist(order_at: Any, program: Any, other_branch: Any) -> None:
    cashier, stranger = program("cashier"), program("manager", at=other_branch)
    order = order_at()
    share = cashier.does(f"work-orders/{order.pk}/settlement/", status=201)["receivables"][0]["id"]
    cashier.does(f"receivables/{share}/payments/", {"method": "scan", "amount": "113"}, 201)
    paid = Payment.objects.get().pk
    for path in (f"receivables/{share}/payments/", f"receivables/{share}/credit/", f"payments/{paid}/refunds/",
                 f"work-orders/{order.pk}/settlement/", f"work-orders/{order.pk}/settlement/reversal/",
                 f"work-orders/{order.pk}/gate-passes/"):  # fmt: skip
        assert stranger.post(path, {}).status_code == 404, path
    assert stranger.get(f"work-orders/{order.pk}/settlement/").status_code == 404


def test_a_wrong_code_is_refused_and_kept(program: Any, branch: Any) -> None:
    guard = program("gate")
    for _attempt in range(2):
        answer = guard.post("gate/", {"code": "000000"}, key="once")
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert answer.json()["title"] == "unknown"
    assert GateLog.objects.count() == 1, "the same key is one attempt"


def test_who_sees_no_prices_sees_no_bill(order_at: Any, program: Any) -> None:
    assert program("technician").get(f"work-orders/{order_at().pk}/settlement/").status_code == 403


@pytest.mark.race
@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_two_keys_take_the_money_once(order_at: Any, program: Any, race: Any, locks_off: bool) -> None:
    cashier = program("cashier")
    order = order_at()
    share = cashier.does(f"work-orders/{order.pk}/settlement/", status=201)["receivables"][0]["id"]
    path, body = f"receivables/{share}/payments/", {"method": "scan", "amount": "60.00"}
    with override_settings(LOCKS_OFF=locks_off):
        answers = race(
            lambda: cashier.post(path, body, key="a").status_code, lambda: cashier.post(path, body, key="b").status_code
        )
    # Without our lock the second gets as far as the database, which refuses it too (docs/adr/0038-write-offs.md).
    assert answers == ((201, "IntegrityError") if locks_off else (201, 422))
    assert WorkOrder.objects.get().state == "handing_over"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_are_one_payment(order_at: Any, program: Any, race: Any) -> None:
    cashier = program("cashier")
    share = cashier.does(f"work-orders/{order_at().pk}/settlement/", status=201)["receivables"][0]["id"]
    path, body = f"receivables/{share}/payments/", {"method": "scan", "amount": "60.00"}
    first, second = race(
        lambda: cashier.post(path, body, key="k").content, lambda: cashier.post(path, body, key="k").content
    )
    assert first == second
    assert Payment.objects.count() == 1


def test_a_bare_move_skips_no_check(order_at: Any, program: Any) -> None:
    advisor, order = program("service_advisor"), order_at("ready")
    here = f"work-orders/{order.pk}/"
    bare = advisor.post(f"{here}transitions/", {"action": "hand_over"}, **{"Accept-Language": "en"})
    assert (bare.status_code, bare.json()["detail"].startswith("Not ticked yet: ")) == (409, True)
    told = {
        row["action"]: row for row in advisor.get(f"{here}transitions/", **{"Accept-Language": "en"}).json()["actions"]
    }
    assert told["hand_over"]["sentence"] == bare.json()["detail"]
    ticks = {"checks": ["work", "clean", "old_parts", "kit"]}
    assert advisor.does(f"{here}handover/pass/", ticks)["state"] == "handing_over"
    # Back to work by the bare move as well: the next hand-over asks for the ticks again.
    assert advisor.does(f"{here}transitions/", {"action": "return_customer", "note": "仍有异响"})["state"] == "working"
    assert order.handover.checks == {}
