"""The statement of open credit as a paper: frozen, numbered without gaps, read back to the cent."""

import io
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from delivery.models import Receivable
from delivery.services.credit import set_terms
from delivery.services.payment import pay, put_on_account
from delivery.services.settlement import settle_slip
from delivery.services.statements import issue_statement
from dms.errors import Refused
from dms.pdf import render
from records.kinds import KINDS
from records.models import IssuedPaper
from records.services.render import STYLES, html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(order_at: Any, actor: Any) -> Receivable:
    order = order_at(shares={"customer": "2260.10"})
    set_terms(actor=actor("manager"), customer_id=order.payer_id, limit="5000", days=30)
    cashier = actor("cashier")
    share = settle_slip(actor=cashier, order_id=order.pk).receivables.get()
    return put_on_account(actor=cashier, receivable_id=share.pk)


@pytest.mark.parametrize(("language", "told"), [("zh-hans", "对账单"), ("en", "Statement of open credit")])
def test_it_says_what_is_owed_on_every_sheet(share: Receivable, actor: Any, language: str, told: str) -> None:
    cashier = actor("cashier")
    pay(actor=cashier, receivable_id=share.pk, method="card", amount="1000.05", key="k")
    type(share.customer).objects.filter(pk=share.customer_id).update(language=language)
    share.customer.refresh_from_db()
    paper = issue_statement(actor=cashier, payer="customer", customer=share.customer)
    for sheet in KINDS["credit_statement"].sheets:  # type: ignore[index]
        pdf = PdfReader(io.BytesIO(render(html_of(paper, sheet), base=STYLES)))
        said = " ".join("".join(page.extract_text() for page in pdf.pages).split())
        wanted = (told, share.settlement.number, "2,260.10", "1,260.05", "5,000.00", share.customer.name, paper.number)
        assert [words for words in wanted if words not in said] == []


def test_the_same_is_one_paper_and_a_change_another(share: Receivable, actor: Any, login: Any) -> None:
    till, who = login("cashier"), ("customer", share.customer_id)
    page, act = reverse("delivery:statement", args=who), reverse("delivery:statement_paper", args=who)
    first = till.post(act)
    assert (first.status_code, till.post(act).url) == (302, first.url)
    pay(actor=actor("cashier"), receivable_id=share.pk, method="card", amount="60.10", key="k")
    assert till.post(act).url != first.url
    numbers = list(IssuedPaper.objects.filter(kind="credit_statement").order_by("id").values_list("number", flat=True))
    assert [number[-5:] for number in numbers] == ["00001", "00002"]
    assert all(number in till.get(page).text for number in numbers)
    before, after = IssuedPaper.objects.filter(kind="credit_statement").order_by("id")
    assert (before.content["owed"], after.content["owed"]) == ("2260.10", "2200.00")


def test_nothing_owed_is_no_paper(share: Receivable, actor: Any) -> None:
    cashier = actor("cashier")
    pay(actor=cashier, receivable_id=share.pk, method="card", amount="2260.10", key="k")
    with pytest.raises(Refused, match="Nothing is owed"):
        issue_statement(actor=cashier, payer="customer", customer=share.customer)
    with pytest.raises(Refused, match="Nothing is owed"):
        issue_statement(actor=cashier, payer="insurer", customer=None)
