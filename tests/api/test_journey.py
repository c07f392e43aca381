"""A new customer's first car, from the telephone number to the open gate, by the API alone: one program each role."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dms.clock import branch_day, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(branch: Any) -> None:
    """Brake pads: 1.5 hours at 300, a set at 480 with five on the shelf; and a wiper of 90."""
    from catalog.models import LabourOperation, LabourRate, Part, PartPrice, Stock

    since = branch_day(branch) - timedelta(days=9)
    LabourRate.objects.create(branch=branch, price=Decimal(300), tax_rate=Decimal("0.13"), valid_from=since)
    LabourOperation.objects.create(code="BRK-01", name="更换前刹车片", standard_hours=Decimal("1.5"))
    for code, name, price in (("P-1", "刹车片", 480), ("P-2", "雨刮片", 90)):
        part = Part.objects.create(code=code, name=name, unit="套")
        PartPrice.objects.create(
            branch=branch, part=part, price=Decimal(price), cost=Decimal(60), tax_rate=Decimal("0.13"), valid_from=since
        )
        Stock.objects.create(branch=branch, part=part, on_hand=Decimal(5))


def received(advisor: Any) -> int:
    """Customer, car, arrival, walk-round, lines, promise, signature: the order's id."""
    customer = advisor.does("customers/", {"name": "周敏", "phone": "13912345678"}, 201)
    car = advisor.does("vehicles/", {"plate": "粤B72K91", "owner": customer["id"]}, 201)
    assert advisor.does("vehicles/search/", {"q": "72K91"})["items"][0]["owner"]["id"] == customer["id"]
    order = advisor.does("work-orders/", {"vehicle": car["id"], "visit_type": "repair"}, 201)
    here = f"work-orders/{order['id']}/"
    said = advisor.does(f"{here}statements/", {"words": "刹车时有尖叫声", "since": "上周"}, 201)
    advisor.does(f"{here}odometer/", {"km": 48_912})
    mark = {"view": "top", "zone": "boot", "x": "50.0", "y": 88, "kind": "dent"}
    taken = [{"kind": "key"}, {"kind": "handbook"}]
    walked = advisor.does(f"{here}walk-round/", {"fuel_quarters": 2, "kit": True, "marks": [mark], "taken": taken})
    assert (walked["state"], walked["walk"]["marks"][0]["zone"], len(walked["taken"])) == ("inspecting", "boot", 2)
    edited = advisor.patch(here, {"wash": False}, walked["version"])
    assert (edited.status_code, edited.json()["wash"]) == (200, False)
    line = advisor.does(f"{here}lines/", {"operation": "BRK-01", "statement": said["id"]}, 201)
    assert (line["quantity"], line["gross"], line["state"]) == ("1.50", "450.00", "draft")
    pads = advisor.does(f"{here}lines/", {"part": "P-1"}, 201)
    two = advisor.patch(f"{here}lines/{pads['id']}/", {"quantity": "2"}, pads["version"])
    assert (two.status_code, two.json()["gross"]) == (200, "960.00")
    advisor.does(f"{here}promise/", {"at": (now() + timedelta(hours=4)).isoformat()})
    signed = advisor.does(f"{here}sign/", {"signer": "周敏"})
    assert (signed["state"], signed["authorised_amount"]) == ("authorised", "1410.00")
    advisor.does(f"{here}hand-to-workshop/")
    return order["id"]


def worked(program: Any, advisor: Any, here: str) -> None:
    """Accept, dispatch, parts, clock, extra work and its answer, three checks."""
    supervisor, technician, parts = program("supervisor"), program("technician"), program("parts_clerk")
    assert supervisor.does(f"{here}transitions/", {"action": "accept"})["state"] == "queued"
    hands = supervisor.get("technicians/").json()["items"]
    assert [row["id"] for row in hands] == [technician.membership.pk]
    assert supervisor.does(f"{here}assign/", {"technician": hands[0]["id"]})["state"] == "assigned"
    job = technician.get(f"jobs/?open=true&technician={hands[0]['id']}").json()["items"][0]["id"]
    assert technician.does(f"jobs/{job}/start/")["state"] == "running"
    lines = {row["code"]: row for row in parts.get(f"{here}lines/").json()["items"]}
    assert parts.post(f"{here}lines/{lines['P-1']['id']}/issues/", {"quantity": "3"}).status_code == 409
    parts.does(f"{here}lines/{lines['P-1']['id']}/issues/", {"quantity": "2"}, 201)
    found = technician.does(f"jobs/{job}/extra/", {"finding": "雨刮开裂", "part": "P-2", "quantity": 1}, 201)
    assert found["items"][0]["gross"] is None, "a technician sees no price"
    assert advisor.does(f"{here}offers/")["lines"][-1]["state"] == "offered"
    wiper = {"line": found["items"][0]["id"], "price_version": 1}
    answered = advisor.does(f"{here}answers/", {"signer": "周敏", "how": "phone", "approved": [wiper]})
    assert answered["authorised_amount"] == "1500.00"
    parts.does(f"{here}lines/{wiper['line']}/issues/", {"quantity": 1}, 201)
    technician.does(f"jobs/{job}/pause/", {"reason": "break"})
    technician.does(f"jobs/{job}/start/")
    assert technician.does(f"jobs/{job}/done/", {"correction": "更换前刹车片"})["state"] == "done"
    for who, level in ((technician, "self"), (program("team_leader"), "leader"), (program("inspector"), "final")):
        assert who.does(f"{here}checks/", {"level": level, "passed": True}, 201)["level"] == level


def handed_back(program: Any, advisor: Any, here: str) -> str:
    """Internal check, walk round, slip, money, things given back; the code of the gate pass."""
    ticks = [point["key"] for point in advisor.get(f"{here}handover/").json()["internal"]]
    assert ticks == ["work", "clean", "old_parts", "kit", "handbook"], "the handbook was taken in"
    assert advisor.post(f"{here}handover/pass/", {"checks": ticks[:2]}).status_code == 422
    assert advisor.does(f"{here}handover/pass/", {"checks": ticks})["state"] == "handing_over"
    advisor.does(f"{here}handover/walk/", {"advice": "检查轮胎", "next_service_km": 60_000})
    cashier = program("cashier")
    bill = cashier.does(f"{here}settlement/", status=201)
    assert (bill["owed"], bill["slip"]["gross"], bill["state"]) == ("1500.00", "1500.00", "handing_over")
    share = bill["receivables"][0]["id"]
    part = cashier.does(f"receivables/{share}/payments/", {"method": "scan", "amount": "500"}, 201)
    assert (part["owed"], part["state"]) == ("1000.00", "handing_over")
    cash = {"method": "cash", "amount": "1000.00", "tendered": "1100"}
    paid = cashier.does(f"receivables/{share}/payments/", cash, 201)
    assert (paid["owed"], paid["state"], paid["payments"][-1]["change"]) == ("0.00", "settled", "100.00")
    gate_pass = cashier.does(f"{here}gate-passes/", status=201)
    for thing in advisor.get(here).json()["taken"]:
        advisor.does(f"taken-items/{thing['id']}/return/")
    advisor.does(f"{here}old-parts/")
    return str(gate_pass["code"])


def test_a_car_from_the_telephone_to_the_gate(program: Any, catalogue: None) -> None:
    advisor = program("service_advisor")
    number = received(advisor)
    here = f"work-orders/{number}/"
    worked(program, advisor, here)
    assert advisor.get(here).json()["state"] == "ready", "no wash was wanted"
    code, guard = handed_back(program, advisor, here), program("gate")
    assert guard.get(here).status_code == 403
    opened = guard.does("gate/", {"code": code})
    assert (opened["outcome"], opened["plate"], opened["kind"]) == ("opened", "粤B72K91", "settlement")
    again = guard.post("gate/", {"code": code})
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    assert again.json()["title"] == "used"
    whole = advisor.get(here).json()
    assert (whole["state"], [row["state"] for row in whole["lines"]]) == ("released", ["done"] * 3)
    assert [row["action"] for row in whole["log"]][-1] == "release"
    assert whole["statements"][0]["correction"] == "更换前刹车片"


def test_a_slip_is_reversed_and_money_goes_back(program: Any, catalogue: None) -> None:
    advisor, cashier = program("service_advisor"), program("cashier")
    here = f"work-orders/{received(advisor)}/"
    worked(program, advisor, here)
    handed_back(program, advisor, here)
    bill = cashier.get(f"{here}settlement/").json()
    cash = bill["payments"][-1]["id"]
    back = cashier.does(f"payments/{cash}/refunds/", {"amount": "100.00", "reason": "多收"}, 201)
    assert (back["owed"], back["state"]) == ("100.00", "handing_over")
    assert cashier.post(f"payments/{cash}/refunds/", {"amount": "901", "reason": "x"}).status_code == 422
    reversed_bill = cashier.does(f"{here}settlement/reversal/", {"reason": "开错"}, 201)
    assert reversed_bill["slip"] is None
    assert [slip["gross"] for slip in reversed_bill["slips"]] == ["1500.00", "-1500.00"]
    assert sum(Decimal(row["amount"]) for row in reversed_bill["payments"]) == 0
