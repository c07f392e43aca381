"""The whole way of a list: what is new, what is completed, what stays; a killed worker costs nothing."""

from datetime import date

import pytest
from django.db import IntegrityError

from customers.imports import past, reading, runs, staging, writing
from customers.imports.matching import Known
from customers.models import Customer, ImportRow, OdometerReading, Ownership, PastVisit, Vehicle
from dms.errors import Forbidden, Invalid, Refused

pytestmark = pytest.mark.django_db
HEAD = ["姓名", "手机", "车牌", "VIN", "里程", "上次到店", "邮箱"]
WANG = ["王建国", "13912345678", "粤B72K19", "LSVAM4187C2184841", "48912", "2024-03-05", ""]
LI = ["李娜", "13800138000", "粤BD12345", "", "", "", "li@example.com"]


def state():
    """Everything that an import writes."""
    people = list(Customer.objects.order_by("name").values_list("name", "phone", "pinyin_initials", "email"))
    cars = list(Vehicle.objects.order_by("plate").values_list("plate", "vin", "last_odometer", "last_visit_on"))
    owned = list(
        Ownership.objects.order_by("vehicle__plate", "pk").values_list("vehicle__plate", "customer__name", "to_on")
    )
    return people, cars, owned, OdometerReading.objects.count()


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_list_in_each_encoding_comes_to_the_same_rows(bring, encoding):
    run = bring("\n".join(",".join(cells) for cells in (HEAD, WANG, LI)).encode(encoding))
    assert state() == (
        [("李娜", "+8613800138000", "ln", "li@example.com"), ("王建国", "+8613912345678", "wjg", "")],
        [("粤B72K19", "LSVAM4187C2184841", 48_912, date(2024, 3, 5)), ("粤BD12345", "", None, None)],
        [("粤B72K19", "王建国", None), ("粤BD12345", "李娜", None)],
        1,
    )
    assert (run.state, run.counts["made_people"], run.counts["made_cars"], run.bad_rows) == ("done", 2, 2, 0)
    assert not ImportRow.objects.exists()


def test_a_list_that_comes_twice_changes_nothing(bring):
    bring([HEAD, WANG, LI])
    before = state()
    run = bring([HEAD, WANG, LI])
    assert state() == before
    assert run.counts == {"same": 2}


def test_gaps_are_filled_and_what_stands_here_stays(bring):
    bring([HEAD, WANG])
    bring([HEAD, ["王建国", "13912345678", "粤B72K19", "", "", "", "w@example.com"]])
    assert Customer.objects.get().email == "w@example.com"
    bring([HEAD, ["王建国", "13912345678", "粤B72K19", "", "", "", "other@example.com"]])
    assert (Customer.objects.get().email, Customer.objects.get().version) == ("w@example.com", 2)


def test_the_file_before_ours_when_that_is_chosen(bring):
    bring([HEAD, WANG])
    run = bring([HEAD, ["赵六", "13700137000", "粤B72K20", "LSVAM4187C2184841", "", "", ""]], fill_only=False)
    assert (run.counts["changed_cars"], run.counts["owners"]) == (1, 1)
    car = Vehicle.objects.get()
    assert car.plate == "粤B72K20"
    assert [row.customer.name for row in car.ownerships.filter(to_on__isnull=True)] == ["赵六"]


def test_another_owner_stays_and_is_told_of(check, bring):
    bring([HEAD, WANG])
    bring([HEAD, ["赵六", "13700137000", "粤B72K19", "", "", "", ""]])
    assert [row.customer.name for row in Vehicle.objects.get().ownerships.all()] == ["王建国"]


def test_a_car_twice_in_a_list(check):
    run = check([HEAD, WANG, WANG, ["赵六", "13700137000", "粤B72K19", "", "", "", ""]])
    assert (run.state, run.bad_rows, run.counts["good"]) == ("checked", 1, 1)
    assert [shown.sentences for shown in reading.bad_rows(run)] == [
        ["Plate “粤B72K19”: This car stands in an earlier row with other values."]
    ]


def test_rows_that_cannot_come_are_told_before_anything_is_written(check):
    run = check(
        [
            HEAD,
            WANG,
            ["", "", "", "", "", "", ""],
            ["赵六", "1.37E+10", "粤B1", "", "", "", ""],
            ["孙七", "12", "粤B2", "", "", "", ""],
        ]
    )
    assert (run.total_rows, run.bad_rows) == (3, 2)
    assert run.counts == {"good": 1, "people": 1, "new_people": 1, "cars": 1, "new_cars": 1}
    assert not Customer.objects.exists()
    lines = "".join(reading.report(run)).splitlines()
    assert lines[0].startswith("\ufeff#,!,姓名")
    assert len(lines) == 3
    assert "Excel has rounded" in lines[1]


def test_a_plate_and_a_vin_of_two_cars(check, bring):
    bring([HEAD, WANG, ["李娜", "13800138000", "粤BD12345", "LSVAM4187C2184842", "", "", ""]])
    run = check(
        [
            HEAD,
            ["王建国", "13912345678", "粤B72K19", "LSVAM4187C2184842", "", "", ""],
            ["王建国", "13912345678", "粤B72K19", "LSVAM4187C2184843", "", "", ""],
        ]
    )
    assert [row.problems[-1][1] for row in ImportRow.objects.filter(run=run).order_by("number")] == [
        "two_cars",
        "other_vin",
    ]


def test_visits(bring):
    bring([HEAD, WANG])
    rows = [
        ["车牌", "进厂日期", "里程", "工单号", "维修项目", "金额"],
        ["粤B72K19", "2023-03-05", "30500", "W-1", "更换机油", "1,286.00"],
        ["粤B72K19", "2023-03-05", "30500", "W-1", "更换机油滤", ""],
        ["粤B99999", "2023-03-05", "1", "W-2", "", ""],
    ]
    run = bring(rows, "visits")
    assert (run.counts["made_visits"], run.counts["readings"], run.bad_rows) == (2, 1, 1)
    assert list(PastVisit.objects.order_by("pk").values_list("on", "km", "work")) == [
        (date(2023, 3, 5), 30_500, "更换机油"), (date(2023, 3, 5), 30_500, "更换机油滤"),
    ]  # fmt: skip
    assert Vehicle.objects.get().last_odometer == 48_912  # the older reading turns nothing back
    again = bring(rows, "visits")
    assert (PastVisit.objects.count(), again.counts["same"]) == (2, 2)


def test_a_worker_that_is_killed_between_blocks_costs_nothing(check, monkeypatch):
    monkeypatch.setattr(staging, "BLOCK", 10)
    monkeypatch.setattr(writing, "BLOCK", 10)
    people = [["客户" + str(n), f"139{n:08d}", f"粤B{n:05d}", "", "1000", "", ""] for n in range(1, 36)]
    run = check([HEAD, *people])
    assert (run.read_rows, run.state) == (35, "checked")
    runs.start(actor=run.who, run_id=run.pk)
    mark = writing._mark
    turns = iter([None, None, KeyboardInterrupt])

    def dies(rows):
        if next(turns, None):
            raise KeyboardInterrupt
        mark(rows)

    monkeypatch.setattr(writing, "_mark", dies)
    with pytest.raises(KeyboardInterrupt):
        runs.work(run.pk)
    run.refresh_from_db()
    assert (run.done_rows, Customer.objects.count(), Vehicle.objects.count()) == (20, 20, 20)
    monkeypatch.setattr(writing, "_mark", mark)
    assert runs.left_behind() == []  # it moved a moment ago
    assert runs.work(run.pk) is False
    run.refresh_from_db()
    assert (run.state, run.counts["made_people"], Customer.objects.count(), OdometerReading.objects.count()) == (
        "done",
        35,
        35,
        35,
    )


def test_a_new_car_begins_with_what_would_be_told_of_it_afterwards(begin):
    """Readings in no order, two of one day, a visit without a reading: one written car, one that is not yet."""
    run = begin([HEAD, WANG])
    new, here = Vehicle(), Vehicle.objects.create(branch=run.branch, plate="粤B72K19")
    days = [date(2024, 3, 5), date(2024, 9, 1), date(2022, 3, 5), date(2024, 9, 1), date(2025, 1, 1)]
    told = list(zip([48_912, 51_200, 30_000, 51_300, None], days, [*days[:3], None, None], strict=True))
    past.begin_with([past.Told(new, *one) for one in told])
    rows = [past.Told(here, *one) for one in told]
    past.odometers(run, rows, set())
    past.seen_last(rows)
    here.refresh_from_db()
    assert (new.last_odometer, new.last_visit_on) == (here.last_odometer, here.last_visit_on)
    assert (new.last_odometer, new.last_visit_on) == (51_300, date(2024, 9, 1))


def test_a_car_that_somebody_enters_in_the_same_moment_is_found_at_the_second_try(check, monkeypatch):
    """The database refuses the block, which is then written anew; without a second try the import would fail."""
    run = check([HEAD, WANG, LI])
    Vehicle.objects.create(branch=run.branch, plate="粤BD12345")
    look, turns = writing.look, []

    def blind(*arguments, **options):
        turns.append(1)
        return look(*arguments, **options) if len(turns) > 1 else Known()

    monkeypatch.setattr(writing, "look", blind)
    runs.start(actor=run.who, run_id=run.pk)
    assert runs.work(run.pk) is False
    run.refresh_from_db()
    assert (run.state, run.counts["made_cars"], Vehicle.objects.count(), Customer.objects.count()) == ("done", 1, 2, 2)
    monkeypatch.setattr(writing, "TRIES", 1)
    turns.clear()
    again = check([HEAD, WANG])
    runs.start(actor=again.who, run_id=again.pk)
    with pytest.raises(IntegrityError):
        runs.work(again.pk)


def test_who_may_and_when(begin, check, actor):
    run = check([HEAD, WANG])
    with pytest.raises(Forbidden):
        runs.start(actor=actor("service_advisor"), run_id=run.pk)
    runs.choose_again(actor=run.who, run_id=run.pk)
    with pytest.raises(Refused):
        runs.start(actor=run.who, run_id=run.pk)
    with pytest.raises(Invalid, match="two columns"):
        runs.choose(actor=run.who, run_id=run.pk, mapping=["name", "name", "", "", "", "", ""], fill_only=True)
    with pytest.raises(Invalid, match="Owner's name, Plate, VIN"):
        runs.choose(actor=run.who, run_id=run.pk, mapping=["", "phone", "", "", "", "", ""], fill_only=True)
    runs.cancel(actor=run.who, run_id=run.pk)
    assert not ImportRow.objects.exists()
