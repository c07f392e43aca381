"""My work, Checks, Parts, Wash and Today come by themselves: one question while nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dms.clock import as_of, now
from reception.services.found import put_aside
from workshop.services import checks, clocks, dispatch, extra, holds, parts

pytestmark = pytest.mark.django_db


class Page:
    """A page as its browser polls it."""

    def __init__(self, client: Client, route: str) -> None:
        self.client, self.url = client, reverse(route)
        whole = client.get(self.url)
        assert whole.status_code == 200
        self.etag = ""
        self.changed()
        assert f'data-etag="{self.etag.replace(chr(34), "&quot;")}"' in whole.text

    def ask(self) -> Any:
        return self.client.get(self.url, headers={"HX-Request": "true", "X-Poll": "1", "If-None-Match": self.etag})

    def changed(self) -> bool:
        """Whether something else is shown than before."""
        answer = self.ask()
        self.etag = answer.headers["ETag"]
        return bool(answer.status_code == 200)


def of(membership: Any) -> Client:
    client = Client()
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """No minute ends in the middle of a test: each one is something new by itself."""
    with as_of(now()):
        yield


def test_nothing_new_is_three_queries(working: Any, technician: Any, login: Any) -> None:
    working()
    routes = {"me": of(technician), "checks": login("inspector"), "parts": login("parts_clerk"), "wash": of(technician)}
    for route, client in routes.items():
        page = Page(client, f"workshop:{route}")
        with CaptureQueriesContext(connection) as queries:
            answer = page.ask()
        assert (route, answer.status_code, answer.content) == (route, 304, b"")
        assert len(queries) <= (5 if route == "me" else 3), (route, [one["sql"][:80] for one in queries])


def test_my_work_hears_of_jobs_holds_and_parts(working: Any, handed_over: Any, technician: Any, actor: Any) -> None:
    job, boss = working(issued=False), actor("supervisor")
    page = Page(of(technician), "workshop:me")
    order = dispatch.accept(actor=boss, order_id=handed_over().pk)
    assert page.changed()
    dispatch.assign(actor=boss, order_id=order.pk, technician=technician)
    assert page.changed()
    hold = holds.put(actor=boss, order_id=job.order_id, reason="parts", job_id=job.pk)
    assert page.changed()
    holds.end(actor=boss, hold_id=hold.pk)
    assert page.changed()
    line = job.order.lines.get(kind="part")
    parts.issue(actor=actor("parts_clerk"), line_id=line.pk, quantity=line.quantity)
    assert page.changed()


def test_checks_parts_wash_and_today_hear_what_is_theirs(
    working: Any, hands: Any, technician: Any, actor: Any, login: Any
) -> None:
    job = working(issued=False)
    advisor = Client()
    advisor.force_login(job.order.advisor, backend="django.contrib.auth.backends.ModelBackend")
    shelf, today = Page(login("parts_clerk"), "workshop:parts"), Page(advisor, "reception:today")
    line = job.order.lines.get(kind="part")
    parts.issue(actor=actor("parts_clerk"), line_id=line.pk, quantity=line.quantity)
    assert shelf.changed()
    found = extra.report_words(actor=hands, job_id=job.pk, finding="异响")
    assert today.changed()
    put_aside(actor=actor("service_advisor"), found_id=found.pk, reason="正常")
    assert today.changed()
    waiting, wash = Page(login("inspector"), "workshop:checks"), Page(of(technician), "workshop:wash")
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    assert waiting.changed()
    checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=True)
    assert waiting.changed()
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)
    assert waiting.changed()
    assert wash.changed()
    assert "粤B·72K" in wash.client.get(wash.url).text
