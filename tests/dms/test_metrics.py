"""`/metrics`: for this machine or with the token, routes by name, and what waits."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db


def figures(client: Client, **headers: str) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


def test_answers_are_counted_under_their_route(login: Any, signed: Any) -> None:
    client, order = login("manager"), signed()
    series = 'dms_requests_total{method="GET",route="api_reception:order",status="200"}'
    before = figures(Client()).get(series, 0)
    client.get(f"/api/v1/work-orders/{order.pk}/")
    client.get("/never/heard/of/13912345678/")
    after = figures(Client())
    assert after[series] == before + 1
    assert after['dms_requests_total{method="GET",route="none",status="404"}'] >= 1
    assert not [name for name in after if "13912345678" in name]


def test_what_waits_is_counted_when_asked(signed: Any) -> None:
    signed()
    seen = figures(Client())
    assert seen["dms_papers_waiting"] == 3  # check-in sheet, key tag, repair order
    assert seen['dms_sweep_rows{sweep="reminders"}'] == 0
    assert [name for name in seen if re.search(r"order_id|/\d", name)] == []


def test_others_are_told_there_is_nothing() -> None:
    assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 404
    assert Client(REMOTE_ADDR="").get("/metrics").status_code == 404
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    # A proxy on this machine makes everybody look like this machine.
    assert Client().get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 404
    assert Client().post("/metrics").status_code == 405


@override_settings(METRICS_TOKEN="s3cret")
def test_a_token_of_the_environment_opens_it_from_afar() -> None:
    far = Client(REMOTE_ADDR="10.1.2.3")
    assert far.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    for wrong in ("Bearer s3cre", "s3cret", "Bearer ümlaut", ""):
        assert far.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    assert Client().get("/metrics").status_code == 404, "once there is a token, this machine needs it too"
