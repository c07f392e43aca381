"""Who may read and print papers."""

from django.utils.translation import gettext as _

from accounts.policies import Actor
from dms.errors import Forbidden
from records.models import IssuedPaper
from records.states import PaperKind


def check_read_paper(actor: Actor, paper: IssuedPaper) -> None:
    """Members who print papers or see orders; a gate pass opens the gate, so only those who print or issue it."""
    wanted = ("paper.print", "pass.issue") if paper.kind == PaperKind.GATE_PASS else ("paper.print", "order.view")
    if not any(actor.can(permission) for permission in wanted):
        raise Forbidden(_("Your role does not include this paper."))
