"""Lists gathered in one query are the lists that the querysets give alone."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Subquery, Sum
from django.test.utils import CaptureQueriesContext

from accounts.models import Branch, Membership, OpeningHours, Shift
from dms.clock import now
from dms.gather import gather, keep
from reception.models import Line, OrderLog, Statement, WorkOrder

pytestmark = pytest.mark.django_db


def columns(rows: list[Any]) -> list[dict[str, Any]]:
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


def test_every_column_comes_through(signed: Any, actor: Any) -> None:
    signed()
    member = actor("technician").user.memberships.get()
    Shift.objects.create(
        membership=member, works_on=date(2026, 11, 25), begins="08:30", ends="17:30:00.250", created_at=now()
    )
    asked = [WorkOrder.objects.order_by("id"), Line.objects.all(), OrderLog.objects.order_by("-id"),
             Membership.objects.order_by("id"), Shift.objects.all(), Branch.objects.all()]  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        found = gather(*asked)
    assert len(queries) == 1
    for rows, queryset in zip(found, asked, strict=True):
        assert columns(rows) == columns(list(queryset))
        assert [[type(v) for v in c.values()] for c in columns(rows)] == [
            [type(v) for v in c.values()] for c in columns(list(queryset))
        ]


def test_related_rows_annotations_and_deferred_columns(signed: Any) -> None:
    order = signed()
    plate = order.vehicle.plate
    spans = WorkOrder.objects.filter(pk=order.pk).values("pk").annotate(sum=Sum("lines__gross")).values("sum")
    lines = Line.objects.select_related("order__vehicle", "found_by", "statement").defer("name")
    asked = lines.annotate(
        owed=Subquery(spans), ahead=F("order__promised_at") - F("order__arrived_at"), twice=F("quantity") * 2
    )
    with CaptureQueriesContext(connection) as queries:
        (line,) = gather(asked)[0]
        assert (line.order.vehicle.plate, line.found_by, line.statement) == (plate, None, None)
        assert (line.owed, line.twice) == (Decimal("240.00"), Decimal("2.00"))
        assert line.ahead == order.promised_at - order.arrived_at
        assert isinstance(line.ahead, timedelta)
    assert len(queries) == 1
    assert line.get_deferred_fields() == {"name"}
    assert line.name == "诊断"


def test_the_order_of_rows_and_a_slice(branch: Any) -> None:
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens="08:30", closes="18:00") for day in (3, 1, 5, 0)
    )
    asked = branch.opening_hours.order_by("-weekday")
    found = gather(asked, asked[1:3], OpeningHours.objects.none(), asked.filter(weekday=6))
    assert [[row.weekday for row in rows] for rows in found] == [[5, 3, 1, 0], [3, 1], [], []]
    with CaptureQueriesContext(connection) as queries:
        assert found[0][0].branch is branch, "the parent is known"
    assert len(queries) == 0


def test_kept_rows_are_not_asked_for_again(signed: Any) -> None:
    order = signed()
    for name, rows in zip(
        ("statements", "lines"),
        gather(Statement.objects.filter(order=order), Line.objects.filter(order=order)),
        strict=True,
    ):
        keep(order, name, rows)
    with CaptureQueriesContext(connection) as queries:
        assert [row.words for row in order.statements.all()] == ["冷车起步异响"]
        assert [row.order is order for row in order.lines.all()] == [True]
    assert len(queries) == 0


def test_text_that_could_end_a_string_early(signed: Any) -> None:
    order = signed()
    Statement.objects.filter(order=order).update(words="\"\\ ' %s {} \n ☃ 1e5")
    assert gather(Statement.objects.filter(words__contains="%s"))[0][0].words == "\"\\ ' %s {} \n ☃ 1e5"
