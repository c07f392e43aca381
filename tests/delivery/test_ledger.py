"""A shop settles, takes money, gives it back and reverses at random for days: after every act every ledger balances.

`run.py test` walks some hundred steps, `run.py chaos --money` thousands.
"""

import os
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pgtrigger
import pytest
from django.db.models import Q, Sum

from catalog.models import LabourOperation, PackageItem, PackageTemplate
from customers.models import Customer
from delivery.models import (
    DayClose,
    Deposit,
    DepositMove,
    Drawer,
    Invoice,
    Payment,
    Receivable,
    ScanCharge,
    ScanRefund,
    Settlement,
    WriteOff,
)
from delivery.services.deposit import refund_deposit, take_deposit
from delivery.services.drawer import close_day, close_drawer, set_float
from delivery.services.invoices import record_number, red_letter, request_invoice
from delivery.services.payment import pay, put_on_account, refund, settle_and_pay
from delivery.services.settlement import reverse, settle_slip
from delivery.services.shares import take_over
from delivery.states import Method
from dms.clock import as_of, branch_day, now
from dms.errors import Invalid, Refused
from dms.money import ZERO, line_money, total
from reception.models import Line, PackageUnits, WorkOrder
from reception.services.packages import sell_package
from tests.delivery.ledger_checks import balanced, book, check_accounts, check_journal
from tests.delivery.ledger_later import Later

pytestmark = pytest.mark.django_db
STEPS = int(os.environ.get("DMS_MONEY_STEPS", "150"))
DAY = 25  # steps
OTHERS = ("insurer", "manufacturer", "internal", "goodwill", "package")


def cents(dice: Random, most: int) -> Decimal:
    return Decimal(dice.randint(1, most)) / 100


class Shop(Later):
    """Two cashiers and a manager, orders at the till, and beside the database a second book: what each share owes."""

    def __init__(self, dice: Random, order_at: Any, actor: Any, fake: Any) -> None:
        self.dice, self.order_at = dice, order_at
        self.begin(fake)
        self.cashiers, self.manager = [actor("cashier"), actor("cashier")], actor("manager")
        self.firm = Customer.objects.create(branch=self.manager.branch, name="Yuehai Logistics", kind="company")
        self.orders: list[WorkOrder] = []
        self.owed: dict[int, Decimal] = {}
        self.paid: dict[int, Decimal] = {}
        self.cash: Counter[int] = Counter()
        self.done: Counter[str] = Counter()
        self.keys = 0

    def key(self) -> str:
        self.keys += 1
        return f"walk:{self.keys}"

    def arrives(self) -> None:
        """One to six lines with odd prices, discounts, two rates of tax, and any of the payers."""
        payers = ["customer"] * self.dice.randint(0, 3) + self.dice.sample(OTHERS, self.dice.randint(0, 3))
        order = self.order_at(shares={}, limit="999999")
        said, operation = order.statements.get(), LabourOperation.objects.get(code="OP1")
        with pgtrigger.ignore():
            for payer in payers or ["customer"]:
                price, quantity = cents(self.dice, 90_000), cents(self.dice, 500)
                if payer == "package":
                    quantity = Decimal(1)
                    self.sells(order)
                discount = self.dice.choice([ZERO, (price * quantity / 10).quantize(Decimal("0.01"))])
                rate = self.dice.choice([Decimal("0.13"), Decimal("0.06"), Decimal(0)])
                money = line_money(
                    quantity=quantity, unit_price=price, discount=discount, tax_rate=rate, tax_included=True
                )
                Line.objects.create(
                    order=order, statement=said, kind="labour", state="done", operation=operation, code="OP1",
                    name="保养", unit="h", quantity=quantity, unit_price=price, discount=discount, tax_rate=rate,
                    net=money.net, tax=money.tax, gross=money.gross, payer=payer, price_version=1, approved_version=1,
                )  # fmt: skip
        self.orders.append(order)

    def sells(self, order: WorkOrder) -> None:
        template = PackageTemplate.objects.create(name=f"套餐 {self.key()}", price=cents(self.dice, 50_000), tax_rate=0)
        operation = LabourOperation.objects.get(code="OP1")
        PackageItem.objects.create(template=template, operation=operation, units=self.dice.randint(1, 3))
        sell_package(actor=self.manager, vehicle=order.vehicle, template=template)

    def slip(self, order: WorkOrder) -> None:
        slip = settle_slip(actor=self.dice.choice(self.cashiers), order_id=order.pk)
        for share in slip.receivables.all():
            self.owed.setdefault(share.pk, ZERO if share.payer == "package" else share.gross)

    def settles(self) -> None:
        self.slip(self.dice.choice(self.orders))

    def settles_and_pays(self) -> None:
        """The till's one button: cash, with a part of it or with all, and the same click twice."""
        order, key = self.dice.choice(self.orders), self.key()
        self.slip(order)
        share = self.share_of(order)
        if share is None:
            return
        amount = self.part_of(self.owed[share.pk])
        cashier, method = self.dice.choice(self.cashiers), self.dice.choice(Method.values)
        for _click in range(self.dice.randint(1, 2)):
            settle_and_pay(actor=cashier, order_id=order.pk, method=method, amount=amount, key=key)
        self.took(Payment.objects.get(key=key))

    def share_of(self, order: WorkOrder) -> Receivable | None:
        rows = Receivable.objects.filter(settlement__order=order, payer="customer", customer=order.payer)
        return rows.filter(state__in=["open", "on_account"]).first()

    def part_of(self, amount: Decimal) -> Decimal:
        return self.dice.choice([amount, amount, max((amount / 3).quantize(Decimal("0.01")), Decimal("0.01"))])

    def shares(self) -> None:
        """Others take over a line or a part of the whole, in percent or as an amount; sometimes too much."""
        order = self.dice.choice(self.orders)
        line = self.dice.choice([None, *order.lines.filter(payer="customer").values_list("pk", flat=True)])
        how = {self.dice.choice(["percent", "amount"]): cents(self.dice, 9_000)}
        payer = self.dice.choice(["insurer", "manufacturer", "goodwill", "customer"])
        who = self.firm.name if payer == "customer" else ""
        take_over(actor=self.manager, order_id=order.pk, payer=payer, who=who, line_id=line, **how)

    def deposits(self) -> None:
        """Money before the bill, and what is left of an older one given back."""
        order, key = self.dice.choice(self.orders), self.key()
        made = take_deposit(
            actor=self.dice.choice(self.cashiers), customer_id=order.payer_id, amount=cents(self.dice, 300_000),
            method=self.dice.choice(["cash", "card", "scan", "transfer"]), key=key,
        )  # fmt: skip
        self.moved(DepositMove.objects.get(key=key))
        old = Deposit.objects.exclude(pk=made.pk).filter(left_amount__gt=0).first()
        if old is not None and self.dice.random() < 0.5:
            amount = self.part_of(old.left_amount)
            self.moved(refund_deposit(actor=self.cashiers[0], deposit_id=old.pk, amount=amount, reason="walk"))

    def moved(self, move: DepositMove) -> None:
        if move.drawer_id:
            self.cash[move.drawer_id] += move.amount

    def pays(self) -> None:
        """Any share, open or not: what is not open, or more than is owed, must change nothing."""
        if not self.owed:
            return
        share, key = self.dice.choice(list(self.owed)), self.key()
        amount = self.part_of(self.owed[share] or cents(self.dice, 100)) + self.dice.choice([ZERO, ZERO, Decimal(1)])
        pay(
            actor=self.dice.choice(self.cashiers), receivable_id=share, method=self.dice.choice(Method.values),
            amount=amount, key=key,
        )  # fmt: skip
        self.took(Payment.objects.get(key=key))

    def took(self, payment: Payment) -> None:
        self.owed[payment.receivable_id] -= payment.amount
        self.paid[payment.pk] = payment.amount
        if payment.drawer_id:
            self.cash[payment.drawer_id] += payment.amount

    def gave(self, since: int) -> None:
        """Refunds that the act wrote."""
        for row in Payment.objects.filter(pk__gt=since, kind="refund"):
            self.owed[row.receivable_id] -= row.amount
            self.paid[row.refund_of_id] += row.amount
            if row.drawer_id:
                self.cash[row.drawer_id] += row.amount

    def refunds(self) -> None:
        if not self.paid:
            return
        payment, last = self.dice.choice(list(self.paid)), max(Payment.objects.values_list("pk", flat=True))
        amount = self.part_of(self.paid[payment] or cents(self.dice, 100)) + self.dice.choice([ZERO, ZERO, Decimal(1)])
        refund(actor=self.dice.choice(self.cashiers), payment_id=payment, amount=amount, reason="walk")
        self.gave(last)

    def reverses(self) -> None:
        order = self.dice.choice(self.orders)
        shares = list(Receivable.objects.filter(settlement__order=order).values_list("pk", flat=True))
        last = max([0, *Payment.objects.values_list("pk", flat=True)])
        reverse(actor=self.dice.choice(self.cashiers), order_id=order.pk, reason="walk")
        self.gave(last)
        self.owed |= dict.fromkeys(shares, ZERO)
        self.given = {pk: (share, amount) for pk, (share, amount) in self.given.items() if share not in shares}

    def credits(self) -> None:
        if self.owed:
            put_on_account(actor=self.manager, receivable_id=self.dice.choice(list(self.owed)))

    def invoices(self) -> None:
        """An invoice for a share, its number, and the red-letter one, which may wait for its own."""
        waiting = Invoice.objects.filter(state="requested").order_by("id").first()
        issued = Invoice.objects.filter(state="issued", reverses=None).order_by("id").first()
        if waiting is not None and self.dice.random() < 0.6:
            record_number(actor=self.cashiers[0], invoice_id=waiting.pk, number=f"2644{waiting.pk:08d}")
        elif issued is not None and self.dice.random() < 0.3:
            red_letter(actor=self.cashiers[0], invoice_id=issued.pk)
        elif self.owed:
            share = self.dice.choice(list(self.owed))
            request_invoice(actor=self.cashiers[0], receivable_id=share, kind="ordinary", title="walk")

    def counts(self) -> None:
        """A drawer is counted, sometimes a cent short; the next cash opens another one."""
        for drawer in Drawer.objects.filter(closed_at__isnull=True)[:1]:
            expected = drawer.float_amount + self.cash[drawer.pk]
            short = self.dice.choice([ZERO, Decimal("0.01")])
            counted = max(expected - short, ZERO)
            close_drawer(actor=self.manager, drawer_id=drawer.pk, counted=counted, reason="walk" if short else "")
            assert Drawer.objects.get(pk=drawer.pk).expected_amount == expected

    def floats(self) -> None:
        set_float(actor=self.dice.choice(self.cashiers), amount=Decimal(500))

    def step(self) -> None:
        act = self.dice.choices(
            [self.arrives, self.settles, self.settles_and_pays, self.pays, self.refunds, self.reverses, self.credits,
             self.counts, self.floats, self.shares,
             self.deposits, self.invoices, self.shows, self.scanned, self.forged, self.expires, self.sends_back,
             self.gives_up, self.takes_back],
            [4, 3, 6, 6, 4, 3, 2, 1, 1, 4, 4, 4, 5, 4, 1, 1, 1, 4, 2],
        )[0]  # fmt: skip
        before = book()
        try:
            act()
            self.done[act.__name__] += 1
        except (Refused, Invalid):
            self.done["refused"] += 1
            assert book() == before or act == self.settles_and_pays, "a refusal changed something"

    def evening(self) -> None:
        """Whatever is in the drawers is counted, and the day is closed: twice, when something came after it."""
        while Drawer.objects.filter(closed_at__isnull=True).exists():
            drawer = Drawer.objects.filter(closed_at__isnull=True).first()
            assert drawer is not None
            close_drawer(
                actor=self.manager, drawer_id=drawer.pk, counted=max(drawer.float_amount + self.cash[drawer.pk], ZERO),
                reason="walk",
            )  # fmt: skip
        branch = self.manager.branch
        close = close_day(actor=self.cashiers[0], day=branch_day(branch))
        rows = close.content["rows"]
        assert close.content["total"] == str(total(Decimal(row["amount"]) for row in rows))
        check_journal(close)
        check_accounts(self)
        for group, net in (("methods", "net"), ("cashiers", "net")):
            assert total(Decimal(row[net]) for row in close.content[group]) == Decimal(close.content["total"])
        # Credit that is open is exactly what the second book says of the shares that may wait.
        open_credit = Q(state="on_account") | Q(state="open", payer__in=["manufacturer", "insurer"])
        later = Receivable.objects.filter(open_credit)
        waiting = total(self.owed[share.pk] for share in later.filter(settlement__state="issued"))
        assert total(Decimal(row["owed"]) for row in close.content["credit"]) == waiting


def test_every_ledger_balances_after_every_act(order_at: Any, actor: Any, branch: Any, fakepay: Any) -> None:
    seed = int(os.environ.get("DMS_MONEY_SEED", "7"))
    shop, begun = Shop(Random(seed), order_at, actor, fakepay), now()  # noqa: S311  # no secret
    for step in range(STEPS):
        with as_of(begun + timedelta(days=step // DAY)):
            if step % DAY == 0:
                shop.orders = []  # yesterday's cars have left the till; their shares are still paid and given back
                shop.arrives()
            shop.step()
            balanced(shop)
            if step % DAY == DAY - 1:
                shop.evening()
    closes = DayClose.objects.filter(replaced_by__isnull=True)
    moved = {"received_at__lt": begun + timedelta(days=STEPS // DAY)}
    rows = (Payment.objects.filter(**moved).exclude(method="deposit"), DepositMove.objects.exclude(method="deposit"))
    assert total(Decimal(close.content["total"]) for close in closes) == total(
        amount for one in rows for amount in one.filter(**moved).values_list("amount", flat=True)
    )
    figures = {
        "steps": STEPS, "slips": Settlement.objects.count(), "payments": Payment.objects.count(),
        "deposits": Deposit.objects.count(), "drawers": Drawer.objects.count(), "day closes": closes.count(),
        "invoices": Invoice.objects.count(), "codes paid": ScanCharge.objects.filter(state="paid").count(),
        "codes ended": ScanCharge.objects.filter(state="closed").count(),
        "money back by the provider": ScanRefund.objects.count(), "write-offs": WriteOff.objects.count(),
        "package units used": PackageUnits.objects.aggregate(n=Sum("used", default=0))["n"],
        **shop.done,
    }  # fmt: skip
    print(f"the books of seed {seed}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))  # noqa: T201
    assert min(shop.done[name] for name in ("settles_and_pays", "pays", "shares", "refunds", "reverses", "refused")) > 0
