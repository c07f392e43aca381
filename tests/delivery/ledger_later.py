"""Random acts of the money that comes later or never: codes that are scanned, and rests that the house gives up."""

from abc import ABC, abstractmethod
from decimal import Decimal
from random import Random
from typing import Any

from delivery.models import Receivable, ScanCharge, ScanRefund
from delivery.scan import provider_for
from delivery.services import scan, scan_refunds
from delivery.services.scan_notices import note
from delivery.services.write_offs import take_back, write_off
from delivery.states import Verdict, WriteOffKind
from dms.clock import as_of, now
from dms.money import ZERO


class Later(ABC):
    """Codes at a provider of this machine, which tells once, twice or never; and write-offs."""

    dice: Random
    cashiers: list[Any]
    manager: Any
    owed: dict[int, Decimal]
    orders: list[Any]

    def begin(self, fake: Any) -> None:
        """`untold`: numbers of codes that were paid and of which nobody has told us; `given`: what stands given up."""
        self.fake, self.untold = fake, set[str]()
        self.given: dict[int, tuple[int, Decimal]] = {}

    def shows(self) -> None:
        """A code over a share or a part of it, sometimes over too much; or over money in advance."""
        cashier = self.dice.choice(self.cashiers)
        if self.dice.random() < 0.2:
            who = self.dice.choice(self.orders).payer_id
            amount = Decimal(self.dice.randint(1, 90_000)) / 100
            scan.show(scan.plan_for_deposit(actor=cashier, customer_id=who, amount=amount))
            return
        if not self.owed:
            return
        waiting = list(Receivable.objects.filter(state__in=["open", "on_account"]).values_list("pk", flat=True))
        share = self.dice.choice(waiting[-12:] or list(self.owed))
        amount = self.part_of(self.owed[share]) + self.dice.choice([ZERO, ZERO, Decimal(1)])
        scan.show(scan.plan_for_share(actor=cashier, receivable_id=share, amount=amount))

    @abstractmethod
    def part_of(self, amount: Decimal) -> Decimal:
        """All of it or about a third."""

    def scanned(self) -> None:
        """The customer pays a code: one notification, two, or none yet."""
        live = list(ScanCharge.objects.filter(state="open"))
        if not live:
            return
        charge, times = self.dice.choice(live), self.dice.choice([0, 1, 1, 2])
        body = self.fake.pay(charge.number)
        self.untold.add(charge.number)
        told = [self.told(charge, body) for _time in range(times)]
        assert told == [Verdict.TAKEN, Verdict.AGAIN][:times]

    def told(self, charge: ScanCharge, body: bytes) -> Verdict:
        """A notification with its signature, as the provider sends it now."""
        provider = provider_for(charge.branch)
        assert provider is not None
        headers = self.fake.signed(body, at=now().timestamp())
        verdict = note(provider=provider, headers=headers, body=body, sender="walk")
        self.taken(charge)
        return verdict

    def taken(self, charge: ScanCharge) -> None:
        """Into the second book, once."""
        charge.refresh_from_db()
        if charge.state == "paid" and charge.number in self.untold:
            self.untold.discard(charge.number)
            if charge.payment is not None:
                self.took(charge.payment)

    @abstractmethod
    def took(self, payment: Any) -> None:
        """A payment into the second book."""

    def forged(self) -> None:
        """The right words under a wrong signature change nothing."""
        charge = ScanCharge.objects.filter(state="open").first()
        if charge is not None:
            provider, body = provider_for(charge.branch), self.fake.notice("TRANSACTION.SUCCESS", {})
            assert provider is not None
            headers = self.fake.signed(body, at=now().timestamp()) | {"Wechatpay-Serial": "somebody else"}
            assert note(provider=provider, headers=headers, body=body, sender=charge.number) == Verdict.UNSIGNED

    def expires(self) -> None:
        """A code gets too old: it ends at the provider, or was paid without our knowing and is taken now."""
        charge = ScanCharge.objects.filter(state__in=scan.LIVE).order_by("id").first()
        if charge is None:
            return
        with as_of(max(now(), charge.expires_at)):
            scan.look_after(charge)
        self.taken(charge)
        assert charge.state in ("paid", "closed")

    def sends_back(self) -> None:
        """The provider is asked for every refund that waits; what it has taken on is told of later."""
        self.fake.refund_status = self.dice.choice(["SUCCESS", "PROCESSING"])
        scan_refunds.send_due()
        assert not ScanRefund.objects.filter(state="waiting", not_before_at__lte=now()).exists()

    def gives_up(self) -> None:
        """The rest of a share or a part of it, sometimes too much, and the same click twice."""
        if not self.owed:
            return
        waiting = Receivable.objects.filter(state="open", payer__in=["manufacturer", "insurer"])
        share = self.dice.choice([*waiting.values_list("pk", flat=True)[:9], self.dice.choice(list(self.owed))])
        amount = self.part_of(self.owed[share]) + self.dice.choice([ZERO, ZERO, Decimal(1)])
        key, kind = self.key(), self.dice.choice(WriteOffKind.values)
        for _click in range(self.dice.randint(1, 2)):
            row = write_off(actor=self.manager, receivable_id=share, kind=kind, amount=amount, reason="walk", key=key)
        self.owed[share] -= row.amount
        self.given[row.pk] = (share, row.amount)

    @abstractmethod
    def key(self) -> str:
        """A new one."""

    def takes_back(self) -> None:
        """The payer pays after all."""
        if self.given:
            pk = self.dice.choice(list(self.given))
            share, amount = self.given[pk]
            take_back(actor=self.manager, write_off_id=pk, reason="walk")
            del self.given[pk]
            self.owed[share] += amount
