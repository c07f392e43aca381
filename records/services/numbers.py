"""Numbers of papers: unique, gapless, in order."""

from django.db import transaction

from accounts.models import Branch
from dms.clock import local
from dms.fields import locked
from records.models import Counter
from records.states import CounterKind


def take_number(*, branch: Branch, kind: CounterKind) -> str:
    """The next number, as WT-SZ01-202611-00517. Only inside a transaction: a rollback gives the number back.

    Raises TransactionManagementError outside one, since a lost number would be a gap.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("take_number needs a transaction")
    period = local(branch).strftime("%Y%m")
    Counter.objects.bulk_create([Counter(branch=branch, kind=kind, period=period)], ignore_conflicts=True)
    counter = locked(Counter.objects.filter(branch=branch, kind=kind, period=period)).get()
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{kind.value}-{branch.code}-{period}-{counter.last:05d}"
