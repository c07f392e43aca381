"""One shape for every error (RFC 9457), inside a view and outside of any."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def check(answer: Any, status: int, title: str = "") -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert (
        {"type", "title", "status", "detail"} <= set(body) <= {"type", "title", "status", "detail", "errors", "values"}
    )
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["detail"]
    assert body["title"] == title or not title
    return body


def test_every_kind_of_error(program: Any, signed: Any) -> None:
    bot, order = program("service_advisor"), signed()
    here = f"work-orders/{order.pk}/"
    broken = bot.client.post("/api/v1/customers/", "{", content_type="application/json")
    check(broken, 400, "Bad Request")
    check(Client().get("/api/v1/work-orders/"), 401, "Unauthorized")
    check(bot.post("gate/", {"code": "1"}), 403, "forbidden")
    check(bot.get("work-orders/999999999/"), 404, "Not Found")
    wrong = bot.ask("PUT", here)
    check(wrong, 405, "Method Not Allowed")
    assert "PATCH" in wrong["Allow"]
    check(bot.get(here, Accept="text/html"), 406, "Not Acceptable")
    check(bot.post(f"{here}transitions/", {"action": "accept"}), 403, "forbidden")
    check(bot.post(f"{here}transitions/", {"action": "estimate"}), 409, "refused")
    check(bot.patch(here, {"wash": True}, order.version + 7), 409, "refused")
    form = bot.client.post("/api/v1/customers/", {"name": "x"}, headers={"Idempotency-Key": "k"})
    check(form, 415, "Unsupported Media Type")
    check(bot.patch(here, {"wash": True}), 428, "if_match_required")


def test_what_is_wrong_with_which_field(program: Any, signed: Any) -> None:
    bot = program("service_advisor")
    mark = {"zone": "wing", "kind": "dent", "x": 101}
    body = check(
        bot.post(f"work-orders/{signed().pk}/walk-round/", {"fuel_quarters": 9, "marks": [mark]}), 422, "invalid"
    )
    assert {row["field"] for row in body["errors"]} == {"fuel_quarters", "marks.0.zone", "marks.0.x"}
    body = check(bot.post("work-orders/", []), 422, "invalid")
    assert [row["field"] for row in body["errors"]] == [""]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 5000])
def test_text_that_cannot_be_kept(program: Any, signed: Any, text: str) -> None:
    bot, order = program("service_advisor"), signed()
    check(bot.post(f"work-orders/{order.pk}/statements/", {"words": text}), 422, "invalid")
    check(bot.post("customers/search/", {"q": text}), 422, "invalid")


def test_outside_of_any_view(program: Any) -> None:
    bot = program("service_advisor")
    check(bot.get("nonsense/"), 404, "Not Found")
    check(bot.get("work-orders/x/"), 404)
    check(bot.client.get("/api/v1/me/", headers={"Host": "evil.example"}), 400)
    page = bot.client.get("/nonsense/")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_our_own_fault_is_a_problem_too(program: Any, monkeypatch: Any) -> None:
    from accounts.api import WhoAmI

    def broken(*_all: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(WhoAmI, "get", broken)
    bot = program("service_advisor")
    bot.client.raise_request_exception = False
    body = check(bot.get("me/"), 500)
    assert "on purpose" not in str(body)


@pytest.mark.parametrize("query", ["q=%00", "after=%00", "q=%25_%F0%9F%98%80", "size=１", "q=" + "x" * 3000])
def test_odd_addresses(program: Any, query: str) -> None:
    bot = program("manager")
    for path in (
        "parts/",
        "operations/",
        "vehicle-models/",
        "customers/",
        "work-orders/",
        "jobs/",
        "reminders/",
        "lapses/",
    ):
        assert bot.get(f"{path}?{query}").status_code in (200, 422), (path, query)
