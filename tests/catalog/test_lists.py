"""The lists that are kept by hand: add, change, end; deliveries are a branch's own and come into its stock once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from catalog.models import (
    CareRule,
    ExpectedPart,
    LabourOperation,
    Part,
    PartDemand,
    PartSubstitute,
    Stock,
    WarrantyTerm,
)
from catalog.selectors import expected_on
from catalog.services import keeping
from dms.clock import branch_day
from dms.errors import Refused
from records.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def part(db: None) -> Part:
    return Part.objects.create(code="04E115561", name="机油滤清器")


def delivery(branch: Any, part: Part, days: int, quantity: int = 2) -> ExpectedPart:
    return ExpectedPart.objects.create(
        branch=branch, part=part, quantity=quantity, expected_on=branch_day(branch) + timedelta(days=days)
    )


def test_the_next_delivery_of_a_part_counts_from_today_on(branch: Any, other_branch: Any, part: Part) -> None:
    today = branch_day(branch)
    assert expected_on([part.pk], branch) == {}
    delivery(branch, part, -1)
    delivery(other_branch, part, 1)
    assert expected_on([part.pk], branch) == {}, "overdue, and another branch's"
    late, soon = delivery(branch, part, 5), delivery(branch, part, 0)
    assert expected_on([part.pk], branch) == {part.pk: today}
    ExpectedPart.objects.filter(pk=soon.pk).update(
        state="in", received=soon.quantity, received_at=late.created_at, received_by=_somebody()
    )
    assert expected_on([part.pk], branch) == {part.pk: today + timedelta(days=5)}


def _somebody() -> Any:
    from accounts.models import User

    return User.objects.create_user("x", "a good password", name="x")


def test_a_delivery_is_added_moved_and_received_once(login: Any, branch: Any, part: Part) -> None:
    client, day = login("parts_clerk"), branch_day(branch) + timedelta(days=3)
    form = {"part": part.code, "quantity": "4", "expected_on": day.isoformat(), "note": "总仓"}
    assert client.post(reverse("catalog:deliveries"), form).status_code == 302
    row = ExpectedPart.objects.get()
    assert (row.branch, row.part, row.quantity, row.expected_on) == (branch, part, Decimal(4), day)
    one = reverse("catalog:delivery", args=[row.pk])
    assert f'value="{part.code}"' in client.get(one).text
    later = form | {"expected_on": (day + timedelta(days=1)).isoformat(), "do": "save"}
    assert client.post(one, later).status_code == 302
    assert expected_on([part.pk], branch) == {part.pk: day + timedelta(days=1)}
    assert client.post(one, {"do": "receive"}).status_code == 302
    assert client.post(one, {"do": "receive"}).status_code == 409
    assert client.post(one, {"do": "end"}).status_code == 409
    assert Stock.objects.get(branch=branch, part=part).on_hand == Decimal(4)
    assert expected_on([part.pk], branch) == {}


def test_another_branch_neither_changes_nor_receives_a_delivery(
    actor: Any, branch: Any, other_branch: Any, part: Part
) -> None:
    row = delivery(branch, part, 1)
    for act in (keeping.receive_expected, keeping.end, keeping.keep):
        with pytest.raises(ExpectedPart.DoesNotExist):
            act(actor=actor("parts_clerk", other_branch), row=row)


def test_substitutes_are_another_part_and_stand_once(login: Any, part: Part) -> None:
    client, other = login("parts_clerk"), Part.objects.create(code="OC 593", name="马勒机滤")
    url = reverse("catalog:substitutes")
    same = client.post(url, {"part": part.code, "substitute": part.code})
    assert same.status_code == 422
    assert "A part does not stand in for itself" in same.text or "不能替代自身" in same.text
    assert client.post(url, {"part": part.code, "substitute": "nothing"}).status_code == 422
    assert client.post(url, {"part": part.code, "substitute": other.code}).status_code == 302
    assert client.post(url, {"part": part.code, "substitute": other.code}).status_code == 422
    row = PartSubstitute.objects.get()
    assert client.post(reverse("catalog:substitute", args=[row.pk]), {"do": "end"}).status_code == 302
    assert client.post(url, {"part": part.code, "substitute": other.code}).status_code == 302, "ended: again"


def test_a_warranty_has_a_limit_and_is_kept_with_who_did_it(login: Any) -> None:
    client, url = login("manager"), reverse("catalog:terms")
    assert client.post(url, {"kind": "vehicle", "category": ""}).status_code == 422
    assert client.post(url, {"kind": "vehicle", "category": "", "months": "36", "km": "100000"}).status_code == 302
    assert client.post(url, {"kind": "vehicle", "category": "", "months": "24"}).status_code == 422, "one stands"
    row = WarrantyTerm.objects.get()
    assert (row.category, row.months, row.km) == (None, 36, 100_000)
    one = reverse("catalog:term", args=[row.pk])
    assert client.post(one, {"kind": "vehicle", "category": "", "months": "48", "do": "save"}).status_code == 302
    assert client.post(one, {"do": "end"}).status_code == 302
    row.refresh_from_db()
    assert (row.months, row.km, row.ended_by) == (48, None, client.membership.user)
    assert client.post(one, {"kind": "vehicle", "months": "12", "do": "save"}).status_code == 422
    acts = AuditEntry.objects.filter(subject_key=f"warrantyterm:{row.pk}").order_by("id").values_list("act", flat=True)
    assert list(acts) == ["list.add", "list.change", "list.end"]


def test_a_care_rule_names_work_or_a_part(login: Any, part: Part) -> None:
    client, url = login("manager"), reverse("catalog:care_rules")
    LabourOperation.objects.create(code="M1003", name="更换空调滤芯", standard_hours=Decimal("0.3"))
    said = {"profile": "smoker", "multiplier": "0.5", "sentence": "吸烟车辆建议半年更换空调滤芯"}
    assert client.post(url, said).status_code == 422
    assert client.post(url, said | {"operation": "M1003", "multiplier": "1.5"}).status_code == 422
    assert client.post(url, said | {"operation": "M1003"}).status_code == 302
    row = CareRule.objects.get()
    assert 'value="M1003"' in client.get(reverse("catalog:care_rule", args=[row.pk])).text


def test_ended_rows_are_not_written_over(actor: Any) -> None:
    manager = actor("manager")
    row = WarrantyTerm.objects.create(kind="part", months=12)
    keeping.end(actor=manager, row=row)
    keeping.end(actor=manager, row=row)
    with pytest.raises(Refused):
        keeping.keep(actor=manager, row=row)
    with pytest.raises(Refused):
        keeping.keep(actor=actor("service_advisor"), row=WarrantyTerm(kind="part", months=1))


def test_what_was_missing_is_kept_and_counts_once(branch: Any, part: Part) -> None:
    demand = {"branch": branch, "part": part, "quantity": 2, "subject_key": "line:1"}
    row = PartDemand.objects.create(**demand, short=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartDemand.objects.create(**demand, short=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        PartDemand.objects.filter(pk=row.pk).update(short=0)


@pytest.mark.parametrize(
    ("route", "role"),
    [("deliveries", "parts_clerk"), ("substitutes", "parts_clerk"), ("terms", "manager"), ("care_rules", "manager")],
)
def test_lists_take_the_same_queries_for_one_row_and_three(
    asks: Any, login: Any, branch: Any, route: str, role: str
) -> None:
    from catalog.models import Brand

    client, counts = login(role), []
    for number in range(3):
        one, other = (Part.objects.create(code=f"{end}{number}", name="件") for end in "AB")
        brand = Brand.objects.create(name=f"B{number}")
        delivery(branch, one, number)
        PartSubstitute.objects.create(part=one, substitute=other)
        WarrantyTerm.objects.create(brand=brand, kind="vehicle", months=36)
        CareRule.objects.create(profile="smoker", part=one, sentence="勤换")
        counts.append(asks(client, reverse(f"catalog:{route}")))
    assert client.text.count('class="row"') >= 3
    assert counts[0] == counts[2]
