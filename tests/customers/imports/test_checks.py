"""One row: what Excel does to lists, and what cannot be used."""

from datetime import date

import pytest

from customers.imports.checks import House, checked

HOUSE = House(
    "CN",
    date(2026, 3, 2),
    {("大众", "途观"): 7, ("volkswagen", "tiguan"): 7, ("宝马", "x5"): 8, ("凯翼", "x5"): 9},
    packages={"三年保养": 3, "机油套餐": 4},
)


def row(kind="cars", **typed):
    return checked(kind, typed, HOUSE)


def codes(found):
    return [(field, code) for field, code, _shown in found.problems]


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13912345678", "+8613912345678"),
        ("139 1234 5678", "+8613912345678"),
        ("１３９１２３４５６７８", "+8613912345678"),
        ("+86 139-1234-5678", "+8613912345678"),
        ("13912345678.0", "+8613912345678"),
        ("1.3912345678E+10", "+8613912345678"),
        ("75526001234", "+8675526001234"),  # the zero that Excel took away
        ("0755-26001234", "+8675526001234"),
        ("+491711234567", "+491711234567"),
    ],
)
def test_phones(typed, phone):
    found = row(name="王建国", phone=typed)
    assert found.phone == phone
    assert not found.bad


@pytest.mark.parametrize(("typed", "code"), [("1.39E+10", "phone_rounded"), ("139123", "phone"), ("没有", "phone")])
def test_a_phone_that_is_none_keeps_the_row_out(typed, code):
    found = row(name="王建国", phone=typed)
    assert codes(found) == [("phone", code)]
    assert found.bad


def test_a_second_number_goes_into_the_note():
    found = row(name="王建国", phone="13912345678/13800138000", note="老客户")
    assert (found.phone, found.cleaned["note"]) == ("+8613912345678", "老客户 13800138000")
    assert not found.bad


def test_a_car():
    found = row(
        name="深圳一通有限公司", plate="粤b·72k19", vin="lsvam4187c2184841", brand="大众", model="途观", year="2021款",
        km="4.8万公里", warranty_start_on="44256", last_visit_on="2024年3月5日", born_on="=1+1",
    )  # fmt: skip
    assert (found.plate, found.vin) == ("粤B72K19", "LSVAM4187C2184841")
    assert found.cleaned == {
        "pinyin": "shenzhenyitongyouxiangongsi", "pinyin_initials": "szytyxgs", "kind": "company",
        "language": "zh-hans", "plate_kind": "blue", "year": 2021, "km": 48_000, "last_visit_on": "2024-03-05",
        "warranty_start_on": "2021-03-01", "model": 7,
    }  # fmt: skip
    assert codes(found) == [("born_on", "date")]
    assert not found.bad


def test_two_brands_have_an_x5():
    assert codes(row(plate="粤B72K19", model="X5")) == [("model", "model")]
    assert row(plate="粤B72K19", brand="宝马", model="X5").cleaned["model"] == 8
    assert row(plate="粤B72K19", model="宝马 X5").cleaned["model"] == 8


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({}, [("", "nothing")]),
        ({"phone": "13912345678"}, [("", "nothing")]),
        ({"name": "王" * 121}, [("name", "name_long")]),
        ({"plate": "粤" * 21}, [("plate", "plate_long")]),
        ({"plate": "粤B72K19", "vin": "123"}, [("vin", "vin")]),
        ({"plate": "粤B72K19", "km": "9999999"}, [("km", "km_large")]),
        ({"plate": "粤B72K19", "km": "NaN"}, [("km", "km")]),
        ({"plate": "粤B72K19", "last_visit_on": "2026-03-03"}, [("last_visit_on", "day_future")]),
        ({"plate": "粤B72K19", "last_visit_on": "0202-03-03"}, [("last_visit_on", "date")]),
    ],
)
def test_problems(typed, expected):
    assert codes(row(**typed)) == expected


def test_a_visit():
    found = row(
        "visits", plate="粤B72K19", on="2024/3/5 10:20", km="30500", number="W-1", work="更换机油", amount="¥1,286.00"
    )
    assert found.cleaned == {"on": "2024-03-05", "km": 30_500, "amount": "1286.00", "number": "W-1", "work": "更换机油"}
    assert codes(row("visits", on="x")) == [("", "no_car"), ("on", "date_needed")]
    assert codes(row("visits", vin="LSVAM4187C2184841")) == [("on", "no_date")]


def test_packages_stand_in_one_cell_and_an_unknown_name_stops_the_row() -> None:
    sold = {"name": "王建国", "vin": "LSVAM4187C2184841"}
    assert row("new_cars", **sold, packages="三年保养、机油套餐；").cleaned["packages"] == [3, 4]
    assert row("new_cars", **sold).cleaned["packages"] == []
    wrong = row("new_cars", **sold, packages="三年保养,终身")
    assert (wrong.bad, wrong.problems) == (True, [("packages", "package", "终身")])
