"""The board on a television: a secret address per branch, dark, without anything personal."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Bay
from customers.models import Customer, Vehicle
from dms.clock import as_of, now
from portal.selectors import tv
from records.models import FailedGuess
from records.services.guesses import MOST as GUESSES
from workshop.models import Screen
from workshop.services import dispatch, holds, screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(actor: Any) -> str:
    return screens.renew(actor=actor("supervisor"))


def board(link: str, name: str = "tv") -> str:
    return reverse(f"portal:{name}", args=[link])


def test_cars_by_stage_with_countdown_bay_and_what_they_wait_for(
    link: str, signed: Any, branch: Any, actor: Any, member: Any
) -> None:
    boss, bay = actor("supervisor"), Bay.objects.create(branch=branch, name="3 号工位", name_en="Bay 3")
    signed()
    order = dispatch.accept(actor=boss, order_id=signed().pk)
    dispatch.assign(actor=boss, order_id=order.pk, technician=member("technician"), bay=bay)
    holds.put(actor=boss, order_id=order.pk, reason="parts")
    with as_of(order.promised_at - timedelta(minutes=50)):
        text = Client(headers={"Accept-Language": "en"}).get(board(link)).text
    assert text.index(">Reception<") < text.index(">Dispatch<")
    assert ">0:50<" in text.replace("</svg>", ">")
    assert "Bay 3" in text
    assert ">Parts<" in text.replace("</svg>", ">")


def test_nothing_personal_and_no_whole_plate(link: str, signed: Any, actor: Any) -> None:
    order = signed(name="金丝雀")
    boss = actor("supervisor")
    dispatch.accept(actor=boss, order_id=order.pk)
    holds.put(actor=boss, order_id=order.pk, reason="customer", note="CANARY-NOTE")
    Vehicle.objects.filter(pk=order.vehicle_id).update(vin="LSVCANARY00000017")
    car, owner = Vehicle.objects.get(pk=order.vehicle_id), Customer.objects.get(name="金丝雀")
    for name in ("tv", "tv_lounge"):
        text = Client().get(board(link, name)).text
        assert "**" in text, "the car is not shown"
        people = [order.advisor.name, boss.user.name, owner.name, str(owner.phone), order.number, order.status_code]
        for canary in (*people, car.plate, car.plate[:2] + "·" + car.plate[2:], car.vin, "CANARY"):
            assert canary not in text, f"{canary} stands on {name}"


def test_the_lounge_says_when_and_not_what_is_missing(link: str, signed: Any, actor: Any) -> None:
    order = signed()
    holds.put(actor=actor("service_advisor"), order_id=order.pk, reason="parts")
    client = Client(headers={"Accept-Language": "en"})
    with as_of(order.promised_at - timedelta(minutes=50)):
        text = client.get(board(link, "tv_lounge")).text
    assert "about " in text
    assert "Parts" not in text
    with as_of(order.promised_at + timedelta(minutes=50)):
        assert "please ask us" in client.get(board(link, "tv_lounge")).text


def test_a_new_address_ends_the_former_at_once(link: str, actor: Any) -> None:
    fresh = screens.renew(actor=actor("manager"))
    assert [Client().get(board(one)).status_code for one in (link, fresh)] == [410, 200]
    assert link not in str(list(Screen.objects.values()))
    screens.end(actor=actor("manager"))
    assert Client().get(board(fresh)).status_code == 410


def test_it_ends_by_itself(link: str) -> None:
    with as_of(now() + timedelta(days=89)):
        assert Client().get(board(link)).status_code == 200
    with as_of(now() + timedelta(days=91)):
        assert Client().get(board(link)).status_code == 410


def test_another_branch_has_another_address(link: str, signed: Any, other_branch: Any, actor: Any) -> None:
    signed()
    there = screens.renew(actor=actor("supervisor", other_branch))
    assert Client().get(board(link)).status_code == 200
    assert "**" not in Client().get(board(there)).text


def test_it_asks_on_condition_and_gets_nothing_while_nothing_changes(link: str, signed: Any) -> None:
    signed()
    at = now()
    with as_of(at):
        first = Client().get(board(link), headers={"HX-Request": "true"})
        again = {"HX-Request": "true", "If-None-Match": first["ETag"]}
        assert Client().get(board(link), headers=again).status_code == 304
    with as_of(at + timedelta(minutes=1)):
        assert Client().get(board(link), headers=again).status_code == 200
    assert first["Cache-Control"] == "no-store"


def test_without_scripts_it_loads_itself_again(link: str) -> None:
    text = Client().get(board(link)).text
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in text
    assert 'data-theme="dark"' in text


def test_who_guesses_addresses_waits_and_a_television_does_not(link: str, actor: Any) -> None:
    guesser = Client()
    answers = {guesser.get(board(f"wrong-{number}")).status_code for number in range(GUESSES)}
    assert (answers, guesser.get(board("wrong")).status_code) == ({404}, 429)
    assert guesser.get(board(link)).status_code == 200, "the same network has the right address"
    screens.renew(actor=actor("supervisor"))
    guesser.get(board(link))
    assert FailedGuess.objects.count() == GUESSES, "an address that has ended is no guess"


def test_what_does_not_fit_is_counted(link: str, signed: Any, branch: Any, monkeypatch: Any) -> None:
    cars = [signed() for _car in range(3)]
    monkeypatch.setattr(tv, "MOST", 2)
    seen = tv.wall(branch)
    assert (len(seen.cars), seen.more) == (len(cars) - 1, 1)
    assert "and 1 more car<" in Client(headers={"Accept-Language": "en"}).get(board(link)).text


def test_it_takes_the_same_queries_for_one_car_and_for_three(link: str, signed: Any, asks: Any) -> None:
    counts = []
    for more in (1, 2):
        for _car in range(more):
            signed()
        counts.append(asks(Client(), board(link)))
    assert counts[0] == counts[1]


def test_the_page_makes_the_address_and_shows_it_once(login: Any) -> None:
    boss, url = login("supervisor"), reverse("workshop:screen")
    text = boss.post(url, {"act": "make"}).text
    address = text.split('value="http://testserver')[1].split('"')[0]
    assert Client().get(address).status_code == 200
    assert address not in boss.get(url).text
    assert boss.post(url, {"act": "end"}).status_code == 302
    assert Client().get(address).status_code == 410
    assert login("technician").get(url).status_code == 403
