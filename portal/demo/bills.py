"""What the till did in the histories: handover, slip with its paper, shares and the money for them."""

from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random

from django.utils import translation

from catalog.selectors import guarantee_book
from customers.services.forecast import add_months
from delivery.models import Handover, Payment, Receivable, ReturnedItem, Settlement, ShareTax
from delivery.services.settlement import slip_content
from delivery.states import CHECKS, Method, ReceivableState
from dms.clock import as_of, branch_day
from dms.money import ZERO, quantise, total
from portal.demo import words
from portal.demo.history import Numbers, Written
from portal.demo.people import Staff
from portal.demo.rows import Pile
from reception.models import Line
from reception.states import Payer
from records.models import IssuedPaper
from records.services.papers import content_hash
from records.states import CounterKind, PaperKind

NOTES = (Decimal(10), Decimal(50), Decimal(100))
#: How long a company has to pay what is on account.
CREDIT = timedelta(days=30)


class Bills:
    """Writes the delivery's part of each released visit."""

    def __init__(self, pile: Pile, staff: Staff, numbers: Numbers, chance: Random, at: datetime) -> None:
        self.pile, self.staff, self.numbers, self.chance, self.now = pile, staff, numbers, chance, at
        self.cashier = staff.user("cashier")
        self.to_claim: Written | None = None
        self.guarantees = guarantee_book(staff.branch)

    def write(self, all_of_them: list[Written]) -> None:
        """All slips, in order of time. The maker has not paid the latest one that it owes: there is one to claim."""
        rows = sorted(all_of_them, key=lambda written: written.visit.times["slip"])
        of_maker = [row for row in rows if any(line.payer == Payer.MANUFACTURER for line in row.done)]
        self.to_claim = of_maker[-1] if of_maker else None
        for written in rows:
            self._handed_over(written)
            self._settled(written)

    def _handed_over(self, written: Written) -> None:
        visit, order = written.visit, written.order
        day = branch_day(self.staff.branch, visit.times["walked"])
        next_on, next_km = self._next_service(written, day)
        # Made with the order at hand, so that the slip finds it there as it would in the database.
        facts = Handover(
            id=self.pile.next_id(Handover), order=order, checks=dict.fromkeys(CHECKS, True),
            advice=self.chance.choice(words.ADVICE) if self.chance.random() < 0.6 else "", next_service_on=next_on,
            next_service_km=next_km,
        )  # fmt: skip
        self.pile.put(facts, created_at=visit.times["internal"])
        for taken in written.taken:
            self.pile.add(
                ReturnedItem, taken_id=taken, to=order.bringer.name[:60], returned_at=visit.times["returned"],
                returned_by_id=written.advisor.pk, created_at=visit.times["returned"],
            )  # fmt: skip

    def _next_service(self, written: Written, day: date) -> tuple[date | None, int | None]:
        if not written.visit.rules:
            return None, None
        rule = written.visit.rules[0].rule
        months, km = rule.interval_months, rule.interval_km
        return add_months(day, months) if months else None, written.visit.km + km if km else None

    def _settled(self, written: Written) -> None:
        order, at, lines = written.order, written.visit.times["slip"], written.done
        number, language = self.numbers.take(CounterKind.SETTLEMENT, at), order.payer.language
        with translation.override(language), as_of(at):
            terms = self.guarantees.terms(branch_day(order.branch))
            # History has no batches.
            content = slip_content(
                order, lines, self.cashier.name, statements=written.statements, terms=terms, origins={}
            )
        paper = self.pile.add(
            IssuedPaper, branch_id=order.branch_id, kind=PaperKind.SETTLEMENT, number=number,
            subject_key=order.subject_key, language=language, content=content, content_hash=content_hash(content),
            issued_at=at, issued_by_id=self.cashier.pk, created_at=at,
        )  # fmt: skip
        slip = self.pile.add(
            Settlement, order_id=order.pk, number=number, net=total(line.net for line in lines),
            tax=total(line.tax for line in lines), gross=total(line.gross for line in lines), paper_id=paper,
            issued_at=at, issued_by_id=self.cashier.pk, created_at=at,
        )  # fmt: skip
        for payer in Payer.values:
            self._share(written, slip, payer, [line for line in lines if line.payer == payer])

    def _share(self, written: Written, slip: int, payer: str, lines: list[Line]) -> None:
        gross = total(line.gross for line in lines)
        if gross == ZERO:
            return
        state, paid_at = self._fate(written, payer)
        share = self.pile.add(
            Receivable, settlement_id=slip, payer=payer, net=total(line.net for line in lines),
            tax=total(line.tax for line in lines), gross=gross, state=state,
            customer_id=written.order.payer_id if payer == Payer.CUSTOMER else None,
            created_at=written.visit.times["slip"],
            due_on=branch_day(written.order.branch, written.visit.times["slip"]) + CREDIT
            if state == ReceivableState.ON_ACCOUNT
            else None,
        )  # fmt: skip
        for rate in sorted({line.tax_rate for line in lines}):
            own = [line for line in lines if line.tax_rate == rate]
            self.pile.add(
                ShareTax, receivable_id=share, rate=rate, net=total(line.net for line in own),
                tax=total(line.tax for line in own), created_at=written.visit.times["slip"],
            )  # fmt: skip
        if state == ReceivableState.PAID:
            self._paid(written, share, payer, gross, paid_at)

    def _fate(self, written: Written, payer: str) -> tuple[str, datetime]:
        """State of a share today, and when it was paid: makers and insurers take weeks, some companies too."""
        at = written.visit.times["settle"]
        if payer == Payer.INTERNAL:
            return ReceivableState.OPEN, at
        firm = written.order.payer_id != written.order.bringer_id
        if payer == Payer.CUSTOMER and not (firm and self.chance.random() < 0.5):
            return ReceivableState.PAID, at
        later = at + timedelta(days=self.chance.randint(20, 60))
        unpaid = ReceivableState.ON_ACCOUNT if payer == Payer.CUSTOMER else ReceivableState.OPEN
        paid = later < self.now and not (payer == Payer.MANUFACTURER and written is self.to_claim)
        return (ReceivableState.PAID, later) if paid else (unpaid, at)

    def _paid(self, written: Written, share: int, payer: str, gross: Decimal, at: datetime) -> None:
        method: str = Method.TRANSFER if at > written.visit.times["settle"] else written.order.pay_method
        given = None
        if method == Method.CASH:
            note = self.chance.choice(NOTES)
            given = quantise((gross / note).to_integral_value(ROUND_CEILING) * note)
        self.pile.add(
            Payment, receivable_id=share, method=method, amount=gross, tendered=given,
            change=given - gross if given is not None else ZERO, key=f"demo:{share}", received_at=at,
            received_by_id=self.cashier.pk, created_at=at,
        )  # fmt: skip
