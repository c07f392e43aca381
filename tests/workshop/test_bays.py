"""A bay holds one car while a clock runs there."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Bay
from accounts.policies import Actor
from accounts.roles import permissions_of
from dms.clock import now
from dms.errors import Refused
from reception.models import PlannedWork
from workshop.models import Clocking, Job
from workshop.services import clocks, dispatch, shares


def acting(membership: Any) -> Actor:
    return Actor(membership.user, membership.branch, permissions_of(membership.roles))


@pytest.fixture
def bay(branch: Any) -> Bay:
    return Bay.objects.create(branch=branch, name="1 号工位", name_en="Bay 1", kind="lift")


@pytest.fixture
def given(handed_over: Any, actor: Any, bay: Bay) -> Any:
    """`given(person)`: the job of another car, for this person in the bay."""

    def make(person: Any) -> Job:
        order = dispatch.accept(actor=actor("supervisor"), order_id=handed_over().pk)
        dispatch.assign(actor=actor("supervisor"), order_id=order.pk, technician=person, bay=bay)
        return Job.objects.select_related("order__vehicle").get(order=order)

    return make


@pytest.mark.django_db
def test_another_car_is_refused_and_starts_in_a_free_bay(given: Any, member: Any, branch: Any, bay: Bay) -> None:
    one, other = member("technician"), member("technician")
    first, second = given(one), given(other)
    free = Bay.objects.create(branch=branch, name="2 号工位", name_en="Bay 2", kind="general")
    Bay.objects.create(branch=branch, name="洗车", kind="wash")
    clocks.start(actor=acting(one), job_id=first.pk)
    with pytest.raises(Refused) as refused:
        clocks.start(actor=acting(other), job_id=second.pk)
    assert refused.value.code == "bay"
    assert (
        str(refused.value)
        == f"粤B·{first.order.vehicle.plate[2:]} is in Bay 1 under the clock of {one.user.name}. Free: Bay 2."
    )
    clocks.start(actor=acting(other), job_id=second.pk, bay=free)
    assert Job.objects.get(pk=second.pk).bay == free == PlannedWork.objects.get(line=second.line_id).bay
    assert set(Clocking.objects.values_list("order", "bay")) == {
        (first.order_id, bay.pk), (second.order_id, free.pk),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_pause_frees_the_bay_and_going_on_asks_again(given: Any, member: Any) -> None:
    one, other = member("technician"), member("technician")
    first, second = given(one), given(other)
    clocks.start(actor=acting(one), job_id=first.pk)
    clocks.pause(actor=acting(one), job_id=first.pk, reason="shift")
    clocks.start(actor=acting(other), job_id=second.pk)
    with pytest.raises(Refused) as refused:
        clocks.start(actor=acting(one), job_id=first.pk)
    assert str(refused.value).endswith("No other bay is free.")
    clocks.done(actor=acting(other), job_id=second.pk)
    clocks.start(actor=acting(one), job_id=first.pk)


@pytest.mark.django_db
def test_two_people_on_one_car_share_its_bay(given: Any, member: Any, actor: Any, bay: Bay, branch: Any) -> None:
    one, other = member("technician"), member("technician")
    job = given(one)
    shares.share(actor=actor("supervisor"), job_id=job.pk, shares=[(one, 60), (other, 40)])
    clocks.start(actor=acting(one), job_id=job.pk)
    clocks.start(actor=acting(other), job_id=job.pk)
    assert Clocking.objects.filter(bay=bay, stopped_at__isnull=True).count() == 2
    clocks.pause(actor=acting(other), job_id=job.pk, reason="break")
    away = Bay.objects.create(branch=branch, name="2 号工位", kind="lift")
    with pytest.raises(Refused):  # the car stands where the first one works
        clocks.start(actor=acting(other), job_id=job.pk, bay=away)


@pytest.mark.django_db
def test_the_database_refuses_a_second_car_too(given: Any, member: Any) -> None:
    one, other = member("technician"), member("technician")
    first, second = given(one), given(other)
    Clocking.objects.create(job=first, technician=one, started_at=now())
    with pytest.raises(IntegrityError, match="clocking_bay_one_car"), transaction.atomic():
        Clocking.objects.create(job=second, technician=other, started_at=now())


@pytest.mark.django_db
def test_my_work_says_who_is_there_and_offers_a_free_bay(given: Any, member: Any, branch: Any, bay: Bay) -> None:
    one, other = member("technician"), member("technician")
    first, second = given(one), given(other)
    free = Bay.objects.create(branch=branch, name="2 号工位", kind="general")
    clocks.start(actor=acting(one), job_id=first.pk)
    client = Client()
    client.force_login(other.user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("workshop:me")).text
    assert f"{one.user.name}" in text
    assert f'<option value="{free.pk}">2 号工位</option>' in text
    assert f'<option value="{bay.pk}">' not in text
    assert client.post(reverse("workshop:start", args=[second.pk]), {"bay": free.pk}).status_code == 302
    assert Clocking.objects.get(job=second).bay == free


@pytest.mark.django_db
def test_a_program_starts_in_another_bay(given: Any, member: Any, branch: Any, program: Any) -> None:
    one, api = member("technician"), program("technician")
    first, second = given(one), given(api.membership)
    free = Bay.objects.create(branch=branch, name="2 号工位", kind="general")
    clocks.start(actor=acting(one), job_id=first.pk)
    refused = api.post(f"jobs/{second.pk}/start/")
    assert (refused.status_code, refused.json()["title"]) == (409, "bay")
    assert api.post(f"jobs/{second.pk}/start/", {"bay": 10**6}).status_code == 422
    assert api.does(f"jobs/{second.pk}/start/", {"bay": free.pk})["bay"]["id"] == free.pk


def two_cars(race: Any, given: Any, member: Any) -> tuple[Any, Any]:
    one, other = member("technician"), member("technician")
    first, second = given(one), given(other)
    outcomes: tuple[Any, Any] = race(
        lambda: clocks.start(actor=acting(one), job_id=first.pk).job_id == first.pk,
        lambda: clocks.start(actor=acting(other), job_id=second.pk).job_id,
    )
    return outcomes


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_cars_at_once_do_not_start_in_one_bay(race: Any, given: Any, member: Any) -> None:
    first, second = two_cars(race, given, member)
    assert first is True
    assert "under the clock of" in second
    assert Clocking.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_the_second_car_meets_the_constraint(race: Any, given: Any, member: Any, settings: Any) -> None:
    settings.LOCKS_OFF = True
    assert two_cars(race, given, member) == (True, "IntegrityError")
