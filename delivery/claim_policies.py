"""May this be done with an insurer's case now?"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from delivery.claim_states import ClaimState, Result
from delivery.models import InsuranceClaim, Supplement, agreed_line, live_slip
from dms.errors import Refused
from reception.models import Line, WorkOrder
from reception.states import Payer, VisitType
from records.models import Photo
from records.states import PhotoKind
from workshop.policies import register_work


def check_insured_work(line: Line) -> None:
    """What an insurer pays is begun once its assessment is agreed to: repair or replace, and who pays what of it."""
    if line.payer == Payer.INSURER and not agreed_line(line):
        raise Refused(
            _("“%(line)s” is paid by the insurer: it is begun once the assessment is agreed.") % {"line": line.label},
            "not_assessed",
        )


def check_accident(order: WorkOrder) -> None:
    """A case belongs to an accident, or to an order of which an insurer pays something."""
    if order.visit_type != VisitType.ACCIDENT and not order.lines.filter(payer=Payer.INSURER).exists():
        raise Refused(_("This visit is no accident, and no insurer pays any of it."))


def check_unbilled(order: WorkOrder) -> None:
    """Who pays what stands on the slip; it is not changed under it."""
    if live_slip(order) is not None:
        raise Refused(_("Reverse the settlement slip first."))


def check_open_case(claim: InsuranceClaim) -> None:
    """The case is being assessed."""
    if claim.state == ClaimState.WITHDRAWN:
        raise Refused(_("This case was withdrawn."))
    if claim.state != ClaimState.OPEN:
        raise Refused(_("The assessment is agreed. More damage is a supplement."))


def check_same_shop(result: str, *, here: bool) -> None:
    """Assessment and repair are in the same shop."""
    if result == Result.AGREED and not here:
        raise Refused(_("Assessed and repaired in the same shop: have the car assessed here before you agree."), "here")


def check_photos(supplement: Supplement | None, photos: Sequence[Photo]) -> None:
    """More damage is agreed to with photos from before and after the strip-down."""
    if supplement is None:
        return
    kinds = {photo.kind for photo in photos}
    lacking = [str(kind.label) for kind in (PhotoKind.INTACT, PhotoKind.STRIPPED) if kind not in kinds]
    if lacking:
        raise Refused(
            _("Supplement %(number)s has no photo yet: %(which)s.")
            % {"number": supplement.number, "which": ", ".join(lacking)},
            "photos",
        )


def check_complete(claim: InsuranceClaim, lacking: Sequence[str], *, agreed: bool) -> None:
    """Before the papers go to the insurer: everything is agreed, billed and here."""
    if claim.state not in (ClaimState.OPEN, ClaimState.AGREED):
        raise Refused(_("The papers were handed in, or the case was withdrawn."))
    if not agreed:
        raise Refused(_("Not every insured line is agreed yet."))
    if live_slip(claim.order) is None:
        raise Refused(_("Issue the settlement slip first."))
    if lacking:
        raise Refused(_("Still missing: %(papers)s.") % {"papers": ", ".join(lacking)}, "missing")


def register() -> None:
    """What the workshop asks before it begins."""
    register_work(check_insured_work)
