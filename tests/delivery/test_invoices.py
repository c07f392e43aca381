"""Invoices of each payer's share: asked for, numbered, taken back in red; and the journal that balances."""

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from delivery.models import DayClose, Invoice, Receivable
from delivery.services.deposit import take_deposit
from delivery.services.drawer import close_day, close_drawer
from delivery.services.invoices import record_number, red_letter, request_invoice, withdraw_invoice
from delivery.services.payment import pay, refund, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.services.shares import take_over
from dms.clock import branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from dms.money import total

pytestmark = pytest.mark.django_db
FIRM = {
    "kind": "special", "title": "粤海物流有限公司", "tax_number": "91440300ma5g 00001x", "bank": "工行 4000",
    "address": "南山区 1 号 0755-1",
}  # fmt: skip


@pytest.fixture
def share(order_at: Any, actor: Any) -> Receivable:
    return settle_slip(actor=actor("cashier"), order_id=order_at().pk).receivables.get()


def test_asked_for_numbered_and_taken_back_in_red(share: Receivable, actor: Any) -> None:
    cashier = actor("cashier")
    asked = request_invoice(actor=cashier, receivable_id=share.pk, **FIRM)
    assert (asked.tax_number, asked.net, asked.tax, asked.gross) == (
        "91440300MA5G00001X", Decimal("100.00"), Decimal("13.00"), Decimal("113.00"),
    )  # fmt: skip
    with pytest.raises(Refused, match="asked for already"):
        request_invoice(actor=cashier, receivable_id=share.pk, **FIRM)
    done = record_number(actor=cashier, invoice_id=asked.pk, number="2644 2000 0000 1")
    assert (done.state, done.number, done.issued_on) == ("issued", "2644200000001", branch_day(cashier.branch))
    assert record_number(actor=cashier, invoice_id=asked.pk, number="2644200000001") == done
    with pytest.raises(Refused, match="waits for no number"):
        record_number(actor=cashier, invoice_id=asked.pk, number="2")
    with pytest.raises(Refused, match="taken back in red"):
        withdraw_invoice(actor=cashier, invoice_id=asked.pk)
    red = red_letter(actor=cashier, invoice_id=asked.pk)
    assert (red.reverses, red.gross, red.state) == (asked, Decimal("-113.00"), "requested")
    with pytest.raises(Invalid, match="Another invoice has this number"):
        record_number(actor=cashier, invoice_id=red.pk, number="2644200000001")
    record_number(actor=cashier, invoice_id=red.pk, number="2644200000002")
    again = request_invoice(actor=cashier, receivable_id=share.pk, kind="ordinary", title="Wang")
    assert sum(row.gross for row in Invoice.objects.all()) == again.gross


def test_the_reversal_of_a_slip_takes_its_invoices_back(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(shares={"customer": "113.00", "insurer": "226.00"}), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="manufacturer", percent="50")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    rows = {row.payer: row for row in slip.receivables.all()}
    first = request_invoice(actor=cashier, receivable_id=rows["insurer"].pk, kind="ordinary", title="PICC")
    other = request_invoice(actor=cashier, receivable_id=rows["customer"].pk, kind="ordinary", title="Wang")
    record_number(actor=cashier, invoice_id=first.pk, number="1")
    reverse_slip(actor=cashier, order_id=order.pk, reason="wrong line")
    states = {row.title: row.state for row in Invoice.objects.filter(reverses=None)}
    assert states == {"PICC": "reversed", "Wang": "cancelled"}
    red = Invoice.objects.get(reverses=first)
    assert (red.gross, red.state) == (Decimal("-226.00"), "requested")
    with pytest.raises(Refused, match="no invoice for this share"):
        request_invoice(actor=cashier, receivable_id=other.receivable_id, kind="ordinary", title="Wang")


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "x"}, {"title": " "}, {"tax_number": "123"}, {"tax_number": "91440300MA5G00001！"}, {"tax_number": ""},
     {"address": ""}, {"bank": " "}],
    ids=str,
)  # fmt: skip
def test_what_is_missing_leaves_nothing(share: Receivable, actor: Any, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        request_invoice(actor=actor("cashier"), receivable_id=share.pk, **FIRM | wrong)
    with pytest.raises(Forbidden):
        request_invoice(actor=actor("gate"), receivable_id=share.pk, **FIRM)
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("number", ["", "  ", "1" * 31, "12/3", "１２３"])
def test_a_number_is_letters_and_digits_of_a_day_that_has_come(share: Receivable, actor: Any, number: str) -> None:
    cashier = actor("cashier")
    asked = request_invoice(actor=cashier, receivable_id=share.pk, kind="ordinary", title="Wang")
    with pytest.raises(Invalid):
        record_number(actor=cashier, invoice_id=asked.pk, number=number)
    with pytest.raises(Invalid, match="not come yet"):
        record_number(
            actor=cashier, invoice_id=asked.pk, number="1", issued_on=branch_day(cashier.branch) + timedelta(days=1)
        )
    assert Invoice.objects.get().state == "requested"


def test_the_house_and_packages_get_no_invoice(order_at: Any, actor: Any) -> None:
    cashier = actor("cashier")
    slip = settle_slip(actor=cashier, order_id=order_at(shares={"internal": "20.00"}).pk)
    with pytest.raises(Refused, match="no invoice for this share"):
        request_invoice(actor=cashier, receivable_id=slip.receivables.get().pk, kind="ordinary", title="x")


def test_the_database_keeps_them_whole(share: Receivable, actor: Any) -> None:
    cashier = actor("cashier")
    first = request_invoice(actor=cashier, receivable_id=share.pk, kind="ordinary", title="Wang")
    base = {
        "receivable": share, "title": "x", "net": 100, "tax": 13, "gross": 113, "requested_at": now(),
        "requested_by": cashier.user,
    }  # fmt: skip
    red = {"net": -100, "tax": -13, "gross": -113}
    for wrong in (
        {}, {"kind": "special"}, {"state": "issued", "number": "1", "issued_on": branch_day(cashier.branch)},
        {"reverses": first, **red}, {"title": ""},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Invoice.objects.create(**base | wrong)
    record_number(actor=cashier, invoice_id=first.pk, number="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.create(**base, reverses=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.create(**base | {"net": -99, "tax": -13, "gross": -112}, reverses=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.update(state="requested", number="", issued_on=None)


def test_the_journal_of_a_day_balances(order_at: Any, actor: Any, branch: Any) -> None:
    cashier = actor("cashier")
    one = order_at(shares={"customer": "113.00", "insurer": "226.00", "goodwill": "10.00"})
    settle_and_pay(actor=cashier, order_id=one.pk, method="cash", amount="113.00", key="k1")
    other = order_at()
    take_deposit(actor=cashier, customer_id=other.payer_id, method="scan", amount="200", key="d")
    done = settle_and_pay(actor=cashier, order_id=other.pk, method="deposit", amount="100.00", key="k2")
    paid = pay(actor=cashier, receivable_id=done.slip.receivables.get().pk, method="cash", amount="13", key="k3")
    refund(actor=cashier, payment_id=paid.pk, amount="3", reason="rounded")
    reverse_slip(actor=cashier, order_id=other.pk, reason="wrong line")
    close_drawer(actor=cashier, drawer_id=paid.drawer_id, counted="112.99", reason="a cent")
    rows = close_day(actor=cashier, day=branch_day(branch)).content["journal"]
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["account"]] = sums.get(row["account"], Decimal(0)) + Decimal(row["debit"]) - Decimal(row["credit"])
    assert sum(sums.values()) == 0
    assert sums == {
        "1001": Decimal("112.99"), "1012": Decimal("200.00"), "1122": Decimal("226.00"), "6601": Decimal("10.00"),
        "2203": Decimal("-200.00"), "6001": Decimal("-308.85"), "222101": Decimal("-40.15"), "6711": Decimal("0.01"),
    }  # fmt: skip
    assert total(Decimal(row["debit"]) for row in rows if row["what"] == "owed") == Decimal("462.00")


def test_pages(share: Receivable, login: Any, actor: Any) -> None:
    cashier, page = login("cashier"), reverse("delivery:share", args=[share.pk])
    ask = reverse("delivery:invoice_ask", args=[share.pk])
    wrong = cashier.post(ask, {"v-kind": "special", "v-title": "粤海"})
    assert (wrong.status_code, "粤海" in wrong.text) == (422, True)
    assert cashier.post(ask, {f"v-{name}": value for name, value in FIRM.items()})["Location"] == page
    listed, row = reverse("delivery:invoices"), Invoice.objects.get()
    assert [
        word for word in ("粤海物流有限公司", "91440300MA5G00001X", "113.00") if word not in cashier.get(listed).text
    ] == []
    number = reverse("delivery:invoice_number", args=[row.pk])
    assert cashier.post(number, {"number": "1/2"}).status_code == 422
    assert cashier.post(number, {"number": "26442000"})["Location"] == listed
    assert "26442000" in cashier.get(page).text
    assert cashier.post(reverse("delivery:invoice_red", args=[row.pk]))["Location"] == page
    assert [word for word in ("红字", "takes back", "26442000") if word not in cashier.get(listed).text] == [
        "takes back"
    ]
    cashier.post(ask, {"v-kind": "ordinary", "v-title": "Wang"})
    latest = Invoice.objects.latest("id")
    assert cashier.post(reverse("delivery:invoice_withdraw", args=[latest.pk]))["Location"] == page
    assert Invoice.objects.get(pk=latest.pk).state == "cancelled"


def test_the_journal_as_csv(order_at: Any, login: Any, actor: Any, branch: Any) -> None:
    cashier = actor("cashier")
    settle_and_pay(actor=cashier, order_id=order_at().pk, method="scan", amount="113.00", key="k")
    close = close_day(actor=cashier, day=branch_day(branch))
    client, url = login("cashier"), reverse("delivery:journal_export", args=[close.pk])
    assert client.get(url).status_code == 405
    rows = list(csv.reader(client.post(url).text.splitlines()))[1:]
    assert [row[7] for row in rows] == ["", "0.1300", "0.1300", "", ""]
    assert [(row[2], row[8], row[9]) for row in rows] == [
        ("1122", "113.00", "0.00"), ("6001", "0.00", "100.00"), ("222101", "0.00", "13.00"), ("1012", "113.00", "0.00"),
        ("1122", "0.00", "113.00"),
    ]  # fmt: skip
    assert DayClose.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(
    order_at: Any, login: Any, actor: Any, django_assert_max_num_queries: Any, rows: int
) -> None:
    cashier, client = actor("cashier"), login("cashier")
    for number in range(rows):
        mine = settle_slip(actor=cashier, order_id=order_at().pk).receivables.get()
        request_invoice(actor=cashier, receivable_id=mine.pk, kind="ordinary", title=f"Wang {number}")
    with django_assert_max_num_queries(5):
        assert client.get(reverse("delivery:invoices")).status_code == 200
