"""The pages of an import: file, columns, what it would do, progress, report; all without JavaScript."""

from io import BytesIO

import pytest
from django.urls import reverse

from customers.imports import runs
from customers.models import ImportRun, Vehicle

pytestmark = pytest.mark.django_db
LIST = "姓名,手机,车牌,里程\n王建国,13912345678,粤B72K19,48912\n李娜,1.38E+10,粤BD12345,\n".encode("gbk")


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(runs, "nudge", lambda run_id: None)


@pytest.fixture
def login(login):
    def make(role, at=None):
        client = login(role, at)
        type(client.membership.user).objects.update(language="en")
        return client

    return make


def url(name, *args):
    return reverse(f"customers:{name}", args=args)


def upload(client, content=LIST, name="客户.csv", kind="cars"):
    file = BytesIO(content)
    file.name = name
    return client.post(url("imports"), {"kind": kind, "file": file})


def test_the_whole_way_of_a_list(login):
    client = login("manager")
    assert "Nothing was imported yet" in client.get(url("imports")).text
    answer = upload(client)
    run = ImportRun.objects.get()
    assert answer["Location"] == url("import", run.pk)
    shown = client.get(url("import", run.pk)).text
    assert "48912" in shown
    chosen = {f"c{place}": key for place, key in enumerate(run.mapping)} | {"before": "fill"}
    assert run.mapping == ["name", "phone", "plate", "km"]
    assert client.post(url("import_columns", run.pk), chosen).status_code == 302
    assert "being checked" in client.get(url("import", run.pk)).text.lower()
    runs.work(run.pk)
    shown = client.get(url("import", run.pk)).text
    assert "Excel has rounded this phone number" in shown
    assert "Line 3" in shown
    assert not Vehicle.objects.exists()
    assert client.post(url("import_act", run.pk, "start")).status_code == 302
    assert "0 of 2 rows are in" in client.get(url("import", run.pk)).text
    runs.work(run.pk)
    shown = client.get(url("import", run.pk)).text
    assert "Result of the import" in shown
    assert reverse("customers:duplicates") in shown  # what to do next
    assert Vehicle.objects.get().last_odometer == 48_912
    report = b"".join(client.get(url("import_report", run.pk)).streaming_content).decode("utf-8-sig").splitlines()
    assert len(report) == 2
    assert report[1].startswith("3,")
    assert report[1].endswith("李娜,1.38E+10,粤BD12345,")


def test_what_is_wrong_with_a_file_or_its_columns_is_said_on_the_page(login):
    client = login("manager")
    answer = upload(client, b"\xd0\xcf\x11\xe0", "alt.xls")
    assert answer.status_code == 422
    assert "Save it as .xlsx or as CSV" in answer.text
    assert "has at most 64 MB" in upload(client, b"").text
    upload(client)
    run = ImportRun.objects.get()
    answer = client.post(url("import_columns", run.pk), {"c0": "phone", "before": "fill"})
    assert answer.status_code == 422
    assert "Choose a column for one of these" in answer.text
    assert client.post(url("import_columns", run.pk), {"c0": "branch", "before": "fill"}).status_code == 422


def test_a_cancelled_import_leaves_nothing(login):
    client = login("manager")
    upload(client)
    run = ImportRun.objects.get()
    assert client.post(url("import_act", run.pk, "cancel"))["Location"] == url("imports")
    run.refresh_from_db()
    assert (run.state, run.rows.count()) == ("cancelled", 0)
    assert client.post(url("import_act", run.pk, "start")).status_code == 409


def test_another_branch_and_other_roles(login, other_branch):
    upload(login("manager"))
    run = ImportRun.objects.get()
    stranger = login("manager", other_branch)
    for page in (url("import", run.pk), url("import_report", run.pk)):
        assert stranger.get(page).status_code == 404
    assert login("service_advisor").get(url("imports")).status_code == 403


def test_the_list_takes_as_many_queries_for_three_as_for_one(login, asks):
    client = login("manager")
    upload(client)
    one = asks(client, url("imports"))
    upload(client, name="b.csv")
    upload(client, name="c.csv")
    assert asks(client, url("imports")) == one


def test_visits_from_before_stand_on_the_cars_page(login, bring):
    bring([["姓名", "手机", "车牌"], ["王建国", "13912345678", "粤B72K19"]])
    bring([["车牌", "日期", "项目", "金额"], ["粤B72K19", "2023-03-05", "更换机油", "1286"]], "visits")
    car = Vehicle.objects.get()
    shown = login("service_advisor").get(url("vehicle", car.pk)).text
    assert "Visits before this system" in shown
    assert "更换机油" in shown
    assert "1,286.00" in shown
    assert "1,286.00" not in login("technician").get(url("vehicle", car.pk)).text


def test_what_many_rows_come_without_is_said_once(login):
    client = login("manager")
    rows = "".join(f"客户{n},139000000{n:02d},粤B000{n:02d},宇宙\n" for n in range(15))
    upload(client, f"姓名,手机,车牌,车型\n{rows}".encode())
    run = ImportRun.objects.get()
    client.post(url("import_columns", run.pk), {f"c{n}": key for n, key in enumerate(run.mapping)} | {"before": "fill"})
    runs.work(run.pk)
    shown = client.get(url("import", run.pk)).text
    assert shown.count("not in the catalogue") == 1
    assert "Line 2, 3, 4" in shown
    assert "and 3 more" in shown
    assert "13900000000</td>" in shown  # as people read it, not +86…
