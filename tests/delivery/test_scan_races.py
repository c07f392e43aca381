"""Two at once about one code, each with its negative control: without locks the promise breaks."""

from typing import Any

import pytest

from delivery.models import Deposit, Payment, ScanCharge
from delivery.scan.base import Outcome
from delivery.services import scan
from delivery.services.payment import pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from dms.clock import now

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["customer"])
def charge(fakepay: Any, order_at: Any, actor: Any, request: Any) -> ScanCharge:
    cashier, order = actor("cashier"), order_at(shares={request.param: "113.00"})
    share = settle_slip(actor=cashier, order_id=order.pk).receivables.get()
    return scan.show(scan.plan_for_share(actor=cashier, receivable_id=share.pk))


@pytest.fixture
def news(charge: ScanCharge) -> Any:
    """The provider's word that the code was paid, taken."""
    outcome = Outcome(charge.number, "paid", "4200001", charge.amount, "CNY", "1900000001", now())
    return lambda: scan.take(provider="wechat", outcome=outcome)[1]


def cash(charge: ScanCharge, actor: Any) -> Any:
    cashier = actor("cashier")
    return lambda: str(
        pay(actor=cashier, receivable_id=charge.receivable_id, method="cash", amount="113.00", key="cash").amount
    )


def void(charge: ScanCharge, actor: Any) -> Any:
    cashier, order = actor("cashier"), charge.receivable.settlement.order_id  # type: ignore[union-attr]
    return lambda: str(reverse_slip(actor=cashier, order_id=order, reason="wrong line").gross)


def left() -> list[str]:
    return [str(row.left_amount) for row in Deposit.objects.all()]


def paid() -> list[tuple[str, str]]:
    return [(row.method, str(row.amount)) for row in Payment.objects.order_by("id")]


def test_a_notification_twice_at_once_is_one_payment(race: Any, news: Any) -> None:
    assert race(news, news) == (True, False)
    assert (paid(), left()) == ([("scan", "113.00")], [])


def test_without_locks_the_second_notification_meets_the_database(race: Any, news: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    assert race(news, news) == (True, "IntegrityError")


@pytest.mark.parametrize("charge", ["customer", "insurer"], indirect=True)
def test_a_notification_against_cash(race: Any, news: Any, charge: ScanCharge, actor: Any) -> None:
    assert race(cash(charge, actor), news) == ("113.00", True)
    assert (paid(), left()) == ([("cash", "113.00")], ["113.00"]), "the customer paid twice, and has it to use"


def test_cash_against_a_notification(race: Any, news: Any, charge: ScanCharge, actor: Any) -> None:
    assert race(news, cash(charge, actor)) == (True, "This share is not open; nothing can be paid on it.")
    assert (paid(), left()) == ([("scan", "113.00")], [])


# A customer's share settles the order, whose own states refuse the second; of another payer's share the database does.
@pytest.mark.parametrize("charge", ["insurer"], indirect=True)
def test_without_locks_the_database_keeps_a_share_from_being_paid_twice(
    race: Any, news: Any, charge: ScanCharge, actor: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    assert race(cash(charge, actor), news) == ("113.00", "IntegrityError")
    assert (paid(), left()) == ([("cash", "113.00")], [])


def test_a_notification_against_a_void(race: Any, news: Any, charge: ScanCharge, actor: Any) -> None:
    assert race(void(charge, actor), news) == ("-113.00", True)
    assert (paid(), left()) == ([], ["113.00"])


def test_without_locks_the_database_keeps_money_off_a_slip_that_is_no_more(
    race: Any, news: Any, charge: ScanCharge, actor: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    assert race(void(charge, actor), news) == ("-113.00", "IntegrityError")
    assert (paid(), left()) == ([], [])
