"""The provider's bill of a day against our rows."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.channels.base import Refusal, Unsure
from delivery.models import ScanBill, ScanCharge, ScanRefund
from delivery.scan import provider_for
from delivery.scan.base import Billed, ScanProvider
from delivery.services.scan import ask
from delivery.states import ChargeState, RefundState
from dms.clock import branch_day, day_bounds, now
from dms.errors import Refused
from dms.money import ZERO, total

#: On the provider's clock: before that hour there is no bill of the day before.
MADE_AT = 10


class _Clock:
    def __init__(self, zone: str) -> None:
        self.zone = zone


def fetch(*, actor: Actor, day: date) -> ScanBill:
    """The bill of a day that is over, compared. Raises `Refused` where there is none yet, or none to be had."""
    check_may(actor, "till.pay")
    provider = provider_for(actor.branch)
    if provider is None:
        raise Refused(_("This branch has no provider of scan-to-pay. The administrator sets one up."), "no_provider")
    if day >= branch_day(_Clock(provider.zone)):
        raise Refused(_("The provider makes the bill of a day on the next morning."))
    try:
        return compare(branch=actor.branch, provider=provider, day=day)
    except (Refusal, Unsure) as no:
        raise Refused(_("The provider gave no bill: %(why)s. Try again later.") % {"why": no.code}) from no


def compare(*, branch: Branch, provider: ScanProvider, day: date) -> ScanBill:
    """Fetch and compare. A payment that only the provider knows of is asked after first, so that it is taken."""
    rows = provider.bill(day)
    _heal(branch, provider, rows)
    bill, _made = ScanBill.objects.update_or_create(
        branch=branch, provider=provider.name, day=day,
        defaults={"content": _content(branch, provider, day, rows), "fetched_at": now()},
    )  # fmt: skip
    return bill


def _heal(branch: Branch, provider: ScanProvider, rows: Iterable[Billed]) -> None:
    numbers = [row.number for row in rows if not row.refund_number]
    for charge in ScanCharge.objects.filter(branch=branch, provider=provider.name, number__in=numbers).exclude(
        state=ChargeState.PAID
    ):
        ask(charge)


def _content(branch: Branch, provider: ScanProvider, day: date, rows: list[Billed]) -> dict[str, Any]:
    begins, ends = day_bounds(_Clock(provider.zone), day)
    paid = ScanCharge.objects.filter(
        branch=branch, provider=provider.name, paid_at__gte=begins, paid_at__lt=ends
    ).values_list("number", "amount")
    back = ScanRefund.objects.filter(
        branch=branch, charge__provider=provider.name, accepted_at__gte=begins, accepted_at__lt=ends,
        state__in=[RefundState.ACCEPTED, RefundState.SENT],
    ).values_list("number", "amount")  # fmt: skip
    others = set(
        ScanCharge.objects.filter(provider=provider.name, number__in=[row.number for row in rows])
        .exclude(branch=branch)
        .values_list("number", flat=True)
    )
    own = [row for row in rows if row.number not in others]
    theirs = {row.number: row.amount for row in own if not row.refund_number}
    theirs_back = {row.refund_number: row.amount for row in own if row.refund_number}
    ours, ours_back = dict(paid), dict(back)
    return {
        "paid": {"ours": str(total(ours.values())), "theirs": str(total(theirs.values()))},
        "back": {"ours": str(total(ours_back.values())), "theirs": str(total(theirs_back.values()))},
        "differences": [*_differences("paid", ours, theirs), *_differences("back", ours_back, theirs_back)],
    }


def _differences(what: str, ours: dict[str, Decimal], theirs: dict[str, Decimal]) -> list[dict[str, str]]:
    return [
        {"what": what, "number": number, "ours": str(ours.get(number, ZERO)), "theirs": str(theirs.get(number, ZERO))}
        for number in sorted({*ours, *theirs})
        if ours.get(number) != theirs.get(number)
    ]


def fetch_yesterdays() -> int:
    """For every branch with a provider: the bill of the day before, once it is made. How many were fetched."""
    made = 0
    for branch in Branch.objects.all():
        provider = provider_for(branch)
        if provider is None:
            continue
        there: datetime = now().astimezone(ZoneInfo(provider.zone))
        day = there.date() - timedelta(days=1)
        if there.hour < MADE_AT or ScanBill.objects.filter(branch=branch, provider=provider.name, day=day).exists():
            continue
        try:
            compare(branch=branch, provider=provider, day=day)
        except (Refusal, Unsure):
            continue  # the next nudge tries again
        made += 1
    return made
