"""The cashier's drawer and the close of the day."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.policies import Actor
from accounts.roles import permissions_of
from delivery.day_selectors import slips_of_day
from delivery.models import DayClose, Drawer, Payment
from delivery.services.drawer import close_day, close_drawer, set_float
from delivery.services.payment import pay, put_on_account, refund, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from dms.clock import as_of, branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from records.models import PaperFile, PaperPrint

pytestmark = pytest.mark.django_db


def settle(cashier: Any, order: Any, method: str = "cash") -> Any:
    return settle_and_pay(actor=cashier, order_id=order.pk, method=method, amount="113.00", key=f"k{order.pk}")


def test_the_first_cash_opens_the_drawer_and_other_money_lies_in_none(order_at: Any, actor: Any) -> None:
    cashier, other = actor("cashier"), actor("cashier")
    settle(cashier, order_at(), "scan")
    assert not Drawer.objects.exists()
    for person in (cashier, cashier, other):
        settle(person, order_at())
    assert [drawer.opened_by for drawer in Drawer.objects.order_by("id")] == [cashier.user, other.user]
    mine = set_float(actor=cashier, amount="500")
    refund(actor=cashier, payment_id=mine.payments.earliest("id").pk, amount="13", reason="rounded")
    with pytest.raises(Invalid, match=r"713\.00"):
        close_drawer(actor=cashier, drawer_id=mine.pk, counted="712")
    closed = close_drawer(actor=cashier, drawer_id=mine.pk, counted="712", reason="one yuan fell behind the desk")
    assert (closed.expected_amount, closed.counted_amount) == (Decimal("713.00"), Decimal("712.00"))
    settle(cashier, order_at())
    assert Drawer.objects.filter(opened_by=cashier.user).count() == 2


def test_the_database_keeps_a_closed_drawer_as_it_is(order_at: Any, actor: Any) -> None:
    cashier, other = actor("cashier"), actor("cashier")
    settle(cashier, order_at())
    drawer, paid = Drawer.objects.get(), Payment.objects.get()
    cash = {name: getattr(paid, name) for name in ("receivable", "method", "amount", "received_at")}

    def refused(act: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()

    refused(lambda: Payment.objects.create(**cash, received_by=cashier.user, key="in none"))
    refused(lambda: Payment.objects.create(**cash, received_by=other.user, key="another's", drawer=drawer))
    refused(lambda: Payment.objects.create(**cash | {"method": "scan"}, received_by=cashier.user, drawer=drawer))
    at = {"closed_at": now(), "closed_by": cashier.user}
    refused(lambda: Drawer.objects.update(expected_amount=112, counted_amount=112, **at))
    close_drawer(actor=cashier, drawer_id=drawer.pk, counted="113")
    refused(lambda: Payment.objects.create(**cash, received_by=cashier.user, key="too late", drawer=drawer))
    refused(lambda: Drawer.objects.update(counted_amount=1, reason="x"))
    refused(lambda: Drawer.objects.filter(pk=drawer.pk).delete())


def test_who_counts_and_when(order_at: Any, actor: Any) -> None:
    cashier = actor("cashier")
    with as_of(now() - timedelta(days=1)):
        settle(cashier, order_at())
    drawer = Drawer.objects.get()
    with pytest.raises(Refused, match="Count and close it first"):
        settle(cashier, order_at())
    with pytest.raises(Forbidden):
        close_drawer(actor=actor("cashier"), drawer_id=drawer.pk, counted="113")
    close_drawer(actor=actor("manager"), drawer_id=drawer.pk, counted="113")
    with pytest.raises(Refused, match="closed already"):
        close_drawer(actor=cashier, drawer_id=drawer.pk, counted="113")
    settle(cashier, order_at())


def test_the_day_is_closed_with_a_number_and_again_after_more(order_at: Any, actor: Any, branch: Any) -> None:
    cashier, day = actor("cashier"), branch_day(branch)
    settle(cashier, order_at())
    back = order_at()
    settle(cashier, back, "scan")
    reverse_slip(actor=cashier, order_id=back.pk, reason="wrong line")
    firm = settle_slip(actor=cashier, order_id=order_at(shares={"customer": "100.00", "insurer": "50.00"}).pk)
    put_on_account(actor=actor("manager"), receivable_id=firm.receivables.get(payer="customer").pk)
    share = firm.receivables.get(payer="insurer")
    pay(actor=cashier, receivable_id=share.pk, method="transfer", amount="20", key="part")
    with pytest.raises(Refused, match="Count and close these drawers first"):
        close_day(actor=cashier, day=day)
    close_drawer(actor=cashier, drawer_id=Drawer.objects.get().pk, counted="113")
    first = close_day(actor=cashier, day=day)
    got = first.content
    assert [(row["method"], row["paid"], row["back"], row["net"]) for row in got["methods"]] == [
        ("cash", "113.00", "0.00", "113.00"), ("scan", "113.00", "-113.00", "0.00"),
        ("transfer", "20.00", "0.00", "20.00"),
    ]  # fmt: skip
    assert got["total"] == "133.00" == str(sum(row.amount for row in Payment.objects.all()))
    assert [(row["expected"], row["difference"]) for row in got["drawers"]] == [("113.00", "0.00")]
    assert [(row["payer"], row["owed"]) for row in got["credit"]] == [("customer", "100.00"), ("insurer", "30.00")]
    assert ([row["gross"] for row in got["reversals"]], len(got["refunds"])) == (["-113.00"], 1)
    with pytest.raises(Refused, match="Nothing has changed since"):
        close_day(actor=cashier, day=day)
    pay(actor=cashier, receivable_id=share.pk, method="transfer", amount="30", key="rest")
    second = close_day(actor=cashier, day=day)
    assert (second.replaces, second.number[-5:], first.number[-5:]) == (first, "00002", "00001")
    with pytest.raises(Invalid):
        close_day(actor=cashier, day=day + timedelta(days=1))


def test_the_pages_without_a_script(order_at: Any, login: Any, branch: Any) -> None:
    from accounts.models import User
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    client = login("cashier")
    User.objects.update(language="en")
    cashier = Actor(client.membership.user, branch, permissions_of(["cashier"]))
    assert "No drawer is open" in client.get(reverse("delivery:drawer")).text
    assert client.post(reverse("delivery:drawer"), {"f-amount": "-1"}).status_code == 422
    client.post(reverse("delivery:drawer"), {"f-amount": "200"})
    order = order_at()
    settle(cashier, order)
    refund(actor=cashier, payment_id=Payment.objects.get().pk, amount="1", reason="=HYPERLINK(1)")
    one = reverse("delivery:drawer_of", args=[Drawer.objects.get().pk])
    assert client.post(one, {"counted": "300"}).status_code == 422
    assert "312.00" in client.post(one, {"counted": "312"}, follow=True).text
    closed = client.post(reverse("delivery:day_close"), {"day": ""}, follow=True)
    assert DayClose.objects.get().number in closed.text
    text = client.post(reverse("delivery:day_export", args=[DayClose.objects.get().pk])).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",-1.00,CNY," in text
    assert login("service_advisor").get(reverse("delivery:day_close")).status_code == 403
    assert client.get(reverse("delivery:day_close"), {"day": "2026-99-99"}).status_code == 200


def test_the_day_asks_the_same_for_one_row_and_three(asks: Any, order_at: Any, login: Any, actor: Any) -> None:
    client, counts = login("cashier"), []
    for more in (1, 2):
        for _one in range(more):
            paid = settle(actor("cashier"), order_at())
            row = paid.slip.receivables.get().payments.get()
            who = type(actor("cashier"))(row.received_by, paid.order.branch, actor("cashier").permissions)
            refund(actor=who, payment_id=row.pk, amount="1", reason="x")
            firm = settle_slip(actor=actor("cashier"), order_id=order_at().pk)
            put_on_account(actor=actor("manager"), receivable_id=firm.receivables.get().pk)
        drawer = reverse("delivery:drawer_of", args=[Drawer.objects.earliest("id").pk])
        counts.append((asks(client, drawer), asks(client, reverse("delivery:day_close"))))
    assert counts[0] == counts[1]
    assert counts[0][1] <= 15, "the last three: slips printed together, their taxes, the provider’s bill"


def test_the_slips_of_a_day_are_one_file_and_its_copies_are_counted(
    order_at: Any, login: Any, branch: Any, other_branch: Any
) -> None:
    """Sixteen papers fill a file; the seventeenth begins the next. What is printed again is a reprint."""
    cashier = login("cashier")
    page = reverse("delivery:print_day")
    nothing = cashier.post(page, {"day": branch_day(branch).isoformat()})
    assert nothing["Location"] == reverse("delivery:day_close")
    who = Actor(cashier.membership.user, branch, permissions_of(["cashier"]))
    for _slip in range(17):
        settle_slip(actor=who, order_id=order_at().pk)
    papers = [paper.pk for paper in slips_of_day(branch, branch_day(branch))]
    assert (len(papers), slips_of_day(branch, branch_day(branch) - timedelta(days=1)).count()) == (17, 0)
    type(cashier.membership.user).objects.update(language="en")
    shown = cashier.get(reverse("delivery:day_close")).text
    assert ("Print slips 1 to 16" in shown, "Print slips 17 to 17" in shown) == (True, True)
    sent = {"day": branch_day(branch).isoformat(), "from": "0"}
    first = cashier.post(page, sent)["Location"]
    assert all(f"{paper}.a4" in first for paper in papers[:16])
    assert PaperFile.objects.filter(name__startswith=f"{papers[0]}.a4").exists()
    assert cashier.get(first).status_code in (200, 202)
    rest = cashier.post(page, sent | {"from": "16"})["Location"]
    assert f"/{papers[16]}/" in rest
    assert str(papers[0]) not in rest.split("/")
    before = PaperPrint.objects.filter(paper=papers[0]).count()
    cashier.post(page, sent)
    assert PaperPrint.objects.filter(paper=papers[0]).count() == before + 1
    assert login("technician").post(page, sent).status_code == 403
