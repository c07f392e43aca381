"""The walk-round on a phone while the desk has the check-in page open."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog.models import LabourOperation, LabourRate
from customers.models import Customer, Ownership, Vehicle
from dms.clock import branch_day
from dms.errors import Invalid, Stale
from reception.models import WalkAround
from reception.services import arrival
from reception.services.sheets import check_in_content
from records.models import Photo

SIGNATURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def order(branch, actor):
    owner = Customer.objects.create(branch=branch, name="周敏")
    car = Vehicle.objects.create(branch=branch, plate="粤B72K19")
    Ownership.objects.create(vehicle=car, customer=owner, from_on=branch_day(branch))
    LabourRate.objects.create(branch=branch, price=300, tax_rate="0.13", valid_from=branch_day(branch))
    LabourOperation.objects.create(code="D0101", name="故障诊断", standard_hours=1)
    return arrival.arrive(actor=actor("service_advisor"), vehicle=car)


def phone(**more):
    """What the phone posts: one scratch, ABS lit, a half-full tank, a key."""
    return {
        "marks-TOTAL_FORMS": "1", "marks-INITIAL_FORMS": "0", "marks-0-zone": "left_front_door",
        "marks-0-kind": "scratch", "marks-0-severity": "light", "marks-0-x": "22", "marks-0-y": "21.8",
        "marks-0-view": "left", "fuel": "2", "lamps": ["abs"], "other_lamps": "", "things": ["key"],
        "valuables": "", "signer": "周敏", "signature": "", "walk_version": "0",
    } | more  # fmt: skip


def desk(order, **more):
    """What the desk posts without having touched the walk-round."""
    return {
        "visit_type": "repair", "old_parts": "take", "wash": "yes", "pay_method": "scan", "words": "刹车时有尖叫声",
        "odometer": "48912", "signer": "周敏", "version": str(order.version), "marks-TOTAL_FORMS": "0",
        "marks-INITIAL_FORMS": "0", "walk_version": "0", "walk_touched": "", "do": "save",
    } | more  # fmt: skip


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG")
    return SimpleUploadedFile("a.jpg", out.getvalue())


def test_the_phone_saves_marks_lamps_things_and_the_signature(order, login):
    client = login("service_advisor")
    answer = client.post(
        reverse("reception:walk_draft", args=[order.pk]), phone(signature=SIGNATURE, kit="on")
    )  # fmt: skip
    assert (answer.status_code, answer["X-Walk-Version"]) == (200, "1")
    walk = WalkAround.objects.get()
    assert (walk.fuel_quarters, walk.lamps, walk.signer, walk.signature) == (2, ["abs"], "周敏", SIGNATURE)
    assert walk.signed_by == client.membership.user
    assert [mark.zone for mark in walk.marks.all()] == ["left_front_door"]
    order.refresh_from_db()
    assert (order.state, order.kit_at is not None) == ("inspecting", True)
    content = check_in_content(order, "1")
    assert (content["signature"], content["signer"], content["lamps"]) == (SIGNATURE, "周敏", "ABS")


def test_a_later_save_without_a_signature_keeps_the_one_that_was_given(order, login):
    client, url = login("service_advisor"), reverse("reception:walk", args=[order.pk])
    client.post(url, phone(signature=SIGNATURE))
    assert client.post(url, phone(walk_version="1", fuel="4")).status_code == 302
    walk = WalkAround.objects.get()
    assert (walk.fuel_quarters, walk.signature, walk.version) == (4, SIGNATURE, 2)


def test_the_desk_saves_beside_the_phone_and_takes_nothing_away(order, login):
    client = login("service_advisor")
    client.post(reverse("reception:walk_draft", args=[order.pk]), phone())
    assert client.post(reverse("reception:check_in", args=[order.pk]), desk(order)).status_code == 302
    walk = WalkAround.objects.get()
    assert (walk.fuel_quarters, walk.lamps, walk.version) == (2, ["abs"], 1)
    assert order.statements.get().words == "刹车时有尖叫声"


def test_the_phones_fuel_is_enough_for_the_signature_at_the_desk(order, login):
    client = login("service_advisor")
    client.post(reverse("reception:walk_draft", args=[order.pk]), phone())
    order.refresh_from_db()
    url = reverse("reception:check_in", args=[order.pk])
    client.post(url, desk(order, do="add:D0101"))
    order.refresh_from_db()
    line = order.lines.get()
    posted = desk(order, do="sign") | {f"line-{line.pk}-quantity": "1", f"line-{line.pk}-judgement": "customer"}
    page = client.get(url).content.decode()
    promise = page.split('name="promise" value="')[1].split('"')[0]
    assert client.post(url, posted | {"promise": promise}).status_code == 302
    order.refresh_from_db()
    assert order.state == "authorised"


def test_both_changed_it_the_desk_sees_both_and_nothing_is_lost(order, login):
    client = login("service_advisor")
    client.post(reverse("reception:walk_draft", args=[order.pk]), phone())
    order.refresh_from_db()
    answer = client.post(
        reverse("reception:check_in", args=[order.pk]), desk(order, walk_touched="1", fuel="4")
    )  # fmt: skip
    assert answer.status_code == 409
    assert WalkAround.objects.get().fuel_quarters == 2
    assert answer.content.decode().count("<td data-label") >= 2
    # After the comparison was shown, saving once more is meant; the page names the walk-round that stands.
    assert 'name="walk_version" value="1"' in answer.content.decode()
    again = desk(order, walk_touched="1", fuel="4", walk_version="1")
    assert client.post(reverse("reception:check_in", args=[order.pk]), again).status_code == 302
    assert WalkAround.objects.get().fuel_quarters == 4


def test_the_same_fields_but_another_mark_are_a_conflict_too(order, login):
    client = login("service_advisor")
    client.post(reverse("reception:walk_draft", args=[order.pk]), phone())
    order.refresh_from_db()
    more = {name: value for name, value in phone(**{"marks-0-zone": "bonnet"}).items() if name != "walk_version"}
    answer = client.post(reverse("reception:check_in", args=[order.pk]), desk(order, walk_touched="1") | more)
    assert answer.status_code == 409
    assert [mark.zone for mark in WalkAround.objects.get().marks.all()] == ["left_front_door"]


def test_two_phones_the_second_sees_both(order, login):
    client, url = login("service_advisor"), reverse("reception:walk", args=[order.pk])
    client.post(url, phone())
    answer = client.post(url, phone(fuel="4"))
    assert answer.status_code == 409
    assert "½" in answer.content.decode()
    assert WalkAround.objects.get().fuel_quarters == 2


def test_the_service_refuses_an_unknown_lamp_and_a_stale_version(order, actor):
    found = {"fuel_quarters": 2, "charge_percent": None, "kit": True, "marks": [], "taken": []}
    with pytest.raises(Invalid):
        arrival.walk_round(actor=actor("service_advisor"), order_id=order.pk, lamps=["disco"], **found)
    with pytest.raises(Invalid):
        arrival.walk_round(
            actor=actor("service_advisor"), order_id=order.pk, signer="周敏", signature="javascript:1", **found
        )
    arrival.walk_round(actor=actor("service_advisor"), order_id=order.pk, version=0, **found)
    with pytest.raises(Stale):
        arrival.walk_round(actor=actor("service_advisor"), order_id=order.pk, version=0, **found)


def test_a_photo_sent_twice_is_kept_once(order, login):
    client, key = login("service_advisor"), str(uuid.uuid4())
    url = reverse("reception:add_photo", args=[order.pk])
    first = client.post(url, {"photo": picture(), "key": key}).json()
    assert client.post(url, {"photo": picture(), "key": key}).json() == first
    assert Photo.objects.count() == 1
    assert client.post(url, {"photo": picture(), "key": "no key"}).status_code == 200
    assert Photo.objects.count() == 2


def test_the_panel_of_the_desk_is_304_until_the_phone_saves(order, login):
    client, url = login("service_advisor"), reverse("reception:walk_panel", args=[order.pk])
    first = client.get(url, HTTP_HX_REQUEST="true")
    again = client.get(url, HTTP_HX_REQUEST="true", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (first.status_code, again.status_code) == (200, 304)
    client.post(reverse("reception:walk_draft", args=[order.pk]), phone())
    news = client.get(url, HTTP_HX_REQUEST="true", HTTP_IF_NONE_MATCH=first["ETag"])
    assert news.status_code == 200
    assert 'name="walk_version" value="1"' in news.content.decode()


def test_photos_come_with_the_form_where_no_script_runs(order, login):
    client = login("service_advisor")
    client.post(reverse("reception:walk", args=[order.pk]), phone(photo=[picture(), picture()]))
    assert Photo.objects.filter(subject_key=order.subject_key).count() == 2


def test_another_branchs_car_is_not_there(order, login, other_branch):
    client = login("service_advisor", at=other_branch)
    for name in ("walk", "walk_panel"):
        assert client.get(reverse(f"reception:{name}", args=[order.pk])).status_code == 404
    assert client.post(reverse("reception:walk_draft", args=[order.pk]), phone()).status_code == 404
