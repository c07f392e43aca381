"""Promises asked about again on visits that are over: exact figures of two invented visits, nothing written."""

import json
from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.core.management import call_command

from dms.clock import as_of
from reception.backtest import Score, backtest
from reception.models import Line, PlannedWork, WorkOrder
from tests.reception.test_promises import MONDAY, arrived, clock, shop, sign  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(arrived, actor):  # noqa: F811
    """`over(ready, wash=True)`: an order with two hours of work signed on Monday at nine, ready at `ready`."""

    def make(ready, wash=True):
        boss = actor("service_advisor")
        with as_of(MONDAY):
            order = arrived()
            sign(order, boss, clock(17))
        stems = ["authorised", "accepted", "quality", "internal", "walked", "settled", "released"]
        stems.append("washed" if wash else "wash_waived")
        proofs = {f"{stem}_at": ready for stem in stems} | {f"{stem}_by": boss.user for stem in stems}
        proofs |= {"authorised_at": MONDAY, "accepted_at": MONDAY}
        with pgtrigger.ignore():
            Line.objects.filter(order=order).update(state="done", standard_hours=Decimal(2))
            WorkOrder.objects.filter(pk=order.pk).update(state="released", wash=wash, **proofs)
        PlannedWork.objects.filter(line__order=order).delete()
        return order

    return make


def test_one_car_alone(shop, over, branch):  # noqa: F811
    """Ready at 12:00: naive promised 11:00, earliest 12:00 (9:00 + 2:45, up to the half hour), comfortable 14:00."""
    over(clock(12))
    assert backtest(branch) == [
        Score("naive", 1, 0.0, 60.0, 0.0), Score("earliest", 1, 1.0, 0.0, 0.0),
        Score("comfortable", 1, 1.0, 0.0, 120.0),
    ]  # fmt: skip


def test_a_car_without_a_wash_was_promised_sooner(shop, over, branch):  # noqa: F811
    """9:00 + 2 h + 25 min, up to the half hour: 11:30."""
    over(clock(12), wash=False)
    assert backtest(branch)[1] == Score("earliest", 1, 0.0, 30.0, 0.0)


def test_the_other_car_of_that_hour_was_in_the_way(shop, over, branch, capsys):  # noqa: F811
    """Both were signed at nine and each knew the other: 9:00 + 4 h + 45 min, up to the half hour, is 14:00."""
    over(clock(13)), over(clock(15))
    assert backtest(branch)[1] == Score("earliest", 2, 0.5, 30.0, 60.0)
    with as_of(clock(9) + timedelta(days=1)):
        call_command("promise_backtest")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of = {"branch": branch.code, "data": "this database", "visits": 2}
    assert told == [
        {"name": "promise: naive", **of, "kept": 0.0, "late_minutes": 180.0, "early_minutes": 0.0},
        {"name": "promise: earliest", **of, "kept": 0.5, "late_minutes": 30.0, "early_minutes": 60.0},
        {"name": "promise: comfortable", **of, "kept": 1.0, "late_minutes": 0.0, "early_minutes": 120.0},
    ]
