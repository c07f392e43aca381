"""Who may pay later, how much and until when."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from customers.models import Customer
from delivery.models import CreditTerms, Payment, Receivable
from delivery.states import ReceivableState
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Forbidden, Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, quantise
from dms.templatetags.dms import money
from records.selectors import rule

#: Who sets terms, and who lets pay later whoever has none of their own.
APPROVES = "discount.approve"


@one_act
def set_terms(*, actor: Actor, customer_id: int, limit: Decimal | str, days: int) -> CreditTerms:
    """The customer's own limit and days; within them the till puts shares on account by itself."""
    check_money(actor, APPROVES)
    value = quantise(limit)
    if value < ZERO:
        raise Invalid(_("Enter an amount of zero or more."), "limit")
    if not 0 <= days <= 365:
        raise Invalid(_("The days lie between 0 and 365."), "days")
    customer = locked(Customer.objects.filter(branch=actor.branch)).get(pk=customer_id)
    terms, _made = CreditTerms.objects.update_or_create(
        customer=customer,
        defaults={"limit_amount": value, "days": days, "set_at": now(), "set_by": actor.person},
    )
    return terms


def open_credit(customer: Customer) -> Decimal:
    """What a customer owes of shares on account."""
    rows = Receivable.objects.filter(customer=customer, state=ReceivableState.ON_ACCOUNT)
    owed = rows.aggregate(sum=Sum(F("gross") - F("written_off")))["sum"] or ZERO
    paid = Payment.objects.filter(receivable__in=rows).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return owed - paid


def check_terms(actor: Actor, share: Receivable) -> None:
    """Who lets pay later: the till whoever has terms of their own, else the manager. Raises `Forbidden`."""
    check_money(actor, "till.pay")
    if actor.can(APPROVES) or CreditTerms.objects.filter(customer=share.customer_id).exists():
        return
    name = share.customer.name if share.customer else share.get_payer_display()
    raise Forbidden(_("%(name)s has no terms of credit. The manager sets them.") % {"name": name})


def due_for(*, actor: Actor, share: Receivable, owed: Decimal) -> date:
    """Until when this share is to be paid, when it is put on account now.

    All credit of one customer queues at the customer's row. Raises `Refused` above the limit.
    """
    today, branch = branch_day(actor.branch), actor.branch
    if share.customer_id is None:  # an insurer or the manufacturer: by the house's days, without a limit
        return today + timedelta(days=rule(branch, "credit.days", today))
    customer = locked(Customer.objects.all()).get(pk=share.customer_id)
    terms = CreditTerms.objects.filter(customer=customer).first()
    limit = terms.limit_amount if terms else Decimal(rule(branch, "credit.limit", today))
    used = open_credit(customer)
    if used + owed > limit:
        raise Refused(
            _("%(name)s may owe %(limit)s and owes %(used)s already; %(owed)s more is too much.")
            % {
                "name": customer.name, "limit": money(limit, branch.currency), "used": money(used, branch.currency),
                "owed": money(owed, branch.currency),
            },
            "over_credit",
        )  # fmt: skip
    return today + timedelta(days=terms.days if terms else rule(branch, "credit.days", today))
