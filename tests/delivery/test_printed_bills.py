"""Random bills, settled, printed and read back from the PDF: what stands there equals the database to the cent.

`run.py test` prints some ten, `run.py chaos --money` five hundred.
"""

import io
import os
import re
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pdfplumber
import pgtrigger
import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from catalog.models import LabourOperation, Part
from customers.models import Customer
from delivery.models import Settlement
from delivery.services.settlement import reverse, settle_slip
from delivery.services.shares import take_over
from dms.money import ZERO, capitals, line_money, total
from dms.pdf import render
from reception.models import Line, WorkOrder
from reception.states import Payer
from records.services.papers import content_hash
from records.services.render import STYLES, html_of

pytestmark = pytest.mark.django_db
BILLS = int(os.environ.get("DMS_MONEY_BILLS", "8"))
PAYERS = ["customer"] * 4 + ["insurer", "manufacturer", "internal", "goodwill"]
AMOUNT = re.compile(r"-?\d{1,3}(,\d{3})*\.\d\d$")


class Sheet:
    """The words of a PDF in rows, as an eye reads them."""

    def __init__(self, pdf: bytes) -> None:
        self.rows: list[list[str]] = []
        with pdfplumber.open(io.BytesIO(pdf)) as document:
            for page in document.pages:
                words = sorted(page.extract_words(x_tolerance=1.5), key=lambda word: (word["bottom"], word["x0"]))
                at = -99.0
                for word in words:
                    if word["bottom"] - at > 2.5:
                        self.rows.append([])
                        at = word["bottom"]
                    self.rows[-1].append(word["text"])

    @property
    def text(self) -> str:
        return "".join("".join(row) for row in self.rows).replace(" ", "")

    def amounts_beside(self, words: str) -> list[Decimal]:
        """The amounts of each row in which these words stand, in their order; of all such rows.

        Beside a large amount words may need two rows.
        """
        wanted = words.replace(" ", "")
        found = [row for row in self.rows if wanted in "".join(row)]
        found = found or [[*one, *other] for one, other in pairwise(self.rows) if wanted in said(one) + said(other)]
        return [Decimal(bare(word).replace(",", "")) for row in found for word in row if AMOUNT.match(bare(word))]


def said(row: list[str]) -> str:
    """A row without its amounts."""
    return "".join(word for word in row if not AMOUNT.match(bare(word)))


def bare(word: str) -> str:
    """Without the sign of the currency, and with a minus that a computer reads."""
    return word.replace("¥", "").replace("−", "-").strip()


def random_bill(dice: Random, order: WorkOrder) -> None:
    """One to twelve lines, labour and parts, odd prices, discounts and rates."""
    said = order.statements.get()
    operation = LabourOperation.objects.get(code="OP1")
    part, _made = Part.objects.get_or_create(code="PART-1", defaults={"name": "滤芯", "unit": "个"})
    with pgtrigger.ignore():
        for number in range(dice.randint(1, 12)):
            price, quantity = Decimal(dice.randint(1, 900_000)) / 100, Decimal(dice.randint(1, 900)) / 100
            amount = (price * quantity).quantize(Decimal("0.01"))
            discount = dice.choice([ZERO, ZERO, (amount * dice.randint(1, 90) / 100).quantize(Decimal("0.01"))])
            rate = dice.choice([Decimal("0.13"), Decimal("0.06"), Decimal(0)])
            money = line_money(
                quantity=quantity, unit_price=price, discount=discount, tax_rate=rate,
                tax_included=order.branch.tax_regime == "included",
            )  # fmt: skip
            labour = dice.random() < 0.5
            Line.objects.create(
                order=order, statement=said, kind="labour" if labour else "part", state="done",
                operation=operation if labour else None, part=None if labour else part, code=f"C{number}",
                name=f"ITEM{number:02d}", unit="h" if labour else "个", quantity=quantity, unit_price=price,
                discount=discount, tax_rate=rate, net=money.net, tax=money.tax, gross=money.gross,
                payer=dice.choice(PAYERS), price_version=1, approved_version=1,
            )  # fmt: skip


def share(dice: Random, order: WorkOrder, manager: Any) -> None:
    """Every third bill is shared: a line, the whole, or both."""
    mine = list(order.lines.filter(payer="customer").values_list("pk", flat=True))
    for line in dice.sample([None, *mine], min(2, len(mine) + 1)) if dice.random() < 0.34 else []:
        payer = dice.choice(["insurer", "manufacturer", "goodwill"])
        percent = Decimal(dice.randint(1, 5_000)) / 100
        take_over(actor=manager, order_id=order.pk, payer=payer, line_id=line, percent=percent)


def check_printed(slip: Settlement, sign: int = 1) -> None:
    """Everything on the paper that is money."""
    sheet = Sheet(render(html_of(slip.paper, "a4"), base=STYLES))
    lines = list(slip.order.lines.order_by("id"))
    for line in lines:
        row = sheet.amounts_beside(line.name)
        assert row[-1] == sign * line.gross, (line.name, row)
        assert row[-3:-1] == [line.unit_price, line.discount], (line.name, row)
    with translation.override(slip.paper.language):
        assert sheet.amounts_beside(_("Net"))[-1:] == [slip.net]
        assert sheet.amounts_beside(_("Tax"))[-1:] == [slip.tax]
        assert slip.gross in sheet.amounts_beside(_("Total"))
        first = slip if sign == 1 else slip.reverses
        assert first is not None
        for share in first.receivables.all():
            words = _("Customer pays") if share.payer == Payer.CUSTOMER else str(Payer(share.payer).label)
            assert sign * share.gross in sheet.amounts_beside(words), (share.payer, share.gross)
        mine = sign * total(share.gross for share in first.receivables.all() if share.payer == "customer")
    assert total(share.gross for share in first.receivables.all()) == sign * slip.gross
    assert capitals(mine) in sheet.text
    assert slip.net + slip.tax == slip.gross == sign * total(line.gross for line in lines)
    assert content_hash(slip.paper.content) == slip.paper.content_hash


def test_random_bills_say_on_paper_what_the_database_says(order_at: Any, actor: Any, branch: Any) -> None:
    seed = int(os.environ.get("DMS_MONEY_SEED", "7"))
    dice, cashier, manager = Random(seed), actor("cashier"), actor("manager")  # noqa: S311  # no secret
    printed = 0
    for number in range(BILLS):
        order = order_at(shares={}, limit="999999999")
        Customer.objects.filter(pk=order.payer_id).update(language=("zh-hans", "en")[number % 2])
        random_bill(dice, order)
        share(dice, order, manager)
        slip = settle_slip(actor=cashier, order_id=order.pk)
        check_printed(slip)
        printed += 1
        if number % 8 == 7:
            check_printed(reverse(actor=cashier, order_id=order.pk, reason="read back"), -1)
            printed += 1
    shares = total(Settlement.objects.filter(kind="normal").values_list("gross", flat=True))
    print(f"{printed} slips of seed {seed} read back from their PDF, {shares} in all, no cent apart")  # noqa: T201


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_large_amount_stands_apart_from_its_words(order_at: Any, actor: Any, language: str) -> None:
    order, cashier = order_at(shares={"customer": "174205.51", "insurer": "1000000.09"}), actor("cashier")
    Customer.objects.filter(pk=order.payer_id).update(language=language)
    Line.objects.filter(order=order, payer="customer").update(name="ITEM00")
    Line.objects.filter(order=order, payer="insurer").update(name="ITEM01")
    check_printed(settle_slip(actor=cashier, order_id=order.pk))
    check_printed(reverse(actor=cashier, order_id=order.pk, reason="read back"), -1)
