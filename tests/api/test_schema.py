"""The description of the API: made without a warning, complete, readable; and nothing in it brings us down."""

import json
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from accounts.roles import Role
from accounts.tokens import TokenThrottle

pytestmark = pytest.mark.django_db


@pytest.fixture
def described() -> dict[str, Any]:
    answer = Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_it_is_made_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def routes() -> set[str]:
    """Every address under /api/v1/, as the description writes it."""
    found = set()
    for resolver in get_resolver().url_patterns:
        for pattern in getattr(resolver, "url_patterns", ()):
            path = "/" + str(resolver.pattern) + str(pattern.pattern)
            if path.startswith("/api/v1/"):
                found.add(re.sub(r"<\w+:(\w+)>", r"{\1}", path))
    return found


def test_every_route_is_described_with_its_errors(described: dict[str, Any]) -> None:
    assert set(described["paths"]) == routes()
    operations = [one for path in described["paths"].values() for one in path.values()]
    assert all("application/problem+json" in one["responses"]["default"]["content"] for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert set(described["components"]["securitySchemes"]) == {"cookieAuth", "token"}


def test_headers_are_described(described: dict[str, Any]) -> None:
    def headers(path: str, method: str) -> dict[str, bool]:
        found = described["paths"][path][method].get("parameters", [])
        return {one["name"]: one.get("required", False) for one in found if one["in"] == "header"}

    assert headers("/api/v1/work-orders/{order_id}/transitions/", "post") == {"Idempotency-Key": False}
    assert headers("/api/v1/customers/{customer_id}/", "patch") == {"If-Match": True}
    assert headers("/api/v1/customers/{customer_id}/", "get") == {}


def test_the_page_is_ours_and_its_policy_holds() -> None:
    page = Client().get("/api/docs/")
    assert page.status_code == 200
    assert "<style" not in page.text
    assert "onload" not in page.text
    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle" in page.text
    assert "unsafe" not in page["Content-Security-Policy"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_nothing_that_is_sent_is_a_server_error(
    program: Any, signed: Any, found: Any, described: dict[str, Any], monkeypatch: Any, mode: GenerationMode
) -> None:
    # What the description allows, and what it forbids, for every operation; ids are those of real rows.
    monkeypatch.setattr(TokenThrottle, "rate", "100000/minute", raising=False)
    order, bot = signed(), program("manager")
    real = {
        "order_id": order.pk, "vehicle_id": order.vehicle_id, "customer_id": order.owner_id, "line_id": found(order).pk,
    }  # fmt: skip
    type(bot.membership).objects.filter(pk=bot.membership.pk).update(roles=Role.values)
    bot.client.raise_request_exception = False
    seen: list[tuple[str, int]] = []

    for result in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = result.ok()

        @seed(20260101)
        @settings(
            max_examples=6, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            path = case.path
            for name in case.path_parameters or {}:
                path = path.replace(f"{{{name}}}", quote(str(real.get(name, case.path_parameters[name])), safe=""))
            text = "" if isinstance(case.body, NotSet) else json.dumps(case.body, default=str)
            query = urlencode({name: str(value) for name, value in (case.query or {}).items()}, errors="replace")
            headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": "*", "Accept-Language": "en"}
            address = f"{path}?{query}"
            answer = bot.client.generic(case.method, address, text, "application/json", headers=headers)
            seen.append((f"{case.method} {path}", answer.status_code))
            assert answer.status_code < 500, (case.method, address, text)

        ask()

    assert len(seen) > 100
    statuses = {status for _what, status in seen}
    assert not statuses & {401, 429}, "the fuzzer looks at nothing but the door"
    assert {200, 422} <= statuses
