"""Pages of insurers' cases: the list, a file, its acts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from delivery import claim_policies as may
from delivery.claim_forms import CaseForm, FoundForm, MoneyForm, RoundForm, WhyForm
from delivery.claim_selectors import CaseView, case_list, case_view, claims_of
from delivery.claim_states import ClaimState
from delivery.models import InsuranceClaim, Supplement
from delivery.services import insurance as acts
from dms.errors import Refused
from dms.htmx import go, page
from dms.workflow import sentence_of
from reception.models import WorkOrder
from records.models import Photo
from records.selectors import photos_of
from records.services.idempotency import fresh_key
from records.services.photos import keep_photo
from records.states import PhotoKind

METHODS = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@needs("claim.view")
def claims(request: HttpRequest) -> HttpResponse:
    """Cases that wait, the nearest day first; with `?which=ended` those that are paid or withdrawn."""
    actor, ended = actor_of(request), request.GET.get("which") == "ended"
    context: dict[str, object] = {
        "rows": case_list(actor.branch, ended=ended), "ended": ended, "currency": actor.branch.currency,
        "prices": actor.can("price.view"), "may_edit": actor.can("claim.edit"),
    }  # fmt: skip
    return page(request, "delivery/claims.html", context)


@METHODS
@needs("claim.edit")
def claim_new(request: HttpRequest, order_id: int) -> HttpResponse:
    """The file of an order is opened."""
    actor = actor_of(request)
    rows = WorkOrder.objects.select_related("vehicle", "owner", "insurance")
    order = get_object_or_404(rows, pk=order_id, branch=actor.branch)
    known: InsuranceClaim | None = getattr(order, "insurance", None)
    if known is not None and known.live:
        return go(request, reverse("delivery:claim", args=[known.pk]))
    form, status = CaseForm(request.POST if request.method == "POST" else None, claim=known), 200
    if form.is_bound and form.is_valid():
        try:
            made = acts.open_case(actor=actor, order_id=order.pk, facts=form.facts())
            messages.success(request, _("The case is open. Enter the first round once the car was assessed."))
            return go(request, reverse("delivery:claim", args=[made.pk]))
        except Refused as refused:
            _told(form, refused)
            status = refused.status
    status = 422 if form.errors and status == 200 else status
    context: dict[str, object] = {"form": form, "order": order, "why": sentence_of(lambda: may.check_accident(order))}
    return page(request, "delivery/claim_new.html", context, status=status)


def _told(form: Any, refused: Refused) -> None:
    """The refusal beside its field, else above the form."""
    form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)


def _claim(request: HttpRequest, claim_id: int) -> InsuranceClaim:
    actor = actor_of(request)
    claim = get_object_or_404(claims_of(actor.branch), pk=claim_id)
    claim.order.branch = actor.branch
    return claim


def _photos(view: CaseView) -> dict[int, list[Photo]]:
    """Supplement → its photos. One query."""
    found: dict[str, list[Photo]] = {}
    if view.supplements:
        for photo in photos_of(view.claim.order.branch, *(row.subject_key for row in view.supplements)):
            found.setdefault(photo.subject_key, []).append(photo)
    return {row.pk: found.get(row.subject_key, []) for row in view.supplements}


def _shown(request: HttpRequest, claim: InsuranceClaim, status: int = 200, **forms: Any) -> HttpResponse:
    view, actor = case_view(claim), actor_of(request)
    opened = claim.state == ClaimState.OPEN
    context: dict[str, object] = {
        "seen": view, "claim": claim, "order": claim.order, "currency": actor.branch.currency,
        "may_edit": actor.can("claim.edit") and claim.live, "may_pay": actor.can("till.pay"),
        "why_in": sentence_of(lambda: may.check_complete(claim, view.missing, agreed=view.cover.agreed)),
        "form": CaseForm(claim=claim),
        "round": RoundForm(rows=view.cover.rows, supplements=view.supplements,
                           initial={"assessor": claim.surveyor, "pays_percent": 100}) if opened else None,
        "found": FoundForm(prefix="s"), "why": WhyForm(prefix="w"),
        "money": MoneyForm(initial={"key": fresh_key(), "amount": getattr(view.share, "rest", "")}),
        "photos": _photos(view), "kinds": [PhotoKind.INTACT, PhotoKind.STRIPPED],
    }  # fmt: skip
    return page(request, "delivery/claim.html", context | forms, status=status)


@METHODS
@needs("claim.view")
def claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The file: facts, lines with their amounts, rounds, supplements, papers, days, money. A POST changes the facts."""
    row, actor = _claim(request, claim_id), actor_of(request)
    if request.method != "POST":
        return _shown(request, row)
    form = CaseForm(request.POST, claim=row)
    return _acted(
        request, row, "form", form,
        lambda: acts.change_case(
            actor=actor, claim_id=row.pk, facts=form.facts(), version=form.cleaned_data["version"] or 0
        ), _("Saved."),
    )  # fmt: skip


def _acted(
    request: HttpRequest, row: InsuranceClaim, name: str, form: Any, act: Callable[[], object], told: str
) -> HttpResponse:
    """Run `act` on a valid form and come back; a refusal shows beside what was typed."""
    status = 422
    if form.is_valid():
        try:
            act()
            messages.success(request, told)
            return go(request, reverse("delivery:claim", args=[row.pk]))
        except Refused as refused:
            _told(form, refused)
            status = refused.status
    return _shown(request, row, status, **{name: form})


@require_POST
@needs("claim.edit")
def claim_round(request: HttpRequest, claim_id: int) -> HttpResponse:
    """A round of the assessment is kept."""
    row, actor = _claim(request, claim_id), actor_of(request)
    view = case_view(row)
    form = RoundForm(request.POST, rows=view.cover.rows, supplements=view.supplements)
    act = lambda: acts.record_round(actor=actor, claim_id=row.pk, held=form.held())  # noqa: E731  # one thing to do
    return _acted(request, row, "round", form, act, _("The round is kept."))


@require_POST
@needs("claim.edit")
def claim_supplement(request: HttpRequest, claim_id: int) -> HttpResponse:
    """More damage was found."""
    row, actor, form = _claim(request, claim_id), actor_of(request), FoundForm(request.POST, prefix="s")
    return _acted(
        request, row, "found", form,
        lambda: acts.open_supplement(actor=actor, claim_id=row.pk, found=form.cleaned_data["found"]),
        _("The supplement is open. Add its photos, then enter its round."),
    )  # fmt: skip


@require_POST
@needs("claim.edit")
def supplement_photos(request: HttpRequest, supplement_id: int) -> HttpResponse:
    """Photos of a supplement, from before or after the strip-down."""
    actor = actor_of(request)
    row = get_object_or_404(Supplement, pk=supplement_id, claim__order__branch=actor.branch)
    kind = request.POST.get("kind", "")
    if kind not in (PhotoKind.INTACT, PhotoKind.STRIPPED):
        raise Refused(_("Say whether it was taken before or after the strip-down."), "kind")
    for file in request.FILES.getlist("photo"):
        keep_photo(actor=actor, file=file, kind=kind, subject_key=row.subject_key)
    return go(request, reverse("delivery:claim", args=[row.claim_id]))


@require_POST
@needs("claim.edit")
def claim_paper(request: HttpRequest, claim_id: int) -> HttpResponse:
    """A paper came, or was ticked by mistake."""
    row, actor = _claim(request, claim_id), actor_of(request)
    if request.POST.get("do") == "back":
        acts.return_paper(actor=actor, claim_id=row.pk, paper=request.POST.get("paper", ""))
    else:
        acts.receive_paper(actor=actor, claim_id=row.pk, paper=request.POST.get("paper", ""))
    return go(request, f"{reverse('delivery:claim', args=[row.pk])}#papers")


@require_POST
@needs("claim.edit")
def claim_hand_in(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The papers went to the insurer."""
    row = _claim(request, claim_id)
    acts.hand_in(actor=actor_of(request), claim_id=row.pk)
    messages.success(request, _("The papers are handed in."))
    return go(request, reverse("delivery:claim", args=[row.pk]))


@require_POST
@needs("claim.edit")
def claim_withdraw(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The customer does not claim after all."""
    row, actor, form = _claim(request, claim_id), actor_of(request), WhyForm(request.POST, prefix="w")
    return _acted(
        request, row, "why", form,
        lambda: acts.withdraw_case(actor=actor, claim_id=row.pk, reason=form.cleaned_data["reason"]),
        _("The case is withdrawn."),
    )  # fmt: skip


@require_POST
@needs("claim.edit")
def claim_paid(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The insurer's money came."""
    row, actor, form = _claim(request, claim_id), actor_of(request), MoneyForm(request.POST)
    return _acted(
        request, row, "money", form, lambda: acts.insurer_paid(actor=actor, claim_id=row.pk, **form.cleaned_data),
        _("The money is matched to the insurer's share."),
    )  # fmt: skip


@require_GET
@needs("claim.view")
def claim_missing(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What the customer still has to bring, on a page to print, in the customer's language."""
    row = _claim(request, claim_id)
    view = case_view(row)
    with translation.override(row.order.payer.language):
        context: dict[str, object] = {
            "claim": row, "order": row.order, "missing": view.missing, "clocks": view.clocks,
            "branch": row.order.branch, "spoken": row.order.payer.language,
        }  # fmt: skip
        return page(request, "delivery/claim_missing.html", context)
