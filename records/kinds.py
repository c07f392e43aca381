"""Every kind of paper as data: its counter, its sheets, who may read it and who hands it out. How to add one:
`docs/papers.md`.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.policies import Actor
from records.states import CounterKind, PaperKind

A4, ROLL, IMPACT, LABEL = "a4", "roll", "impact", "label"
SHEET_LABELS: dict[str, str | Promise] = {
    A4: "A4", ROLL: _("80 mm roll"), IMPACT: _("241 mm continuous paper"), LABEL: _("60 × 40 mm label"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper. `sheets`: the first is the default; `read` and `prints`: any of these permissions is enough."""

    counter: CounterKind
    sheets: tuple[str, ...]
    read: tuple[str, ...]
    prints: tuple[str, ...]


#: Papers with prices, names or a signature are for those who hand them out.
_DESK = ("paper.print",)
#: The workshop's own papers name no price and no phone.
_SHOP = ("paper.print", "workshop.view", "job.work")
_LEADS = ("paper.print", "workshop.view")
#: Labels name no customer; whoever handles parts sticks them on.
_HANDLES = ("parts.label",)

KINDS: dict[PaperKind, Kind] = {
    PaperKind.CHECK_IN: Kind(CounterKind.CHECK_IN, (A4, IMPACT), _DESK, _DESK),
    PaperKind.KEY_TAG: Kind(CounterKind.KEY_TAG, (ROLL, LABEL, A4), _SHOP, _LEADS),
    PaperKind.ESTIMATE: Kind(CounterKind.ESTIMATE, (A4, IMPACT), _DESK, _DESK),
    PaperKind.WORK_ORDER: Kind(CounterKind.WORK_ORDER, (A4, IMPACT), _DESK, _DESK),
    PaperKind.JOB_SHEET: Kind(CounterKind.JOB_SHEET, (A4, IMPACT), _SHOP, _LEADS),
    PaperKind.INSPECTION: Kind(CounterKind.INSPECTION, (A4,), _SHOP, _LEADS),
    PaperKind.CERTIFICATE: Kind(CounterKind.CERTIFICATE, (A4,), _LEADS, _LEADS),
    PaperKind.SETTLEMENT: Kind(CounterKind.SETTLEMENT, (A4, IMPACT), _DESK, _DESK),
    # Numbered as the slip of which it is a part.
    PaperKind.PAYER_SLIP: Kind(CounterKind.SETTLEMENT, (A4, IMPACT), _DESK, _DESK),
    PaperKind.CREDIT_STATEMENT: Kind(CounterKind.CREDIT_STATEMENT, (A4, IMPACT), _DESK, _DESK),
    PaperKind.OLD_PARTS: Kind(CounterKind.OLD_PARTS, (A4,), _DESK, _DESK),
    PaperKind.GATE_PASS: Kind(
        CounterKind.GATE_PASS, (A4, ROLL), ("paper.print", "pass.issue", "gate.open"), ("paper.print", "pass.issue")
    ),
    PaperKind.PART_LABEL: Kind(CounterKind.PART_LABEL, (ROLL, LABEL), _HANDLES, _HANDLES),
    PaperKind.BAG_LABEL: Kind(CounterKind.BAG_LABEL, (ROLL, LABEL), _HANDLES, _HANDLES),
}

SIGNING, DISPATCH, TILL = "signing", "dispatch", "till"
#: What belongs together at a step of the road, in the order in which it comes out of the printer. What comes on a roll
#: stands last: it is another printer's, or the last sheet of the pile.
TOGETHER: dict[str, tuple[PaperKind, ...]] = {
    SIGNING: (PaperKind.CHECK_IN, PaperKind.WORK_ORDER, PaperKind.KEY_TAG),
    DISPATCH: (PaperKind.JOB_SHEET,),
    TILL: (PaperKind.SETTLEMENT, PaperKind.CERTIFICATE, PaperKind.OLD_PARTS, PaperKind.GATE_PASS),
}
#: The button that prints them; a stage with one paper needs none.
STAGE_LABELS: dict[str, str | Promise] = {
    SIGNING: _("Print what belongs to the signature"),
    DISPATCH: _("Print the job sheet"),
    TILL: _("Print what the customer takes along"),
}


def may_read(actor: Actor, kind: str) -> bool:
    """Whether this person may look at papers of that kind."""
    return any(actor.can(permission) for permission in KINDS[PaperKind(kind)].read)


def may_print(actor: Actor, kind: str) -> bool:
    """Whether this person may hand out papers of that kind."""
    return any(actor.can(permission) for permission in KINDS[PaperKind(kind)].prints)
