"""Scan-to-pay against a provider that forges, repeats, hangs, and takes money that nobody owes any more."""

import json
from base64 import b64encode
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.urls import reverse

from customers.channels.base import Refusal, Unsure
from delivery.models import (
    Deposit,
    Payment,
    Receivable,
    ScanBill,
    ScanCharge,
    ScanNotice,
    ScanRefund,
)
from delivery.scan import named, provider_for
from delivery.scan.base import Asked
from delivery.services import scan, scan_bills, scan_refunds
from delivery.services.deposit import refund_deposit
from delivery.services.payment import pay, refund
from delivery.services.settlement import reverse as reverse_slip
from delivery.services.settlement import settle_slip
from delivery.tasks import fetch_scan_bills, look_after_scans
from dms.clock import as_of, now
from dms.errors import Invalid, Refused
from onebox.fakepay import MERCHANT, FakePay
from reception.models import GatePass

pytestmark = pytest.mark.django_db
NOTICES = "/delivery/till/scan/notices/wechat/"


@pytest.fixture
def cashier(actor: Any) -> Any:
    return actor("cashier")


@pytest.fixture
def share(order_at: Any, cashier: Any) -> Receivable:
    return settle_slip(actor=cashier, order_id=order_at().pk).receivables.get()


def shown(share: Receivable, cashier: Any, amount: str | None = None) -> ScanCharge:
    return scan.show(scan.plan_for_share(actor=cashier, receivable_id=share.pk, amount=amount))


def send(client: Any, fake: FakePay, body: bytes, **other: str) -> int:
    headers = fake.signed(body) | other
    return client.post(NOTICES, body, content_type="application/json", headers=headers).status_code


def verdicts() -> list[str]:
    return list(ScanNotice.objects.order_by("id").values_list("verdict", flat=True))


def test_a_scanned_code_settles_the_order_and_opens_the_gate(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any
) -> None:
    charge = shown(share, cashier)
    assert (charge.state, charge.amount, len(charge.number)) == ("open", Decimal("113.00"), 29)
    order = fakepay.orders[charge.number]
    assert (order["amount"], order["mchid"]) == ({"total": 11300, "currency": "CNY"}, MERCHANT)
    assert order["notify_url"].endswith(NOTICES)
    assert share.settlement.order.vehicle.plate not in order["description"]
    assert send(client, fakepay, fakepay.pay(charge.number)) == 204
    charge.refresh_from_db()
    payment = Payment.objects.get()
    assert (payment.method, payment.amount, payment.received_by) == ("scan", Decimal("113.00"), cashier.person)
    assert (charge.state, charge.payment, charge.deposit) == ("paid", payment, None)
    assert charge.transaction_number == fakepay.orders[charge.number]["transaction_id"]
    share.refresh_from_db()
    assert (share.state, share.settlement.order.state, GatePass.objects.count()) == ("paid", "settled", 1)
    assert verdicts() == ["taken"]


def test_the_same_news_again_is_one_payment(fakepay: FakePay, share: Receivable, cashier: Any, client: Any) -> None:
    charge = shown(share, cashier)
    body = fakepay.pay(charge.number)
    again = fakepay.notice("TRANSACTION.SUCCESS", dict(fakepay.orders[charge.number]))
    assert [send(client, fakepay, one) for one in (body, body, again)] == [204, 204, 204]
    scan.ask(charge)
    assert (Payment.objects.count(), Deposit.objects.count()) == (1, 0)
    assert verdicts() == ["taken", "again", "again"]


def test_what_is_not_the_providers_is_refused_and_kept(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any
) -> None:
    charge = shown(share, cashier)
    body = fakepay.pay(charge.number)
    order = dict(fakepay.orders[charge.number])
    late = fakepay.signed(body, at=(now() - timedelta(minutes=6)).timestamp())
    another = fakepay.notice("TRANSACTION.SUCCESS", order | {"mchid": "1900009999"})
    less = fakepay.notice("TRANSACTION.SUCCESS", order | {"amount": {"total": 1, "currency": "CNY"}})
    foreign = fakepay.notice("TRANSACTION.SUCCESS", order | {"amount": {"total": 11300, "currency": "USD"}})
    nobody = fakepay.notice("TRANSACTION.SUCCESS", order | {"out_trade_no": "S20261201nobody"})
    opened = json.loads(body)
    opened["resource"]["ciphertext"] = b64encode(b"x" * 40).decode()
    answers = [
        send(client, fakepay, body, **{"Wechatpay-Signature": b64encode(b"y" * 256).decode()}),
        send(client, fakepay, body, **{"Wechatpay-Serial": "somebody else"}),
        send(client, fakepay, body, **{"Wechatpay-Timestamp": "soon"}),
        send(client, fakepay, body, **late),
        send(client, fakepay, json.dumps(opened).encode()),
        *(send(client, fakepay, one) for one in (another, less, foreign, nobody)),
    ]
    assert answers == [401, 401, 401, 401, 400, 400, 400, 400, 404]
    assert verdicts() == ["unsigned", "stale", "unreadable", "merchant", "amount", "amount", "unknown"]
    assert (Payment.objects.count(), charge.notices.count()) == (0, 3)
    assert client.post("/delivery/till/scan/notices/nobody/", b"{}", content_type="text/plain").status_code == 404


def test_a_flood_of_forgeries_is_not_kept(fakepay: FakePay, share: Receivable, client: Any) -> None:
    for number in range(20):
        body = json.dumps({"n": number}).encode()
        assert send(client, fakepay, body, **{"Wechatpay-Serial": "x"}) == 401
    assert ScanNotice.objects.count() == 12


def test_without_a_notification_we_ask(fakepay: FakePay, share: Receivable, cashier: Any) -> None:
    charge = shown(share, cashier)
    fakepay.pay(charge.number)
    look_after_scans()
    assert Payment.objects.count() == 0, "not asked at once"
    with as_of(now() + scan.FIRST_LOOK):
        look_after_scans()
    charge.refresh_from_db()
    assert (charge.state, Payment.objects.get().amount) == ("paid", Decimal("113.00"))


def test_an_old_code_ends_at_the_provider_too(fakepay: FakePay, share: Receivable, cashier: Any) -> None:
    charge = shown(share, cashier)
    with as_of(now() + scan.LIVES):
        look_after_scans()
        charge.refresh_from_db()
        assert (charge.state, fakepay.orders[charge.number]["trade_state"]) == ("closed", "CLOSED")
        fresh = shown(share, cashier)
    assert (fresh.state, fresh.number != charge.number) == ("open", True)


def test_a_code_that_is_paid_while_it_is_ended_is_taken(fakepay: FakePay, share: Receivable, cashier: Any) -> None:
    charge = shown(share, cashier)
    fakepay.pay(charge.number)
    assert scan.end_by_hand(actor=cashier, charge_id=charge.pk).state == "paid"
    assert Payment.objects.get().amount == Decimal("113.00")


def test_money_that_nobody_owes_any_more_is_a_deposit(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any
) -> None:
    charge = shown(share, cashier)
    pay(actor=cashier, receivable_id=share.pk, method="cash", amount="100.00", key="cash")
    send(client, fakepay, fakepay.pay(charge.number))
    charge.refresh_from_db()
    assert (charge.payment.amount, charge.deposit.left_amount) == (Decimal("13.00"), Decimal("100.00"))
    assert charge.deposit.customer == share.customer
    page = client_page(client, cashier, reverse("delivery:scan_charge", args=[charge.pk]))
    assert "¥100.00" in page


def client_page(client: Any, who: Any, address: str) -> str:
    client.force_login(who.person)
    return str(client.get(address).content.decode())


def test_money_for_a_slip_that_was_reversed_is_a_deposit(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any
) -> None:
    charge = shown(share, cashier)
    reverse_slip(actor=cashier, order_id=share.settlement.order_id, reason="wrong line")
    send(client, fakepay, fakepay.pay(charge.number))
    charge.refresh_from_db()
    assert (charge.payment, charge.deposit.left_amount) == (None, Decimal("113.00"))


def test_a_code_that_nobody_owes_is_ended(fakepay: FakePay, share: Receivable, cashier: Any) -> None:
    charge = shown(share, cashier)
    pay(actor=cashier, receivable_id=share.pk, method="card", amount="1.00", key="card")
    with as_of(now() + scan.FIRST_LOOK):
        look_after_scans()
    charge.refresh_from_db()
    assert charge.state == "closed"


def test_a_deposit_by_code(fakepay: FakePay, share: Receivable, cashier: Any, client: Any) -> None:
    plan: dict[str, Any] = {"actor": cashier, "customer_id": share.customer_id, "amount": "500"}
    charge = scan.show(scan.plan_for_deposit(**plan))
    assert scan.plan_for_deposit(**plan) == charge
    with pytest.raises(Refused, match="Another code is still shown for this customer"):
        scan.plan_for_deposit(**plan | {"amount": "501"})
    send(client, fakepay, fakepay.pay(charge.number))
    charge.refresh_from_db()
    assert (charge.payment, charge.deposit.left_amount) == (None, Decimal("500.00"))


def test_what_a_code_may_be_over(fakepay: FakePay, share: Receivable, cashier: Any, settings: Any) -> None:
    with pytest.raises(Invalid, match=r"Only 113\.00 is owed"):
        shown(share, cashier, "113.01")
    part = shown(share, cashier, "13.00")
    assert shown(share, cashier, "13.00") == part
    with pytest.raises(Refused, match="Another code is still shown for this share"):
        shown(share, cashier)
    scan.end_by_hand(actor=cashier, charge_id=part.pk)
    settings.SCAN_PAY = []
    with pytest.raises(Refused, match="no provider of scan-to-pay"):
        shown(share, cashier)


def test_a_provider_that_is_away_shows_no_code_and_may_be_asked_again(
    fakepay: FakePay, share: Receivable, cashier: Any
) -> None:
    fakepay.script = ["down", "late", "forged"]
    charge = shown(share, cashier)
    assert (charge.state, charge.answer) == ("planned", "http 500 SYSTEM_ERROR")
    assert scan.ask(charge).answer == "RemoteDisconnected"
    assert scan.ask(charge).answer == "answer not signed"
    assert (scan.ask(charge).state, len(fakepay.orders)) == ("open", 1)


def test_a_refund_goes_back_once(fakepay: FakePay, share: Receivable, cashier: Any, client: Any) -> None:
    charge = shown(share, cashier)
    send(client, fakepay, fakepay.pay(charge.number))
    paid = Payment.objects.get()
    refund(actor=cashier, payment_id=paid.pk, amount="13.00", reason="goodwill", key="r")
    row = ScanRefund.objects.get()
    fakepay.script = ["down", "late"]  # refused for now; taken, and nobody knows
    at, pauses = now(), []
    for _try in range(3):
        with as_of(at):
            assert (scan_refunds.send_due(), scan_refunds.send_due()) == (1, 0)
        row.refresh_from_db()
        pauses.append(round((row.not_before_at - at).total_seconds()))
        at = row.not_before_at
    assert (row.state, row.tries, pauses) == ("sent", 3, [60, 120, 600])
    assert [one["amount"]["refund"] for one in fakepay.refunds.values()] == [1300]
    reverse_slip(actor=cashier, order_id=share.settlement.order_id, reason="wrong line")
    with as_of(at):
        assert scan_refunds.send_due() == 1
    assert sorted(one["amount"]["refund"] for one in fakepay.refunds.values()) == [1300, 10000]
    with pytest.raises(DatabaseError), transaction.atomic():
        scan_refunds.queue(charge=charge, amount=Decimal("0.01"), payment=paid)


def test_a_refund_that_is_under_way_is_followed(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any, login: Any
) -> None:
    charge = scan.show(scan.plan_for_deposit(actor=cashier, customer_id=share.customer_id, amount="500"))
    send(client, fakepay, fakepay.pay(charge.number))
    deposit = Deposit.objects.get()
    fakepay.refund_status = "PROCESSING"
    refund_deposit(actor=cashier, deposit_id=deposit.pk, amount="200", reason="not needed")
    look_after_scans()
    row = ScanRefund.objects.get()
    assert (row.state, row.reference[:2]) == ("accepted", "50")
    said = fakepay.refunds[row.number]
    told = {"mchid": MERCHANT, "out_refund_no": row.number, "refund_id": row.reference, "amount": said["amount"]}
    body = fakepay.notice("REFUND.ABNORMAL", told | {"refund_status": "ABNORMAL"})
    assert send(client, fakepay, body) == 204
    row.refresh_from_db()
    assert row.state == "failed"
    till = login("cashier")
    assert till.post(reverse("delivery:scan_refund_again", args=[row.pk])).status_code == 302
    said["status"] = "PROCESSING"
    look_after_scans()
    said["status"] = "SUCCESS"
    with as_of(now() + scan_refunds.NEXT_LOOK):
        look_after_scans()
    row.refresh_from_db()
    assert (row.state, len(fakepay.refunds)) == ("sent", 1)


def test_the_bill_of_a_day_against_our_rows(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any, order_at: Any
) -> None:
    known = shown(share, cashier)
    send(client, fakepay, fakepay.pay(known.number))
    missed = scan.plan_for_deposit(actor=cashier, customer_id=share.customer_id, amount="20")
    scan.show(missed)
    fakepay.pay(missed.number)
    refund(actor=cashier, payment_id=Payment.objects.get().pk, amount="3.00", reason="goodwill")
    scan_refunds.send_due()
    day = (now() + timedelta(hours=8)).date()  # in China
    with pytest.raises(Refused, match="on the next morning"):
        scan_bills.fetch(actor=cashier, day=day)
    stray = dict(fakepay.orders[known.number]) | {"out_trade_no": "STRAY", "transaction_id": "43"}
    fakepay.orders["STRAY"] = stray | {"amount": {"total": 5000}}
    with as_of(now() + timedelta(days=1)):
        bill = scan_bills.fetch(actor=cashier, day=day)
    assert bill.content == {
        "paid": {"ours": "133.00", "theirs": "183.00"}, "back": {"ours": "3.00", "theirs": "3.00"},
        "differences": [{"what": "paid", "number": "STRAY", "ours": "0.00", "theirs": "50.00"}],
    }  # fmt: skip
    missed.refresh_from_db()
    assert missed.state == "paid", "what only the bill knew is in the books now"
    del fakepay.orders["STRAY"], fakepay.orders[missed.number]
    with as_of(now() + timedelta(days=1)):
        again = scan_bills.fetch(actor=cashier, day=day)
    assert (again.pk, again.content["differences"]) == (
        bill.pk, [{"what": "paid", "number": missed.number, "ours": "20.00", "theirs": "0.00"}]
    )  # fmt: skip


def test_the_bill_comes_by_itself_the_next_morning(fakepay: FakePay, branch: Any) -> None:
    morning = now().replace(hour=1, minute=0) + timedelta(days=1)  # nine in China
    with as_of(morning):
        fetch_scan_bills()
    assert ScanBill.objects.count() == 0
    with as_of(morning + timedelta(hours=1)):
        fakepay.script = ["down"]
        fetch_scan_bills()
        assert ScanBill.objects.count() == 0
        fetch_scan_bills()
        fetch_scan_bills()
    assert ScanBill.objects.get().content["differences"] == []


def test_the_database_keeps_money_and_codes_together(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any
) -> None:
    charge = shown(share, cashier)
    rows = ScanCharge.objects.filter(pk=charge.pk)
    early: list[dict[str, Any]] = [
        {"amount": 1}, {"number": "S1"}, {"transaction_number": "1"}, {"state": "paid"}, {"code_url": ""},
        {"state": "paid", "paid_at": now(), "transaction_number": "1"},
    ]  # fmt: skip
    for one in early:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**one)
    send(client, fakepay, fakepay.pay(charge.number))
    late: list[dict[str, Any]] = [
        {"payment": None}, {"state": "open"}, {"transaction_number": ""}, {"transaction_number": "1"},
    ]  # fmt: skip
    for one in late:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**one)


def test_an_account_that_is_not_whole_or_not_for_real_money(
    fakepay: FakePay, pay_account: Any, settings: Any, branch: Any, other_branch: Any
) -> None:
    assert named("wechat") is not None
    assert provider_for(other_branch) is None, "another currency"
    (whole,) = settings.SCAN_PAY
    settings.SCAN_PAY = [whole.replace("#wechat", "&branch=SZ99#wechat")]
    assert provider_for(branch) is None
    for wrong, told in (
        (whole.replace("wechat://", "cash://"), "is no provider"),
        (whole.replace("serial=", "x="), "not complete"),
        (whole.replace(str(pay_account), "/nowhere"), "not complete"),
        (whole.replace("127.0.0.1", "pay.example.com"), "on this machine only"),
    ):
        settings.SCAN_PAY = [wrong]
        with pytest.raises(ImproperlyConfigured, match=told):
            provider_for(branch)
    settings.SCAN_PAY, settings.DEMO = [whole], False
    with pytest.raises(ImproperlyConfigured, match="on this machine only"):
        provider_for(branch)


def test_no_secret_and_no_payer_is_kept_or_logged(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any, pay_account: Any, caplog: Any
) -> None:
    charge = shown(share, cashier)
    send(client, fakepay, fakepay.pay(charge.number))
    secret = (pay_account / "apiv3.key").read_text()
    kept = json.dumps([*ScanCharge.objects.values(), *ScanNotice.objects.values()], default=str) + caplog.text
    assert secret not in kept
    assert "openid" not in kept
    provider = named("wechat")
    assert provider is not None
    assert secret not in repr(provider)


def test_what_an_answer_comes_to(fakepay: FakePay) -> None:
    provider = named("wechat")
    assert provider is not None
    assert provider.query("S-unknown").state == "closed"
    assert provider.close("S-unknown") is True
    asked = Asked("S1", Decimal("0.01"), "CNY", "x", now() + scan.LIVES, "http://127.0.0.1:1/")
    assert provider.create(asked) == provider.create(asked)
    fakepay.script = ["hang"]
    with pytest.raises(Unsure):
        provider.query("S1")
    with pytest.raises(Refusal, match="OUT_TRADE_NO_USED"):
        provider.create(Asked("S1", Decimal("0.02"), "CNY", "x", now() + scan.LIVES, "http://127.0.0.1:1/"))


def test_the_till_shows_a_code_and_goes_on_by_itself(
    fakepay: FakePay, order_at: Any, login: Any, client: Any, asks: Any
) -> None:
    till, order = login("cashier"), order_at()
    page = till.get(reverse("delivery:settle", args=[order.pk])).text
    assert reverse("delivery:scan_settle", args=[order.pk]) in page
    answer = till.post(reverse("delivery:scan_settle", args=[order.pk]), {"amount": "113.00"})
    charge = ScanCharge.objects.get()
    address = reverse("delivery:scan_charge", args=[charge.pk])
    assert answer.url == address
    asks(till, address)
    assert "<svg" in till.text
    assert charge.code_url in till.text, "in the demo the cashier plays the customer"
    etag = till.get(address).context["etag"]
    polled = {"HX-Request": "true", "If-None-Match": etag}
    assert till.get(address, headers=polled).status_code == 304
    assert till.post(reverse("delivery:scan_ask", args=[charge.pk])).status_code == 302
    send(client, fakepay, fakepay.pay(charge.number))
    now_paid = till.get(address, headers=polled)
    assert (now_paid.status_code, reverse("delivery:paid", args=[order.pk]) in now_paid.text) == (200, True)
    share = till.get(reverse("delivery:share", args=[charge.receivable_id])).text
    assert ScanCharge.objects.get().transaction_number in share


def test_the_customer_pays_on_the_status_page(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any, settings: Any
) -> None:
    order = share.settlement.order
    address = reverse("portal:status", args=[order.status_code])
    assert 'class="qr"' not in client.get(address).text
    assert client.post(reverse("portal:status_pay", args=[order.status_code])).url == address
    assert client.post(reverse("portal:status_pay", args=[order.status_code])).url == address
    charge = ScanCharge.objects.get()
    assert (charge.by_customer, charge.asked_by, charge.amount) == (True, cashier.person, Decimal("113.00"))
    assert 'class="qr"' in client.get(address).text
    send(client, fakepay, fakepay.pay(charge.number))
    assert 'class="qr"' not in client.get(address).text
    assert client.post(reverse("portal:status_pay", args=[order.status_code])).status_code == 409
    settings.SCAN_PAY = []
    assert client.get(address).status_code == 200


def test_the_list_asks_the_same_for_one_and_three(
    fakepay: FakePay, order_at: Any, cashier: Any, login: Any, client: Any, asks: Any
) -> None:
    till, counts = login("cashier"), []
    for number in range(1, 4):
        share = settle_slip(actor=cashier, order_id=order_at().pk).receivables.get()
        charge = shown(share, cashier)
        pay(actor=cashier, receivable_id=share.pk, method="card", amount="100.00", key=f"card-{number}")
        send(client, fakepay, fakepay.pay(charge.number))
        refund(actor=cashier, payment_id=ScanCharge.objects.get(pk=charge.pk).payment_id, amount="1", reason="x")
        counts.append(asks(till, reverse("delivery:scans")))
    assert counts[0] == counts[2], counts
    assert till.text.count("¥100.00") == 3


def test_the_page_of_the_day_shows_what_differs(
    fakepay: FakePay, share: Receivable, cashier: Any, client: Any, login: Any
) -> None:
    charge = shown(share, cashier)
    send(client, fakepay, fakepay.pay(charge.number))
    day = (now() + timedelta(hours=8)).date().isoformat()
    with as_of(now() + timedelta(days=1)):
        till = login("cashier")
        fakepay.script = ["down"]
        assert till.post(reverse("delivery:scan_bill"), {"day": day}).status_code == 302
        assert ScanBill.objects.count() == 0
        del fakepay.orders[charge.number]
        assert till.post(reverse("delivery:scan_bill"), {"day": day}).status_code == 302
        assert charge.number in till.get(reverse("delivery:day_close") + f"?day={day}").text
        assert till.post(reverse("delivery:scan_bill"), {"day": "x"}).status_code == 404
