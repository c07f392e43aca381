"""The multi-point inspection: a sheet is begun, marked point by point, finished once; bad points become work."""

from __future__ import annotations  # Django's files are generic for the type checker only

from datetime import date
from decimal import Decimal

from django.core.files import File
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.health import list_for, points_of
from catalog.models import HealthList
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from reception.models import Line, WorkOrder
from reception.services.declines import keep_for_later
from records.models import Photo
from records.services.photos import keep_photo, lend_photo
from records.states import PhotoKind
from workshop.models import Finding, FindingLine, HealthCheck
from workshop.policies import check_begin_health, check_colour, check_health_open
from workshop.selectors.health import before
from workshop.services import extra
from workshop.services.rows import membership_of, order_row
from workshop.states import OCCASIONS, OTHERWISE, Colour, judged
from workshop.wear import Measured, red_on

NOTE = 200


@one_act
def begin(*, actor: Actor, order_id: int) -> HealthCheck:
    """The sheet of a car that is in the workshop, of the narrowest list that fits it; the one that is there stands."""
    check_may(actor, "job.work")
    order = order_row(actor, order_id)
    known = HealthCheck.objects.filter(order=order).first()
    if known is not None:
        return known
    check_begin_health(order)
    found = list_for(order.vehicle.model, OCCASIONS.get(order.visit_type, OTHERWISE), order.odometer_in)
    if found is None:
        raise Refused(_("There is no inspection list for this car yet. The manager keeps them in the catalogue."))
    return _sheet(order, found, actor)


def _sheet(order: WorkOrder, found: HealthList, actor: Actor) -> HealthCheck:
    made = HealthCheck.objects.create(
        order=order, health_list=found, km=order.odometer_in, begun_at=now(), begun_by=actor.person
    )
    copied = ("name", "name_en", "group", "position", "unit", "direction", "green_limit", "amber_limit")
    Finding.objects.bulk_create(
        Finding(health=made, point=point, **{name: getattr(point, name) for name in copied})
        for point in points_of(found)
    )
    return made


@one_act
def mark(
    *,
    actor: Actor,
    finding_id: int,
    colour: str = "",
    value: Decimal | None = None,
    note: str = "",
    photo: File[bytes] | None = None,
) -> Finding:
    """What was found at a point. A measurement gives the colour; `colour` may make it worse, never better.

    Raises `Invalid` without a colour and a measurement, `Refused` for a better colour and on a finished sheet.
    """
    check_may(actor, "job.work")
    found = _finding(actor, finding_id)
    check_health_open(found.health)
    if value is not None and found.direction is None:
        raise Invalid(_("Nothing is measured at this point."))
    by_value = judged(found, value)
    chosen = colour or by_value
    if chosen not in Colour.values:
        raise Invalid(_("Tap a colour, or type the measurement."))
    check_colour(found, chosen, by_value, value)
    found.colour, found.value, found.note = chosen, value, note.strip()[:NOTE]
    found.seen_at, found.seen_by = now(), actor.person
    found.save(update_fields=["colour", "value", "note", "seen_at", "seen_by"])
    if photo is not None:
        keep_photo(actor=actor, file=photo, kind=PhotoKind.FINDING, subject_key=found.subject_key)
    return found


@one_act
def rest_green(*, actor: Actor, order_id: int) -> int:
    """Everything that nobody has marked is in order; how many points that were."""
    check_may(actor, "job.work")
    health = _open_sheet(actor, order_id)
    rest = health.findings.filter(colour__isnull=True)
    return rest.update(colour=Colour.GREEN, seen_at=now(), seen_by=actor.person)


@one_act
def finish(*, actor: Actor, order_id: int) -> HealthCheck:
    """The sheet is complete: the customer sees it, and nothing on it changes any more."""
    check_may(actor, "job.work")
    health = _open_sheet(actor, order_id)
    left = health.findings.filter(colour__isnull=True).count()
    if left:
        raise Refused(_("%(n)s points have no colour yet.") % {"n": left})
    health.finished_at, health.finished_by = now(), actor.person
    health.save(update_fields=["finished_at", "finished_by"])
    return health


def _open_sheet(actor: Actor, order_id: int) -> HealthCheck:
    order_row(actor, order_id)
    health = locked(HealthCheck.objects.filter(order=order_id)).get()
    check_health_open(health)
    return health


def _finding(actor: Actor, finding_id: int) -> Finding:
    """The finding, its order locked before it; two people at one sheet wait for each other."""
    order_id = Finding.objects.values_list("health__order_id", flat=True).get(
        pk=finding_id, health__order__branch=actor.branch
    )
    order = order_row(actor, order_id)
    found = Finding.objects.select_related("health", "point__operation", "point__part").get(pk=finding_id)
    found.health.order = order
    return found


@one_act
def propose(*, actor: Actor, finding_id: int) -> list[Line]:
    """A red or amber point becomes extra work: what it proposes, with its words and photos, for the advisor to price.

    Asked for twice it is the same lines. Raises `Refused` for a green point and one that proposes nothing.
    """
    check_may(actor, "extra.report")
    found = _finding(actor, finding_id)
    known = list(Line.objects.filter(of_finding__finding=found))
    if known:
        return known
    if found.colour not in (Colour.AMBER, Colour.RED):
        raise Refused(_("This point is in order."))
    point, order = found.point, found.health.order
    if point.operation is None and point.part is None:
        raise Refused(_("Nothing is proposed for this point. Report it at your job, with the work that it needs."))
    job_id = _job_of(order, actor)
    made = extra.report(
        actor=actor, job_id=job_id, finding=words_of(found, order), operation=point.operation, part=point.part
    )
    link(found, made)
    return made


def _job_of(order: WorkOrder, actor: Actor) -> int:
    """The actor's own job on this car, else its first."""
    mine = membership_of(actor).pk
    jobs = list(order.jobs.order_by("id").values_list("pk", "technician_id"))
    found = [pk for pk, technician in jobs if technician == mine] or [pk for pk, _technician in jobs]
    if not found:
        raise Refused(_("Extra work is reported while the car is in work."))
    return found[0]


def words_of(found: Finding, order: WorkOrder) -> str:
    """The finding as the customer reads it, in the customer's language: name, measurement, note."""
    with translation.override(order.contact.language):
        measured = "" if found.value is None else f" {found.value.normalize():f} {found.unit}"
        return f"{found.label}{measured}" + (f" · {found.note}" if found.note else "")


def link(found: Finding, made: list[Line]) -> None:
    """The lines know their finding, and its photos go with the first of them."""
    FindingLine.objects.bulk_create([FindingLine(finding=found, line=line) for line in made], ignore_conflicts=True)
    for photo in Photo.objects.filter(subject_key=found.subject_key, branch=found.health.order.branch):
        lend_photo(photo=photo, subject_key=made[0].subject_key)


def keep_rest(*, order: WorkOrder) -> int:
    """Bad points that nobody made extra work of stay with the car as declined work, each with its day; how many.

    The work is passed and the caller holds the order. A point that proposes nothing stays on the sheet alone, and so
    does one whose work has no price here: a missing price does not stop a car.
    """
    health = HealthCheck.objects.filter(order=order).first()
    if health is None:
        return 0
    rows = health.findings.filter(colour__in=[Colour.AMBER, Colour.RED], proposed__isnull=True)
    left = list(rows.select_related("point__operation", "point__part", "seen_by").order_by("position", "id"))
    last, kept = before(order, health) if left else {}, 0
    for found in left:
        found.health = health
        made = _keep(order, found, last.get((found.group, found.name)))
        kept += bool(made)
    return kept


def _keep(order: WorkOrder, found: Finding, last: Finding | None) -> list[Line]:
    point, found.health.order = found.point, order
    if point.operation is None and point.part is None:
        return []
    try:
        with transaction.atomic():
            made = keep_for_later(
                order=order, operation=point.operation, part=point.part, finding=words_of(found, order),
                found_by=found.seen_by, revive_on=again_on(order, found, last),
            )  # fmt: skip
    except Refused:
        return []
    link(found, made)
    return made


def again_on(order: WorkOrder, found: Finding, last: Finding | None) -> date:
    """When a bad point is offered again: when its wear makes it red, else after its term; a red one in a month."""
    now_, before_ = _measured(found, found.health.km), _measured(last, last.health.km) if last else None
    months = found.point.months if found.colour == Colour.AMBER else 1
    return red_on(
        branch_day(order.branch), now_, before_, limit=found.amber_limit, direction=found.direction,
        km_per_day=order.vehicle.km_per_day, months=months,
    )  # fmt: skip


def day_of(line: Line, order: WorkOrder) -> date | None:
    """When a declined line that came of an amber finding is offered again; None for every other line. Two queries."""
    row = FindingLine.objects.filter(line=line, finding__colour=Colour.AMBER).first()
    if row is None:
        return None
    found = Finding.objects.select_related("point", "health").get(pk=row.finding_id)
    return again_on(order, found, before(order, found.health).get((found.group, found.name)))


def _measured(found: Finding, km: int | None) -> Measured | None:
    return Measured(found.value, km) if found.value is not None and km is not None else None


def move_link(old: Line, new: Line) -> None:
    """Another part for a draft: the new line comes of the same finding, and has the draft's photos."""
    FindingLine.objects.filter(line=old).update(line=new)
    for photo in Photo.objects.filter(subject_key=old.subject_key, branch=old.order.branch_id):
        lend_photo(photo=photo, subject_key=new.subject_key)
