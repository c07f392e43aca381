"""Cars that leave without an opened pass: by force, by the printed list; and what the guard compares."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from PIL import Image

from accounts.models import User
from accounts.policies import Actor
from accounts.services.pins import MOST_WRONG, set_pin
from delivery.services.payment import issue_with_paper, settle_and_pay
from dms.clock import as_of, local, now
from dms.errors import Forbidden, Invalid, Refused
from reception.gate_selectors import attempts, forced, live_passes
from reception.models import ForcedRelease, GateLog, GatePass, OrderLog, TakenItem, WorkOrder
from reception.services.gate import look, open_gate, wrong_car
from reception.services.gate_apart import end_forced, enter_listed, force_release
from records.models import Photo

pytestmark = pytest.mark.django_db
PIN, REASON = "4071", "pass lost, owner known"
GATE = reverse("delivery:gate")


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return SimpleUploadedFile("gate.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def boss(member: Any) -> User:
    """A supervisor with the PIN 4071."""
    return set_pin(user=member("supervisor").user, pin=PIN)


@pytest.fixture
def settled(order_at: Any, actor: Any) -> Any:
    """`settled()`: an order that is paid, and its live pass."""

    def make() -> tuple[WorkOrder, GatePass]:
        order = order_at()
        made = settle_and_pay(
            actor=actor("cashier"), order_id=order.pk, method="scan", amount="113.00", key=f"k{order.pk}"
        )
        assert made.gate_pass is not None
        return order, made.gate_pass

    return make


def out_by_force(guard: Actor, order: WorkOrder, boss: User, **more: Any) -> ForcedRelease:
    sent = {"by_id": boss.pk, "pin": PIN, "reason": REASON, "photo": picture()} | more
    return force_release(actor=guard, order_id=order.pk, **sent)


def outcomes() -> list[str]:
    return list(GateLog.objects.order_by("id").values_list("outcome", flat=True))


# --- By force --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"reason": " no "}, "Write down why the car is let out, in a few words."),
        ({"photo": None}, "Take a photo of the car with its plate."),
        ({"pin": "4072"}, "This PIN is wrong."),
        ({"pin": ""}, "This PIN is wrong."),
    ],
)
def test_without_reason_photo_or_pin_nobody_leaves(
    settled: Any, actor: Any, boss: User, sent: Any, sentence: str
) -> None:
    order, gate_pass = settled()
    with pytest.raises(Invalid) as refused:
        out_by_force(actor("gate"), order, boss, **sent)
    assert refused.value.sentence == sentence
    assert (ForcedRelease.objects.count(), Photo.objects.count()) == (0, 0)
    gate_pass.refresh_from_db()
    assert (gate_pass.used_at, gate_pass.revoked_at) == (None, None)
    assert outcomes() == (["wrong_pin"] if "pin" in sent else [])


@pytest.mark.parametrize("role", ["service_advisor", "cashier", "technician"])
def test_only_the_pin_of_who_may(settled: Any, actor: Any, member: Any, role: str) -> None:
    order, _gate_pass = settled()
    somebody = set_pin(user=member(role).user, pin=PIN)
    with pytest.raises(Refused) as refused:
        out_by_force(actor("gate"), order, somebody)
    assert refused.value.sentence == "This person may not let a car out by force, or has no PIN."
    with pytest.raises(Forbidden):
        out_by_force(actor(role), order, somebody)
    assert not ForcedRelease.objects.exists()


def test_a_boss_of_another_branch_or_switched_off_or_without_a_pin(
    settled: Any, actor: Any, member: Any, other_branch: Any, boss: User
) -> None:
    order, guard = settled()[0], actor("gate")
    abroad = set_pin(user=member("manager", other_branch).user, pin=PIN)
    bare = member("supervisor").user
    User.objects.filter(pk=boss.pk).update(is_active=False)
    for one in (abroad, bare, boss):
        with pytest.raises(Refused, match="may not let a car out by force"):
            out_by_force(guard, order, one)


def test_wrong_pins_are_counted_and_kept_and_then_the_password_is_needed(settled: Any, actor: Any, boss: User) -> None:
    order, guard = settled()[0], actor("gate")
    for _try in range(MOST_WRONG - 1):
        with pytest.raises(Invalid):
            out_by_force(guard, order, boss, pin="9999")
    with pytest.raises(Refused, match="Sign in with your password"):
        out_by_force(guard, order, boss, pin="9999")
    with pytest.raises(Refused, match="Sign in with your password"):
        out_by_force(guard, order, boss)
    assert outcomes() == ["wrong_pin"] * (MOST_WRONG + 1)
    assert {row.why.split(":")[0] for row in GateLog.objects.all()} == {boss.name}
    assert not ForcedRelease.objects.exists()


def test_a_settled_car_leaves_and_its_pass_opens_nothing_more(settled: Any, actor: Any, boss: User) -> None:
    order, gate_pass = settled()
    guard = actor("gate")
    row = out_by_force(guard, order, boss)
    order.refresh_from_db()
    assert (order.state, row.order_state, row.guard, row.forced_by) == ("released", "settled", guard.user, boss)
    assert (row.photo.kind, row.photo.subject_key) == ("delivery", f"forced:{order.pk}")
    assert open_gate(actor=guard, entered=gate_pass.code).outcome == "revoked"
    with pytest.raises(Refused, match="This car was let out already, on"):
        out_by_force(guard, order, boss)
    assert outcomes() == ["forced", "revoked"]
    assert OrderLog.objects.filter(order=order, action="release").get().note == REASON


def test_a_car_whose_bill_is_open_leaves_and_its_order_stays_until_it_is_ended(
    order_at: Any, actor: Any, boss: User
) -> None:
    order, guard, manager = order_at(), actor("gate"), actor("manager")
    out_by_force(guard, order, boss)
    order.refresh_from_db()
    assert order.state == "handing_over"
    with pytest.raises(Refused, match="let out by force already, on"):
        out_by_force(guard, order, boss)
    with pytest.raises(Refused) as refused:
        end_forced(actor=manager, order_id=order.pk)
    assert refused.value.sentence == "The order is “Handing over”: settle it first."
    settle_and_pay(actor=actor("cashier"), order_id=order.pk, method="scan", amount="113.00", key="late")
    with pytest.raises(Forbidden):
        end_forced(actor=actor("cashier"), order_id=order.pk)
    assert end_forced(actor=manager, order_id=order.pk).state == "released"
    assert GatePass.objects.get().revoked_at is not None


def test_what_was_not_given_back_keeps_the_order_open_and_not_the_car(settled: Any, actor: Any, boss: User) -> None:
    order, _gate_pass = settled()
    TakenItem.objects.create(order=order, kind="key", taken_at=order.arrived_at, taken_by=order.advisor)
    out_by_force(actor("gate"), order, boss)
    order.refresh_from_db()
    assert order.state == "settled"
    assert list(forced(order.branch)) == [ForcedRelease.objects.get()]


def test_it_is_never_changed(settled: Any, actor: Any, boss: User) -> None:
    row = out_by_force(actor("gate"), settled()[0], boss)
    for act in (row.delete, lambda: ForcedRelease.objects.filter(pk=row.pk).update(reason="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_manager_finds_it_on_today_and_in_the_log(
    order_at: Any, actor: Any, boss: User, login: Any, asks: Any
) -> None:
    manager, counts = login("manager"), []
    User.objects.filter(pk=manager.membership.user_id).update(language="en")
    for more in (1, 2):
        for _row in range(more):
            out_by_force(actor("gate"), order_at(), boss)
            open_gate(actor=actor("gate"), entered="000000")
        counts.append(asks(manager, reverse("delivery:gate_log")))
    assert counts[0] == counts[1]
    assert manager.text.count("End the order") == 3
    today = manager.get(reverse("reception:today")).text
    assert today.count("Let out by force") == 3
    assert "3 failed attempts at the gate today" in today
    assert "Let out by force" not in login("service_advisor").get(reverse("reception:today")).text


def test_the_page_asks_for_everything_and_says_what_is_wrong(settled: Any, login: Any, boss: User) -> None:
    order, guard, url = settled()[0], login("gate"), reverse("delivery:gate_force")
    User.objects.filter(pk=guard.membership.user_id).update(language="en")
    data = {"plate": order.vehicle.plate[-5:], "reason": REASON, "by": boss.pk, "pin": "1", "photo": picture()}
    assert "This PIN is wrong." in guard.post(url, data).text
    assert "No car with this plate is here." in guard.post(url, data | {"plate": "QQQQ", "photo": picture()}).text
    assert guard.post(url, {**data, "photo": ""}).status_code == 422
    done = guard.post(url, data | {"pin": PIN, "photo": picture()})
    assert (done.status_code, done["Location"]) == (302, GATE)
    assert ForcedRelease.objects.get().order_id == order.pk
    assert "No car with this plate is here." in guard.post(url, data | {"pin": PIN, "photo": picture()}).text


def test_without_a_pin_in_the_house_the_page_says_who_sets_one(login: Any, member: Any) -> None:
    member("supervisor")
    guard = login("gate")
    User.objects.filter(pk=guard.membership.user_id).update(language="en")
    assert "Nobody who may do this has a PIN yet" in guard.get(reverse("delivery:gate_force")).text


# --- Comparing -------------------------------------------------------------------------------------------------------


def test_a_look_opens_nothing_and_the_tap_does(settled: Any, login: Any) -> None:
    order, gate_pass = settled()
    guard = login("gate")
    seen = guard.post(GATE, {"code": gate_pass.code}).text
    assert order.vehicle.plate[-5:] in seen
    assert ("✔" in seen, GateLog.objects.count()) == (False, 0)
    assert "✔" in guard.post(GATE, {"code": gate_pass.code, "act": "open"}).text
    assert "✖" in guard.post(GATE, {"code": gate_pass.code}).text
    assert outcomes() == ["opened", "used"]


def test_another_car_stays_and_the_pass_stays_live(settled: Any, actor: Any, login: Any) -> None:
    order, gate_pass = settled()
    guard = actor("gate")
    answer = wrong_car(actor=guard, entered=gate_pass.code)
    assert answer.sentence == "This gate pass is for another car. The car at the gate stays here."
    assert "✖" in login("gate").post(GATE, {"code": gate_pass.code, "act": "wrong"}).text
    assert open_gate(actor=guard, entered=gate_pass.code, plate="粤B99999").outcome == "wrong_car"
    assert open_gate(actor=guard, entered=gate_pass.code, plate=order.vehicle.plate[-4:].lower()).outcome == "opened"
    assert wrong_car(actor=guard, entered=gate_pass.code).outcome == "used"
    assert outcomes() == ["wrong_car", "wrong_car", "wrong_car", "opened", "used"]


def test_a_pass_of_another_branch_says_so_and_counts_as_a_guess(settled: Any, actor: Any, other_branch: Any) -> None:
    _order, gate_pass = settled()
    abroad = actor("gate", other_branch)
    for entered in (gate_pass.code, gate_pass.token):
        answer = look(actor=abroad, entered=entered)
        assert (answer.gate_pass, answer.outcome) == (None, "elsewhere")
        assert answer.sentence == "This gate pass was made at another branch. It opens nothing here."
    assert [row.entered for row in GateLog.objects.order_by("id")] == [gate_pass.code, gate_pass.token[:12]]


def test_what_a_look_refuses_is_kept_with_its_reason_and_without_a_live_code(settled: Any, actor: Any) -> None:
    order, gate_pass = settled()
    TakenItem.objects.create(order=order, kind="key", taken_at=order.arrived_at, taken_by=order.advisor)
    answer = look(actor=actor("gate"), entered=gate_pass.code)
    assert answer.sentence == "“Key” was taken in and has not been given back."
    kept = GateLog.objects.get()
    assert (kept.outcome, kept.entered, kept.why) == ("refused", "", answer.sentence)
    assert list(attempts(order.branch)) == [kept]


# --- By the printed list ---------------------------------------------------------------------------------------------


def test_the_list_shows_the_end_of_a_code_and_never_the_code(settled: Any, login: Any, asks: Any) -> None:
    cashier, counts = login("cashier"), []
    for more in (1, 2):
        for _row in range(more):
            settled()
        counts.append(asks(cashier, reverse("delivery:gate_list")))
    assert counts[0] == counts[1]
    for gate_pass in GatePass.objects.all():
        assert gate_pass.number in cashier.text
        assert f"•••{gate_pass.code[-3:]}" in cashier.text
        assert gate_pass.code not in cashier.text.replace(gate_pass.number, "")
        assert gate_pass.token not in cashier.text


def test_the_list_leaves_out_what_opens_nothing(settled: Any, branch: Any, actor: Any) -> None:
    used, late = settled()[1], settled()[1]
    open_gate(actor=actor("gate"), entered=used.code)
    GatePass.objects.filter(pk=late.pk).update(valid_until=now() - timedelta(minutes=1))
    live = settled()[1]
    assert list(live_passes(branch)) == [live]


def test_who_left_by_the_list_has_left_at_that_time_and_is_marked(settled: Any, actor: Any) -> None:
    with as_of(now() - timedelta(hours=3)):
        order, gate_pass = settled()
    left, guard = now() - timedelta(hours=2), actor("gate")
    answer = enter_listed(actor=guard, pass_id=gate_pass.pk, left_at=left)
    assert (answer.outcome, answer.sentence) == ("listed", "Kept as let out by the printed list.")
    gate_pass.refresh_from_db()
    order.refresh_from_db()
    assert (gate_pass.used_at, gate_pass.used_by, gate_pass.listed_by) == (left, guard.user, guard.user)
    assert (order.state, order.released_at) == ("released", left)
    moved = OrderLog.objects.get(order=order, action="release")
    assert (moved.moved_at, moved.note[:28]) == (left, "By the printed list; entered")
    assert outcomes() == ["listed"]
    with pytest.raises(Refused) as again:
        enter_listed(actor=guard, pass_id=gate_pass.pk, left_at=left)
    assert again.value.sentence == f"This car was let out already, on {local(order.branch, left):%m-%d %H:%M}."


def test_a_time_that_cannot_be(settled: Any, actor: Any) -> None:
    _order, gate_pass = settled()
    guard = actor("gate")
    for left, sentence in (
        (now() + timedelta(minutes=5), "This time is still to come."),
        (now() - timedelta(days=1), "The gate pass was made later than that"),
    ):
        with pytest.raises(Invalid, match=sentence):
            enter_listed(actor=guard, pass_id=gate_pass.pk, left_at=left)
    with as_of(gate_pass.valid_until + timedelta(hours=1)), pytest.raises(Refused, match="has expired"):
        enter_listed(actor=guard, pass_id=gate_pass.pk, left_at=gate_pass.valid_until + timedelta(minutes=1))


def test_a_revoked_pass_and_a_car_that_left_by_force_are_refused(settled: Any, actor: Any, boss: User) -> None:
    from delivery.services.settlement import reverse as reverse_slip

    order, gate_pass = settled()
    reverse_slip(actor=actor("manager"), order_id=order.pk, reason="wrong line")
    with pytest.raises(Refused, match="was revoked"):
        enter_listed(actor=actor("gate"), pass_id=gate_pass.pk, left_at=now())
    other, second = settled()
    out_by_force(actor("gate"), other, boss)
    with pytest.raises(Refused, match="was let out already, on"):
        enter_listed(actor=actor("gate"), pass_id=second.pk, left_at=now())


def test_the_page_of_the_guard(settled: Any, login: Any, branch: Any) -> None:
    with as_of(now() - timedelta(hours=1)):
        order, gate_pass = settled()
    guard, at = login("gate"), local(branch, now() - timedelta(minutes=30))
    url = reverse("delivery:gate_listed")
    assert gate_pass.number in guard.get(url).text
    data = {"gate_pass": gate_pass.pk, "day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}
    assert guard.post(url, data)["Location"] == url
    order.refresh_from_db()
    assert f"{local(branch, order.released_at):%H:%M}" == f"{at:%H:%M}"
    assert guard.post(url, data).status_code == 422  # it is no choice any more


def test_the_api_compares_and_enters(settled: Any, program: Any, actor: Any) -> None:
    guard = program("gate")
    with as_of(now() - timedelta(hours=1)):
        order, gate_pass = settled()
    other = guard.post("gate/", {"code": gate_pass.code, "plate": "沪A00000"})
    assert (other.status_code, other.json()["title"]) == (409, "wrong_car")
    sent = {"number": gate_pass.number, "left_at": (now() - timedelta(minutes=9)).isoformat()}
    done = guard.post("gate/listed/", sent)
    assert (done.status_code, done.json()["outcome"], done.json()["plate"]) == (200, "listed", order.vehicle.plate)
    assert guard.post("gate/listed/", sent).status_code == 409
    assert guard.post("gate/listed/", sent | {"number": "CM-0"}).status_code == 404


def test_one_live_pass_an_order_and_purpose(settled: Any, actor: Any) -> None:
    order, gate_pass = settled()
    assert issue_with_paper(actor=actor("cashier"), order_id=order.pk) == gate_pass
    with pytest.raises(DatabaseError), transaction.atomic():
        GatePass.objects.create(
            branch=order.branch, order=order, kind="settlement", number="CM-X", code="123456", token="t",
            valid_until=now(), issued_at=now(), issued_by=gate_pass.issued_by,
        )  # fmt: skip
