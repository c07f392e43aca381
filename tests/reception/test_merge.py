"""The merge of a customer or a car with an open order: the order follows, whoever is a moment earlier."""

import pytest

from accounts.policies import Actor
from accounts.roles import Role, permissions_of
from customers.models import Vehicle
from customers.services import merging, register_customer, register_vehicle
from dms.errors import Refused
from reception.models import WorkOrder
from reception.services import arrival


def everybody(actor):
    """One who may do all of it."""
    return Actor(actor.user, actor.branch, permissions_of([str(role) for role in Role.values]))


def two_cars(actor):
    owner = register_customer(actor=actor, name="王建国", phone="13912345678")
    return owner, *(register_vehicle(actor=actor, plate=plate, owner=owner) for plate in ("粤B72K19", "粤B72KI9"))


@pytest.mark.django_db
def test_the_open_order_follows_customer_and_car(actor):
    who = everybody(actor("manager"))
    owner, kept, lost = two_cars(who)
    order = arrival.arrive(actor=who, vehicle=lost)
    other = register_customer(actor=who, name="王建囯", phone="")
    runs = [
        merging.merge(actor=who, what="vehicle", kept_id=kept.pk, lost_id=lost.pk),
        merging.merge(actor=who, what="customer", kept_id=other.pk, lost_id=owner.pk),
    ]
    order.refresh_from_db()
    assert (order.vehicle_id, order.owner_id, order.contact_id) == (kept.pk, other.pk, other.pk)
    for run in reversed(runs):
        merging.undo(actor=who, merge_id=run.pk)
    order.refresh_from_db()
    assert (order.vehicle_id, order.owner_id, order.bringer_id) == (lost.pk, owner.pk, owner.pk)


@pytest.mark.django_db
def test_two_cars_in_the_shop_stay_two(actor):
    who = everybody(actor("manager"))
    _owner, kept, lost = two_cars(who)
    for car in (kept, lost):
        arrival.arrive(actor=who, vehicle=car)
    with pytest.raises(Refused, match="Both cars have an open order"):
        merging.merge(actor=who, what="vehicle", kept_id=kept.pk, lost_id=lost.pk)


def cars_of_orders():
    return [(order.vehicle.plate, order.vehicle.merged_into_id is None) for order in WorkOrder.objects.all()]


@pytest.mark.race
@pytest.mark.parametrize("locks", [True, False])
def test_a_car_arrives_while_it_is_merged(race, actor, settings, locks):
    who = everybody(actor("manager"))
    _owner, kept, lost = two_cars(who)
    settings.LOCKS_OFF = not locks
    outcomes = race(
        lambda: merging.merge(actor=who, what="vehicle", kept_id=kept.pk, lost_id=lost.pk).pk,
        lambda: arrival.arrive(actor=who, vehicle=Vehicle.objects.get(pk=lost.pk)).pk,
    )
    if locks:
        assert outcomes[1] == "This was merged with another a moment ago. Look it up again."
        assert cars_of_orders() == []
    else:  # the negative control: without the lock the order hangs on a car that is hidden
        assert cars_of_orders() == [("粤B72KI9", False)]


@pytest.mark.race
def test_a_car_is_merged_while_it_arrives(race, actor):
    who = everybody(actor("manager"))
    _owner, kept, lost = two_cars(who)
    outcomes = race(
        lambda: arrival.arrive(actor=who, vehicle=Vehicle.objects.get(pk=lost.pk)).pk,
        lambda: merging.merge(actor=who, what="vehicle", kept_id=kept.pk, lost_id=lost.pk).pk,
    )
    assert [type(one) for one in outcomes] == [int, int]
    assert cars_of_orders() == [("粤B72K19", True)]
