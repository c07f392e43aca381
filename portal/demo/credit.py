"""Companies with terms of credit, and a deposit that waits for its bill."""

from customers.models import Customer
from customers.states import CustomerKind
from delivery.scan import provider_for
from delivery.scan.base import Outcome
from delivery.services import scan
from delivery.services.credit import set_terms
from delivery.services.deposit import take_deposit
from dms.clock import now
from portal.demo.people import Staff

#: (limit, days to pay) of the companies that owe something.
TERMS = (("30000", 30), ("8000", 15))


def make_credit(staff: Staff) -> None:
    """Terms for companies with open shares; somebody paid in advance for parts that are on order."""
    rows = Customer.objects.filter(branch=staff.branch, merged_into__isnull=True)
    firms = rows.filter(receivables__state="on_account").distinct().order_by("id")
    for firm, (limit, days) in zip(firms, TERMS, strict=False):
        set_terms(actor=staff.actor("manager"), customer_id=firm.pk, limit=limit, days=days)
    _deposit(staff, rows.filter(kind=CustomerKind.PERSON).latest("id"))


def _deposit(staff: Staff, person: Customer) -> None:
    """By a code that was scanned, where the demo has its provider."""
    actor, provider = staff.actor("cashier"), provider_for(staff.branch)
    if provider is None:
        take_deposit(actor=actor, customer_id=person.pk, method="scan", amount="500", key="demo:deposit")
        return
    charge = scan.plan_for_deposit(actor=actor, customer_id=person.pk, amount="500")
    number = "4200000000202612010000000001"
    said = Outcome(charge.number, "paid", number, charge.amount, "CNY", provider.merchant, now())
    scan.take(provider=provider.name, outcome=said)
