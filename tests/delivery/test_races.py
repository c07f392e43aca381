"""Two at once at the till and at the gate, each with its negative control: without locks the promise breaks."""

from io import BytesIO
from time import sleep
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image

from accounts.services.pins import set_pin
from delivery.models import Drawer, Payment, PickupDay, Settlement
from delivery.pickup_selectors import slots
from delivery.services.drawer import close_drawer, set_float
from delivery.services.payment import pay, refund, settle_and_pay
from delivery.services.pickup import agree
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from dms.clock import branch_day, now
from dms.errors import Refused
from reception.models import ForcedRelease, GateLog, GatePass, WorkOrder
from reception.services.gate import open_gate
from reception.services.gate_apart import enter_listed, force_release
from records.models import Counter, IssuedPaper


def picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return SimpleUploadedFile("gate.jpg", out.getvalue(), "image/jpeg")


#: Seconds between the locks of the slower one.
HELD = 0.3

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def settle(cashier: Any, order: Any, key: str) -> str:
    return settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="113.00", key=key).slip.number


def test_a_double_clicked_settlement_is_one(race: Any, order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    first, second = race(lambda: settle(cashier, order, "k"), lambda: settle(cashier, order, "k"))
    assert first == second == Settlement.objects.get().number
    assert (Payment.objects.count(), GatePass.objects.count()) == (1, 1)
    assert IssuedPaper.objects.filter(kind="settlement").count() == 1
    assert Counter.objects.get(kind="JS").last == 1


def test_without_locks_the_second_click_meets_the_database(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    order, cashier = order_at(), actor("cashier")
    first, second = race(lambda: settle(cashier, order, "k"), lambda: settle(cashier, order, "k"))
    assert (first, second) == (Settlement.objects.get().number, "IntegrityError")


def test_two_cashiers_take_the_money_once(race: Any, order_at: Any, actor: Any) -> None:
    order, one, other = order_at(), actor("cashier"), actor("cashier")
    first, second = race(lambda: settle(one, order, "k1"), lambda: settle(other, order, "k2"))
    assert first == Settlement.objects.get().number
    assert second == "This share is not open; nothing can be paid on it."
    assert Payment.objects.get().amount == 113


def money(cashier: Any, share: Any, amount: str, key: str) -> str:
    return str(pay(actor=cashier, receivable_id=share.pk, method="card", amount=amount, key=key).amount)


@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_two_cashiers_take_a_share_once(race: Any, order_at: Any, actor: Any, settings: Any, locks_off: bool) -> None:
    one, other = actor("cashier"), actor("cashier")
    share = settle_slip(actor=one, order_id=order_at(shares={"insurer": "113.00"}).pk).receivables.get()
    settings.LOCKS_OFF = locks_off
    first, second = race(lambda: money(one, share, "113", "k1"), lambda: money(other, share, "113", "k2"))
    refused = "IntegrityError" if locks_off else "This share is not open; nothing can be paid on it."
    assert (first, second, Payment.objects.count()) == ("113.00", refused, 1)


@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_a_part_is_paid_while_the_slip_is_reversed(
    race: Any, order_at: Any, actor: Any, settings: Any, locks_off: bool
) -> None:
    order, cashier, other = order_at(), actor("cashier"), actor("cashier")
    share = settle_slip(actor=cashier, order_id=order.pk).receivables.get()
    settings.LOCKS_OFF = locks_off
    back, again = race(
        lambda: str(reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line").gross),
        lambda: money(other, share, "50", "k"),
    )
    # Without the locks the till has read an open share; the database waits, and takes nothing on a reversed slip.
    refused = "IntegrityError" if locks_off else "This share is not open; nothing can be paid on it."
    assert (back, again, Payment.objects.count()) == ("-113.00", refused, 0)


def test_paying_against_a_reversal(race: Any, order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    settle(cashier, order, "k")
    back, again = race(
        lambda: reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line").gross,
        lambda: settle(cashier, order, "k2"),
    )
    assert back == -113
    assert again == Settlement.objects.get(kind="normal", state="issued").number
    assert sum(payment.amount for payment in Payment.objects.all()) == 113


def test_parallel_refunds_never_exceed_what_was_paid(race: Any, order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    settle(cashier, order, "k")
    paid = Payment.objects.get()

    def give() -> str:
        return str(refund(actor=cashier, payment_id=paid.pk, amount="100.00", reason="goodwill").amount)

    assert race(give, give) == ("-100.00", "At most 13.00 can be given back.")
    assert sum(payment.amount for payment in Payment.objects.all()) == 13


def test_without_locks_more_is_refunded_than_was_paid(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    cashier = actor("cashier")
    slip = settle_slip(actor=cashier, order_id=order_at(shares={"insurer": "113.00"}).pk)
    paid = pay(actor=cashier, receivable_id=slip.receivables.get().pk, method="transfer", amount="113.00", key="k")
    settings.LOCKS_OFF = True

    def give(key: str) -> str:
        return str(refund(actor=cashier, payment_id=paid.pk, amount="100.00", reason="goodwill", key=key).amount)

    assert race(lambda: give("r1"), lambda: give("r2")) == ("-100.00", "-100.00")
    assert sum(payment.amount for payment in Payment.objects.all()) == -87


def scan(guard: Any, code: str) -> str:
    return open_gate(actor=guard, entered=code)[0]


def test_a_pass_scanned_twice_at_once_opens_once(race: Any, order_at: Any, actor: Any) -> None:
    order, guard = order_at(), actor("gate")
    settle(actor("cashier"), order, "k")
    code = GatePass.objects.get().code
    assert race(lambda: scan(guard, code), lambda: scan(guard, code)) == ("opened", "used")
    assert list(GateLog.objects.order_by("id").values_list("outcome", flat=True)) == ["opened", "used"]


def test_without_locks_the_second_scan_gets_a_wrong_reason(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    order, guard = order_at(), actor("gate")
    settle(actor("cashier"), order, "k")
    code = GatePass.objects.get().code
    settings.LOCKS_OFF = True
    # The order's own state machine is the last line: not "used", as it should be, but what the order says of itself.
    assert race(lambda: scan(guard, code), lambda: scan(guard, code)) == ("opened", "refused")
    assert list(GateLog.objects.order_by("id").values_list("outcome", flat=True)) == ["opened", "refused"]


def test_a_scan_and_a_reversal_wait_for_each_other_in_one_order(race: Any, order_at: Any, actor: Any) -> None:
    order, guard, cashier = order_at(), actor("gate"), actor("cashier")
    settle(cashier, order, "k")
    code = GatePass.objects.get().code

    def reversal() -> str:
        with transaction.atomic():
            WorkOrder.objects.select_for_update().get(pk=order.pk)
            sleep(HELD)  # the guard scans now: the pass must not be held by a gate that waits for the order
            return reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line").reason

    assert race(reversal, lambda: scan(guard, code)) == ("wrong line", "revoked")


def force(guard: Any, order: Any, boss: Any) -> str:
    return force_release(
        actor=guard, order_id=order.pk, by_id=boss.pk, pin="4071", reason="pass lost", photo=picture()
    ).order_state


def test_let_out_by_force_twice_at_once_is_once(race: Any, order_at: Any, actor: Any, member: Any) -> None:
    order, guard = order_at(), actor("gate")
    one, other = (set_pin(user=member("supervisor").user, pin="4071") for _boss in range(2))
    first, second = race(lambda: force(guard, order, one), lambda: force(guard, order, other))
    assert (first, second.split(", on ")[0]) == ("handing_over", "This car was let out by force already")
    assert ForcedRelease.objects.count() == 1


def test_without_locks_the_database_lets_it_out_by_force_once(
    race: Any, order_at: Any, actor: Any, member: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    order, guard = order_at(), actor("gate")
    one, other = (set_pin(user=member("supervisor").user, pin="4071") for _boss in range(2))
    first, second = race(lambda: force(guard, order, one), lambda: force(guard, order, other))
    assert (first, second) == ("handing_over", "IntegrityError")
    assert ForcedRelease.objects.count() == 1


def test_a_scan_against_the_printed_list_is_one_release(race: Any, order_at: Any, actor: Any) -> None:
    order, guard = order_at(), actor("gate")
    settle(actor("cashier"), order, "k")
    one, at = GatePass.objects.get(), now()

    def listed() -> str:
        return enter_listed(actor=guard, pass_id=one.pk, left_at=at).outcome

    first, second = race(lambda: scan(guard, one.code), listed)
    assert (first, second.startswith("This car was let out already, on")) == ("opened", True)
    assert list(GateLog.objects.values_list("outcome", flat=True)) == ["opened"]


def test_without_locks_the_printed_list_meets_the_order(race: Any, order_at: Any, actor: Any, settings: Any) -> None:
    order, guard = order_at(), actor("gate")
    settle(actor("cashier"), order, "k")
    one, at = GatePass.objects.get(), now()
    settings.LOCKS_OFF = True

    def listed() -> str:
        return enter_listed(actor=guard, pass_id=one.pk, left_at=at).outcome

    # Not "let out already", as it should be, but what the order says of itself.
    assert race(lambda: scan(guard, one.code), listed) == ("opened", "refused")


def test_numbers_have_no_gap_after_a_rollback(race: Any, order_at: Any, actor: Any) -> None:
    one, other, cashier = order_at(), order_at(), actor("cashier")

    def fails() -> None:
        settle_slip(actor=cashier, order_id=one.pk)
        raise Refused("the printer is on fire")

    first, second = race(fails, lambda: settle_slip(actor=cashier, order_id=other.pk).number)
    assert first == "the printer is on fire"
    assert second.endswith("-00001")
    assert Settlement.objects.count() == 1


def cash(cashier: Any, order: Any, key: str = "k") -> str:
    settle_and_pay(actor=cashier, order_id=order.pk, method="cash", amount="113.00", key=key)
    return f"{Payment.objects.get(key=key).drawer.float_amount}"


def count(cashier: Any, drawer: Any) -> str:
    return str(close_drawer(actor=cashier, drawer_id=drawer.pk, counted="50").expected_amount)


def test_cash_against_the_close_of_its_drawer(race: Any, order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    drawer = set_float(actor=cashier, amount="50")
    assert race(lambda: count(cashier, drawer), lambda: cash(cashier, order)) == ("50.00", "0.00")
    assert Payment.objects.get().drawer_id != drawer.pk, "a closed drawer took money"
    other = set_float(actor=cashier, amount="50")
    _paid, closed = race(lambda: cash(cashier, order_at(), "k2"), lambda: count(cashier, other))
    assert "expected 276.00" in closed


def test_without_locks_the_database_keeps_cash_out_of_a_closed_drawer(
    race: Any, order_at: Any, actor: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    one, two, cashier = order_at(), order_at(), actor("cashier")
    drawer = set_float(actor=cashier, amount="50")
    # What it read too early no longer holds: the triggers wait for the other one, and refuse.
    assert race(lambda: cash(cashier, one), lambda: count(cashier, drawer)) == ("50.00", "IntegrityError")
    close_drawer(actor=cashier, drawer_id=drawer.pk, counted="163")
    other = set_float(actor=cashier, amount="50")
    assert race(lambda: count(cashier, other), lambda: cash(cashier, two, "k2")) == ("50.00", "IntegrityError")
    assert not other.payments.exists()


def test_two_first_payments_at_once_open_one_drawer(race: Any, order_at: Any, actor: Any) -> None:
    one, two, cashier = order_at(), order_at(), actor("cashier")
    race(lambda: cash(cashier, one, "k1"), lambda: cash(cashier, two, "k2"))
    assert (Drawer.objects.count(), Payment.objects.count()) == (1, 2)


def test_the_last_place_of_a_pick_up_goes_to_one_car(race: Any, order_at: Any, actor: Any, set_rules: Any) -> None:
    assert last_place(race, order_at, actor, set_rules) == ("1", "This pick-up time is full. Choose another one.")


def test_without_locks_the_database_keeps_the_last_place(
    race: Any, order_at: Any, actor: Any, set_rules: Any, settings: Any
) -> None:
    settings.LOCKS_OFF = True
    assert last_place(race, order_at, actor, set_rules) == ("1", "IntegrityError")


def last_place(race: Any, order_at: Any, actor: Any, set_rules: Any) -> Any:
    """What two advisors are told who agree the last place of a time at once, each for a car."""
    one, other, advisor, second = order_at("ready"), order_at("ready"), actor("service_advisor"), actor("manager")
    set_rules(**{"pickup.places": 1})
    at = slots(advisor.branch, now())[-1].starts_at
    PickupDay.objects.create(branch=advisor.branch, on=branch_day(advisor.branch, at))
    return race(
        lambda: str(agree(actor=advisor, order_id=one.pk, starts_at=at).place),
        lambda: str(agree(actor=second, order_id=other.pk, starts_at=at).place),
    )
