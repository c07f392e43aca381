"""The rest of a share that the house gives up: no money, never more than is owed, taken back when it is paid after all.

First what must not happen, then the acts, the books, the lists, the pages, the API, and two at once.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from delivery.credit_selectors import accounts, written_off
from delivery.day_selectors import day_content
from delivery.models import DayClose, Drawer, Payment, Receivable, WriteOff, with_rest
from delivery.services.credit import open_credit, set_terms
from delivery.services.drawer import close_day, close_drawer
from delivery.services.payment import pay, put_on_account, refund
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.services.statements import issue_statement
from delivery.services.write_offs import take_back, write_off
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused, Unproved
from dms.money import total

pytestmark = pytest.mark.django_db


@pytest.fixture
def makers(order_at: Any, actor: Any) -> Receivable:
    """113.00 of the manufacturer, of which 100.00 was paid."""
    cashier = actor("cashier")
    share = settle_slip(actor=cashier, order_id=order_at(shares={"manufacturer": "113.00"}).pk).receivables.get()
    pay(actor=cashier, receivable_id=share.pk, method="transfer", amount="100", key="first")
    return share


def give_up(boss: Any, share: Receivable, amount: str = "", **more: Any) -> WriteOff:
    said = {"kind": "concession", "reason": "not accepted", "key": "w"} | more
    return write_off(actor=boss, receivable_id=share.pk, amount=amount or None, **said)


def state(share: Receivable) -> tuple[str, str, str]:
    row = with_rest(Receivable.objects.filter(pk=share.pk)).get()
    return row.state, str(row.written_off), str(row.rest)  # type: ignore[attr-defined]


def test_what_is_refused(makers: Receivable, actor: Any, order_at: Any) -> None:
    boss = actor("manager")
    with pytest.raises(Forbidden), transaction.atomic():
        give_up(actor("cashier"), makers)
    with pytest.raises(Forbidden), transaction.atomic():
        give_up(actor("claims"), makers)
    unproved = type(boss)(boss.user, boss.branch, boss.permissions, proved=False)
    with pytest.raises(Unproved), transaction.atomic():  # a shared desk asks for the PIN first
        give_up(unproved, makers)
    for wrong, told in (
        ({"amount": "13.01"}, r"Between 0 and what is still owed: 13\.00"), ({"amount": "0"}, "Between 0"),
        ({"amount": "-1"}, "Between 0"), ({"reason": " "}, "Write down why"), ({"kind": "gift"}, "Choose why"),
        ({"key": ""}, "Choose why"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=told), transaction.atomic():
            give_up(boss, makers, **wrong)
    for payer in ("customer", "internal", "goodwill"):
        share = settle_slip(actor=boss, order_id=order_at(shares={payer: "50"}).pk).receivables.get()
        with pytest.raises(Refused, match="among the open credit"), transaction.atomic():
            give_up(boss, share)
    assert (WriteOff.objects.count(), state(makers)) == (0, ("open", "0.00", "13.00"))


def test_the_database_keeps_it_within_the_share(makers: Receivable, actor: Any) -> None:
    boss = actor("manager")
    row = give_up(boss, makers, "3")
    facts = {"receivable": makers, "kind": "concession", "reason": "x", "written_at": row.written_at,
             "written_by": boss.user}  # fmt: skip

    def refused(**columns: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            WriteOff.objects.create(**facts | {"key": "k"} | columns)

    refused(amount="10.01")
    refused(amount="0")
    refused(amount="-3")
    refused(amount="-2", takes_back=row)
    refused(amount="-3", takes_back=row, kind="bad_debt")
    refused(amount="1", reason="")
    for change in (lambda: WriteOff.objects.update(amount=1), lambda: WriteOff.objects.all().delete()):
        with pytest.raises(Exception, match=r"append-only|WriteOff|writeoff"), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():  # nor may a payment go over what is left
        Payment.objects.create(
            receivable=makers, method="card", amount="10.01", key="p", received_at=row.written_at,
            received_by=boss.user,
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Receivable.objects.filter(pk=makers.pk).update(written_off=114)


def test_the_rest_closes_the_share_and_comes_back(makers: Receivable, actor: Any) -> None:
    boss, cashier = actor("manager"), actor("cashier")
    row = give_up(boss, makers)
    assert (row.amount, state(makers)) == (Decimal("13.00"), ("written_off", "13.00", "0.00"))
    assert give_up(boss, makers) == row, "the same click again is the same write-off"
    with pytest.raises(Refused, match="used for something else"), transaction.atomic():
        give_up(boss, makers, "12")
    with pytest.raises(Refused, match=r"was written off\. The manager takes that back"), transaction.atomic():
        pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="13", key="late")
    with pytest.raises(Forbidden), transaction.atomic():
        take_back(actor=cashier, write_off_id=row.pk, reason="paid")
    with pytest.raises(Invalid, match="why it is taken back"), transaction.atomic():
        take_back(actor=boss, write_off_id=row.pk, reason=" ")
    back = take_back(actor=boss, write_off_id=row.pk, reason="the maker pays after all")
    assert (back.amount, back.takes_back, state(makers)) == (Decimal("-13.00"), row, ("open", "0.00", "13.00"))
    for again in (row, back):
        with pytest.raises(Refused, match="taken back already"), transaction.atomic():
            take_back(actor=boss, write_off_id=again.pk, reason="again")
    pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="13", key="late")
    assert state(makers) == ("paid", "0.00", "0.00")


def test_a_part_leaves_the_rest_owed_and_money_closes_it(makers: Receivable, actor: Any) -> None:
    boss, cashier = actor("manager"), actor("cashier")
    give_up(boss, makers, "3")
    assert state(makers) == ("open", "3.00", "10.00")
    with pytest.raises(Invalid, match=r"Only 10\.00 is owed"), transaction.atomic():
        pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="13", key="k")
    paid = pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="10", key="k2")
    assert state(makers) == ("written_off", "3.00", "0.00")
    refund(actor=cashier, payment_id=paid.pk, amount="10", reason="twice")
    assert state(makers) == ("open", "3.00", "10.00")


def test_a_customers_debt_frees_the_limit_and_stays_settled(order_at: Any, actor: Any) -> None:
    boss, order = actor("manager"), order_at()
    set_terms(actor=boss, customer_id=order.payer_id, limit="113", days=30)
    share = settle_slip(actor=boss, order_id=order.pk).receivables.get()
    put_on_account(actor=boss, receivable_id=share.pk)
    give_up(boss, share, "13", kind="bad_debt", key="w1")
    assert (state(share), open_credit(order.payer)) == (("on_account", "13.00", "100.00"), Decimal("100.00"))
    row = give_up(boss, share, kind="bad_debt", key="w2")
    assert (state(share), open_credit(order.payer)) == (("written_off", "113.00", "0.00"), Decimal(0))
    order.refresh_from_db()
    assert order.state == "settled"
    take_back(actor=boss, write_off_id=row.pk, reason="pays after all")
    assert state(share) == ("on_account", "13.00", "100.00")


def test_the_reversal_of_the_slip_takes_it_back(makers: Receivable, actor: Any) -> None:
    give_up(actor("manager"), makers)
    reverse_slip(actor=actor("cashier"), order_id=makers.settlement.order_id, reason="wrong payer")
    assert list(WriteOff.objects.order_by("id").values_list("amount", "reason")) == [
        (Decimal("13.00"), "not accepted"), (Decimal("-13.00"), "wrong payer"),
    ]  # fmt: skip
    makers.refresh_from_db()
    assert (makers.state, makers.written_off) == ("cancelled", Decimal("0.00"))
    content = day_content(actor("manager").branch, branch_day(makers.settlement.order.branch))
    owed = [row for row in content["journal"] if row["account"] == "1122"]
    assert total(Decimal(row["debit"]) - Decimal(row["credit"]) for row in owed) == 0


def test_the_day_books_a_cost_and_no_money(order_at: Any, makers: Receivable, actor: Any) -> None:
    boss, cashier = actor("manager"), actor("cashier")
    share = settle_slip(actor=cashier, order_id=order_at(shares={"insurer": "226"}).pk).receivables.get()
    pay(actor=cashier, receivable_id=share.pk, method="cash", amount="200", key="c")
    today = branch_day(boss.branch)
    before = day_content(boss.branch, today)
    assert "write_offs" not in before
    give_up(boss, makers, key="w1")
    give_up(boss, share, "20", kind="bad_debt", key="w2")
    drawer = Drawer.objects.get()
    close_drawer(actor=cashier, drawer_id=drawer.pk, counted="200")
    close = close_day(actor=cashier, day=today)
    content = close.content
    assert [content[key] for key in ("total", "methods", "cashiers", "rows", "taxes")] == [
        before[key] for key in ("total", "methods", "cashiers", "rows", "taxes")
    ]
    assert [(row["amount"], row["kind"], row["payer"], row["reason"]) for row in content["write_offs"]] == [
        ("13.00", "concession", "manufacturer", "not accepted"), ("20.00", "bad_debt", "insurer", "not accepted"),
    ]  # fmt: skip
    booked = [(row["account"], row["debit"], row["credit"]) for row in content["journal"]
              if row["what"] == "written_off"]  # fmt: skip
    assert booked == [
        ("6601", "13.00", "0.00"), ("1122", "0.00", "13.00"), ("6702", "20.00", "0.00"), ("1122", "0.00", "20.00"),
    ]  # fmt: skip
    assert [(row["payer"], row["owed"]) for row in content["credit"]] == [("insurer", "6.00")]
    take_back(actor=boss, write_off_id=WriteOff.objects.earliest("id").pk, reason="paid")
    assert close_day(actor=cashier, day=today).replaces == close
    turned = DayClose.objects.latest("id").content["journal"][-2:]
    assert [(row["account"], row["debit"], row["credit"]) for row in turned] == [
        ("6601", "0.00", "13.00"), ("1122", "13.00", "0.00"),
    ]  # fmt: skip


def test_open_credit_and_the_statement_say_what_is_left(makers: Receivable, actor: Any) -> None:
    boss = actor("manager")
    give_up(boss, makers, "3")
    (account,) = accounts(boss.branch)
    assert (account.label, account.owed) == ("Manufacturer warranty", Decimal("10.00"))
    paper = issue_statement(actor=boss, payer="manufacturer", customer=None)
    (row,) = paper.content["rows"]
    assert (row["gross"], row["written_off"], row["owed"], paper.content["owed"]) == (
        "113.00",
        "3.00",
        "10.00",
        "10.00",
    )
    give_up(boss, makers, key="w2")
    assert accounts(boss.branch) == []
    assert [row.amount for row in written_off(boss.branch)] == [Decimal("10.00"), Decimal("3.00")]


def test_the_pages_without_a_script(makers: Receivable, login: Any, actor: Any) -> None:
    from accounts.models import User

    boss, cashier = login("manager"), login("cashier")
    User.objects.update(language="en")
    page, act = reverse("delivery:share", args=[makers.pk]), reverse("delivery:write_off", args=[makers.pk])
    assert ("Write the rest off" in boss.get(page).text, "Write the rest off" in cashier.get(page).text) == (
        True,
        False,
    )
    said = {"w-key": "k", "w-amount": "13", "w-kind": "concession", "w-reason": "not accepted"}
    assert cashier.post(act, said).status_code == 403
    for wrong in ({"w-amount": "14"}, {"w-reason": ""}, {"w-kind": ""}):
        refused = boss.post(act, said | wrong)
        assert (refused.status_code, 'value="k"' in refused.text) == (422, True)
    told = boss.post(act, said, follow=True).text
    assert ("no money moved" in told, "Take the write-off back" in told, "Written off" in told) == (True, True, True)
    assert "Take the write-off back" not in cashier.get(page).text
    paid = cashier.get(reverse("delivery:paid", args=[makers.settlement.order_id])).text
    assert "Written off" in paid
    listed = cashier.get(reverse("delivery:credit"), {"which": "written_off"}).text
    assert (makers.settlement.number in listed, "not accepted" in listed) == (True, True)
    day = cashier.get(reverse("delivery:day_close")).text
    assert ("Write-offs" in day, "The house carries it" in day) == (True, True)
    back = reverse("delivery:write_off_back", args=[WriteOff.objects.get().pk])
    assert cashier.post(back, {"b-reason": "x"}).status_code == 403
    assert boss.post(back, {"b-reason": ""}).status_code == 422
    assert "owed again" in boss.post(back, {"b-reason": "paid"}, follow=True).text
    assert boss.post(back, {"b-reason": "paid"}).status_code == 409


def test_the_journal_names_it(makers: Receivable, login: Any, actor: Any) -> None:
    give_up(actor("manager"), makers, reason="=HYPERLINK(1)")
    till = login("cashier")
    close = close_day(actor=actor("cashier"), day=branch_day(actor("cashier").branch))
    text = till.post(reverse("delivery:journal_export", args=[close.pk])).content.decode("utf-8-sig")
    rows = [line.split(",") for line in text.splitlines() if "本店核销" in line]
    assert [(row[2], row[-3], row[-2]) for row in rows] == [("6601", "13.00", "0.00"), ("1122", "0.00", "13.00")]
    credit = till.post(reverse("delivery:credit_export")).content.decode("utf-8-sig")
    assert makers.settlement.number not in credit


def test_the_list_of_write_offs_asks_the_same_for_one_and_three(
    asks: Any, makers: Receivable, login: Any, actor: Any
) -> None:
    client, boss, counts = login("cashier"), actor("manager"), []
    for number in range(3):
        give_up(boss, makers, "1", key=f"w{number}")
        counts.append(asks(client, reverse("delivery:credit") + "?which=written_off"))
    assert counts[0] == counts[2]


def test_the_api(makers: Receivable, program: Any, other_branch: Any) -> None:
    boss, path = program("manager"), f"receivables/{makers.pk}/write-offs/"
    said = {"kind": "concession", "amount": "13", "reason": "not accepted"}
    assert program("cashier").post(path, said, key="c").status_code == 403
    assert program("manager", at=other_branch).post(path, said, key="o").status_code == 404
    assert boss.post(path, said | {"amount": "14"}, key="a").status_code == 422
    first, again = (boss.post(path, said, key="w1") for _ in range(2))
    assert (first.status_code, first.content, first.json()["amount"]) == (201, again.content, "13.00")
    (listed,) = program("cashier").get("write-offs/").json()["items"]
    assert (listed["receivable"], listed["reason"]) == (makers.pk, "not accepted")
    bill = boss.get(f"work-orders/{makers.settlement.order_id}/settlement/").json()["receivables"][0]
    assert (bill["state"], bill["written_off"]) == ("written_off", "13.00")
    back = f"write-offs/{first.json()['id']}/take-back/"
    assert boss.post(back, {}, key="b0").status_code == 422
    assert boss.post(back, {"reason": "paid"}, key="b1").json()["amount"] == "-13.00"
    assert boss.post(back, {"reason": "paid"}, key="b2").status_code == 409


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_a_write_off_against_a_payment(
    race: Any, makers: Receivable, actor: Any, settings: Any, locks_off: bool
) -> None:
    boss, cashier = actor("manager"), actor("cashier")
    settings.LOCKS_OFF = locks_off

    def money() -> str:
        return str(pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="13", key="late").amount)

    first, second = race(lambda: str(give_up(boss, makers).amount), money)
    assert first == "13.00"
    # Without the locks both read that 13.00 is owed, and only the database keeps them within the share.
    assert ("IntegrityError" if locks_off else "was written off") in second
    assert state(makers) == ("written_off", "13.00", "0.00")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_a_payment_against_a_write_off(
    race: Any, makers: Receivable, actor: Any, settings: Any, locks_off: bool
) -> None:
    boss, cashier = actor("manager"), actor("cashier")
    settings.LOCKS_OFF = locks_off

    def money() -> str:
        return str(pay(actor=cashier, receivable_id=makers.pk, method="transfer", amount="13", key="late").amount)

    first, second = race(money, lambda: str(give_up(boss, makers).amount))
    assert (first, second) == (
        "13.00",
        "IntegrityError" if locks_off else "Only what stands among the open credit is written off.",
    )
    assert (state(makers), WriteOff.objects.count()) == (("paid", "0.00", "0.00"), 0)
