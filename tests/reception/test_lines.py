"""Drafts of the check-in page: the order is locked before its line, as by every other writer."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reception.models import Line
from reception.services import lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(signed: Any, actor: Any) -> Line:
    order = signed()
    operation = order.lines.get().operation
    return lines.add_labour(actor=actor("service_advisor"), order_id=order.pk, operation=operation)


def locked_by(queries: Any) -> list[str]:
    """The tables of the row locks, in the order in which they were taken."""
    return [re.search(r'FROM "(\w+)"', row["sql"])[1] for row in queries if "FOR UPDATE" in row["sql"]]


def test_removing_locks_the_order_first(draft: Line, actor: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        lines.drop(actor=actor("service_advisor"), line_id=draft.pk)
    assert locked_by(queries)[:2] == ["reception_workorder", "reception_line"]
    assert not Line.objects.filter(pk=draft.pk).exists()
    lines.drop(actor=actor("service_advisor"), line_id=draft.pk)


def test_adjusting_locks_the_order_first(draft: Line, actor: Any, other_branch: Any) -> None:
    new = {"quantity": Decimal(2), "payer": "customer", "coverage": "none", "statement": None}
    with CaptureQueriesContext(connection) as queries:
        lines.adjust(actor=actor("service_advisor"), line_id=draft.pk, **new)
    assert locked_by(queries)[:2] == ["reception_workorder", "reception_line"]
    draft.refresh_from_db()
    assert (draft.quantity, draft.version) == (2, 2)
    with pytest.raises(Line.DoesNotExist):
        lines.adjust(actor=actor("service_advisor", other_branch), line_id=draft.pk, **new)
