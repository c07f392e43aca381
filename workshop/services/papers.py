"""The workshop's papers: job sheet (派工单), inspection sheet (检验单), completion certificate (竣工出厂合格证)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.policies import Actor
from catalog.selectors import guarantee_terms
from dms.act import one_act
from dms.clock import local, now
from dms.errors import Refused
from reception.models import Line, WorkOrder
from reception.services.papers import at_text, guarantee_of, guarantee_text, house_of, visit_of
from reception.states import CERTIFIED, LineKind, LineState
from records.models import IssuedPaper
from records.services.numbers import take_number
from records.services.papers import issue_version
from records.states import CounterKind, PaperKind
from workshop.models import Inspection, Job
from workshop.services.rows import order_row
from workshop.states import JobState, Level


def _car(order: WorkOrder) -> dict[str, Any]:
    """The car without its people: these papers lie about in the workshop."""
    return {
        **visit_of(order),
        "order_number": order.number,
        "arrived_at": at_text(order.branch, order.arrived_at),
        "promised_at": at_text(order.branch, order.promised_at),
    }


def _people(job: Job) -> str:
    """Who does it; with their shares where several do."""
    parts = [f"{row.technician.user.name} {row.percent} %" for row in job.shares.all()]
    return ", ".join(parts) or (job.technician.user.name if job.technician else "")


def _job(job: Job) -> dict[str, str]:
    who = job.technician
    return {
        "name": job.line.label,
        "code": job.line.code,
        "said": job.line.statement.words if job.line.statement else "",
        "team": who.team.label if who and who.team else "",
        "technician": _people(job),
        "bay": job.bay.label if job.bay else "",
        "hours": str(job.standard_hours),
        "cause": job.return_cause,
    }


def job_sheet_content(order: WorkOrder, jobs: list[Job]) -> dict[str, Any]:
    """Everything of the job sheet, in the active language; no price and no phone."""
    parts = order.lines.filter(kind=LineKind.PART, state__in=[LineState.APPROVED, LineState.DONE])
    return {
        **_car(order),
        "house": house_of(order.branch),
        "issued_at": at_text(order.branch, now()),
        "jobs": [_job(job) for job in jobs],
        "hours_total": str(sum((job.standard_hours for job in jobs), start=jobs[0].standard_hours * 0)),
        "statements": [{"words": said.words, "since": said.since} for said in order.statements.order_by("id")],
        "parts": [
            {"name": line.label, "code": line.code, "quantity": str(line.quantity), "unit": line.unit_label}
            for line in parts.order_by("id")
        ],
        "old_parts": order.get_old_parts_display(),
        "wash": _("Free wash") if order.wash else _("No wash"),
    }


@one_act
def issue_job_sheet(*, actor: Actor, order_id: int) -> IssuedPaper:
    """The job sheet as dispatched, in the language of who dispatches. Another dispatch replaces it under its number.

    Raises `Refused` while a job has no technician.
    """
    order, spoken = order_row(actor, order_id), actor.person.language
    rows = order.jobs.filter(line__state__in=[LineState.APPROVED, LineState.DONE])
    found = rows.select_related("line__statement", "technician__user", "technician__team", "bay").order_by("id")
    jobs = list(found.prefetch_related("shares__technician__user"))
    if not jobs or any(job.state == JobState.QUEUED for job in jobs):
        raise Refused(_("A job sheet needs a technician for every job. Dispatch the car first."))
    with translation.override(spoken):
        content = job_sheet_content(order, jobs)
    return issue_version(
        actor=actor, kind=PaperKind.JOB_SHEET, subject_key=order.subject_key, language=spoken, content=content
    )


def _list(last: list[Inspection]) -> list[dict[str, Any]]:
    """The checklist of the last round: each item with what each level found; "" for a level that does not ask."""
    found: dict[int, dict[str, Any]] = {}
    for check in last:
        for item in check.items.all():
            row = found.setdefault(item.item_id, {"place": item.place, "name": item.label, "results": {}})
            row["results"][check.level] = item.in_order
    rows = sorted(found.values(), key=lambda row: row["place"])
    words = {True: "yes", False: "no", None: ""}
    return [
        {"name": row["name"], "results": [words[row["results"].get(level)] for level in Level.values]} for row in rows
    ]


def _checked(order: WorkOrder, checks: list[Inspection]) -> list[dict[str, Any]]:
    """Rounds with their checks; a level that a failed round did not reach is not there."""
    rounds: dict[int, list[dict[str, Any]]] = {}
    for check in checks:
        rounds.setdefault(check.round, []).append(
            {
                "level": str(Level(check.level).label),
                "who": check.inspected_by.name if check.inspected_by else "",
                "at": at_text(order.branch, check.inspected_at),
                "passed": check.passed,
                "cause": check.cause,
            }
        )
    return [{"round": number, "checks": rows} for number, rows in rounds.items()]


def inspection_content(order: WorkOrder) -> dict[str, Any]:
    """Everything of the inspection sheet, in the active language: items, and each check with who, when and result."""
    checks = list(order.inspections.select_related("inspected_by").prefetch_related("items").order_by("round", "id"))
    last = [check for check in checks if check.round == checks[-1].round] if checks else []
    labour = order.lines.filter(kind=LineKind.LABOUR, state__in=[LineState.APPROVED, LineState.DONE])
    rows = labour.select_related("statement", "job__technician__user").order_by("id")
    return {
        **_car(order),
        "house": house_of(order.branch),
        "issued_at": at_text(order.branch, now()),
        "levels": [str(level.label) for level in Level],
        "items": [_item(line, last) for line in rows],
        "checklist": _list(last),
        "rounds": _checked(order, checks),
        "comebacks": order.comebacks.count(),
        "road_tests": [
            {
                "driver": test.driver.name,
                "out": at_text(order.branch, test.out_at),
                "in": at_text(order.branch, test.in_at),
                "km_out": test.km_out,
                "km_in": test.km_in,
                "distance": test.distance,
                "result": test.result,
            }
            for test in order.road_tests.filter(in_at__isnull=False).select_related("driver").order_by("id")
        ],
        "people": len({check.inspected_by_id for check in last if check.passed}),
        "passed_at": at_text(order.branch, order.quality_at),
        "inspector": order.quality_by.name if order.quality_by else "",
    }


def _item(line: Line, checks: list[Inspection]) -> dict[str, Any]:
    """A line with a result for each level: a round passes as a whole."""
    job = getattr(line, "job", None)
    return {
        "name": line.label,
        "remedy": line.statement.correction if line.statement else "",
        "technician": job.technician.user.name if job and job.technician else "",
        "results": [any(check.level == level and check.passed for check in checks) for level in Level],
    }


def certificate_content(order: WorkOrder, lines: list[Line], number: str) -> dict[str, Any]:
    """Everything of the completion certificate, in the active language."""
    branch = order.branch
    terms = guarantee_terms(branch)
    return {
        **_car(order),
        "house": house_of(branch),
        "owner": order.owner.name,
        "bringer": order.bringer.name,
        "number": number,
        "issued_at": at_text(branch, now()),
        "completed_on": local(branch, order.quality_at).date().isoformat() if order.quality_at else "",
        "inspector": order.quality_by.name if order.quality_by else "",
        "items": [{"name": line.label, "guarantee": guarantee_of(line, terms)} for line in lines],
        "guarantee": guarantee_text(terms),
    }


@one_act
def issue_inspection(*, actor: Actor, order_id: int) -> IssuedPaper:
    """The inspection sheet after the final inspection; after another round it replaces the first under its number."""
    order, spoken = order_row(actor, order_id), actor.person.language
    with translation.override(spoken):
        content = inspection_content(order)
    return issue_version(
        actor=actor, kind=PaperKind.INSPECTION, subject_key=order.subject_key, language=spoken, content=content
    )


@one_act
def issue_certificate(*, actor: Actor, order_id: int) -> IssuedPaper:
    """The certificate of a car that passed; a car that came back and passed again gets a new one with a new number.

    Raises `Refused` for a class of repair that needs none, and before the final inspection.
    """
    order = order_row(actor, order_id)
    if order.repair_class not in CERTIFIED or order.quality_at is None:
        raise Refused(_("A completion certificate is for second-level maintenance and above, after the final check."))
    spoken = order.owner.language
    lines = list(order.lines.filter(kind=LineKind.LABOUR, state=LineState.DONE).select_related("operation"))
    number = take_number(branch=order.branch, kind=CounterKind.CERTIFICATE)
    with translation.override(spoken):
        content = certificate_content(order, lines, number)
    return issue_version(
        actor=actor, kind=PaperKind.CERTIFICATE, subject_key=order.subject_key, language=spoken, content=content,
        number=number,
    )  # fmt: skip


def issue_passed(order: WorkOrder, *, actor: Actor) -> None:
    """What a passed final inspection puts on paper. The caller holds the order."""
    issue_inspection(actor=actor, order_id=order.pk)
    if order.repair_class in CERTIFIED:
        issue_certificate(actor=actor, order_id=order.pk)
