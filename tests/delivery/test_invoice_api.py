"""Invoices, forced release and the log of the gate by the API: the same acts and refusals as on the pages."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from accounts.services.pins import set_pin
from delivery.services.settlement import settle_slip
from reception.models import ForcedRelease, GateLog

pytestmark = pytest.mark.django_db


def test_an_invoice_from_the_request_to_the_red_letter(
    order_at: Any, program: Any, actor: Any, other_branch: Any
) -> None:
    cashier = program("cashier")
    share = settle_slip(actor=actor("cashier"), order_id=order_at().pk).receivables.get()
    asks = f"receivables/{share.pk}/invoices/"
    assert cashier.post(asks, {"kind": "special", "title": "Yuehai"}).status_code == 422
    asked = cashier.does(asks, {"kind": "ordinary", "title": "Yuehai"}, 201)
    assert (asked["state"], asked["gross"], asked["tax"], asked["way"]) == ("requested", "113.00", "13.00", None)
    assert cashier.post(asks, {"kind": "ordinary", "title": "Yuehai"}).status_code == 409
    assert program("cashier", other_branch).post(f"invoices/{asked['id']}/number/", {"number": "1"}).status_code == 404
    done = cashier.does(f"invoices/{asked['id']}/number/", {"number": "2644200000000001"})
    assert (done["state"], done["number"]) == ("issued", "2644200000000001")
    assert cashier.post(f"invoices/{asked['id']}/withdraw/").status_code == 409
    assert cashier.post(f"invoices/{asked['id']}/again/").status_code == 404, "no provider"
    red = cashier.does(f"invoices/{asked['id']}/red/", None, 201)
    assert (red["reverses"], red["gross"]) == (asked["id"], "-113.00")
    lists = cashier.get("invoices/").json()
    assert [row["id"] for row in lists["to_issue"]] == [red["id"]]
    assert [(row["id"], row["state"]) for row in lists["issued"]] == [(asked["id"], "reversed")]
    assert program("gate").get("invoices/").status_code == 403


def test_a_car_is_let_out_by_force_and_the_log_says_so(
    order_at: Any, program: Any, actor: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    order, guard, boss = order_at(), program("gate"), actor("supervisor")
    set_pin(user=boss.person, pin="4711")
    assert guard.get("gate/force/").json() == {"items": [{"id": boss.person.pk, "name": boss.person.name}]}
    out = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    sent = {
        "plate": order.vehicle.plate, "reason": "fire in the yard", "by": boss.person.pk, "pin": "0000",
        "photo": b64encode(out.getvalue()).decode(),
    }  # fmt: skip
    assert guard.post("gate/force/", sent).status_code == 422
    assert GateLog.objects.get().outcome == "wrong_pin", "a wrong PIN stays counted"
    assert guard.post("gate/force/", sent | {"pin": "4711", "photo": "no picture"}).status_code == 422
    done = guard.post("gate/force/", sent | {"pin": "4711"})
    assert (done.status_code, done.json()["plate"], done.json()["order_state"]) == (
        201, order.vehicle.plate, "handing_over",
    )  # fmt: skip
    assert guard.post("gate/force/", sent | {"pin": "4711"}).status_code in (409, 422)
    assert ForcedRelease.objects.count() == 1
    assert guard.get("gate/log/").status_code == 403
    log = program("supervisor").get("gate/log/").json()
    assert [row["reason"] for row in log["forced"]] == ["fire in the yard"]
    assert [row["outcome"] for row in log["attempts"]] == ["wrong_pin"]
