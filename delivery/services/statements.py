"""A statement of open credit (对账单): what one owes, slip by slip, frozen and numbered when it is handed out."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.models import Customer
from delivery.credit_selectors import Account, account_of
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Refused
from dms.fields import locked
from reception.services.papers import at_text, capitals_of, house_of
from records.models import IssuedPaper
from records.services.numbers import take_number
from records.services.papers import ISSUED, issue, last_of
from records.states import CounterKind, PaperKind


def subject_of(payer: str, customer_id: int) -> str:
    """What the papers of one account stand under."""
    return f"credit:{payer}:{customer_id}"


@one_act
def issue_statement(*, actor: Actor, payer: str, customer: Customer | None) -> IssuedPaper:
    """The statement as things stand now; the same again on the same day is the same paper.

    Raises `Refused` where nothing is owed.
    """
    check_may(actor, "till.pay")
    if customer is not None:  # two clicks at once meet here
        locked(Customer.objects.filter(branch=actor.branch)).get(pk=customer.pk)
    else:
        locked(Branch.objects.all()).get(pk=actor.branch.pk)
    account = account_of(actor.branch, payer, customer)
    if not account.debts:
        raise Refused(_("Nothing is owed."))
    language = customer.language if customer else actor.person.language
    with translation.override(language):
        content = _content(actor, account)
    subject = subject_of(payer, account.key)
    last = last_of(actor.branch.pk, PaperKind.CREDIT_STATEMENT, subject)
    if last is not None and last.language == language and last.content | {ISSUED: ""} == content | {ISSUED: ""}:
        return last
    return issue(
        actor=actor, kind=PaperKind.CREDIT_STATEMENT, subject_key=subject, language=language, content=content,
        number=take_number(branch=actor.branch, kind=CounterKind.CREDIT_STATEMENT),
    )  # fmt: skip


def _content(actor: Actor, account: Account) -> dict[str, Any]:
    branch, terms = actor.branch, account.terms
    return {
        "house": house_of(branch),
        "currency": branch.currency,
        "issued_at": at_text(branch, now()),
        "day": branch_day(branch).isoformat(),
        "for": account.label,
        "limit": str(terms.limit_amount) if terms else "",
        "days": terms.days if terms else None,
        "rows": [
            {
                "slip": debt.share.settlement.number, "plate": debt.share.settlement.order.vehicle.plate or "",
                "issued_on": debt.issued_on.isoformat(), "due_on": debt.due_on.isoformat(), "days": max(debt.days, 0),
                "gross": str(debt.share.gross), "owed": str(debt.owed),
            }
            | ({"written_off": str(debt.share.written_off)} if debt.share.written_off else {})
            for debt in account.debts
        ],
        "overdue": str(account.overdue),
        "owed": str(account.owed),
        "capitals": capitals_of(branch, account.owed),
        "cashier": actor.person.name,
    }  # fmt: skip
