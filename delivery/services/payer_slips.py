"""A slip of its own for each payer of a bill that has several (分付款方结算单): what is theirs of it, and of what."""

from decimal import Decimal
from typing import Any

from django.utils import translation

from accounts.policies import Actor
from delivery.models import Settlement
from delivery.splitting import Part
from dms.clock import now
from dms.money import ZERO
from reception.models import WorkOrder
from reception.services.papers import at_text, capitals_of, car_of, house_of
from records.models import IssuedPaper
from records.services.papers import issue
from records.states import PaperKind

#: Amounts that a reversal turns round.
_TURNED = ("net", "tax", "gross")


def _content(order: WorkOrder, slip: str, part: Part, cashier: str) -> dict[str, Any]:
    branch = order.branch
    return {
        **car_of(order),
        "house": house_of(branch),
        "currency": branch.currency,
        "order_number": order.number,
        "issued_at": at_text(branch, now()),
        "slip": slip,
        "for": part.label,
        "rows": [{"name": row.label, "whole": str(row.whole), "gross": str(row.gross)} for row in part.rows],
        "net": str(part.net),
        "tax": str(part.tax),
        "gross": str(part.gross),
        "capitals": capitals_of(branch, part.gross),
        "cashier": cashier,
    }


def issue_payer_slip(slip: Settlement, part: Part, number: int, *, actor: Actor) -> IssuedPaper:
    """The part's paper, in the language of whoever pays it; its number is the slip's with `number` behind it."""
    order = slip.order
    language = (part.customer or order.payer).language
    with translation.override(language):
        content = _content(order, slip.number, part, actor.person.name)
    return issue(
        actor=actor, kind=PaperKind.PAYER_SLIP, number=f"{slip.number}-{number}", subject_key=order.subject_key,
        language=language, content=content,
    )  # fmt: skip


def turn_payer_slips(slip: Settlement, negative: Settlement, *, actor: Actor) -> None:
    """Each payer who had a slip gets the negative one that names it."""
    branch = slip.order.branch
    shares = slip.receivables.filter(paper__isnull=False).select_related("paper").order_by("id")
    for number, first in enumerate((share.paper for share in shares), 1):
        if first is None:
            continue
        content = dict(first.content)
        content |= {name: str(-Decimal(content[name]) + ZERO) for name in _TURNED}
        content["rows"] = [row | {"gross": str(-Decimal(row["gross"]) + ZERO)} for row in content["rows"]]
        content |= {
            "capitals": capitals_of(branch, Decimal(content["gross"])), "slip": negative.number,
            "reverses": first.number, "reason": negative.reason, "issued_at": at_text(branch, now()),
        }  # fmt: skip
        issue(
            actor=actor, kind=PaperKind.PAYER_SLIP, number=f"{negative.number}-{number}",
            subject_key=first.subject_key, language=first.language, content=content, replaces=first,
        )  # fmt: skip
