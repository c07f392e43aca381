"""The inspection sheet: begun from its list, marked point by point, finished once; bad points become work."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.models import HealthList, HealthPoint
from customers.services.forecast import add_months
from dms.clock import branch_day
from dms.errors import Invalid, Refused
from reception.known_car import card_of
from reception.services import contract, lines
from records.models import Photo
from workshop.models import Finding, HealthCheck
from workshop.selectors.health import health_of
from workshop.services import checks, clocks, health
from workshop.wear import Measured, red_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def points(operation: Any, pads: Any) -> Any:
    """A list of three points: pads in mm with work and part, water in the fluid, lamps that are only looked at."""
    made = HealthList.objects.create(name="多点检测")
    brakes = {"health_list": made, "group": "brakes"}
    HealthPoint.objects.create(
        **brakes, name="前制动片", name_en="Front pads", position=1, unit="mm", direction="less", green_limit=6,
        amber_limit=3, operation=operation, part=pads, months=4,
    )  # fmt: skip
    HealthPoint.objects.create(
        **brakes, name="制动液", position=2, unit="%", direction="more", green_limit=2, amber_limit=3
    )
    HealthPoint.objects.create(health_list=made, group="lights", name="灯光", position=3)
    return made


@pytest.fixture
def sheet(working: Any, hands: Any, points: Any) -> Any:
    """`sheet()`: the sheet of a car in work, just begun."""
    return lambda: health.begin(actor=hands, order_id=working().order_id)


def jpeg() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return SimpleUploadedFile("x.jpg", out.getvalue())


def found(sheet: HealthCheck, name: str) -> Finding:
    return sheet.findings.get(name=name)


def test_a_sheet_copies_its_list_and_is_begun_once(sheet: Any, hands: Any, points: Any) -> None:
    made = sheet()
    points.points.filter(position=1).update(name="改名", green_limit=9)
    assert health.begin(actor=hands, order_id=made.order_id) == made
    first = made.findings.order_by("position").first()
    assert (first.name, first.green_limit, first.colour, made.km) == ("前制动片", 6, None, 48_912)


def test_without_a_list_there_is_no_sheet(working: Any, hands: Any) -> None:
    with pytest.raises(Refused, match="no inspection list"):
        health.begin(actor=hands, order_id=working().order_id)


@pytest.mark.parametrize(
    ("name", "value", "colour"),
    [("前制动片", "6", "green"), ("前制动片", "5.9", "amber"), ("前制动片", "2.9", "red"), ("制动液", "2", "green"),
     ("制动液", "3", "amber"), ("制动液", "3.1", "red")],
)  # fmt: skip
def test_a_measurement_colours_itself(sheet: Any, hands: Any, name: str, value: str, colour: str) -> None:
    row = found(sheet(), name)
    assert health.mark(actor=hands, finding_id=row.pk, value=Decimal(value)).colour == colour


def test_the_technician_makes_it_worse_never_better(sheet: Any, hands: Any) -> None:
    row = found(sheet(), "前制动片")
    assert health.mark(actor=hands, finding_id=row.pk, value=Decimal(5), colour="red", note="裂纹").colour == "red"
    with pytest.raises(Refused, match="5 mm is “Soon” by its limits"):
        health.mark(actor=hands, finding_id=row.pk, value=Decimal(5), colour="green")
    with pytest.raises(Invalid):
        health.mark(actor=hands, finding_id=row.pk)
    with pytest.raises(Invalid, match="Nothing is measured"):
        health.mark(actor=hands, finding_id=found(row.health, "灯光").pk, value=Decimal(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(colour="green")  # the database says so too
    row.refresh_from_db()
    assert (row.colour, row.value, row.note, row.seen_by) == ("red", 5, "裂纹", hands.user)


def test_a_finished_sheet_stands(sheet: Any, hands: Any) -> None:
    made = sheet()
    health.mark(actor=hands, finding_id=found(made, "前制动片").pk, colour="amber")
    with pytest.raises(Refused, match="2 points have no colour"):
        health.finish(actor=hands, order_id=made.order_id)
    assert health.rest_green(actor=hands, order_id=made.order_id) == 2
    health.finish(actor=hands, order_id=made.order_id)
    shown = health_of(made.order, finished=True)
    assert shown is not None
    assert (shown.red, shown.amber, shown.green, shown.left) == (0, 1, 2, 0)
    for again in (
        lambda: health.finish(actor=hands, order_id=made.order_id),
        lambda: health.rest_green(actor=hands, order_id=made.order_id),
        lambda: health.mark(actor=hands, finding_id=found(made, "灯光").pk, colour="red"),
    ):
        with pytest.raises(Refused, match="is finished"):
            again()
    for attack in (lambda: Finding.objects.update(note="x"), lambda: HealthCheck.objects.update(km=1)):
        with pytest.raises(Exception, match=r"finished|Cannot update"), transaction.atomic():
            attack()


def test_a_bad_point_becomes_extra_work_with_its_photo(sheet: Any, hands: Any) -> None:
    made = sheet()
    row = found(made, "前制动片")
    with pytest.raises(Refused, match="in order"):
        health.propose(actor=hands, finding_id=row.pk)
    health.mark(actor=hands, finding_id=row.pk, value=Decimal("2.5"), note="有沟槽", photo=jpeg())
    lines = health.propose(actor=hands, finding_id=row.pk)
    assert [(line.kind, line.state, line.finding) for line in lines] == [
        ("labour", "draft", "前制动片 2.5 mm · 有沟槽"), ("part", "draft", "前制动片 2.5 mm · 有沟槽"),
    ]  # fmt: skip
    kept, lent = Photo.objects.order_by("id")
    assert (lent.subject_key, lent.image.name) == (lines[0].subject_key, kept.image.name)
    assert made.order.holds.get().reason == "approval"
    assert health.propose(actor=hands, finding_id=row.pk) == lines, "asked for twice it is the same"
    shown = health_of(made.order)
    assert shown is not None
    assert shown.bad[0].lines == lines
    lines[0].delete()
    assert row.proposed.count() == 1, "a draft that is removed takes its link along"


def test_a_point_without_work_is_reported_by_hand(sheet: Any, hands: Any) -> None:
    row = found(sheet(), "制动液")
    health.mark(actor=hands, finding_id=row.pk, value=Decimal(4))
    with pytest.raises(Refused, match="Nothing is proposed"):
        health.propose(actor=hands, finding_id=row.pk)


@pytest.mark.parametrize(
    ("now", "before", "pace", "days"),
    [
        (("4", 60_000), ("6", 40_000), "50", 200),  # 2 mm in 20,000 km: 1 mm is left for 10,000 km, 200 days of 50 km
        (("3.05", 60_000), ("6", 40_000), "50", 14),  # nearly red: no sooner than in two weeks
        (("5.9", 60_000), ("6", 40_000), "5", 730),  # hardly worn: no later than in two years
        (("6", 60_000), ("4", 40_000), "50", None),  # new pads
        (("4", 60_000), None, "50", None),
        (("4", 60_000), ("6", 40_000), None, None),
        (None, ("6", 40_000), "50", None),
    ],
)
def test_wear_says_when_it_will_be_red_and_else_the_term(now: Any, before: Any, pace: Any, days: int | None) -> None:
    today = date(2026, 3, 31)
    at = [Measured(Decimal(one[0]), one[1]) if one else None for one in (now, before)]
    told = {"limit": Decimal(3), "direction": "less", "km_per_day": Decimal(pace) if pace else None, "months": 6}
    assert red_on(today, *at, **told) == (date(2026, 9, 30) if days is None else today + timedelta(days=days))


def test_what_gets_more_wears_the_other_way() -> None:
    told = {"limit": Decimal(3), "direction": "more", "km_per_day": Decimal(100), "months": 6}
    found = red_on(date(2026, 1, 1), Measured(Decimal("2.5"), 20_000), Measured(Decimal(1), 5_000), **told)
    assert found == date(2026, 1, 1) + timedelta(days=50)


def passed(job: Any, hands: Any, actor: Any) -> None:
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    checks.record(actor=actor("team_leader"), order_id=job.order_id, level="leader", passed=True)
    checks.record(actor=actor("inspector"), order_id=job.order_id, level="final", passed=True)


def test_what_is_not_repaired_is_declined_with_a_day_and_the_next_visit_sees_it(
    working: Any, hands: Any, actor: Any, points: Any, branch: Any
) -> None:
    job = working(wash=False)
    order, made = job.order, health.begin(actor=hands, order_id=job.order_id)
    row = found(made, "前制动片")
    health.mark(actor=hands, finding_id=row.pk, value=Decimal(4))
    health.mark(actor=hands, finding_id=found(made, "制动液").pk, colour="amber")
    passed(job, hands, actor)
    lines = order.lines.filter(extra=True)
    in_four_months = add_months(branch_day(branch), 4)
    assert [(line.state, line.revive_on, line.declined_reason, line.finding) for line in lines] == [
        ("declined", in_four_months, "later", "前制动片 4 mm")
    ] * 2, "the work and its part; the fluid proposes nothing"
    order.refresh_from_db()
    assert health.keep_rest(order=order) == 0, "passed twice it is kept once"
    today = card_of(branch, order.vehicle, None, None).declined
    assert {line.pk for line in today} == {line.pk for line in lines}, "as declined work of any other kind"


def test_what_the_customer_declines_comes_again_by_its_wear(
    working: Any, hands: Any, actor: Any, points: Any, branch: Any
) -> None:
    job, advisor = working(), actor("service_advisor")
    made, today = health.begin(actor=hands, order_id=job.order_id), branch_day(branch)
    days = []
    for colour in ("amber", "red"):
        health.mark(actor=hands, finding_id=found(made, "前制动片").pk, colour=colour)
        made.findings.get(name="前制动片").proposed.all().delete()
        work, part = health.propose(actor=hands, finding_id=found(made, "前制动片").pk)
        lines.offer(actor=advisor, order_id=job.order_id)
        contract.answer_extra(
            actor=advisor, order_id=job.order_id, approved=[], declined=[work.pk, part.pk], signer="周敏", how="phone"
        )
        work.refresh_from_db()
        days.append(work.revive_on)
    assert days[0] == add_months(today, 4), "an amber one by its point's term"
    assert days[1] != days[0], "a red one by the rule of the house"


def test_a_car_passes_also_where_its_work_has_no_price(
    working: Any, hands: Any, actor: Any, points: Any, pads: Any
) -> None:
    job = working(wash=False)
    made = health.begin(actor=hands, order_id=job.order_id)
    health.mark(actor=hands, finding_id=found(made, "前制动片").pk, colour="amber")
    pads.prices.all().delete()
    passed(job, hands, actor)
    job.order.refresh_from_db()
    assert (job.order.state, job.order.lines.filter(extra=True).count()) == ("ready", 0)


def test_advisor_customer_and_vehicle_page_show_it(
    working: Any, hands: Any, login: Any, points: Any, branch: Any
) -> None:
    order = working().order
    made = health.begin(actor=hands, order_id=order.pk)
    health.mark(actor=hands, finding_id=found(made, "前制动片").pk, value=Decimal("2.5"), photo=jpeg())
    status, advisor = reverse("portal:status", args=[order.status_code]), login("service_advisor")
    key = Photo.objects.get().key
    photo = reverse("portal:status_photo", args=[order.status_code, key])
    vehicle = reverse("customers:vehicle", args=[order.vehicle_id])
    shown = advisor.get(reverse("reception:order", args=[order.pk])).text
    hands_page = Client()
    hands_page.force_login(hands.user, backend="django.contrib.auth.backends.ModelBackend")
    for changed in ({"part": None}, {"part": points.points.get(position=1).part, "operation": None}):
        points.points.filter(position=1).update(**changed)
        assert "报增项：" in hands_page.get(reverse("workshop:health", args=[order.pk])).text
    assert ("还有 2 项" in shown, "2.5 mm" in shown, str(key) in shown) == (True, True, True)
    assert "2.5 mm" not in Client().get(status).text, "the customer sees it when it is finished"
    assert Client().get(photo).status_code == 404
    health.rest_green(actor=hands, order_id=order.pk)
    health.finish(actor=hands, order_id=order.pk)
    said = Client().get(status).text
    assert ("2.5 mm" in said, photo in said, "立即处理 1" in said) == (True, True, True)
    assert b"".join(Client().get(photo).streaming_content).startswith(b"\xff\xd8")
    assert "2.5 mm" in advisor.get(vehicle).text


def test_the_advisor_sees_free_parts_beside_the_price_and_takes_a_substitute(
    sheet: Any, hands: Any, login: Any, pads: Any
) -> None:
    from catalog.models import Part, PartPrice, PartSubstitute, Stock

    row = found(sheet(), "前制动片")
    health.mark(actor=hands, finding_id=row.pk, value=Decimal(2), photo=jpeg())
    _work, part = health.propose(actor=hands, finding_id=row.pk)
    order, advisor = row.health.order, login("service_advisor")
    page, price = (reverse(f"reception:{name}", args=[order.pk]) for name in ("order", "price"))
    assert "3 套" in advisor.get(page).text
    other, held = Part.objects.create(code="S-1", name="马勒刹车片", unit="套"), PartPrice.objects.get(part=pads)
    PartPrice.objects.create(
        branch=held.branch, part=other, price=390, cost=200, tax_rate=held.tax_rate, valid_from=held.valid_from
    )
    PartSubstitute.objects.create(part=pads, substitute=other)
    Stock.objects.filter(part=pads).update(on_hand=0)
    swap = f"swap:{part.pk}:S-1"
    assert swap in advisor.get(page).text
    assert advisor.post(price, {"do": swap}).status_code == 302
    made = order.lines.get(part=other)
    assert (made.state, made.extra, made.finding, made.of_finding.finding) == ("draft", True, part.finding, row)
    assert advisor.post(price, {"do": "swap:0:S-1"}).status_code == 404


def test_programs_read_sheets_and_lists(sheet: Any, hands: Any, program: Any) -> None:
    made = sheet()
    health.mark(actor=hands, finding_id=found(made, "前制动片").pk, value=Decimal("2.5"))
    reader = program("service_advisor", scopes=("read",))
    said = reader.get(f"work-orders/{made.order_id}/health-check/").json()
    first = said["points"][0]
    assert (said["km"], said["finished_at"], len(said["points"])) == (48_912, None, 3)
    assert (first["name"], first["colour"], first["value"], first["last"]) == ("前制动片", "red", "2.50", None)
    listed = reader.get("inspection-points/").json()["items"]
    assert (listed[0]["name"], listed[0]["operation"]) == ("前制动片", "BRK-01")
    assert reader.get("work-orders/0/health-check/").status_code == 404


def test_the_sheet_on_the_page_with_and_without_scripts(working: Any, technician: Any, points: Any) -> None:
    order, client = working().order, Client()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("workshop:health", args=[order.pk])
    assert client.get(page).status_code == 404, "reading begins nothing"
    assert client.post(reverse("workshop:health_begin", args=[order.pk])).url == page
    made = HealthCheck.objects.get()
    pads, lamps = found(made, "前制动片"), found(made, "灯光")
    address = reverse("workshop:health_mark", args=[pads.pk])
    assert client.post(address, {"value": "2,5"}).status_code == 422
    assert client.post(address, {"value": "2.5", "photo": jpeg()}).url == f"{page}#point-{pads.pk}"
    lit = client.post(
        reverse("workshop:health_mark", args=[lamps.pk]), {"colour": "green"}, headers={"HX-Request": "true"}
    )
    assert (lit.status_code, lit.text.count("<li"), 'hx-swap-oob="true"' in lit.text) == (200, 1, True)
    assert client.post(reverse("workshop:health_propose", args=[pads.pk])).status_code == 302
    assert client.post(reverse("workshop:health_rest", args=[order.pk])).status_code == 302
    assert client.post(reverse("workshop:health_finish", args=[order.pk])).status_code == 302
    assert f'action="{address}"' not in client.get(page).text, "a finished sheet has nothing to tap"


def test_a_sheet_takes_the_same_queries_for_one_point_and_many(
    asks: Any, working: Any, technician: Any, hands: Any, points: Any
) -> None:
    order, client, counts = working().order, Client(), []
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    made = health.begin(actor=hands, order_id=order.pk)
    for number in range(3):
        Finding.objects.create(
            health=made, group="tyres", name=f"轮胎{number}",
            point=HealthPoint.objects.create(health_list=points, group="tyres", name=f"轮胎{number}"),
        )  # fmt: skip
        counts.append(asks(client, reverse("workshop:health", args=[order.pk])))
    assert counts[0] == counts[2]
