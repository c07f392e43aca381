"""Saved lists: what they ask for, whose they are, and the one letter of a day."""

import csv
import io
import socket
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.services import register_customer, register_vehicle
from dms.clock import branch_day, day_bounds, now
from dms.errors import Forbidden, Invalid, Refused, Stale
from records import exports
from records.conditions import Condition, where
from records.models import AuditEntry, ListMail, SavedList
from records.services import list_mails
from records.services.lists import end_list, keep_list, slot_of
from records.states import MailState

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 30)


@pytest.fixture
def manager(actor):
    who = actor("manager")
    type(who.user).objects.filter(pk=who.user.pk).update(email="boss@example.com", language="en")
    who.user.refresh_from_db()
    return who


@pytest.fixture
def cars(actor):
    who = actor("manager")
    owner = register_customer(actor=who, name="王建国", phone="13912345678")
    register_customer(actor=who, name="深圳物流有限公司", phone="13912345679", note="月结")
    for plate, km in (("粤B72K19", 48_912), ("粤B00001", 9_000), ("粤A00002", 120_000)):
        register_vehicle(actor=who, plate=plate, owner=owner, km=km)
    return owner


def kept(who, *conditions, table="vehicles", **values):
    given = {"name": "月初", "form": "csv", "rhythm": ""} | values
    return keep_list(actor=who, table=table, conditions=conditions, **given)


def found(who, *conditions, table="vehicles"):
    one = exports.table_for(who, table)
    return sorted(one.rows(who.branch).filter(where(who, one, conditions)).values_list("pk", flat=True))


def plates(who, *conditions):
    one = exports.table_for(who, "vehicles")
    return sorted(one.rows(who.branch).filter(where(who, one, conditions)).values_list("plate", flat=True))


def test_conditions_ask_for_what_they_say(manager, cars):
    assert plates(manager, Condition("plate", "has", "粤b0")) == ["粤B00001"]
    assert plates(manager, Condition("plate", "is", "粤A00002")) == ["粤A00002"]
    assert plates(manager, Condition("last_odometer", "from", "9,000"), Condition("last_odometer", "to", "48912")) == [
        "粤B00001",
        "粤B72K19",
    ]
    assert plates(manager, Condition("vin", "filled")) == []
    assert len(plates(manager, Condition("vin", "empty"))) == 3


def test_days_of_an_instant_are_the_branchs(manager, signed):
    order, today = signed(), branch_day(manager.branch)
    assert found(manager, Condition("arrived_at", "days", "1"), table="orders") == [order.pk]
    assert found(manager, Condition("arrived_at", "is", today.isoformat()), table="orders") == [order.pk]
    assert found(manager, Condition("arrived_at", "to", (today - timedelta(1)).isoformat()), table="orders") == []
    assert found(manager, Condition("arrived_at", "from", (today + timedelta(1)).isoformat()), table="orders") == []
    first, _last = day_bounds(manager.branch, today)
    type(order).objects.filter(pk=order.pk).update(arrived_at=first - timedelta(seconds=1))
    assert found(manager, Condition("arrived_at", "days", "1"), table="orders") == []
    assert found(manager, Condition("state", "is", "authorised"), table="orders") == [order.pk]
    with pytest.raises(Invalid, match="Enter one of these: Arrived"):
        found(manager, Condition("state", "is", "Offered"), table="orders")


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (Condition("password", "is", "x"), "Choose a column of this table."),
        (Condition("plate", "like", "x"), "Choose how to compare."),
        (Condition("plate", "has", "  "), "Say with what to compare."),
        (Condition("plate", "from", "x"), "“from” does not fit this column."),
        (Condition("last_odometer", "has", "1"), "“contains” does not fit this column."),
        (Condition("last_odometer", "from", "NaN"), "Enter a number."),
        (Condition("last_odometer", "from", "１２x"), "Enter a number."),
        (Condition("last_visit_on", "is", "2026-02-30"), "Enter a day as 2026-11-30."),
        (Condition("last_visit_on", "is", "20260-02-01"), "Enter a day as 2026-11-30."),
        (Condition("last_visit_on", "days", "0"), "Enter a number of days from 1 to 3650."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(manager, cars, condition, sentence):
    with pytest.raises(Invalid) as refused:
        kept(manager, condition)
    assert str(refused.value.sentence).endswith(sentence)
    assert not SavedList.objects.exists()


def test_nobody_asks_about_a_column_that_they_do_not_see(actor, cars):
    admin = actor("admin")  # sees cars and no customer
    hidden = [
        column
        for column in exports.table_for(admin, "vehicles").columns
        if column.needs and not admin.can(column.needs)
    ]
    assert hidden
    with pytest.raises(Invalid):
        kept(admin, Condition(hidden[0].path, "filled"))


def test_a_list_belongs_to_who_made_it_and_the_second_editor_is_told(manager, actor, cars):
    row = kept(manager, Condition("plate", "has", "粤B"))
    with pytest.raises(Forbidden):
        keep_list(actor=actor("manager"), table="", name="x", form="csv", rhythm="", conditions=[], list_id=row.pk)
    with pytest.raises(Invalid, match="already"):
        kept(manager)
    keep_list(
        actor=manager, table="", name="甲", form="xlsx", rhythm="", conditions=[], list_id=row.pk, version=row.version
    )
    with pytest.raises(Stale):
        keep_list(
            actor=manager,
            table="",
            name="乙",
            form="csv",
            rhythm="",
            conditions=[],
            list_id=row.pk,
            version=row.version,
        )
    row.refresh_from_db()
    assert (row.name, row.table, row.form, row.conditions) == ("甲", "vehicles", "xlsx", [])
    end_list(actor=manager, list_id=row.pk)
    assert kept(manager, name="甲").pk != row.pk


def test_without_an_address_nothing_is_mailed(actor):
    with pytest.raises(Invalid, match="no e-mail address"):
        kept(actor("manager"), rhythm="week")
    who = actor("manager")
    row = kept(who)
    with pytest.raises(Refused, match="no e-mail address"):
        list_mails.mail_now(actor=who, list_id=row.pk)


def test_days_of_a_rhythm():
    days = {rhythm: slot_of(rhythm, date(2026, 12, 3)) for rhythm in ("", "day", "week", "month")}
    assert days == {"": None, "day": date(2026, 12, 3), "week": MONDAY, "month": date(2026, 12, 1)}


@pytest.fixture
def morning(monkeypatch, branch):
    monkeypatch.setattr(list_mails, "MORNING", type(list_mails.MORNING)(0))


def waiting(row):
    return list(row.mails.values_list("on", "state"))


def test_one_letter_a_day_however_often_the_clock_strikes(manager, morning, monkeypatch):
    row = kept(manager, table="stock", rhythm="day")
    today = branch_day(manager.branch)
    assert [list_mails.plan_mails(manager.branch) for _turn in range(3)] == [1, 0, 0]
    assert [list_mails.send_waiting() for _turn in range(3)] == [1, 0, 0]
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["boss@example.com"], f"月初 · Shenzhen One · {today}")
    ((name, content, kind),) = letter.attachments
    assert (name, kind) == (f"stock-{today}.csv", "text/csv")
    assert content.startswith("\ufeff")
    assert waiting(row) == [(today, "sent")]
    assert AuditEntry.objects.get(act="export.mail").subject_key == f"savedlist:{row.pk}"


def test_a_list_made_today_is_not_sent_for_last_monday(manager, morning):
    row = kept(manager, table="stock", rhythm="week")
    SavedList.objects.filter(pk=row.pk).update(rhythm_from=branch_day(manager.branch) + timedelta(days=1))
    assert list_mails.plan_mails(manager.branch) == 0


def test_who_came_is_not_told_by_mail(manager, cars, morning):
    kept(manager, table="vehicles", rhythm="day")
    list_mails.plan_mails(manager.branch)
    assert list_mails.send_waiting() == 1
    (letter,) = mail.outbox
    assert letter.attachments == []
    assert reverse("records:lists") in letter.body
    assert "粤B" not in letter.body + letter.subject


def test_what_the_owner_may_no_longer_see_is_not_sent(manager, morning):
    row = kept(manager, table="stock", rhythm="day")
    list_mails.plan_mails(manager.branch)
    manager.user.memberships.update(roles=["gate"])
    assert list_mails.send_waiting() == 0
    assert row.mails.get().state == MailState.FAILED
    manager.user.memberships.update(active=False)
    list_mails.send_again(actor=manager, list_id=row.pk)
    assert list_mails.send_waiting() == 0
    assert (row.mails.get().state, row.mails.get().told) == ("failed", "Its owner does not work here any more.")
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "state"),
    [(ConnectionRefusedError(), "failed"), (ConnectionResetError(), "unknown"), (TimeoutError(), "unknown")],
)
def test_a_server_that_is_away_and_a_line_that_breaks(manager, morning, monkeypatch, error, state):
    row = kept(manager, table="stock", rhythm="day")
    list_mails.plan_mails(manager.branch)

    def send(_letter):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(list_mails.EmailMessage, "send", send)
        assert list_mails.send_waiting() == 0
    assert row.mails.get().state == state
    assert list_mails.send_waiting() == 0  # never by itself
    list_mails.send_again(actor=manager, list_id=row.pk)
    assert (list_mails.send_waiting(), len(mail.outbox)) == (1, 1)
    with pytest.raises(Refused, match="did not arrive"):
        list_mails.send_again(actor=manager, list_id=row.pk)


def test_what_a_dead_worker_left_is_unknown(manager, morning):
    row = kept(manager, table="stock", rhythm="day")
    list_mails.plan_mails(manager.branch)
    ListMail.objects.update(state="sending", claimed_at=now() - timedelta(minutes=16))
    assert list_mails.send_waiting() == 0
    assert row.mails.get().state == MailState.UNKNOWN
    assert mail.outbox == []


def test_the_figures_of_last_month_come_as_a_pdf(manager, morning, monkeypatch):
    from retention import report

    drawn = []
    monkeypatch.setattr(report, "render_apart", lambda html, base: drawn.append(html) or b"%PDF-1.7 figures")
    kept(manager, table="key_figures", rhythm="month", name="Figures")
    SavedList.objects.update(rhythm_from=date(2026, 1, 1))  # today may not be the first
    list_mails.plan_mails(manager.branch)
    assert list_mails.send_waiting() == 1
    ((name, content, kind),) = mail.outbox[0].attachments
    assert (name[:12], content, kind) == ("key_figures-", b"%PDF-1.7 figures", "application/pdf")
    last = report.last_whole(branch_day(manager.branch), "month")
    assert f"{last.first} – {last.last}" in drawn[0]
    assert "Revenue" in drawn[0]
    assert report.last_whole(date(2026, 12, 3), "week") == report.Period(date(2026, 11, 23), date(2026, 11, 29))


def test_pages_make_change_take_out_and_end_a_list(login, cars):
    client = login("manager")
    user = client.membership.user
    type(user).objects.filter(pk=user.pk).update(language="en", email="boss@example.com")
    make = reverse("records:list_new", args=["vehicles"])
    wrong = {"name": "B", "form": "csv", "rhythm": "", "path_0": "last_odometer", "how_0": "from", "value_0": "many"}
    answer = client.post(make, wrong)
    assert (answer.status_code, "Odometer (km): Enter a number." in answer.content.decode()) == (422, True)
    assert 'value="many"' in answer.content.decode()
    assert client.post(make, wrong | {"value_0": "40000"}).status_code == 302
    row = SavedList.objects.get()
    taken = client.post(reverse("records:list_out", args=[row.pk]))
    raw = b"".join(taken.streaming_content).decode("utf-8-sig")
    assert sorted(one["Plate"] for one in csv.DictReader(io.StringIO(raw))) == ["粤A00002", "粤B72K19"]
    assert AuditEntry.objects.get(act="export").detail["list"] == row.pk
    assert 'value="40000"' in client.get(reverse("records:list", args=[row.pk])).content.decode()
    assert client.post(reverse("records:list_act", args=[row.pk]), {"act": "end"}).status_code == 302
    assert client.get(reverse("records:list", args=[row.pk])).status_code == 404
    assert client.get(reverse("records:list_new", args=["nothing"])).status_code == 404


def test_another_persons_list_is_not_there(login, manager, cars):
    row = kept(manager)
    client = login("manager")
    for name in ("list", "list_out", "list_act"):
        assert client.post(reverse(f"records:{name}", args=[row.pk]), {"act": "end"}).status_code == 404


def test_the_page_asks_the_same_for_one_list_and_five(login, cars):
    client = login("manager")
    who = client.membership.user

    def asked(number):
        for place in range(number):
            row = SavedList.objects.create(
                branch=client.membership.branch, owner=who, name=f"{number}.{place}", table="vehicles", form="csv",
                rhythm_from=MONDAY,
            )  # fmt: skip
            ListMail.objects.create(list=row, on=MONDAY)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse("records:lists")).status_code == 200
        return len(queries)

    assert asked(1) == asked(4)
    assert Decimal(SavedList.objects.count()) == 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locks_off", "letters"), [(False, 1), (True, 2)])
def test_two_workers_send_one_letter(manager, morning, race, settings, locks_off, letters):
    kept(manager, table="stock", rhythm="day")
    list_mails.plan_mails(manager.branch)
    pk = ListMail.objects.get().pk
    settings.LOCKS_OFF = locks_off
    first, second = race(lambda: list_mails._claim(pk), lambda: list_mails._claim(pk))
    assert len([mail for mail in (first, second) if mail is not None]) == letters


def test_a_mail_server_that_says_nothing_holds_nobody_for_ever(manager, morning, settings):
    row = kept(manager, table="stock", rhythm="day")
    list_mails.plan_mails(manager.branch)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        assert settings.EMAIL_TIMEOUT == 20
        settings.EMAIL_TIMEOUT = 0.2
        assert list_mails.send_waiting() == 0
    assert row.mails.get().state == MailState.UNKNOWN
