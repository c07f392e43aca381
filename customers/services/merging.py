"""Two rows of one customer or car become one, with everything that hangs on them, and can be taken apart again.

What hangs is found in the models, so that a new table needs no line here; what the kept one has of its own already
(its owner, its open reminder) stays where it is, and is hidden with the lost one.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from pghistory.models import Event

from accounts.policies import Actor, check_may
from customers.merge_states import Twin
from customers.models import Customer, DueForecast, MergeRun, NotSame, Ownership, Vehicle
from customers.services.forecast import forecast_due
from customers.states import OwnershipKind
from dms.act import one_act
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked

PERMISSION = "records.merge"
MODELS: dict[str, type[Customer] | type[Vehicle]] = {Twin.CUSTOMER: Customer, Twin.VEHICLE: Vehicle}
#: Gaps of the kept row that the lost one fills, each with the columns that follow from it.
FILLS: dict[str, tuple[tuple[str, ...], ...]] = {
    Twin.CUSTOMER: (("phone", "phone_tail"), ("email",), ("born_on",), ("wecom_id",), ("note",)),
    Twin.VEHICLE: (
        ("plate", "plate_kind"), ("vin", "vin_tail"), ("model_id",), ("year",), ("colour",), ("warranty_start_on",),
    ),
}  # fmt: skip
#: What one car alone may have: it leaves the lost row with the gap that it fills.
ALONE = ("plate", "vin")
#: By these columns the sweeps of the night find a car; a merged one is none.
FOUND_BY = ("model_id", "last_visit_on", "next_due_on", "next_due_km", "km_per_day")

_checks: list[Callable[[str, int, int], None]] = []


def register(check: Callable[[str, int, int], None]) -> None:
    """Add a later app's check(what, kept, lost): it returns, or raises `Refused`. Twice the same check is once."""
    if check not in _checks:
        _checks.append(check)


def hanging(what: str) -> list[tuple[type[models.Model], str]]:
    """Every (model, attribute of its key) that points to a customer or to a car, but for histories and itself."""
    # Not `related_objects`: it leaves out those without a way back (`related_name="+"`), as an order's four people are.
    tables = [one for one in apps.get_models() if not one._meta.proxy and not issubclass(one, Event)]  # noqa: SLF001
    return [
        (model, field.attname)
        for model in tables
        for field in model._meta.concrete_fields  # noqa: SLF001  # public for models
        if field.related_model is MODELS[what] and model is not MODELS[what]
    ]


def weights(what: str, ids: list[int]) -> list[int]:
    """How many rows would follow from each: the one with more of them is mostly the one to keep. A query a table."""
    found = dict.fromkeys(ids, 0)
    for model, name in hanging(what):
        rows = model._base_manager.filter(**{f"{name}__in": ids}).order_by().values_list(name)  # noqa: SLF001  # public
        for key, count in rows.annotate(models.Count("pk")):
            found[key] += count
    return [found[key] for key in ids]


@one_act
def merge(*, actor: Actor, what: str, kept_id: int, lost_id: int) -> MergeRun:
    """The lost row's belongings follow to the kept one, whose gaps it fills; then it is hidden and leads there.

    Raises `Forbidden`; `Invalid` for one of another branch or the same twice; `Refused` for one that was merged
    already, and where a later app objects.
    """
    check_may(actor, PERMISSION)
    if what not in MODELS or kept_id == lost_id:
        raise Invalid(_("Choose two that are not the same."))
    # Both at once, in the order of their keys: two merges of the same pair wait for each other.
    held = {row.pk: row for row in locked(_rows(actor, what)).filter(pk__in=[kept_id, lost_id]).order_by("pk")}
    if len(held) < 2:
        raise Invalid(_("There is no such customer or vehicle here."))
    kept, lost = held[kept_id], held[lost_id]
    if kept.merged_into_id or lost.merged_into_id:
        raise Refused(_("One of them was merged meanwhile. Look at the list again."), "merged")
    for check in _checks:
        check(what, kept_id, lost_id)
    run = MergeRun(
        branch=actor.branch, what=what, kept=kept.pk, lost=lost.pk, names=[str(kept), str(lost)], merged_at=now(),
        merged_by=actor.person,
    )  # fmt: skip
    for model, name in hanging(what):
        _follow(run, model, name)
    _fill(run, kept, lost)
    run.save()
    _forecast(kept)
    return run


def _rows(actor: Actor, what: str) -> models.QuerySet[Any]:
    return MODELS[what].objects.filter(branch=actor.branch)


def _follow(run: MergeRun, model: type[models.Model], name: str) -> None:
    """Let the rows of one table follow: all at once, or one by one where some meet one of the kept row's own."""
    table, rows = model._meta.label, model._base_manager.filter(**{name: run.lost})  # noqa: SLF001  # public for models
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return
    try:
        with transaction.atomic():
            rows.update(**{name: run.kept})
    except IntegrityError:
        moved = [key for key in keys if _one_follows(rows.filter(pk=key), name, run.kept)]
    else:
        moved = keys
    run.moved += [[table, key, name, run.lost] for key in moved]
    run.left += [[table, key, name, run.lost] for key in keys if key not in set(moved)]


def _one_follows(row: models.QuerySet[Any], name: str, kept: int) -> bool:
    try:
        with transaction.atomic():
            row.update(**{name: kept})
    except IntegrityError:
        return False
    return True


def _fill(run: MergeRun, kept: Any, lost: Any) -> None:
    """Gaps of the kept row, what leaves the lost one, and the forecasts that nothing would close any more."""
    for names in FILLS[run.what]:
        if getattr(kept, names[0]) in (None, "") and getattr(lost, names[0]) not in (None, ""):
            for name in names:
                _set(run.filled, kept, name, getattr(lost, name))
                if names[0] in ALONE:
                    _set(run.emptied, lost, name, "other" if name == "plate_kind" else "")
    lost.merged_into = kept
    if run.what == Twin.VEHICLE:
        if lost.last_visit_on and (kept.last_visit_on is None or kept.last_visit_on < lost.last_visit_on):
            _set(run.filled, kept, "last_visit_on", lost.last_visit_on)
        for name in FOUND_BY:
            _set(run.emptied, lost, name, None)
        _newest(run, kept)
        still = DueForecast.objects.filter(vehicle=lost, closed_at__isnull=True)
        run.moved += [["customers.DueForecast", key, "closed_at", None] for key in still.values_list("pk", flat=True)]
        still.update(closed_at=now())
    for row in (lost, kept):  # the lost one first: it gives up its plate before the kept one takes it
        row.version += 1
        row.save()


def _newest(run: MergeRun, kept: Vehicle) -> None:
    latest = kept.readings.order_by("-read_at", "-pk").first()
    if latest is not None and latest.km != kept.last_odometer:
        _set(run.filled, kept, "last_odometer", latest.km)


def _set(kept: dict[str, list[Any]], row: Any, name: str, value: Any) -> None:
    kept[name] = [_plain(getattr(row, name)), _plain(value)]
    setattr(row, name, value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else None if value is None else _number(value)


def _number(value: Any) -> Any:
    return value if isinstance(value, str | int) else str(value)


def _forecast(row: Any) -> None:
    if isinstance(row, Vehicle):
        forecast_due(vehicle=row)


# --- Undo ------------------------------------------------------------------------------------------------------------


@one_act
def undo(*, actor: Actor, merge_id: int) -> MergeRun:
    """Take them apart: what followed goes back, but for what was moved again since, or written anew.

    Raises `Forbidden`; `Refused` when it was undone already, or the kept one was merged again.
    """
    check_may(actor, PERMISSION)
    run = locked(MergeRun.objects.filter(branch=actor.branch)).get(pk=merge_id)
    if run.undone_at is not None:
        raise Refused(_("This merge was undone already."), "undone")
    held = {row.pk: row for row in locked(_rows(actor, run.what)).filter(pk__in=[run.kept, run.lost]).order_by("pk")}
    kept, lost = held[run.kept], held[run.lost]
    if kept.merged_into_id:
        raise Refused(_("The kept one was merged again since. Undo that merge first."), "merged")
    for name, (old, new) in run.filled.items():
        if _plain(getattr(kept, name)) == new:  # what somebody typed since stays
            setattr(kept, name, old)
    for name, (old, _new) in run.emptied.items():
        setattr(lost, name, old)
    lost.merged_into = None
    for row in (kept, lost):
        row.version += 1
        row.save()
    _put_back(run)
    run.undone_at, run.undone_by = now(), actor.person
    run.save()
    for row in (kept, lost):
        row.refresh_from_db()
        _forecast(row)
    return run


def _put_back(run: MergeRun) -> None:
    """Where it still stands where we put it. Table by table; the lists of one merge are short."""
    for table, key, name, old in run.moved:
        rows = apps.get_model(table)._base_manager.filter(pk=key)  # noqa: SLF001  # public for models
        stands = rows.filter(**{name: run.kept}) if old is not None else rows.filter(**{f"{name}__isnull": False})
        stands.update(**{name: old})


# --- Apart -----------------------------------------------------------------------------------------------------------


@one_act
def say_apart(*, actor: Actor, what: str, ids: Iterable[int]) -> NotSame:
    """Keep that two that look alike are two. Saying it twice is once. Raises `Forbidden`, `Invalid`."""
    check_may(actor, PERMISSION)
    pair = sorted(set(ids))
    if what not in MODELS or len(pair) != 2 or _rows(actor, what).filter(pk__in=pair).count() != 2:
        raise Invalid(_("There is no such customer or vehicle here."))
    row, _made = NotSame.objects.get_or_create(
        what=what, first=pair[0], second=pair[1],
        defaults={"branch": actor.branch, "said_at": now(), "said_by": actor.person},
    )  # fmt: skip
    return row


def owner_standing(vehicle: Vehicle) -> Customer | None:
    """The present owner, with car and owner held: neither is merged while something new is hung on them. One query.

    Raises `Refused` for a car or an owner that was merged a moment ago.
    """
    present = Ownership.objects.filter(vehicle=vehicle, kind=OwnershipKind.OWNER, to_on__isnull=True)
    row = locked(present.select_related("vehicle", "customer"), of=("vehicle", "customer")).first()
    if row is None:
        return None
    if row.vehicle.merged_into_id or row.customer.merged_into_id:
        raise Refused(_("This was merged with another a moment ago. Look it up again."), "merged")
    return row.customer
