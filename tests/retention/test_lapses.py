"""Whose a car is that stays away, and why: written by those who call."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Membership
from dms.errors import Forbidden, Invalid, Refused
from retention.models import LapseCase
from retention.services.lapses import keep_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(car: Any, visited: Any, sweep: Any, minor: Any, today: date) -> Any:
    """A car that has lapsed by both definitions."""
    vehicle = visited(car((500, 0), (400, 20_000)), today - timedelta(days=400))
    assert sweep(only="lapse") == {"lapse": 2}
    return vehicle


def kept(vehicle: Any) -> set[tuple[Any, ...]]:
    return set(LapseCase.objects.filter(vehicle=vehicle).values_list("owner", "because"))


def test_owner_and_reason_stand_in_all_open_cases_of_the_car(actor: Any, away: Any, member: Any) -> None:
    crm, advisor = actor("crm"), member("service_advisor")
    assert keep_case(actor=crm, vehicle_id=away.pk, owner_id=advisor.user_id, because="price") == 2
    assert kept(away) == {(advisor.user_id, "price")}
    assert keep_case(actor=crm, vehicle_id=away.pk, owner_id=None, because="") == 2
    assert kept(away) == {(None, None)}


def test_what_is_refused(actor: Any, away: Any, member: Any, other_branch: Any) -> None:
    crm = actor("crm")
    for owner in (member("technician").user_id, member("service_advisor", other_branch).user_id):
        with pytest.raises(Invalid, match="deals with customers"):
            keep_case(actor=crm, vehicle_id=away.pk, owner_id=owner, because="")
    gone = member("service_advisor")
    Membership.objects.filter(pk=gone.pk).update(active=False)
    with pytest.raises(Invalid, match="deals with customers"):
        keep_case(actor=crm, vehicle_id=away.pk, owner_id=gone.user_id, because="")
    with pytest.raises(Invalid, match="one of the reasons"):
        keep_case(actor=crm, vehicle_id=away.pk, owner_id=None, because="moon")
    with pytest.raises(Forbidden):
        keep_case(actor=actor("technician"), vehicle_id=away.pk, owner_id=None, because="")
    with pytest.raises(Refused, match="come back"):
        keep_case(actor=actor("crm", other_branch), vehicle_id=away.pk, owner_id=None, because="")
    assert kept(away) == {(None, None)}


def test_the_page_keeps_it_and_names_what_is_wrong(login: Any, away: Any, member: Any) -> None:
    client, advisor = login("crm"), member("service_advisor")
    type(client.membership.user).objects.update(language="en")
    url = reverse("retention:case", args=[away.pk])
    assert url in client.get(reverse("retention:lapsed")).content.decode()
    assert "not known yet" in client.get(url).content.decode()
    wrong = client.post(url, {"owner": member("technician").user_id, "because": "price"})
    assert wrong.status_code == 422
    answer = client.post(url, {"owner": advisor.user_id, "because": "price"}, follow=True)
    page = answer.content.decode()
    assert f"Price · looked after by {advisor.user.name}" in page
    assert f'<option value="{advisor.user_id}" selected>' in client.get(url).content.decode()


def test_a_car_that_does_not_stay_away_says_so_and_keeps_nothing(login: Any, car: Any, other_branch: Any) -> None:
    vehicle, client = car(), login("crm")
    type(client.membership.user).objects.update(language="en")
    url = reverse("retention:case", args=[vehicle.pk])
    assert "This car does not stay away." in client.get(url).content.decode()
    refused = client.post(url, {"owner": "", "because": "price"})
    assert (refused.status_code, "there is no open case" in refused.content.decode()) == (409, True)
    assert login("crm", other_branch).get(reverse("retention:case", args=[vehicle.pk])).status_code == 404


def test_a_car_that_was_sold_is_missed_no_more_until_it_is_seen(
    actor: Any, away: Any, sweep: Any, visited: Any, today: date
) -> None:
    keep_case(actor=actor("crm"), vehicle_id=away.pk, owner_id=None, because="sold")
    assert set(LapseCase.objects.values_list("state", "because")) == {("moot", "sold")}
    assert sweep(only="lapse") == {"lapse": 0}
    LapseCase.objects.update(opened_on=today - timedelta(days=390))
    visited(away, today - timedelta(days=380))
    assert sweep(only="lapse")["lapse"] > 0, "it was here after that, and stays away again"


def test_a_case_ends_when_the_rule_or_the_forecast_says_otherwise(away: Any, sweep: Any, brand: Any) -> None:
    brand.lapse_months = 24
    brand.save()
    assert sweep(only="lapse") == {"lapse": 0}
    assert dict(LapseCase.objects.values_list("kind", "state")) == {"fixed": "moot", "predicted": "open"}
    brand.lapse_months = 6
    brand.save()
    away.__class__.objects.update(next_due_on=None)
    assert sweep(only="lapse") == {"lapse": 1}
    assert sorted(LapseCase.objects.values_list("kind", "state")) == [
        ("fixed", "moot"), ("fixed", "open"), ("predicted", "moot"),
    ]  # fmt: skip


def test_a_car_that_has_just_arrived_keeps_its_case(away: Any, sweep: Any, in_shop: Any) -> None:
    """A registration can be a slip of the finger; the walk-round ends the case."""
    in_shop(away, state="arrived")
    assert sweep(only="lapse") == {"lapse": 0}
    assert set(LapseCase.objects.values_list("state", flat=True)) == {"open"}
