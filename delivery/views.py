"""Pages of the hand-back."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from delivery.forms import CauseForm, InternalForm, OldPartsForm, PayForm, ReasonForm, SplitForm, WalkForm
from delivery.handover_selectors import declined_of, handed, parts_to_hand, points_for
from delivery.models import Handover, OldPartsHanded, Split, billable
from delivery.pickup_selectors import READY, by_order, offered, pickup_of
from delivery.policies import check_give_back, check_settled, check_slip
from delivery.scan import provider_for
from delivery.selectors import SettlementView, handovers, live_pass, settlement_view, till, to_leave
from delivery.service_record import WARN, missing, said
from delivery.services import handover as acts
from delivery.services import shares
from delivery.services.deposit import left_of
from delivery.services.payment import issue_with_paper, settle_and_pay
from delivery.services.settlement import reverse as reverse_slip
from delivery.states import Moment
from dms.errors import Refused
from dms.htmx import go, page
from dms.workflow import sentence_of
from reception.maintenance import next_service
from reception.models import TakenItem, WorkOrder
from reception.states import State, Thing
from records.kinds import TILL, TOGETHER, may_print
from records.models import IssuedPaper
from records.selectors import papers_for, standing
from records.services.idempotency import fresh_key
from records.states import PaperKind


def _order(request: HttpRequest, order_id: int) -> WorkOrder:
    rows = WorkOrder.objects.select_related("vehicle__model", "branch", "bringer", "owner", "payer", "advisor")
    return get_object_or_404(rows, pk=order_id, branch=actor_of(request).branch)


@require_GET
@needs("order.hand_back")
def handover_list(request: HttpRequest) -> HttpResponse:
    """Cars to hand back, and those that leave unrepaired."""
    branch = actor_of(request).branch
    orders = list(handovers(branch))
    agreed = by_order(branch, orders)
    context: dict[str, object] = {
        "orders": [(order, agreed.get(order.pk)) for order in orders], "leaving": to_leave(branch)
    }  # fmt: skip
    return page(request, "delivery/handovers.html", context)


def _taken(order: WorkOrder) -> list[tuple[TakenItem, str]]:
    """What was taken in, each with the sentence why it cannot be given back yet."""
    things = order.taken.select_related("returned__returned_by").order_by("id")
    return [(thing, sentence_of(partial(check_give_back, order, thing.kind))) for thing in things]


def _internal_form(order: WorkOrder, data: Any = None) -> InternalForm:
    return InternalForm(data, prefix="i", points=points_for(order, Moment.INTERNAL))


def _walk_values(order: WorkOrder, facts: Handover | None) -> dict[str, Any]:
    """What was kept; before the walk the next service as the maintenance rules say it."""
    known = {name: getattr(facts, name) for name in ("advice", "next_service_on", "next_service_km")} if facts else {}
    if order.state != State.HANDING_OVER or order.walked_at is not None:
        return known
    proposed = next_service(order)
    return known | {
        "next_service_on": known.get("next_service_on") or proposed.on,
        "next_service_km": known.get("next_service_km") or proposed.km,
    }


def _handover_page(request: HttpRequest, order: WorkOrder, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    facts = Handover.objects.filter(order=order).first()
    walk = _walk_values(order, facts)
    points = points_for(order, Moment.WALK) if order.state == State.HANDING_OVER else []
    context: dict[str, object] = {
        "order": order,
        "facts": facts,
        "taken": _taken(order),
        "internal": _internal_form(order),
        "walk": WalkForm(initial=walk, prefix="w", points=points),
        "points": points,
        "handed": handed(order),
        "declined": declined_of(order),
        "parts": parts_to_hand(order),
        "parts_handed": OldPartsHanded.objects.filter(order=order).select_related("handed_by").first(),
        "parts_why": sentence_of(lambda: check_give_back(order, Thing.OTHER)),
        "parts_form": OldPartsForm(prefix="p", initial={"signer": order.bringer.name}),
        "pickup": pickup_of(order) if order.state in READY else None,
        "slots": [] if order.waits or order.state not in READY else offered(order.branch),
        "agree_url": reverse("delivery:pickup_agree", args=[order.pk]),
        "pickup_here": order.waits and order.state in READY,
        "may_edit": actor_of(request).can("catalogue.edit"),
        "cause": CauseForm(prefix="c"),
        "is_ready": order.state == State.READY,
        "is_walking": order.state == State.HANDING_OVER,
        "may_leave": order.state in (State.DECLINED, State.CANCELLED),
        "gate_pass": live_pass(order),
        "lines": order.lines.order_by("id"),
    }
    return page(request, "delivery/handover.html", context | forms, status=status)


def _acted(request: HttpRequest, order: WorkOrder, name: str, form: Any, act: Any, told: str = "") -> HttpResponse:
    """Run `act` on a valid form and come back, saying `told`; a refusal shows beside what was typed."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
            if told:
                messages.success(request, told)
            return go(request, reverse("delivery:handover", args=[order.pk]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            return _handover_page(request, order, {name: form}, refused.status)
    return _handover_page(request, order, {name: form}, 422)


@require_GET
@needs("order.hand_back")
def handover(request: HttpRequest, order_id: int) -> HttpResponse:
    """One car: internal check, walk round, things given back."""
    return _handover_page(request, _order(request, order_id), {})


@require_POST
@needs("order.hand_back")
def pass_internal(request: HttpRequest, order_id: int) -> HttpResponse:
    """Internal handover passed."""
    order, actor = _order(request, order_id), actor_of(request)
    return _acted(
        request, order, "internal", _internal_form(order, request.POST),
        lambda data: acts.pass_internal(actor=actor, order_id=order.pk, **data),
    )  # fmt: skip


@require_POST
@needs("order.hand_back")
def fail_internal(request: HttpRequest, order_id: int) -> HttpResponse:
    """Back to work, with the cause."""
    order, actor = _order(request, order_id), actor_of(request)
    return _acted(
        request, order, "cause", CauseForm(request.POST, prefix="c"),
        lambda data: acts.fail_internal(actor=actor, order_id=order.pk, **data),
    )  # fmt: skip


@require_POST
@needs("order.hand_back")
def walked(request: HttpRequest, order_id: int) -> HttpResponse:
    """The customer was walked round."""
    order, actor = _order(request, order_id), actor_of(request)
    told = "" if order.walked_at else _("%(car)s now stands at the till.") % {"car": order.vehicle}
    form = WalkForm(request.POST, prefix="w", points=points_for(order, Moment.WALK))
    return _acted(
        request, order, "walk", form,
        lambda data: acts.walked(actor=actor, order_id=order.pk, **data), told,
    )  # fmt: skip


@require_POST
@needs("order.hand_back")
def give_back(request: HttpRequest, taken_id: int) -> HttpResponse:
    """Tick a thing back."""
    actor = actor_of(request)
    taken = get_object_or_404(TakenItem, pk=taken_id, order__branch=actor.branch)
    acts.give_back(actor=actor, taken_id=taken.pk)
    return go(request, reverse("delivery:handover", args=[taken.order_id]))


@require_POST
@needs("order.hand_back")
def old_parts(request: HttpRequest, order_id: int) -> HttpResponse:
    """The old parts go to the customer, who signs for them."""
    order, actor = _order(request, order_id), actor_of(request)
    return _acted(
        request, order, "parts_form", OldPartsForm(request.POST, prefix="p"),
        lambda data: acts.give_old_parts(actor=actor, order_id=order.pk, **data),
    )  # fmt: skip


@require_POST
@needs("pass.issue")
def leave(request: HttpRequest, order_id: int) -> HttpResponse:
    """A gate pass for a car that leaves unrepaired."""
    order, actor = _order(request, order_id), actor_of(request)
    gate_pass = issue_with_paper(actor=actor, order_id=order.pk)
    told = {"number": gate_pass.number, "code": gate_pass.code}
    messages.success(request, _("Gate pass %(number)s, code %(code)s.") % told)
    back = "delivery:handover" if actor.can("order.hand_back") else "delivery:paid"
    return go(request, reverse(back, args=[order.pk]))


@require_GET
@needs("till.settle")
def till_list(request: HttpRequest) -> HttpResponse:
    """Who waits to pay."""
    branch, may_pay = actor_of(request).branch, actor_of(request).can("till.pay")
    return page(request, "delivery/till.html", {"rows": till(branch), "currency": branch.currency, "may_pay": may_pay})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("till.settle")
def settle(request: HttpRequest, order_id: int) -> HttpResponse:
    """Lines by payer and one form: slip, money, move and gate pass in one act."""
    order, actor = _order(request, order_id), actor_of(request)
    if request.method == "POST":
        form, status = PayForm(request.POST, deposit=left_of(order.payer)), 422
        if form.is_valid():
            try:
                settle_and_pay(actor=actor, order_id=order.pk, **form.cleaned_data)
                return go(request, reverse("delivery:paid", args=[order.pk]))
            except Refused as refused:
                form.add_error(None, refused.sentence)
                status = refused.status
        return _settle_page(request, order, form, status)
    return _settle_page(request, order, None, 200)


@require_POST
@needs("till.settle")
def take_over(request: HttpRequest, order_id: int) -> HttpResponse:
    """Another payer takes over a part; a refusal comes back with what was typed."""
    order, status = _order(request, order_id), 422
    form = SplitForm(request.POST, prefix="s", lines=billable(order))
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            shares.take_over(actor=actor_of(request), order_id=order.pk, line_id=values.pop("line"), **values)
            return go(request, reverse("delivery:settle", args=[order.pk]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _settle_page(request, order, None, status, form)


@require_POST
@needs("till.settle")
def take_back(request: HttpRequest, split_id: int) -> HttpResponse:
    """The share is the customer's again."""
    actor = actor_of(request)
    split = get_object_or_404(Split, pk=split_id, order__branch=actor.branch)
    shares.take_back(actor=actor, split_id=split.pk)
    return go(request, reverse("delivery:settle", args=[split.order_id]))


def _record_lacks(order: WorkOrder) -> list[str]:
    """What the health record of this order lacks, where the branch wants to be told."""
    open_slip = order.state == State.HANDING_OVER and said(order.branch)[1] == WARN
    return missing(order, billable(order)) if open_slip else []


def _settle_page(
    request: HttpRequest, order: WorkOrder, form: PayForm | None, status: int, split: SplitForm | None = None
) -> HttpResponse:
    seen, actor = settlement_view(order), actor_of(request)
    why = "" if seen.slip else sentence_of(lambda: check_slip(order, actor))
    if order.state == State.SETTLED:
        why = _("This order is settled.")
    left = left_of(order.payer)
    shown = form or PayForm(initial={"key": fresh_key(), "amount": seen.owed, "method": _method(order)}, deposit=left)
    lines = [line for share in seen.shares for line in share.lines]
    context: dict[str, object] = {
        "seen": seen, "order": order, "form": shown, "why": why, "split": split or SplitForm(prefix="s", lines=lines),
        "may_split": order.state == State.HANDING_OVER and seen.slip is None,
        "record_lacks": _record_lacks(order),
        "scan_on": actor.can("till.pay") and provider_for(order.branch) is not None,
    }  # fmt: skip
    return page(request, "delivery/settle.html", context, status=status)


def _method(order: WorkOrder) -> str:
    known = dict(PayForm.base_fields["method"].choices)  # type: ignore[attr-defined]  # a ChoiceField
    return order.pay_method if order.pay_method in known else "scan"


@require_GET
@needs("till.settle")
def paid(request: HttpRequest, order_id: int) -> HttpResponse:
    """What was settled, with its papers."""
    order, actor = _order(request, order_id), actor_of(request)
    seen = settlement_view(order)
    unpaid = sentence_of(lambda: check_settled(order, actor)) if order.state == State.HANDING_OVER else ""
    to_print = _to_print(actor, order, seen)
    context: dict[str, object] = {
        "order": order,
        "seen": seen,
        "print": to_print,
        "print_verb": _print_verb({paper.kind for paper in to_print}),
        "unpaid": unpaid,
        "form": ReasonForm(),
        "may_reverse": actor.can("till.reverse") and order.state in (State.HANDING_OVER, State.SETTLED),
        "may_pass": actor.can("pass.issue") and order.state == State.SETTLED,
    }
    return page(request, "delivery/paid.html", context)


def _to_print(actor: Actor, order: WorkOrder, seen: SettlementView) -> list[IssuedPaper]:
    """What the customer takes along: the slip that stands with what belongs to it, and the pass that opens the gate."""
    live = {paper.pk for paper in (seen.slip and seen.slip.paper, seen.gate_pass and seen.gate_pass.paper) if paper}
    found = standing(papers_for(actor, order.subject_key), TOGETHER[TILL]) if live else []
    numbered = (PaperKind.SETTLEMENT, PaperKind.GATE_PASS)
    return [
        paper for paper in found if may_print(actor, paper.kind) and (paper.kind not in numbered or paper.pk in live)
    ]


def _print_verb(kinds: set[str]) -> str:
    if kinds == {PaperKind.SETTLEMENT, PaperKind.GATE_PASS}:
        return _("Print slip and gate pass")
    return _("Print the slip") if kinds == {PaperKind.SETTLEMENT} else _("Print everything for the customer")


@require_POST
@needs("till.reverse")
def reverse_view(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the slip back by a negative one."""
    order = _order(request, order_id)
    slip = reverse_slip(actor=actor_of(request), order_id=order.pk, reason=request.POST.get("reason", "")[:200])
    messages.success(request, _("Reversed by %(number)s.") % {"number": slip.number})
    return go(request, reverse("delivery:paid", args=[order.pk]))
