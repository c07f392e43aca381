"""The schema for BI tools: every view can be read, says what it holds, and tells nobody's name or number."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from retention import reading

pytestmark = pytest.mark.django_db

#: What a view must not be made of (PROMISES 11): a customer's or a car's own.
_PEOPLE = ("name", "pinyin", "pinyin_initials", "phone", "phone_tail", "email", "note")
_CARS = ("plate", "vin", "vin_tail")
PRIVATE = {("customers_customer", column) for column in _PEOPLE} | {("customers_vehicle", column) for column in _CARS}
#: A view of lines or appointments that took one of these would tell it too.
FREE_TEXT = {"words", "note", "finding", "phone", "plate", "closing_note", "declined_by_name", "declined_note"}


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the tables' owner; what it did is rolled back."""
    ours = connection.get_connection_params()
    place = {name: ours[name] for name in ("host", "port", "dbname") if name in ours}
    place["user"] = environ.Env.db_url_config(settings.MIGRATION_DATABASE_URL)["USER"]
    with psycopg.connect(**place) as connected:
        yield connected
        connected.rollback()


def test_every_view_can_be_read_and_says_what_each_column_is(owner):
    told = owner.execute(
        "SELECT c.relname, a.attname, col_description(c.oid, a.attnum)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'reading'::regnamespace AND a.attnum > 0 ORDER BY c.relname, a.attnum"
    ).fetchall()
    said = [
        (view.name, name, says)
        for view in sorted(reading.VIEWS, key=lambda one: one.name)
        for name, _sql, says in view.columns
    ]
    assert told == said
    for view in reading.VIEWS:
        owner.execute(f"SELECT * FROM reading.{view.name} LIMIT 1")


def test_no_view_is_made_of_what_is_private(owner):
    used = set(owner.execute(
        "SELECT table_name, column_name FROM information_schema.view_column_usage WHERE view_schema = 'reading'"
    ).fetchall())  # fmt: skip
    assert ("reception_workorder", "number") in used  # the query sees what it is asked for
    assert used & PRIVATE == set()
    assert {column for _table, column in used} & FREE_TEXT == set()


def test_the_application_cannot_read_them_and_an_unchanged_schema_is_left_alone(owner):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(current_user, 'reading', 'USAGE')")
        assert cursor.fetchone() == (False,)
        before = owner.execute("SELECT 'reading.orders'::regclass::oid").fetchone()
    reading.make("default")  # as the application: nothing happens
    assert owner.execute("SELECT 'reading.orders'::regclass::oid").fetchone() == before


def test_orders_in_the_view_are_those_of_the_table(signed, settings):
    order = signed()
    with connection.cursor() as cursor:
        view = next(one for one in reading.VIEWS if one.name == "orders")
        cursor.execute(f"SELECT order_id, number, state, released_at FROM ({view.statement}) q")
        assert cursor.fetchall() == [(order.pk, order.number, order.state, None)]


def test_the_guide_names_every_view_and_column():
    guide = (Path(settings.BASE_DIR) / "docs" / "admin" / "reading.md").read_text(encoding="utf-8")
    assert guide.endswith(reading.as_markdown())
