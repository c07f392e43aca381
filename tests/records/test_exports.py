"""What somebody may see, as a file: by permission and branch, safe in a spreadsheet, and kept with their name."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from customers.models import Customer, Vehicle
from customers.services import register_customer, register_vehicle
from dms.clock import branch_day
from reception.services import appointments
from reception.services.appointments import Wish
from records import exports
from records.models import AuditEntry
from retention.services.complaints import open_complaint

pytestmark = pytest.mark.django_db


@pytest.fixture
def login(login):
    def make(role, at=None):
        client = login(role, at)
        type(client.membership.user).objects.update(language="en")
        return client

    return make


@pytest.fixture
def filled(actor, branch):
    who = actor("manager")
    owner = register_customer(actor=who, name="=cmd|' /C calc'!A0", phone="13912345678", note="-1\n第二行,“引号”")
    register_vehicle(actor=who, plate="粤B72K19", owner=owner, km=48_912)
    return owner


def taken(client, key, form="csv"):
    answer = client.post(reverse("records:export", args=[key]), {"form": form})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(client, key):
    raw = taken(client, key)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_customers_as_csv_are_no_formulas_and_phones_stay_phones(login, filled):
    client = login("manager")
    (row,) = rows(client, "customers")
    assert (row["Name"], row["Phone"], row["Note"]) == ("'=cmd|' /C calc'!A0", "+8613912345678", "'-1\n第二行,“引号”")
    assert row["Kind"] == "Person"
    entry = AuditEntry.objects.get(act="export")
    assert (entry.subject_key, entry.actor, entry.detail["form"]) == ("export:customers", client.membership.user, "csv")
    assert "phone" in entry.detail["columns"]


def test_a_workbook_holds_texts_and_numbers(login, filled):
    book = load_workbook(io.BytesIO(taken(login("manager"), "customers", "xlsx")))
    head, row = book.active.iter_rows()
    assert [cell.value for cell in head][:3] == ["Name", "Kind", "Phone"]
    assert (row[0].value, row[0].data_type) == ("=cmd|' /C calc'!A0", "s")
    car = load_workbook(io.BytesIO(taken(login("manager"), "vehicles", "xlsx"))).active
    assert {name.value: cell.value for name, cell in zip(car[1], car[2], strict=True)}["Odometer (km)"] == 48_912


def test_columns_and_tables_follow_the_permissions(login, filled):
    assert rows(login("manager"), "vehicles")[0]["Phone"] == "+8613912345678"
    admin = login("admin")
    assert "Phone" not in rows(admin, "vehicles")[0]
    assert admin.post(reverse("records:export", args=["customers"]), {"form": "csv"}).status_code == 403
    page = admin.get(reverse("records:exports")).text
    assert "Odometer (km)" in page
    assert "Authorised amount" not in page
    assert login("service_advisor").get(reverse("records:exports")).status_code == 403


def test_another_branchs_rows_are_not_in_it(login, filled, other_branch):
    assert rows(login("manager", other_branch), "vehicles") == []


def test_every_table_can_be_taken_out(login, signed):
    signed()
    client = login("manager")
    for table in exports._tables.values():
        assert taken(client, table.key)
        assert taken(client, table.key, "xlsx")
    (order,) = rows(client, "orders")
    assert order["Owner"] == "王建国"


def test_what_a_customer_said_is_no_formula_in_the_lists_of_follow_up(login, signed, actor):
    order, who = signed(), actor("manager")
    about = {"vehicle": order.vehicle, "customer": order.owner, "order": order}
    open_complaint(actor=who, words="=HYPERLINK(1)", source="desk", **about)
    wish = Wish(plate="粤B00009", kind="maintenance", name="@SUM", phone="13900000009", note="-2")
    appointments.wait(actor=who, wish=wish, on=branch_day(order.branch))
    client = login("manager")
    assert rows(client, "complaints")[0]["The customer's own words"] == "'=HYPERLINK(1)"
    (row,) = rows(client, "appointments")
    assert (row["Name"], row["Phone"], row["Note"], row["State"]) == ("'@SUM", "+8613900000009", "'-2", "Waiting list")
    # A role without the page has no list of it.
    admin = login("admin")
    for key in ("appointments", "complaints", "calls", "leads", "consents", "clocks", "insurance_claims", "surveys"):
        assert admin.post(reverse("records:export", args=[key]), {"form": "csv"}).status_code == 403, key


def test_blocks_are_read_by_key(login, filled, branch, monkeypatch):
    monkeypatch.setattr(exports, "BLOCK", 2)
    Customer.objects.bulk_create(Customer(branch=branch, name=f"客户{n}") for n in range(4))
    with CaptureQueriesContext(connection) as queries:
        assert len(rows(login("manager"), "customers")) == 5
    assert sum('FROM "customers_customer"' in one["sql"] for one in queries) == 4


def test_an_unknown_form_and_a_merged_one(login, filled, actor, branch):
    client = login("manager")
    assert client.post(reverse("records:export", args=["customers"]), {"form": "pdf"}).status_code == 422
    other = Vehicle.objects.create(branch=branch, plate="粤B00001", merged_into=Vehicle.objects.get())
    assert other.plate not in {row["Plate"] for row in rows(client, "vehicles")}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("+1+cmd", "'+1+cmd"),
     ("+8613912345678", "+8613912345678"), (-1, -1), (True, 1)],
)  # fmt: skip
def test_cells_that_look_like_formulas(cell, shown):
    assert exports.safe(cell) == shown
