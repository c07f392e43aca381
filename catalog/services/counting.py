"""Counting the shelf: blind, bin by bin; every count is a line of the ledger, also one that finds what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts.policies import Actor, check_may
from catalog.models import Part
from catalog.services import stock
from dms.clock import branch_day
from dms.errors import Refused
from records.selectors import rule


@dataclass(frozen=True, slots=True)
class Counted:
    """What was found of a part, and why it may differ much."""

    part: Part
    found: Decimal
    reason: str = ""


def count(*, actor: Actor, counted: Sequence[Counted]) -> dict[int, str]:
    """Each part by itself: one that is refused keeps nobody from counting on. Part → the sentence of its refusal.

    Refused are counts below what is reserved, and a difference worth more than the rule without a reason.
    """
    check_may(actor, "parts.stock")
    limit = Decimal(int(rule(actor.branch, "parts.count_limit", branch_day(actor.branch))))
    refused: dict[int, str] = {}
    for one in sorted(counted, key=lambda row: row.part.pk):
        try:
            with transaction.atomic():
                stock.count(
                    actor=actor, part=one.part, found=one.found, subject_key="count", reason=one.reason, limit=limit
                )
        except Refused as why:
            refused[one.part.pk] = why.sentence
    return refused
