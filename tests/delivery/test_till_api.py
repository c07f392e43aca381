"""The till by the API: the same acts and refusals as on the pages."""

from decimal import Decimal
from typing import Any

import pytest

from delivery.models import DayClose, Deposit, Drawer
from delivery.services.settlement import settle_slip
from dms.clock import branch_day

pytestmark = pytest.mark.django_db


def test_a_drawer_and_the_close_of_its_day(order_at: Any, program: Any, actor: Any, branch: Any) -> None:
    cashier, order = program("cashier"), order_at()
    assert cashier.get("drawer/").status_code == 404
    assert cashier.does("drawer/", {"amount": "500"}, 201)["holds"] == "500.00"
    share = settle_slip(actor=actor("cashier"), order_id=order.pk).receivables.get()
    cashier.does(f"receivables/{share.pk}/payments/", {"method": "cash", "amount": "113.00", "tendered": "120"}, 201)
    mine = cashier.get("drawer/").json()
    assert (mine["cash_in"], mine["cash_out"], mine["holds"]) == ("113.00", "0.00", "613.00")
    day = {"day": branch_day(branch).isoformat()}
    assert cashier.post("day-closes/", day).status_code == 409
    count = f"drawers/{mine['id']}/count/"
    assert cashier.post(count, {"counted": "612"}).status_code == 422
    assert program("cashier").post(count, {"counted": "613"}).status_code == 403
    assert cashier.does(count, {"counted": "612", "reason": "one fell down"})["difference"] == "-1.00"
    close = cashier.does("day-closes/", day, 201)
    assert (close["content"]["total"], close["content"]["methods"][0]["net"]) == ("113.00", "113.00")
    assert cashier.get(f"day-closes/{close['id']}/").json() == close
    assert cashier.post("day-closes/", day).status_code == 409
    assert (Drawer.objects.count(), DayClose.objects.count()) == (1, 1)


def test_another_branch_sees_nothing(program: Any, actor: Any, other_branch: Any) -> None:
    from delivery.services.drawer import close_day, set_float

    drawer = set_float(actor=actor("cashier"), amount="1")
    Drawer.objects.filter(pk=drawer.pk).update(float_amount=2)
    stranger = program("cashier", other_branch)
    assert stranger.post(f"drawers/{drawer.pk}/count/", {"counted": "2"}).status_code == 404
    boss = actor("cashier", other_branch)
    close = close_day(actor=boss, day=branch_day(other_branch))
    assert program("cashier").get(f"day-closes/{close.pk}/").status_code == 404


def test_credit_and_deposits(order_at: Any, program: Any, actor: Any) -> None:
    order, cashier, manager = order_at(), program("cashier"), program("manager")
    terms = f"customers/{order.payer_id}/credit-terms/"
    assert cashier.post(terms, {"limit": "500", "days": 20}).status_code == 403
    assert manager.does(terms, {"limit": "500", "days": 20}) == {
        "customer": order.payer_id, "limit": "500.00", "days": 20,
    }  # fmt: skip
    deposits = f"customers/{order.payer_id}/deposits/"
    first = cashier.post(deposits, {"method": "scan", "amount": "100"}, key="once")
    again = cashier.post(deposits, {"method": "scan", "amount": "100"}, key="once")
    assert (first.status_code, first.json()) == (201, again.json())
    share = settle_slip(actor=actor("cashier"), order_id=order.pk).receivables.get()
    cashier.does(f"receivables/{share.pk}/payments/", {"method": "deposit", "amount": "60"}, 201)
    back = cashier.does(f"deposits/{first.json()['id']}/refunds/", {"amount": "40", "reason": "rest"})
    assert back["left"] == "0.00"
    cashier.does(f"receivables/{share.pk}/credit/")
    (row,) = cashier.get("open-credit/").json()["items"]
    assert (row["customer"], row["owed"], row["ages"]) == (order.payer_id, "53.00", ["53.00", "0.00", "0.00", "0.00"])
    assert Deposit.objects.get().left_amount == Decimal("0.00")
