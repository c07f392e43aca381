"""Pages of those who call: today's calls, one call at a time, the survey by phone, the wishes for appointments."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.selectors import phone_for
from dms.clock import branch_day, now
from dms.errors import Invalid
from dms.htmx import go, page
from dms.workflow import sentence_of
from reception.models import WorkOrder
from retention.forms import SurveyForm, TryForm
from retention.models import AppointmentWish, CallTask, Survey
from retention.policies import check_callable
from retention.scripts import script, why
from retention.selectors import calls, complaints
from retention.services import calling, surveys, wishes
from retention.states import CallKind, Outcome, SurveySource

#: The outcomes in the order of the buttons: what ends the call well, what goes on, what ends it otherwise.
WELL = (Outcome.REACHED, Outcome.BOOK)
LATER = (Outcome.AGAIN, Outcome.NO_ANSWER)
ELSE = (Outcome.COMPLAINT, Outcome.WRONG_NUMBER, Outcome.DECLINED)


def _task(actor: Actor, task_id: int) -> CallTask:
    task = calls.call_of(task_id, actor.branch)
    if task is None:
        raise Http404
    return task


def refuse(form: forms.Form, refused: Invalid) -> None:
    """Put the sentence beside its field; what has no field here stands above the form."""
    form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)


@require_GET
@needs("call.do")
def due_calls(request: HttpRequest) -> HttpResponse:
    """Today's calls, the best first, with how many were tried and reached."""
    actor, kind = actor_of(request), request.GET.get("kind", "")
    found = calls.calls_page(actor.branch, kind, calls.cursor_of(request.GET.get("after", "")))
    totals = calls.call_totals(actor.branch, branch_day(actor.branch))
    context: dict[str, object] = {
        "tab": "calls",
        "rows": [{"task": task, "why": why(task), "phone": phone_for(actor, task.customer)} for task in found.rows],
        "after": found.after,
        "kind": kind if kind in CallKind.values else "",
        "kinds": [(value, label, totals.due.get(value, 0)) for value, label in CallKind.choices],
        "totals": totals,
        "wishes": complaints.wishes_count(actor.branch),
    }
    return page(request, "retention/calls.html", context)


@require_GET
@needs("call.do")
def made(request: HttpRequest) -> HttpResponse:
    """Calls of today in which somebody was reached, or nobody."""
    branch, reached = actor_of(request).branch, request.GET.get("got") != "unreached"
    context: dict[str, object] = {
        "tab": "calls", "reached": reached, "rows": calls.calls_made(branch, branch_day(branch), reached=reached),
    }  # fmt: skip
    return page(request, "retention/calls_made.html", context)


@require_POST
@needs("call.do")
def next_call(request: HttpRequest) -> HttpResponse:
    """Claim the next best call and show its card."""
    task = calling.take_next(actor=actor_of(request))
    if task is None:
        messages.success(request, _("No more calls for you now."))
        return go(request, reverse("retention:calls"))
    return go(request, reverse("retention:call", args=[task.pk]))


@require_POST
@needs("call.do")
def take_call(request: HttpRequest, task_id: int) -> HttpResponse:
    """Claim this call."""
    actor = actor_of(request)
    task = calling.take(actor=actor, task_id=_task(actor, task_id).pk)
    return go(request, reverse("retention:call", args=[task.pk]))


@require_POST
@needs("call.do")
def put_back(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give the call back to the list."""
    actor = actor_of(request)
    calling.put_back(actor=actor, task_id=_task(actor, task_id).pk)
    return go(request, reverse("retention:calls"))


def _card(request: HttpRequest, actor: Actor, task: CallTask, form: TryForm, status: int = 200) -> HttpResponse:
    card = calls.call_card(task)
    context: dict[str, object] = {
        "task": task,
        "card": card,
        "why": why(task),
        "script": script(task, actor.user.name if actor.user else ""),
        "phone": phone_for(actor, task.customer),
        "form": form,
        "groups": [WELL, LATER, ELSE],
        "mine": actor.user is not None and task.taken_by_id == actor.user.pk,
        "refusal": sentence_of(lambda: check_callable(task, actor, now())),
        "may_survey": card.order is not None and card.order.released_at is not None and card.survey is None,
        "may_open": actor.can("order.view"),
        "may_book": actor.can("appointment.book"),
    }
    return page(request, "retention/call.html", context, status=status)


@require_GET
@needs("call.do")
def call(request: HttpRequest, task_id: int) -> HttpResponse:
    """One call: who, why, what was before, what to say, and what came of it."""
    actor = actor_of(request)
    return _card(request, actor, _task(actor, task_id), TryForm())


@require_POST
@needs("call.do")
def tried(request: HttpRequest, task_id: int) -> HttpResponse:
    """Record what came of it; then the next best call. Nothing typed is lost when it will not do."""
    actor = actor_of(request)
    task, form = _task(actor, task_id), TryForm(request.POST)
    if form.is_valid():
        data, today = form.cleaned_data, branch_day(actor.branch)
        next_on = data["next_on"] or (today + timedelta(days=int(data["days"])) if data["days"] else None)
        try:
            calling.record_try(
                actor=actor, task_id=task.pk, outcome=request.POST.get("outcome", ""), note=data["note"],
                next_on=next_on, part=data["part"],
            )  # fmt: skip
        except Invalid as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Recorded."))
            return next_call(request)
    return _card(request, actor, task, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("call.do")
def survey(request: HttpRequest, order_id: int) -> HttpResponse:
    """The marks that the customer gives by phone."""
    actor = actor_of(request)
    order = get_object_or_404(
        WorkOrder.objects.select_related("vehicle__model", "contact"), pk=order_id, branch=actor.branch
    )
    task = CallTask.objects.filter(kind=CallKind.FOLLOW_UP, subject_key=order.subject_key).first()
    form = SurveyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            surveys.take_survey(
                actor=actor, order_id=order.pk, source=SurveySource.PHONE, task=task, **form.values()
            )  # fmt: skip
        except Invalid as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The marks are recorded."))
            return go(request, reverse("retention:call", args=[task.pk]) if task else reverse("retention:calls"))
    context: dict[str, object] = {
        "form": form, "order": order, "task": task, "known": Survey.objects.filter(order=order).first(),
    }  # fmt: skip
    return page(request, "retention/survey.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@needs("wish.handle")
def wished(request: HttpRequest) -> HttpResponse:
    """Wishes for an appointment that wait, the earliest day first."""
    actor = actor_of(request)
    rows = complaints.wishes_waiting(actor.branch)
    context: dict[str, object] = {
        "rows": [{"wish": row, "phone": phone_for(actor, row.customer)} for row in rows],
        "may_call": actor.can("call.do"),
        "may_book": actor.can("appointment.book"),
    }
    return page(request, "retention/wishes.html", context)


@require_POST
@needs("wish.handle")
def wish_handled(request: HttpRequest, wish_id: int) -> HttpResponse:
    """The appointment is made, or the customer was told why not."""
    actor = actor_of(request)
    row = get_object_or_404(AppointmentWish, pk=wish_id, branch=actor.branch)
    wishes.handle(actor=actor, wish_id=row.pk, note=request.POST.get("note", ""))
    messages.success(request, _("Dealt with."))
    return go(request, reverse("retention:wishes"))
