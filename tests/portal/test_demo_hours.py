"""The demo is made at any hour of the day, on any day; here at the worst ones."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from dms.clock import as_of
from portal.demo import fill as made
from reception.models import WorkOrder
from reception.states import State
from records.models import Counter
from workshop.models import Clocking

#: The day of today is the same with fewer cars behind it.
FEW = 100
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("at", ["2026-12-01 00:20", "2026-10-07 22:30", "2028-02-29 06:00"])
def test_the_day_looks_alive(at, monkeypatch):
    monkeypatch.setattr(made, "CARS", FEW)
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    with transaction.atomic(), as_of(moment):
        made.fill(3)
        orders = list(WorkOrder.objects.order_by("-id")[:20])
        assert {order.state for order in orders} == set(State.values)
        assert {0 < (moment - order.arrived_at).total_seconds() < 4 * 3600 for order in orders} == {True}
        late = [order for order in orders if order.state == State.WORKING and order.promised_at < moment]
        assert len(late) == 1
        clocks = Clocking.objects.filter(stopped_at__isnull=True)
        assert {0 < (moment - clock.started_at).total_seconds() < 4 * 3600 for clock in clocks} == {True}
        newest = {order.number.split("-")[2] for order in orders}
        assert newest <= set(Counter.objects.filter(kind="WT").values_list("period", flat=True))
        transaction.set_rollback(True)
