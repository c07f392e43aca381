"""After how many months without a visit a car counts as lapsed, and with how many visits it is one of ours."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import Brand, VehicleModel
from dms.act import one_act
from dms.errors import Invalid
from records.services import audit

#: Bounds of what makes sense, both included.
MOST_MONTHS, MOST_VISITS = 60, 12


@dataclass(frozen=True, slots=True)
class Limits:
    """Months until lapse, and visits in twelve months that make the retained base (保有客户)."""

    months: int
    visits: int


def _check(number: int, most: int, field: str) -> None:
    if not 1 <= number <= most:
        raise Invalid(_("A number from 1 to %(most)d, please.") % {"most": most}, field)


@one_act
def set_limits(*, actor: Actor, brands: Mapping[int, Limits], models: Mapping[int, int | None]) -> int:
    """Write what differs, of brands and of models (None: the brand's months); how many rows changed.

    They are the house's, not a branch's. The next night judges by them. Raises `Forbidden` without `rules.edit`, and
    `Invalid` (its code is the field) for a number out of bounds; nothing is written then.
    """
    check_may(actor, "rules.edit")
    for pk, limits in brands.items():
        _check(limits.months, MOST_MONTHS, f"months-{pk}")
        _check(limits.visits, MOST_VISITS, f"visits-{pk}")
    for pk, months in models.items():
        if months is not None:
            _check(months, MOST_MONTHS, f"model-{pk}")
    return sum(_brand(actor, pk, limits) for pk, limits in brands.items()) + sum(
        _model(actor, pk, months) for pk, months in models.items()
    )


def _brand(actor: Actor, pk: int, limits: Limits) -> int:
    rows = Brand.objects.filter(pk=pk).exclude(lapse_months=limits.months, retained_visits=limits.visits)
    changed = rows.update(lapse_months=limits.months, retained_visits=limits.visits)
    if changed:
        audit.write(actor.branch, actor.user, "limits.brand", f"brand:{pk}", asdict(limits))
    return changed


def _model(actor: Actor, pk: int, months: int | None) -> int:
    row = VehicleModel.objects.filter(pk=pk).first()
    if row is None or row.lapse_months == months:
        return 0
    VehicleModel.objects.filter(pk=pk).update(lapse_months=months)
    audit.write(actor.branch, actor.user, "limits.model", f"model:{pk}", {"months": months})
    return 1
