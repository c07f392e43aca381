"""Companies with terms of credit, and a deposit that waits for its bill."""

from customers.models import Customer
from customers.states import CustomerKind
from delivery.services.credit import set_terms
from delivery.services.deposit import take_deposit
from portal.demo.people import Staff

#: (limit, days to pay) of the companies that owe something.
TERMS = (("30000", 30), ("8000", 15))


def make_credit(staff: Staff) -> None:
    """Terms for companies with open shares; somebody paid in advance for parts that are on order."""
    rows = Customer.objects.filter(branch=staff.branch, merged_into__isnull=True)
    firms = rows.filter(receivables__state="on_account").distinct().order_by("id")
    for firm, (limit, days) in zip(firms, TERMS, strict=False):
        set_terms(actor=staff.actor("manager"), customer_id=firm.pk, limit=limit, days=days)
    person = rows.filter(kind=CustomerKind.PERSON).latest("id")
    take_deposit(actor=staff.actor("cashier"), customer_id=person.pk, method="scan", amount="500", key="demo:deposit")
