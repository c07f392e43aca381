"""Pages of claims to the manufacturer: the list with its batch, one claim on its road."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, needs
from delivery.claim_forms import MoneyForm
from delivery.claim_states import MakerState
from delivery.maker_forms import AcceptForm, AnswersForm, CauseForm, RejectForm
from delivery.maker_selectors import claim_list, claim_view, claims_of, makers_lines, orders_to_claim
from delivery.models import MakerClaim
from delivery.services import warranty as acts
from dms.errors import Refused
from dms.htmx import go, page
from reception.models import WorkOrder
from records.services.export import CONTENT_TYPES, CSV, as_csv, headers_of
from records.services.idempotency import fresh_key
from records.services.photos import keep_photo
from records.states import PhotoKind


def _list_page(request: HttpRequest, form: AnswersForm, status: int = 200) -> HttpResponse:
    actor, ended = actor_of(request), request.GET.get("which") == "ended"
    context: dict[str, object] = {
        "rows": claim_list(actor.branch, ended=ended), "ended": ended, "currency": actor.branch.currency,
        "orders": [] if ended else orders_to_claim(actor.branch), "prices": actor.can("price.view"),
        "may_edit": actor.can("claim.edit"), "form": form,
    }  # fmt: skip
    return page(request, "delivery/maker_claims.html", context, status=status)


@require_GET
@needs("claim.view")
def maker_claims(request: HttpRequest) -> HttpResponse:
    """Orders that ask for a claim, and the claims that wait; with `?which=ended` those paid or rejected."""
    return _list_page(request, AnswersForm())


@require_POST
@needs("claim.edit")
def maker_answers(request: HttpRequest) -> HttpResponse:
    """The maker's list of results is taken, all of it or nothing."""
    form = AnswersForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form, 422)
    try:
        taken = acts.take_answers(actor=actor_of(request), answers=form.cleaned_data["answers"])
    except Refused as refused:
        form.add_error("answers", refused.sentence)
        return _list_page(request, form, refused.status)
    messages.success(request, _("%(count)d results are taken.") % {"count": taken})
    return go(request, reverse("delivery:maker_claims"))


@require_POST
@needs("claim.edit")
def maker_batch(request: HttpRequest) -> HttpResponse:
    """What is to be submitted, as CSV for the maker's portal; it is kept who took it."""
    actor = actor_of(request)
    table = acts.take_batch(actor=actor)
    headers = headers_of(actor, table.key, CSV)
    return cast(
        HttpResponse, StreamingHttpResponse(as_csv(actor, table), content_type=CONTENT_TYPES[CSV], headers=headers)
    )


@require_POST
@needs("claim.edit")
def maker_open(request: HttpRequest, order_id: int) -> HttpResponse:
    """A draft for an order."""
    actor = actor_of(request)
    order = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch)
    claim = acts.open_claim(actor=actor, order_id=order.pk)
    return go(request, reverse("delivery:maker_claim", args=[claim.pk]))


@require_POST
@needs("claim.edit")
def maker_photos(request: HttpRequest, maker_claim_id: int) -> HttpResponse:
    """Photos that the maker wants to see; they stand on the order."""
    claim = _claim(request, maker_claim_id)
    for file in request.FILES.getlist("photo"):
        keep_photo(
            actor=actor_of(request), file=file, kind=PhotoKind.FINDING, subject_key=claim.order.subject_key
        )  # fmt: skip
    return go(request, reverse("delivery:maker_claim", args=[claim.pk]))


def _claim(request: HttpRequest, claim_id: int) -> MakerClaim:
    actor = actor_of(request)
    claim = get_object_or_404(claims_of(actor.branch), pk=claim_id)
    claim.order.branch = actor.branch
    return claim


def _shown(request: HttpRequest, claim: MakerClaim, status: int = 200, **forms: Any) -> HttpResponse:
    view, actor = claim_view(claim), actor_of(request)
    left = claim.accepted_amount if claim.accepted_amount is not None else ""
    context: dict[str, object] = {
        "seen": view, "claim": claim, "order": claim.order, "currency": actor.branch.currency,
        "prices": actor.can("price.view"), "may_edit": actor.can("claim.edit"), "may_pay": actor.can("till.pay"),
        "accept": AcceptForm(prefix="a", initial={"amount": claim.claimed_amount}), "reject": RejectForm(prefix="r"),
        "money": MoneyForm(initial={"key": fresh_key(), "amount": left}),
        "explain": CauseForm(prefix="c", lines=view.lines),
        "again": claim.state == MakerState.REJECTED and not hasattr(claim, "replaced_by"),
    }  # fmt: skip
    return page(request, "delivery/maker_claim.html", context | forms, status=status)


@require_GET
@needs("claim.view")
def maker_claim(request: HttpRequest, maker_claim_id: int) -> HttpResponse:
    """A claim: what is claimed, what is lacking, the maker's answer, the money."""
    return _shown(request, _claim(request, maker_claim_id))


#: What the buttons without a form do.
_DO: dict[str, Callable[..., MakerClaim]] = {"keep": acts.keep_parts, "submit": acts.submit}


@require_POST
@needs("claim.edit")
def maker_act(request: HttpRequest, maker_claim_id: int) -> HttpResponse:
    """One step of the claim: old parts kept, submitted, accepted, rejected, paid."""
    claim, actor, do = _claim(request, maker_claim_id), actor_of(request), request.POST.get("do", "")
    if do in _DO:
        _DO[do](actor=actor, claim_id=claim.pk)
        messages.success(request, _("Saved."))
        return go(request, reverse("delivery:maker_claim", args=[claim.pk]))
    answered: dict[str, tuple[Any, Callable[..., object]]] = {
        "accept": (AcceptForm(request.POST, prefix="a"), acts.accept),
        "reject": (RejectForm(request.POST, prefix="r"), acts.reject),
        "money": (MoneyForm(request.POST), acts.maker_paid),
        "explain": (CauseForm(request.POST, prefix="c", lines=makers_lines(claim.order)), acts.explain),
    }
    if do not in answered:
        raise Refused(_("There is no such step."), "do")
    form, act = answered[do]
    status = 422
    if form.is_valid():
        try:
            act(actor=actor, claim_id=claim.pk, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return go(request, reverse("delivery:maker_claim", args=[claim.pk]))
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    return _shown(request, claim, status, **{do: form})
