"""Several payers of one bill: by line, by share, by amount; no cent lost, each closes on its own, one slip each."""

from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from customers.models import Customer
from delivery.models import Receivable, Settlement, Split
from delivery.selectors import till
from delivery.services.payment import pay, put_on_account, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.services.shares import take_back, take_over
from dms.errors import Forbidden, Invalid, Refused
from reception.models import Line, WorkOrder
from records.kinds import KINDS
from records.models import IssuedPaper

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(branch: Any) -> Customer:
    return Customer.objects.create(branch=branch, name="Yuehai Logistics", kind="company", language="en")


def shares(slip: Settlement) -> dict[str, tuple[str, str]]:
    """Payer (and name) → gross and state."""
    rows = slip.receivables.select_related("customer").order_by("id")
    return {
        row.payer if row.customer_id in (None, slip.order.payer_id) else row.customer.name: (str(row.gross), row.state)
        for row in rows
    }


def test_eighty_percent_of_the_bill_is_the_insurers(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(shares={"customer": "113.03"}), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="80")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    assert shares(slip) == {"customer": ("22.61", "open"), "insurer": ("90.42", "open")}
    rows = {row.payer: (row.net, row.tax) for row in slip.receivables.all()}
    assert rows == {
        "customer": (Decimal("20.01"), Decimal("2.60")), "insurer": (Decimal("80.02"), Decimal("10.40")),
    }  # fmt: skip
    assert (slip.net, slip.tax) == (Decimal("100.03"), Decimal("13.00"))
    assert slip.paper.content["customer_total"] == "22.61"
    assert slip.paper.content["shares"] == [
        {"payer": "客户", "customer": True, "gross": "22.61"},
        {"payer": "保险公司", "customer": False, "gross": "90.42"},
    ]  # fmt: skip


def test_a_line_a_company_and_an_amount_together(order_at: Any, actor: Any, firm: Customer) -> None:
    order, cashier = order_at(shares={"customer": "1000.00", "internal": "20.00"}), actor("cashier")
    line = order.lines.get(payer="customer")
    take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="33.33", line_id=line.pk)
    take_over(actor=cashier, order_id=order.pk, payer="customer", who="yuehai", amount="500")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    assert shares(slip) == {
        "customer": ("166.70", "open"), "Yuehai Logistics": ("500.00", "open"), "insurer": ("333.30", "open"),
        "internal": ("20.00", "open"),
    }  # fmt: skip
    assert slip.gross == Decimal("1020.00") == sum(row.gross for row in slip.receivables.all())


def test_each_share_closes_on_its_own_and_the_last_customer_lets_the_car_go(
    order_at: Any, actor: Any, firm: Customer
) -> None:
    order, cashier = order_at(shares={"customer": "113.00"}), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="customer", who=firm.name, amount="100")
    done = settle_and_pay(actor=cashier, order_id=order.pk, method="scan", amount="13.00", key="k")
    assert (done.order.state, done.gate_pass) == ("handing_over", None)
    other = done.slip.receivables.get(customer=firm)
    put_on_account(actor=actor("manager"), receivable_id=other.pk)
    order.refresh_from_db()
    assert order.state == "settled"
    pay(actor=cashier, receivable_id=other.pk, method="transfer", amount="100", key="k2")
    assert shares(done.slip) == {"customer": ("13.00", "paid"), "Yuehai Logistics": ("100.00", "paid")}


def test_the_limit_is_that_of_the_customers_own_part(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(limit="50.00"), actor("cashier")
    with pytest.raises(Refused, match=r"only ¥50\.00 is authorised"):
        settle_slip(actor=cashier, order_id=order.pk)
    take_over(actor=cashier, order_id=order.pk, payer="insurer", amount="63.00")
    assert shares(settle_slip(actor=cashier, order_id=order.pk))["customer"] == ("50.00", "open")


def test_the_whole_is_taken_over_and_nothing_is_left_to_pay(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="100")
    assert shares(settle_slip(actor=cashier, order_id=order.pk)) == {"insurer": ("113.00", "open")}
    assert WorkOrder.objects.get().state == "settled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"payer": "package", "percent": "10"}, {"payer": "insurer"}, {"payer": "insurer", "percent": "0"},
        {"payer": "insurer", "percent": "100.01"}, {"payer": "insurer", "percent": "NaN"},
        {"payer": "insurer", "percent": "10", "amount": "10"}, {"payer": "insurer", "amount": "-1"},
        {"payer": "insurer", "amount": "113.01"}, {"payer": "customer", "percent": "10"},
        {"payer": "customer", "percent": "10", "who": "nobody at all"},
        {"payer": "insurer", "percent": "1", "line_id": 0},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_share_leaves_nothing(order_at: Any, actor: Any, wrong: dict[str, Any]) -> None:
    order = order_at()
    with pytest.raises((Invalid, Refused)):
        take_over(actor=actor("cashier"), order_id=order.pk, **wrong)
    assert not Split.objects.exists()


def test_together_they_take_no_more_than_there_is(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="60")
    with pytest.raises(Refused, match="More than 100 %"):
        take_over(actor=cashier, order_id=order.pk, payer="manufacturer", percent="41")
    with pytest.raises(Refused, match=r"only 45\.20 is left"):
        take_over(actor=cashier, order_id=order.pk, payer="manufacturer", amount="45.21")
    assert Split.objects.count() == 1


def test_the_house_pays_only_when_the_manager_says_so(order_at: Any, actor: Any) -> None:
    order = order_at()
    with pytest.raises(Forbidden):
        take_over(actor=actor("cashier"), order_id=order.pk, payer="goodwill", percent="50")
    take_over(actor=actor("manager"), order_id=order.pk, payer="goodwill", percent="50")
    assert Split.objects.get().payer == "goodwill"


def test_under_a_slip_nothing_is_shared_anew_and_a_reversal_opens_it(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    split = take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="50")
    settle_slip(actor=cashier, order_id=order.pk)
    for act in (
        lambda: take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="60"),
        lambda: take_back(actor=cashier, split_id=split.pk),
    ):
        with pytest.raises(Refused, match="Reverse the settlement slip first"):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        Split.objects.update(percent=10)
    reverse_slip(actor=cashier, order_id=order.pk, reason="wrong share")
    take_back(actor=cashier, split_id=split.pk)
    assert shares(settle_slip(actor=cashier, order_id=order.pk)) == {"customer": ("113.00", "open")}


def test_the_database_keeps_the_shares_equal_to_the_slip(order_at: Any, actor: Any) -> None:
    slip = settle_slip(actor=actor("cashier"), order_id=order_at().pk)

    def at_the_end(act: Any) -> None:
        act()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def refused(act: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            at_the_end(act)

    refused(lambda: Receivable.objects.create(settlement=slip, payer="insurer", net=1, tax=0, gross=1))
    refused(lambda: Receivable.objects.update(net=99, tax=14))
    refused(lambda: Receivable.objects.filter(settlement=slip).delete())
    refused(lambda: Settlement.objects.update(net=0, tax=0, gross=0))


def test_each_payer_has_a_slip_and_its_reversal_names_it(order_at: Any, actor: Any, firm: Customer) -> None:
    order, cashier = order_at(shares={"customer": "113.00", "manufacturer": "226.00"}), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="customer", who=firm.name, percent="50")
    slip = settle_slip(actor=cashier, order_id=order.pk)
    papers = list(IssuedPaper.objects.filter(kind="payer_slip").order_by("id"))
    assert [paper.number for paper in papers] == [f"{slip.number}-{number}" for number in (1, 2, 3)]
    assert [paper.content["gross"] for paper in papers] == ["56.50", "56.50", "226.00"]
    assert [paper.language for paper in papers] == ["zh-hans", "en", "zh-hans"]
    assert papers[1].content["rows"] == [{"name": "Share of the customer's bill", "whole": "113.00", "gross": "56.50"}]
    assert [row["gross"] for row in papers[0].content["rows"]] == ["113.00", "-56.50"]
    # Each paper in the language of whoever gets it, whatever the cashier reads.
    assert papers[0].content["rows"][1]["name"] == "其他方分摊"
    assert [row.paper for row in slip.receivables.order_by("id")] == papers
    negative = reverse_slip(actor=cashier, order_id=order.pk, reason="wrong company")
    turned = IssuedPaper.objects.filter(kind="payer_slip", number__startswith=negative.number).order_by("id")
    assert [(paper.content["gross"], paper.replaces) for paper in turned] == [
        ("-56.50", papers[0]), ("-56.50", papers[1]), ("-226.00", papers[2]),
    ]  # fmt: skip
    assert [paper.content["reverses"] for paper in turned] == [paper.number for paper in papers]


def test_the_slip_of_one_payer_is_drawn_on_its_sheets(order_at: Any, actor: Any, firm: Customer) -> None:
    import io

    from pypdf import PdfReader

    from dms.pdf import render
    from records.services.render import STYLES, html_of

    order, cashier = order_at(shares={"customer": "2260.10"}), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="customer", who=firm.name, amount="1000.05")
    settle_slip(actor=cashier, order_id=order.pk)
    mine, theirs = IssuedPaper.objects.filter(kind="payer_slip").order_by("id")
    for sheet in KINDS["payer_slip"].sheets:
        files = [PdfReader(io.BytesIO(render(html_of(paper, sheet), base=STYLES))) for paper in (mine, theirs)]
        said = [" ".join("".join(page.extract_text() for page in file.pages).split()) for file in files]
        assert all(words in said[0] for words in ("1,260.05", "壹仟贰佰陆拾元零伍分", "2,260.10"))
        assert [words for words in ("1,000.05", "壹仟元零伍分", "Yuehai Logistics") if words not in said[1]] == []


def test_one_payer_needs_no_slip_of_its_own(order_at: Any, actor: Any) -> None:
    settle_slip(actor=actor("cashier"), order_id=order_at().pk)
    assert not IssuedPaper.objects.filter(kind="payer_slip").exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_till_shows_what_the_customer_keeps(
    order_at: Any, actor: Any, branch: Any, django_assert_max_num_queries: Any, rows: int
) -> None:
    for _row in range(rows):
        take_over(actor=actor("cashier"), order_id=order_at().pk, payer="insurer", amount="100")
    order_at()
    with django_assert_max_num_queries(4):
        found = till(branch)
    assert [row.amount for row in found] == [Decimal("13.00")] * rows + [Decimal("113.00")]


def test_the_page_shares_shows_and_takes_back(order_at: Any, login: Any, actor: Any, firm: Customer) -> None:
    order, cashier = order_at(), login("cashier")
    settle = reverse("delivery:settle", args=[order.pk])
    url = reverse("delivery:take_over", args=[order.pk])
    wrong = cashier.post(url, {"s-payer": "customer", "s-who": "nobody", "s-percent": "50"})
    assert (wrong.status_code, "nobody" in wrong.text) == (422, True)
    assert cashier.post(url, {"s-payer": "customer", "s-who": "Yuehai", "s-percent": "50"})["Location"] == settle
    page = cashier.get(settle).text
    assert "Yuehai Logistics" in page
    assert page.count("56.50") >= 3
    cashier.post(reverse("delivery:take_back", args=[Split.objects.get().pk]))
    assert "Yuehai Logistics" not in cashier.get(settle).text
    cashier.post(url, {"s-payer": "customer", "s-who": "Yuehai", "s-amount": "13"})
    cashier.post(settle, {"key": "k", "method": "scan", "amount": "100.00"})
    share = Receivable.objects.get(customer=firm)
    paid = cashier.get(reverse("delivery:paid", args=[order.pk])).text
    assert reverse("delivery:share", args=[share.pk]) in paid
    page = cashier.post(
        reverse("delivery:share", args=[share.pk]), {"key": "k2", "method": "transfer", "amount": "13.00"}, follow=True
    )
    assert page.status_code == 200
    share.refresh_from_db()
    assert (share.state, WorkOrder.objects.get().state) == ("paid", "settled")


def test_the_manager_puts_a_share_on_account_from_its_page(order_at: Any, login: Any, actor: Any) -> None:
    slip = settle_slip(actor=actor("cashier"), order_id=order_at().pk)
    share = slip.receivables.get()
    url = reverse("delivery:on_account", args=[share.pk])
    assert login("gate").post(url).status_code == 403
    assert login("manager").post(url)["Location"] == reverse("delivery:paid", args=[slip.order_id])
    share.refresh_from_db()
    assert share.state == "on_account"


def test_the_api_shares_a_bill(order_at: Any, program: Any, other_branch: Any) -> None:
    order = order_at()
    cashier = program("cashier")
    bill = cashier.does(f"work-orders/{order.pk}/settlement/splits/", {"payer": "insurer", "percent": "80"}, 201)
    assert [(row["payer"], row["gross"]) for row in bill["shares"]] == [("customer", "22.60"), ("insurer", "90.40")]
    split = bill["splits"][0]["id"]
    assert program("manager", other_branch).post(f"splits/{split}/end/").status_code == 404
    assert cashier.does(f"splits/{split}/end/")["splits"] == []


def test_a_line_that_somebody_else_pays_meanwhile_is_shared_no_more(order_at: Any, actor: Any) -> None:
    order, cashier = order_at(), actor("cashier")
    take_over(actor=cashier, order_id=order.pk, payer="insurer", percent="50", line_id=order.lines.get().pk)
    with pgtrigger.ignore():
        Line.objects.update(payer="manufacturer")
    assert shares(settle_slip(actor=cashier, order_id=order.pk)) == {"manufacturer": ("113.00", "open")}
