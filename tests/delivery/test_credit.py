"""Paying later within a limit, and before by a deposit; ages, due dates, one account that never goes below zero."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.urls import reverse

from delivery.credit_selectors import accounts
from delivery.models import CreditTerms, DayClose, Deposit, DepositMove, Drawer, Payment, Receivable
from delivery.services.credit import set_terms
from delivery.services.deposit import refund_deposit, take_deposit
from delivery.services.drawer import close_day, close_drawer
from delivery.services.payment import pay, put_on_account, refund, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from dms.clock import as_of, branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder

pytestmark = pytest.mark.django_db


def share_of(cashier: Any, order: Any) -> Receivable:
    return settle_slip(actor=cashier, order_id=order.pk).receivables.get()


def of_one(order_at: Any, count: int) -> list[WorkOrder]:
    """Orders that one company pays."""
    orders = [order_at() for _number in range(count)]
    WorkOrder.objects.filter(pk__in=[order.pk for order in orders]).update(payer=orders[0].payer)
    for order in orders:
        order.refresh_from_db()
    return orders


def test_within_the_terms_the_till_lets_pay_later_and_above_it_says_how_much(order_at: Any, actor: Any) -> None:
    cashier, (one, other) = actor("cashier"), of_one(order_at, 2)
    set_terms(actor=actor("manager"), customer_id=one.payer_id, limit="225.99", days=45)
    first = put_on_account(actor=cashier, receivable_id=share_of(cashier, one).pk)
    assert (first.state, first.due_on) == ("on_account", branch_day(cashier.branch) + timedelta(days=45))
    second = share_of(cashier, other)
    for who in (cashier, actor("manager")):
        with pytest.raises(Refused, match=r"may owe ¥225\.99 and owes ¥113\.00 already; ¥113\.00 more is too much"):
            put_on_account(actor=who, receivable_id=second.pk)
    pay(actor=cashier, receivable_id=first.pk, method="transfer", amount="0.01", key="k")
    assert put_on_account(actor=cashier, receivable_id=second.pk).state == "on_account"


def test_without_terms_the_manager_decides_within_the_houses_rule(order_at: Any, actor: Any) -> None:
    cashier, manager, order = actor("cashier"), actor("manager"), order_at(shares={"customer": "20000.01"})
    share = share_of(cashier, order)
    with pytest.raises(Forbidden, match="has no terms of credit"):
        put_on_account(actor=cashier, receivable_id=share.pk)
    with pytest.raises(Refused, match=r"may owe ¥20,000\.00"):
        put_on_account(actor=manager, receivable_id=share.pk)
    small = share_of(cashier, order_at())
    assert put_on_account(actor=manager, receivable_id=small.pk).due_on == branch_day(manager.branch) + timedelta(
        days=30
    )


@pytest.mark.parametrize("wrong", [("-1", 30), ("NaN", 30), ("100", 366), ("100", -1)])
def test_wrong_terms_are_refused(order_at: Any, actor: Any, wrong: tuple[str, int]) -> None:
    with pytest.raises(Invalid):
        set_terms(actor=actor("manager"), customer_id=order_at().payer_id, limit=wrong[0], days=wrong[1])
    with pytest.raises(Forbidden):
        set_terms(actor=actor("cashier"), customer_id=order_at().payer_id, limit="1", days=1)
    assert not CreditTerms.objects.exists()


def test_the_statement_by_age_and_paying_later(order_at: Any, actor: Any, branch: Any) -> None:
    cashier, manager = actor("cashier"), actor("manager")
    orders = of_one(order_at, 4)
    for order, days in zip(orders, (0, 31, 75, 100), strict=True):
        with as_of(now() - timedelta(days=days)):
            put_on_account(actor=manager, receivable_id=share_of(cashier, order).pk)
    insurer = share_of(cashier, order_at(shares={"insurer": "500.00"}))
    pay(actor=cashier, receivable_id=insurer.pk, method="transfer", amount="100", key="i")
    theirs, firm = sorted(accounts(branch), key=lambda row: row.key)
    assert (theirs.label, theirs.owed, theirs.overdue) == ("Insurer", Decimal("400.00"), Decimal("0.00"))
    assert [str(amount) for amount in firm.ages] == ["113.00", "113.00", "113.00", "113.00"]
    assert (firm.overdue, firm.owed) == (Decimal("339.00"), Decimal("452.00"))
    assert [debt.days for debt in firm.debts] == [70, 45, 1, -30]
    pay(actor=cashier, receivable_id=firm.debts[0].share.pk, method="transfer", amount="113.00", key="k")
    assert accounts(branch)[0].owed == Decimal("339.00")


def test_the_database_asks_for_a_due_date(order_at: Any, actor: Any) -> None:
    share = share_of(actor("cashier"), order_at())
    with pytest.raises(IntegrityError), transaction.atomic():
        Receivable.objects.filter(pk=share.pk).update(state="on_account")


def test_a_deposit_pays_the_bill_and_its_rest_is_given_back(order_at: Any, actor: Any, branch: Any) -> None:
    cashier, order = actor("cashier"), order_at()
    first = take_deposit(actor=cashier, customer_id=order.payer_id, method="cash", amount="100", key="d1")
    assert take_deposit(actor=cashier, customer_id=order.payer_id, method="cash", amount="100", key="d1") == first
    own = take_deposit(
        actor=cashier, customer_id=order.payer_id, method="scan", amount="50", key="d2", order_id=order.pk
    )
    done = settle_and_pay(actor=cashier, order_id=order.pk, method="deposit", amount="113.00", key="k")
    assert (done.order.state, Payment.objects.get().amount) == ("settled", Decimal("113.00"))
    left = dict(Deposit.objects.values_list("pk", "left_amount"))
    assert left == {own.pk: Decimal("0.00"), first.pk: Decimal("37.00")}
    with pytest.raises(Invalid, match=r"At most 37\.00"):
        refund_deposit(actor=cashier, deposit_id=first.pk, amount="37.01", reason="rest")
    with pytest.raises(Invalid, match="why"):
        refund_deposit(actor=cashier, deposit_id=first.pk, amount="37", reason=" ")
    refund_deposit(actor=cashier, deposit_id=first.pk, amount="37", reason="rest")
    drawer = Drawer.objects.get()
    assert close_drawer(actor=cashier, drawer_id=drawer.pk, counted="63").expected_amount == Decimal("63.00")
    close = close_day(actor=cashier, day=branch_day(branch))
    assert close.content["total"] == "113.00"
    assert {row["method"]: row["net"] for row in close.content["methods"]} == {"cash": "63.00", "scan": "50.00"}
    assert close.content["deposits"] == {
        "received": "150.00", "used": "-113.00", "returned": "0.00", "refunded": "-37.00", "left": "0.00",
    }  # fmt: skip
    assert len(close.content["rows"]) == 6


def test_a_refund_and_a_reversal_go_back_into_the_deposit(order_at: Any, actor: Any) -> None:
    cashier, order = actor("cashier"), order_at()
    for number, amount in enumerate(("60", "60"), 1):
        take_deposit(actor=cashier, customer_id=order.payer_id, method="scan", amount=amount, key=f"d{number}")
    settle_and_pay(actor=cashier, order_id=order.pk, method="deposit", amount="113.00", key="k")
    refund(actor=cashier, payment_id=Payment.objects.get().pk, amount="60", reason="too much")
    assert [str(row.left_amount) for row in Deposit.objects.order_by("id")] == ["7.00", "60.00"]
    reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line")
    assert [str(row.left_amount) for row in Deposit.objects.order_by("id")] == ["60.00", "60.00"]
    for deposit in Deposit.objects.all():
        assert deposit.left_amount == deposit.moves.aggregate(sum=Sum("amount"))["sum"]


def test_nobody_pays_with_anothers_deposit_or_with_more_than_there_is(order_at: Any, actor: Any) -> None:
    cashier, order, other = actor("cashier"), order_at(), order_at()
    take_deposit(actor=cashier, customer_id=order.payer_id, method="scan", amount="112.99", key="d")
    for one in (order, other):
        with pytest.raises(Refused, match="is left of the deposits"):
            settle_and_pay(actor=cashier, order_id=one.pk, method="deposit", amount="113.00", key=f"k{one.pk}")
    with pytest.raises(Invalid):
        take_deposit(actor=cashier, customer_id=order.payer_id, method="deposit", amount="1", key="d2")
    with pytest.raises(Refused, match="already used"):
        take_deposit(actor=cashier, customer_id=order.payer_id, method="scan", amount="1", key="d")
    assert not Payment.objects.exists()


def test_the_database_keeps_the_deposit_at_zero_or_above(order_at: Any, actor: Any) -> None:
    cashier, order = actor("cashier"), order_at()
    deposit = take_deposit(actor=cashier, customer_id=order.payer_id, method="scan", amount="10", key="d")
    base = {"deposit": deposit, "received_at": now(), "received_by": cashier.user, "reason": "x"}
    for number, wrong in enumerate(
        ({"kind": "refunded", "amount": "-10.01", "method": "scan"},
         {"kind": "used", "amount": "-1", "method": "deposit"},
         {"kind": "received", "amount": "1", "method": "scan"}, {"kind": "refunded", "amount": "-1", "method": "cash"},
         {"kind": "refunded", "amount": "1", "method": "scan"})
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            DepositMove.objects.create(**base, **wrong, key=f"w{number}")
    with pytest.raises(IntegrityError), transaction.atomic():
        Deposit.objects.update(left_amount=-1)


def test_pages(order_at: Any, login: Any, actor: Any, branch: Any) -> None:
    cashier, manager, order = login("cashier"), login("manager"), order_at()
    name = order.payer.name
    url = reverse("delivery:deposits")
    data = {"key": "d", "who": "nobody", "method": "scan", "amount": "50"}
    assert cashier.post(url, data).status_code == 422
    assert cashier.post(url, data | {"who": name})["Location"] == url
    assert [word for word in (name, "50.00") if word not in cashier.get(url).text] == []
    settle = reverse("delivery:settle", args=[order.pk])
    assert 'value="deposit"' in cashier.get(settle).text
    cashier.post(settle, {"key": "k", "method": "deposit", "amount": "50"})
    share = Receivable.objects.get()
    on_account = reverse("delivery:on_account", args=[share.pk])
    assert cashier.post(on_account).status_code == 403
    statement = reverse("delivery:statement", args=["customer", order.payer_id])
    assert cashier.post(statement, {"limit": "500", "days": "10"}).status_code == 403
    assert manager.post(statement, {"limit": "x", "days": "10"}).status_code == 422
    assert manager.post(statement, {"limit": "500", "days": "10"})["Location"] == statement
    assert cashier.post(on_account)["Location"] == reverse("delivery:paid", args=[order.pk])
    assert [
        word for word in (name, "500.00", "63.00") if word not in cashier.get(reverse("delivery:credit")).text
    ] == []
    assert share.settlement.number in cashier.get(statement).text
    assert cashier.get(reverse("delivery:statement", args=["insurer", 0])).status_code == 200
    assert cashier.get(reverse("delivery:statement", args=["insurer", 1])).status_code == 404
    csv = cashier.post(reverse("delivery:credit_export")).text.splitlines()
    assert csv[1].split(",")[2:4] == [share.settlement.number, order.vehicle.plate]
    assert csv[1].split(",")[-5:] == ["113.00", "50.00", "0.00", "63.00", "CNY"]
    back = reverse("delivery:deposit_refund", args=[Deposit.objects.get().pk])
    assert cashier.post(back, {"amount": "1", "reason": "x"}).status_code == 422
    assert DayClose.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_ask_as_much_for_three_as_for_one(
    order_at: Any, login: Any, actor: Any, django_assert_max_num_queries: Any, rows: int
) -> None:
    cashier, manager, client = actor("cashier"), actor("manager"), login("cashier")
    for number in range(rows):
        order = order_at()
        take_deposit(actor=cashier, customer_id=order.payer_id, method="scan", amount="5", key=f"d{number}")
        put_on_account(actor=manager, receivable_id=share_of(cashier, order).pk)
    for name in ("delivery:credit", "delivery:deposits"):
        with django_assert_max_num_queries(5):
            assert client.get(reverse(name)).status_code == 200


def _credit(actor: Any, share: Receivable) -> str:
    return put_on_account(actor=actor, receivable_id=share.pk).state


def _two_shares(order_at: Any, actor: Any) -> tuple[Any, list[Receivable]]:
    """Two shares of one customer, of which the limit bears one."""
    cashier, orders = actor("cashier"), of_one(order_at, 2)
    set_terms(actor=actor("manager"), customer_id=orders[0].payer_id, limit="200", days=30)
    return cashier, [share_of(cashier, order) for order in orders]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_tills_give_the_last_credit_once(race: Any, order_at: Any, actor: Any) -> None:
    cashier, (one, other) = _two_shares(order_at, actor)
    first, second = race(lambda: _credit(cashier, one), lambda: _credit(cashier, other))
    assert (first, "more is too much" in second) == ("on_account", True)
    assert Receivable.objects.filter(state="on_account").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_both_get_it(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    cashier, (one, other) = _two_shares(order_at, actor)
    settings.LOCKS_OFF = True
    assert race(lambda: _credit(cashier, one), lambda: _credit(cashier, other)) == ("on_account", "on_account")
    assert Receivable.objects.filter(state="on_account").count() == 2


def _two_for_one_deposit(order_at: Any, actor: Any) -> tuple[Any, list[Receivable]]:
    cashier, orders = actor("cashier"), of_one(order_at, 2)
    take_deposit(actor=cashier, customer_id=orders[0].payer_id, method="scan", amount="113", key="d")
    return cashier, [share_of(cashier, order) for order in orders]


def _use(cashier: Any, share: Receivable) -> str:
    return str(pay(actor=cashier, receivable_id=share.pk, method="deposit", amount="113", key=f"k{share.pk}").amount)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_bills_use_one_deposit_once(race: Any, order_at: Any, actor: Any) -> None:
    cashier, (one, other) = _two_for_one_deposit(order_at, actor)
    first, second = race(lambda: _use(cashier, one), lambda: _use(cashier, other))
    assert (first, "is left of the deposits" in second) == ("113.00", True)
    assert Deposit.objects.get().left_amount == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_the_database_keeps_the_deposit(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    cashier, (one, other) = _two_for_one_deposit(order_at, actor)
    settings.LOCKS_OFF = True
    assert race(lambda: _use(cashier, one), lambda: _use(cashier, other)) == ("113.00", "IntegrityError")
    assert (Payment.objects.count(), Deposit.objects.get().left_amount) == (1, Decimal("0.00"))
