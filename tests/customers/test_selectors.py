import pytest

from accounts.models import Branch
from accounts.policies import Actor, system
from customers import services
from customers.models import Vehicle
from customers.selectors import find, vehicle_card, vehicles_page


@pytest.fixture
def branch(db: None) -> Branch:
    return Branch.objects.create(code="SZ1", name="深圳一店", legal_name="深圳一店有限公司")


@pytest.fixture
def actor(branch: Branch) -> Actor:
    return system(branch)


def car(actor: Actor, plate: str, name: str = "", phone: str = "", vin: str = "") -> Vehicle:
    owner = services.register_customer(actor=actor, name=name, phone=phone) if name else None
    return services.register_vehicle(actor=actor, plate=plate, vin=vin, owner=owner)


@pytest.fixture
def tiguan(actor: Actor) -> Vehicle:
    return car(actor, "粤B72K19", "曾小贤", "13912345678", "1M8GDM9AXKP042788")


@pytest.mark.parametrize(
    "text",
    ["粤B72K19", "粤b·72k19", "72k", "２Ｋ１９", "k19", "5678", "13912345678", "139 1234 5678", "042788",
     "AXKP042788", "1m8gdm9axkp042788", "曾小", "zengxiao", "ZXX", "zx", "zeng xiao"],
)  # fmt: skip
def test_a_car_is_found_by_what_people_say(branch: Branch, tiguan: Vehicle, text: str) -> None:
    found = find(branch, text)
    assert [row.vehicle for row in found] == [tiguan]
    assert found[0].owner is not None
    assert found[0].owner.name == "曾小贤"


@pytest.mark.parametrize("text", ["", " ", "k", "%%", "__", "7_K", "小贤", "678", "42788", "\x00\x00", "x" * 500])
def test_what_is_not_there_is_not_found(branch: Branch, tiguan: Vehicle, text: str) -> None:
    assert find(branch, text) == []


def test_another_branch_does_not_find_it(tiguan: Vehicle) -> None:
    other = Branch.objects.create(code="GZ1", name="广州一店", legal_name="广州一店有限公司")
    assert find(other, "72K19") == []
    assert vehicle_card(tiguan.pk, other) is None
    assert vehicles_page(other).rows == []


def test_the_end_of_the_plate_comes_first(actor: Actor, branch: Branch) -> None:
    inside, ending, whole = car(actor, "粤B19K77"), car(actor, "粤B77K19"), car(actor, "K19")
    assert [row.vehicle for row in find(branch, "K19")] == [whole, ending]
    assert [row.vehicle for row in find(branch, "19")] == [whole, ending, inside]


def test_the_former_owner_no_longer_leads_to_the_car(actor: Actor, branch: Branch, tiguan: Vehicle) -> None:
    buyer = services.register_customer(actor=actor, name="周敏", phone="13800138000")
    services.hand_over_ownership(actor=actor, vehicle=tiguan, customer=buyer)
    assert find(branch, "曾小贤") == []
    assert [row.owner for row in find(branch, "zhoumin")] == [buyer]


@pytest.mark.parametrize("many", [1, 3])
def test_a_look_up_takes_two_queries(actor, branch, django_assert_num_queries, many) -> None:
    for i in range(many):
        car(actor, f"粤B0000{i}", f"周敏{i}", "13800138000")
    with django_assert_num_queries(2):
        assert len(find(branch, "8000")) == many


@pytest.mark.parametrize("many", [1, 3])
def test_a_card_takes_three_queries(actor, branch, tiguan, django_assert_num_queries, many) -> None:
    for i in range(many):
        services.record_reading(actor=actor, vehicle=tiguan, km=i)
        services.set_consent(
            actor=actor, customer=tiguan.ownerships.get().customer, channel=("sms", "phone", "email")[i],
            purpose="care", granted=True, wording="May we?", source="desk",
        )  # fmt: skip
    services.set_care(actor=actor, vehicle=tiguan, smoker=True)
    with django_assert_num_queries(3):
        card = vehicle_card(tiguan.pk, branch)
        assert card is not None
        assert (len(card.readings), len(card.consents), card.care.smoker) == (many, many, True)


def test_pages_follow_each_other_without_gap(actor: Actor, branch: Branch) -> None:
    cars = [car(actor, f"粤B0000{i}") for i in range(5)][::-1]
    first = vehicles_page(branch, size=3)
    second = vehicles_page(branch, first.after, size=3)
    assert [row.vehicle for row in first.rows + second.rows] == cars
    assert second.after is None
