"""Answers to requests are forgotten after the days of their rule."""

from datetime import timedelta
from typing import Any

import pytest

from dms.clock import branch_day, now
from records.models import DatedRule, IdempotencyKey
from records.services import idempotency
from records.tasks import forget_old_answers

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(actor: Any) -> None:
    """One answer of each of the last nine days, named by its age."""
    user = actor("cashier").user
    for days in range(9):
        row = IdempotencyKey.objects.create(user=user, key=f"{days}", route="r", body_hash="", answer="a")
        IdempotencyKey.objects.filter(pk=row.pk).update(created_at=now() - timedelta(days=days, minutes=1))


def left() -> list[str]:
    return list(IdempotencyKey.objects.order_by("key").values_list("key", flat=True))


def test_after_a_week_an_answer_is_forgotten(keys: None, branch: Any) -> None:
    assert idempotency.forget_old() == 2
    assert left() == ["0", "1", "2", "3", "4", "5", "6"]
    assert idempotency.forget_old() == 0


def test_the_rule_of_the_most_patient_branch_holds(keys: None, branch: Any, other_branch: Any) -> None:
    for place, days in ((branch, 2), (other_branch, 4)):
        DatedRule.objects.create(branch=place, key="idempotency.days", value=days, valid_from=branch_day(place))
    forget_old_answers()
    assert left() == ["0", "1", "2", "3"]


def test_many_go_in_batches(keys: None, branch: Any, monkeypatch: Any, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(idempotency, "BATCH", 1)
    with django_assert_num_queries(2 + 3):  # branches, rule; two full batches and an empty one
        assert idempotency.forget_old() == 2


def test_a_forgotten_key_is_a_new_request(keys: None, actor: Any, branch: Any) -> None:
    row = IdempotencyKey.objects.get(key="8")
    person = actor("cashier").__class__(row.user, branch, frozenset())
    done: list[str] = []
    say = {"actor": person, "key": "8", "route": "r", "body": "b", "act": lambda: done.append("x") or "new"}
    idempotency.forget_old()
    assert [idempotency.once(**say), idempotency.once(**say), done] == ["new", "new", ["x"]]
