import pytest

from customers.identifiers import (
    masked_phone,
    normalise_phone,
    normalise_plate,
    normalise_vin,
    pinyin_of,
    plate_doubt,
    plate_kind,
    region_of,
    shown_phone,
    vin_check_digit,
    vin_doubt,
)
from dms.errors import Invalid


@pytest.mark.parametrize("typed", ["粤B72K19", "粤b·72k19", " 粤Ｂ－72k19 ", "粤B.72 K19", "粤B•72K19"])
def test_a_plate_has_one_form(typed: str) -> None:
    assert normalise_plate(typed) == "粤B72K19"


@pytest.mark.parametrize(
    ("plate", "kind"),
    [
        ("粤B72K19", "blue"),
        ("粤BD12345", "nev"),
        ("粤BF61177", "nev"),
        ("粤BK61177", "nev"),
        ("粤B12345D", "nev"),
        ("粤B1234挂", "large"),
        ("粤B1234学", "large"),
        ("粤B1234警", "other"),
        ("粤Z1234港", "other"),
        ("AB12CDE", "other"),
        ("", "other"),
    ],
)
def test_the_kind_follows_from_the_text(plate: str, kind: str) -> None:
    assert plate_kind(plate) == kind
    if plate != "AB12CDE":
        assert plate_doubt(plate) == ""


@pytest.mark.parametrize(
    ("plate", "word"),
    [("AB12CDE", "province"), ("粤B72K1", "this one has 6"), ("粤B72O19", "I or O"), ("粤BZ12345", "usual")],
)
def test_an_odd_plate_is_doubted_in_words(plate: str, word: str) -> None:
    assert word in plate_doubt(plate)


def test_a_good_vin_is_not_doubted() -> None:
    assert vin_check_digit("1M8GDM9AXKP042788") == "X"
    assert vin_doubt("1M8GDM9AXKP042788") == ""
    assert vin_doubt("11111111111111111") == ""
    assert vin_doubt("") == ""
    assert normalise_vin(" 1m8gdm9a-xkp042788") == "1M8GDM9AXKP042788"


@pytest.mark.parametrize(
    ("vin", "word"),
    [
        ("1M8GDM9A0KP042788", "check digit"),
        ("1M8GDM9AXKP04278", "17 characters; this one has 16"),
        ("1M8GDM9AXKP0427O8", "no I, O or Q"),
        ("1M8GDM9AXKP04278*", "only letters"),
    ],
)
def test_an_odd_vin_is_doubted_in_words(vin: str, word: str) -> None:
    assert word in vin_doubt(vin)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("139 1234 5678", "+8613912345678"),
        ("１３９１２３４５６７８", "+8613912345678"),
        ("+86-13912345678", "+8613912345678"),
        ("0755-82345678", "+8675582345678"),
        ("+852 9123 4567", "+85291234567"),
        ("", ""),
    ],
)
def test_a_phone_number_is_stored_as_e164(typed: str, stored: str) -> None:
    assert normalise_phone(typed) == stored


@pytest.mark.parametrize("typed", ["1391234567", "abc", "12", "139123456789"])
def test_what_is_no_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        normalise_phone(typed)


def test_a_phone_number_for_people() -> None:
    assert shown_phone("+8613912345678") == "13912345678"
    assert shown_phone("+85291234567") == "+852 9123 4567"
    assert masked_phone("+8613912345678") == "*** 5678"
    assert masked_phone("") == ""
    assert region_of("HKD") == "HK"
    assert region_of("XXX") == "CN"


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("周敏", "zhoumin", "zm"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾小贤", "zengxiaoxian", "zxx"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("仇英", "qiuying", "qy"),
        ("区志明", "ouzhiming", "ozm"),
        ("查良镛", "zhaliangyong", "zly"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("John Smith", "johnsmith", "js"),
        ("", "", ""),
    ],
)
def test_names_are_found_by_their_pinyin(name: str, full: str, initials: str) -> None:
    assert pinyin_of(name) == (full, initials)


def test_a_company_has_no_surname() -> None:
    assert pinyin_of("单车公司", company=True)[0] == "danchegongsi"
