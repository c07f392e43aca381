"""A slip takes a package's units and its reversal gives them back; no unit and no cent twice."""

import random
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from catalog.models import LabourOperation, PackageItem, PackageTemplate
from delivery.models import Receivable
from delivery.services.payment import pay
from delivery.services.settlement import reverse, settle_slip
from dms.errors import Refused
from reception.models import Line, Package, PackageUnits, PackageUse, WorkOrder
from reception.services.packages import give_back, redeem, sell_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def sell(actor: Any) -> Any:
    """`sell(order, units, price)`: a package for life of that many OP1 to the order's car."""

    def make(order: WorkOrder, units: int, price: str = "100.00", months: int | None = None) -> Package:
        template = PackageTemplate.objects.create(
            name=f"套餐 {PackageTemplate.objects.count()}", price=price, tax_rate=0, months=months
        )
        PackageItem.objects.create(template=template, operation=LabourOperation.objects.get(code="OP1"), units=units)
        return sell_package(actor=actor("manager"), vehicle=order.vehicle, template=template)

    return make


def units(package: Package) -> tuple[int, Decimal]:
    """(left, released)."""
    package.refresh_from_db()
    return package.units.get().left, package.released


def test_the_slip_takes_the_unit_and_closes_the_share(order_at: Any, actor: Any, sell: Any) -> None:
    order = order_at(shares={"customer": "113.00", "package": "226.00"})
    package, cashier = sell(order, 3), actor("cashier")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    share = slip.receivables.get(payer="package")
    assert (share.gross, share.state) == (Decimal("226.00"), "paid")
    assert units(package) == (2, Decimal("33.33"))
    assert settle_slip(actor=cashier, order_id=order.pk) == slip, "asked again it is the same slip"
    assert PackageUse.objects.get().slip == slip.number
    with pytest.raises(Refused):
        pay(actor=cashier, receivable_id=share.pk, method="cash", amount="226.00", key="k")


def test_a_reversal_gives_unit_and_value_back_and_the_next_slip_takes_them_again(
    order_at: Any, actor: Any, sell: Any
) -> None:
    order, cashier = order_at(shares={"customer": "113.00", "package": "226.00"}), actor("cashier")
    package = sell(order, 1)
    settle_slip(actor=cashier, order_id=order.pk)
    assert units(package) == (0, Decimal("100.00"))
    reverse(actor=cashier, order_id=order.pk, reason="wrong line")
    assert units(package) == (1, Decimal("0.00"))
    assert Receivable.objects.get(payer="package").state == "cancelled"
    settle_slip(actor=cashier, order_id=order.pk)
    assert units(package) == (0, Decimal("100.00"))
    assert [use.quantity for use in PackageUse.objects.order_by("id")] == [1, -1, 1]


def test_what_ends_first_is_used_first_and_without_a_unit_there_is_no_slip(
    order_at: Any, actor: Any, sell: Any
) -> None:
    order, cashier = order_at(shares={"package": "226.00"}), actor("cashier")
    with pytest.raises(Refused, match="has a unit left"):
        settle_slip(actor=cashier, order_id=order.pk)
    for_life, for_a_year = sell(order, 1), sell(order, 1, months=12)
    settle_slip(actor=cashier, order_id=order.pk)
    assert (units(for_life)[0], units(for_a_year)[0]) == (1, 0)


def test_the_database_refuses_more_than_there_is(order_at: Any, actor: Any, sell: Any) -> None:
    order = order_at(shares={"package": "226.00"})
    package = sell(order, 1)
    settle_slip(actor=actor("cashier"), order_id=order.pk)
    use = PackageUse.objects.get()
    for change in ({"slip": "JS-2"}, {"slip": "JS-3", "quantity": -1, "value": -1}, {"slip": use.slip}):
        more = {"slip": use.slip, "quantity": 1, "value": 0} | change
        with pytest.raises(IntegrityError), transaction.atomic():
            PackageUse.objects.create(
                units=use.units, line=use.line, taken_at=use.taken_at, taken_by=use.taken_by, **more
            )
    with pytest.raises(IntegrityError), transaction.atomic():
        Package.objects.filter(pk=package.pk).update(released=Decimal("100.01"))


def test_uses_and_reversals_in_any_order_keep_the_ledger_to_the_cent(order_at: Any, actor: Any, sell: Any) -> None:
    """Three packages of odd prices, 120 random slips and reversals; after each the ledger adds up."""
    order, cashier, chance = order_at(shares={"package": "226.00"}), actor("cashier"), random.Random(7)  # noqa: S311
    for number, price in ((3, "100.00"), (7, "99.99"), (1, "0.01")):
        sell(order, number, price)
    line, standing, refused = order.lines.get(), [], 0
    for step in range(120):
        if standing and chance.random() < 0.4:
            give_back(actor=cashier, slip=standing.pop(chance.randrange(len(standing))), order=order)
        else:
            try:
                redeem(actor=cashier, order=order, lines=[line], slip=f"JS-{step}")
                standing.append(f"JS-{step}")
            except Refused:
                refused += 1
                assert len(standing) == 11
        for row in PackageUnits.objects.select_related("package"):
            sums = row.uses.aggregate(n=Sum("quantity", default=0), v=Sum("value", default=Decimal(0)))
            assert (row.used, row.package.released) == (sums["n"], sums["v"])
            assert (row.left == 0) <= (row.package.released == row.package.net), "used up: the whole price is earned"
            assert row.used > 0 or row.package.released == 0
    assert refused, "the packages ran out at times"


def _two(order_at: Any, sell: Any) -> tuple[Line, Line, Package]:
    """Lines of two orders of one car, with one unit between them."""
    first, second = order_at(shares={"package": "226.00"}), order_at(shares={"package": "226.00"})
    with pgtrigger.ignore():  # a car is in the shop once: the other visit is an earlier one
        proofs = {f"{stem}_at": second.arrived_at for stem in ("settled", "released")}
        proofs |= {f"{stem}_by": second.advisor for stem in ("settled", "released")}
        WorkOrder.objects.filter(pk=second.pk).update(state="released", vehicle=first.vehicle, **proofs)
    lines = [Line.objects.select_related("order__vehicle", "operation").get(order=one) for one in (first, second)]
    return lines[0], lines[1], sell(first, 1)


def _taken(cashier: Any, line: Line, slip: str) -> int:
    return len(redeem(actor=cashier, order=line.order, lines=[line], slip=slip))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_orders_take_the_last_unit_once(race: Any, order_at: Any, actor: Any, sell: Any) -> None:
    one, other, package = _two(order_at, sell)
    cashier = actor("cashier")
    first, second = race(lambda: _taken(cashier, one, "JS-1"), lambda: _taken(cashier, other, "JS-2"))
    assert first == 1
    assert "has a unit left" in second
    assert (PackageUse.objects.count(), units(package)) == (1, (0, Decimal("100.00")))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_meets_the_database(
    race: Any, order_at: Any, actor: Any, sell: Any, settings: Any
) -> None:
    one, other, package = _two(order_at, sell)
    settings.LOCKS_OFF, cashier = True, actor("cashier")
    outcomes = race(lambda: _taken(cashier, one, "JS-1"), lambda: _taken(cashier, other, "JS-2"))
    assert outcomes == (1, "IntegrityError")
    assert (PackageUse.objects.count(), units(package)) == (1, (0, Decimal("100.00")))
