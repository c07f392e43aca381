"""The workshop by the API: dispatch, clocks, extra work, holds, parts, checks."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView, query
from accounts.models import Bay, Membership, User
from accounts.policies import check_may
from accounts.serializers import page_of
from catalog.models import LabourOperation, Part
from dms.errors import Invalid
from reception.api.lines import OfLine
from reception.api.orders import OfOrder
from reception.serializers import Standing
from reception.states import LineState
from records.api import ActView
from workshop import selectors
from workshop import serializers as fields
from workshop.models import Hold, Job, PartIssue
from workshop.selectors.checklist import items_in_use
from workshop.services import checks, clocks, dispatch, extra, holds, parts
from workshop.states import CHECK_PERMISSION, JobState


class Technicians(ApiView):
    """Whom a job can be given to."""

    permission = "workshop.view"

    @extend_schema(responses=page_of(fields.TechnicianShown), summary="Technicians")
    def get(self, request: Request) -> Response:
        return self.rows(fields.TechnicianShown, selectors.technicians(self.actor.branch))


class Bays(ApiView):
    """Where."""

    permission = "workshop.view"

    @extend_schema(responses=page_of(fields.BayShown), summary="Bays")
    def get(self, request: Request) -> Response:
        return self.rows(fields.BayShown, Bay.objects.filter(branch=self.actor.branch, active=True).order_by("name"))


class _Dispatching(ActView):
    """What dispatch names: people and bays of this branch."""

    permission = "workshop.dispatch"
    keyed = True

    def dispatched(self) -> dict[str, Any]:
        """The technician and the bay of the body. Raises `Invalid` for those of another branch."""
        sent, branch = self.read(fields.Dispatch), self.actor.branch
        technician = Membership.objects.filter(pk=sent["technician"], branch=branch).select_related("user").first()
        bay = Bay.objects.filter(pk=sent["bay"], branch=branch, active=True).first() if sent["bay"] else None
        if technician is None or (sent["bay"] and bay is None):
            raise Invalid(_("Choose a technician."), "technician")
        return {"technician": technician, "bay": bay}


class Assign(_Dispatching, OfOrder):
    """An order goes to a technician."""

    permission = "workshop.dispatch"

    @extend_schema(request=fields.Dispatch, responses=Standing, summary="Dispatch an order")
    def post(self, request: Request, order_id: int) -> Response:
        order, who = self.order(order_id), self.dispatched()

        def do() -> dict[str, Any]:
            dispatch.assign(actor=self.actor, order_id=order.pk, **who)
            return self.standing_of(order.pk)

        return self.act(do)


class TakeBack(OfOrder):
    """The dispatch is undone while nobody has begun."""

    permission = "workshop.dispatch"
    keyed = True

    @extend_schema(request=None, responses=Standing, summary="Take a dispatch back")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)

        def do() -> dict[str, Any]:
            dispatch.take_back(actor=self.actor, order_id=order.pk)
            return self.standing_of(order.pk)

        return self.act(do)


class Stop(OfOrder):
    """The customer wants no more than the diagnosis."""

    permission = "order.stop"
    keyed = True

    @extend_schema(request=None, responses=Standing, summary="Stop after the diagnosis")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)

        def do() -> dict[str, Any]:
            extra.stop(actor=self.actor, order_id=order.pk)
            return self.standing_of(order.pk)

        return self.act(do)


class OfJob(ActView):
    """A view of one job."""

    permission = "job.work"
    keyed = True

    def job(self, job_id: int) -> Job:
        """404 for another branch's."""
        found = _jobs().filter(pk=job_id, order__branch=self.actor.branch).first()
        if found is None:
            raise Http404
        return found

    def bay(self, bay_id: int | None) -> Bay | None:
        """A bay of the body. Raises `Invalid` for another branch's."""
        found = Bay.objects.filter(pk=bay_id, branch=self.actor.branch, active=True).first() if bay_id else None
        if bay_id and found is None:
            raise Invalid(_("Choose a bay."), "bay")
        return found

    def acted_on(self, job_id: int, do: Callable[[], Any]) -> Response:
        """Carry out and show the job as it stands then."""

        def act() -> dict[str, Any]:
            do()
            return self.show(fields.JobShown, self.job(job_id))

        return self.act(act)


def _jobs() -> Any:
    return Job.objects.select_related("line", "technician__user", "bay")


class Jobs(ApiView):
    """Jobs of the branch."""

    permission = "order.view"
    queries = {
        "GET": [
            query("open", bool, "Only jobs that are not finished, or only finished ones"),
            query("technician", int, "Only this technician's (id of /technicians/)"),
            query("order", int, "Only this order's"),
            AFTER,
            SIZE,
        ]
    }

    @extend_schema(responses=page_of(fields.JobShown), summary="Jobs, newest first")
    def get(self, request: Request) -> Response:
        size, after, is_open = self.size(), self.number("after"), self.flag("open")
        rows = _jobs().filter(order__branch=self.actor.branch, line__state__in=[LineState.APPROVED, LineState.DONE])
        if is_open is not None:
            rows = rows.exclude(state=JobState.DONE) if is_open else rows.filter(state=JobState.DONE)
        asked = {"technician": self.number("technician"), "order": self.number("order"), "pk__lt": after}
        rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
        found = list(rows.order_by("-pk")[: size + 1])
        return self.rows(fields.JobShown, found[:size], found[size - 1].pk if len(found) > size else None)


class OneJob(OfJob):
    """One job."""

    permission = "order.view"

    @extend_schema(responses=fields.JobShown, summary="One job")
    def get(self, request: Request, job_id: int) -> Response:
        return self.answer(self.show(fields.JobShown, self.job(job_id)))


class AssignJob(_Dispatching, OfJob):
    """A job goes to a technician."""

    permission = "workshop.dispatch"

    @extend_schema(request=fields.Dispatch, responses=fields.JobShown, summary="Dispatch one job")
    def post(self, request: Request, job_id: int) -> Response:
        job, who = self.job(job_id), self.dispatched()
        return self.acted_on(job.pk, lambda: dispatch.assign_job(actor=self.actor, job_id=job.pk, **who))


class Start(OfJob):
    """The clock starts."""

    @extend_schema(request=fields.Start, responses=fields.JobShown, summary="Start or resume a job")
    def post(self, request: Request, job_id: int) -> Response:
        job, bay = self.job(job_id), self.bay(self.read(fields.Start)["bay"])
        return self.acted_on(job.pk, lambda: clocks.start(actor=self.actor, job_id=job.pk, bay=bay))


class Pause(OfJob):
    """The clock stops for a while."""

    @extend_schema(request=fields.Pause, responses=fields.JobShown, summary="Pause a job")
    def post(self, request: Request, job_id: int) -> Response:
        job, sent = self.job(job_id), self.read(fields.Pause)
        return self.acted_on(job.pk, lambda: clocks.pause(actor=self.actor, job_id=job.pk, reason=sent["reason"]))


class Done(OfJob):
    """The job is finished."""

    @extend_schema(request=fields.Done, responses=fields.JobShown, summary="Finish a job")
    def post(self, request: Request, job_id: int) -> Response:
        job, sent = self.job(job_id), self.read(fields.Done)
        return self.acted_on(
            job.pk,
            lambda: clocks.done(actor=self.actor, job_id=job.pk, correction=sent["correction"], cause=sent["cause"]),
        )


class ExtraWork(OfJob):
    """Extra work was found; the advisor prices it."""

    permission = "extra.report"
    keyed = False

    @extend_schema(request=fields.ExtraNew, responses={201: fields.ExtraShown}, summary="Report extra work")
    def post(self, request: Request, job_id: int) -> Response:
        job, sent = self.job(job_id), self.read(fields.ExtraNew)
        asked = sent.pop("operation"), sent.pop("part")
        operation = LabourOperation.objects.filter(code=asked[0] or None, active=True).first()
        part = Part.objects.filter(code=asked[1] or None, active=True).first()
        if (asked[0] and operation is None) or (asked[1] and part is None):
            raise Invalid(_("There is no such operation or part."), "operation" if operation is None else "part")

        def do() -> dict[str, Any]:
            if operation is None and part is None:
                words = extra.report_words(actor=self.actor, job_id=job.pk, finding=sent["finding"])
                return self.show(fields.ExtraShown, {"items": [], "found": words})
            made = extra.report(actor=self.actor, job_id=job.pk, operation=operation, part=part, **sent)
            return self.show(fields.ExtraShown, {"items": made, "found": None})

        return self.act(do, 201)


class Holds(OfOrder):
    """What a car waits for."""

    permissions = {"POST": "hold.set"}

    @extend_schema(responses=page_of(fields.HoldShown), summary="Holds of an order")
    def get(self, request: Request, order_id: int) -> Response:
        rows = self.order(order_id).holds.select_related("owner").order_by("began_at", "pk")
        return self.rows(fields.HoldShown, rows)

    @extend_schema(request=fields.HoldNew, responses={201: fields.HoldShown}, summary="Put on hold")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.HoldNew)

        owner = User.objects.filter(pk=sent["owner"]).first() if sent["owner"] else None
        if sent["owner"] and owner is None:
            raise Invalid(_("The owner of a hold must belong to this branch."), "owner")

        def do() -> dict[str, Any]:
            made = holds.put(
                actor=self.actor, order_id=order.pk, reason=sent["reason"], note=sent["note"], job_id=sent["job"],
                owner=owner,
            )  # fmt: skip
            return self.show(fields.HoldShown, made)

        return self.act(do, 201)


class EndHold(ActView):
    """What was waited for is there."""

    permission = "hold.set"

    @extend_schema(request=None, responses=fields.HoldShown, summary="End a hold")
    def post(self, request: Request, hold_id: int) -> Response:
        found = Hold.objects.filter(pk=hold_id, order__branch=self.actor.branch).first()
        if found is None:
            raise Http404
        return self.act(lambda: self.show(fields.HoldShown, holds.end(actor=self.actor, hold_id=hold_id)))


class Checks(OfOrder):
    """The three checks."""

    keyed = True

    @extend_schema(responses=page_of(fields.CheckShown), summary="Checks of an order")
    def get(self, request: Request, order_id: int) -> Response:
        rows = self.order(order_id).inspections.select_related("inspected_by").prefetch_related("items").order_by("pk")
        return self.rows(fields.CheckShown, rows)

    @extend_schema(request=fields.CheckNew, responses={201: fields.CheckShown}, summary="Pass or fail a check")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.CheckNew)
        check_may(self.actor, CHECK_PERMISSION[sent["level"]])

        def do() -> dict[str, Any]:
            made = checks.record(
                actor=self.actor, order_id=order.pk, level=sent["level"], passed=sent["passed"], cause=sent["cause"],
                found=checks.Found(wrong=sent["wrong"], jobs=sent["jobs"]),
            )  # fmt: skip
            return self.show(fields.CheckShown, made)

        return self.act(do, 201)


class CheckItems(ApiView):
    """What the checks look at."""

    permission = "order.view"

    @extend_schema(responses=page_of(fields.CheckItemShown), summary="The checklist")
    def get(self, request: Request) -> Response:
        return self.rows(fields.CheckItemShown, items_in_use())


class Comebacks(OfOrder):
    """What came back before the gate."""

    @extend_schema(responses=page_of(fields.ComebackShown), summary="Internal comebacks of an order")
    def get(self, request: Request, order_id: int) -> Response:
        rows = self.order(order_id).comebacks.select_related("technician__user", "returned_by").order_by("pk")
        return self.rows(fields.ComebackShown, rows)


class Issues(OfLine):
    """Parts that went out for a line."""

    permissions = {"POST": "parts.issue"}
    keyed = True

    @extend_schema(responses=page_of(fields.IssueShown), summary="Parts issued for a line")
    def get(self, request: Request, order_id: int, line_id: int) -> Response:
        return self.rows(fields.IssueShown, self.line(order_id, line_id).issues.order_by("pk"))

    @extend_schema(request=fields.QuantityNew, responses={201: fields.IssueShown}, summary="Issue parts")
    def post(self, request: Request, order_id: int, line_id: int) -> Response:
        line, sent = self.line(order_id, line_id), self.read(fields.QuantityNew)
        return self.act(
            lambda: self.show(fields.IssueShown, parts.issue(actor=self.actor, line_id=line.pk, **sent)), 201
        )


class TakePartBack(ActView):
    """Unused parts come back."""

    permission = "parts.issue"
    keyed = True

    @extend_schema(request=fields.QuantityNew, responses=fields.IssueShown, summary="Take parts back")
    def post(self, request: Request, issue_id: int) -> Response:
        if not PartIssue.objects.filter(pk=issue_id, line__order__branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.QuantityNew)
        return self.act(
            lambda: self.show(fields.IssueShown, parts.take_back(actor=self.actor, issue_id=issue_id, **sent))
        )
