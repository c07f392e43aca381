"""Numbers of papers: unique, gapless, in order."""

from django.db import connection, transaction

from accounts.models import Branch
from dms.clock import local
from records.states import CounterKind

#: The row is made or counted on, and locked until the transaction ends, in one statement.
_NEXT = """
    INSERT INTO records_counter (branch_id, kind, period, last) VALUES (%s, %s, %s, 1)
    ON CONFLICT (branch_id, kind, period) DO UPDATE SET last = records_counter.last + 1 RETURNING last
"""


def take_number(*, branch: Branch, kind: CounterKind) -> str:
    """The next number, as WT-SZ01-202611-00517. Only inside a transaction: a rollback gives the number back.

    Raises TransactionManagementError outside one, since a lost number would be a gap.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("take_number needs a transaction")
    period = local(branch).strftime("%Y%m")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [branch.pk, kind.value, period])
        last = cursor.fetchone()[0]
    return f"{kind.value}-{branch.code}-{period}-{last:05d}"
