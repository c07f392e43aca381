"""Pick-up slots: who gets which, who comes first, and that the last place is one car's."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import OpeningHours, SpecialDay
from delivery.cards import pickup_card
from delivery.models import Pickup
from delivery.pickup_selectors import day_of_pickups, offered, pickup_of, slots
from delivery.selectors import handovers
from delivery.services.handover import fail_internal
from delivery.services.pickup import agree, cancel
from dms.clock import as_of, branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.models import WorkOrder

pytestmark = pytest.mark.django_db
#: Tomorrow, 10:00 in the branch: what the database itself writes lies before it.
TEN = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(2), tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_ten(branch: Any) -> Any:
    """Open from 9 to 12 every day; it is ten o'clock."""
    for weekday in range(7):
        OpeningHours.objects.create(branch=branch, weekday=weekday, opens=time(9), closes=time(12))
    with as_of(TEN):
        yield


def after(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


def agreed(order: WorkOrder, actor: Any, minutes: int) -> Pickup:
    return agree(actor=actor, order_id=order.pk, starts_at=after(minutes))


def test_slots_follow_the_opening_hours_and_the_rules(branch: Any, set_rules: Any) -> None:
    set_rules(**{"pickup.minutes": 30, "pickup.days": 2, "pickup.places": 3})
    found = slots(branch, TEN)
    assert [slot.starts_at for slot in found[:3]] == [after(30), after(60), after(90)]
    assert len(found) == 3 + 6
    assert {slot.places for slot in found} == {3}
    SpecialDay.objects.create(branch=branch, on=branch_day(branch) + timedelta(days=1))
    assert len(slots(branch, TEN)) == 3
    set_rules(**{"pickup.places": 0})
    assert slots(branch, TEN) == []


def test_the_quiet_times_are_offered_first_and_full_ones_not_at_all(
    branch: Any, order_at: Any, actor: Any, set_rules: Any
) -> None:
    set_rules(**{"pickup.minutes": 30, "pickup.days": 1, "pickup.places": 2})
    advisor = actor("service_advisor")
    for minutes in (30, 60, 60):
        agreed(order_at("ready"), advisor, minutes)
    WorkOrder.objects.filter(pk=order_at("ready").pk).update(promised_at=after(35), first_promised_at=after(35))
    assert [(slot.starts_at, slot.taken, slot.busy) for slot in offered(branch)] == [
        (after(90), 0, 0),
        (after(30), 1, 2),
    ]
    with pytest.raises(Refused) as refused:
        agreed(order_at("ready"), advisor, 60)
    assert (refused.value.sentence, refused.value.code) == ("This pick-up time is full. Choose another one.", "full")


def test_agreed_again_moved_and_cancelled(order_at: Any, actor: Any) -> None:
    order, advisor = order_at("ready"), actor("service_advisor")
    first = agreed(order, advisor, 20)
    assert (first.place, first.by_customer, first.agreed_by) == (1, False, advisor.user)
    assert agreed(order, advisor, 20) == first
    second = agreed(order, advisor, 40)
    first.refresh_from_db()
    assert (first.cancelled_by, first.why) == (advisor.user, "Moved to another time.")
    assert pickup_of(order) == second
    cancel(actor=advisor, order_id=order.pk, why="calls again")
    cancel(actor=advisor, order_id=order.pk)
    second.refresh_from_db()
    assert (pickup_of(order), second.why) == (None, "calls again")


@pytest.mark.parametrize("minutes", [-20, 0, 7, 120, 100_000])
def test_what_is_no_slot_is_refused(order_at: Any, actor: Any, minutes: int) -> None:
    with pytest.raises(Invalid, match="not one of the pick-up times"):
        agreed(order_at("ready"), actor("service_advisor"), minutes)
    assert not Pickup.objects.exists()


def test_who_waits_needs_no_slot_and_comes_first(branch: Any, order_at: Any, actor: Any) -> None:
    early, waiting = order_at("ready"), order_at("ready")
    WorkOrder.objects.filter(pk=early.pk).update(promised_at=after(0), first_promised_at=after(0))
    WorkOrder.objects.filter(pk=waiting.pk).update(waits=True, promised_at=after(60), first_promised_at=after(60))
    assert list(handovers(branch)) == [waiting, early]
    with pytest.raises(Refused, match="The customer waits here"):
        agreed(waiting, actor("service_advisor"), 20)


def test_a_car_that_is_not_ready_and_who_may_not(order_at: Any, actor: Any, other_branch: Any) -> None:
    order = order_at("ready")
    with pytest.raises(Forbidden):
        agreed(order, actor("technician"), 20)
    with pytest.raises(WorkOrder.DoesNotExist):
        agreed(order, actor("service_advisor", other_branch), 20)


def test_a_car_that_goes_back_to_work_has_no_time_any_more(order_at: Any, actor: Any) -> None:
    order, advisor = order_at("ready"), actor("service_advisor")
    agreed(order, advisor, 20)
    fail_internal(actor=advisor, order_id=order.pk, cause="still a noise")
    assert pickup_of(order) is None
    assert Pickup.objects.get().why == "The car went back to work."
    with pytest.raises(Refused, match="agreed when the car is ready"):
        agreed(order, advisor, 20)


def test_the_database_keeps_a_place_for_one_car(order_at: Any, actor: Any) -> None:
    one, other, advisor = order_at("ready"), order_at("ready"), actor("service_advisor")
    row = agreed(one, advisor, 20)
    shared = {"branch": one.branch, "agreed_at": TEN, "agreed_by": advisor.user}
    for wrong in (
        {"order": other, "starts_at": row.starts_at, "ends_at": row.ends_at, "place": 1},
        {"order": other, "starts_at": after(30), "ends_at": after(50), "place": 1},  # another length, the same place
        {"order": one, "starts_at": after(80), "ends_at": after(100), "place": 2},  # a second one for the same car
        {"order": other, "starts_at": after(80), "ends_at": after(100), "place": 0},
        {"order": other, "starts_at": after(80), "ends_at": after(80), "place": 2},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pickup.objects.create(**shared, **wrong)
    assert Pickup.objects.count() == 1


def test_the_pages_of_the_desk(order_at: Any, login: Any, branch: Any, asks: Any) -> None:
    advisor, order = login("service_advisor"), order_at("ready")
    page = advisor.get(reverse("delivery:handover", args=[order.pk])).text
    assert f'value="{after(20):%Y-%m-%dT}' in page
    url = reverse("delivery:pickup_agree", args=[order.pk])
    assert advisor.post(url, {"starts_at": "tomorrow"}, follow=True).status_code == 200
    assert not Pickup.objects.exists()
    advisor.post(url, {"starts_at": after(20).isoformat()})
    assert [row.order for row in day_of_pickups(branch, branch_day(branch))] == [order]
    counts = []
    for more in (1, 2):
        for _row in range(more):
            other = order_at("ready")
            advisor.post(reverse("delivery:pickup_agree", args=[other.pk]), {"starts_at": after(40 * more).isoformat()})
        counts.append((asks(advisor, reverse("delivery:pickups")), asks(advisor, reverse("delivery:handovers"))))
    assert counts[0] == counts[1]
    assert pickup_card(None, order) == {"pickup": pickup_of(order)}
    advisor.post(reverse("delivery:pickup_cancel", args=[order.pk]))
    assert pickup_of(order) is None


def test_the_customer_chooses_on_the_status_page(order_at: Any, client: Any) -> None:
    order = order_at("ready")
    page, url = (
        reverse("portal:status", args=[order.status_code]),
        reverse("portal:status_pickup", args=[order.status_code]),
    )
    assert "10:20" in client.get(page).text
    assert client.get(url).status_code == 405
    assert client.post(url, {"starts_at": after(20).isoformat()}).status_code == 302
    row = pickup_of(order)
    assert row is not None
    assert (row.by_customer, row.agreed_by, row.starts_at) == (True, None, after(20))
    assert client.post(url, {"starts_at": after(7).isoformat()}).status_code == 422
    assert client.post(url, {"starts_at": "x"}).status_code == 422
    client.post(url, {"none": "1"})
    assert pickup_of(order) is None
    assert client.post(reverse("portal:status_pickup", args=["ZZZZZZZZ"]), {"none": "1"}).status_code == 404


def test_the_api(order_at: Any, program: Any) -> None:
    order, advisor = order_at("ready"), program("service_advisor")
    here = f"work-orders/{order.pk}/pickup/"
    told = advisor.get(here).json()
    assert told["agreed"] is None
    moment = told["free"][0]["starts_at"]
    assert advisor.does(here, {"starts_at": moment})["agreed"]["by_customer"] is False
    assert advisor.post(here, {"starts_at": after(7).isoformat()}).status_code == 422
    assert advisor.does(f"{here}cancel/", {"why": "calls again"})["agreed"] is None
