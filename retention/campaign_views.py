"""Pages of campaigns: the list, a draft, what runs and what came of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.selectors import phone_for
from dms.errors import Refused, Stale
from dms.fields import number_of
from dms.htmx import go, page
from retention.campaign_forms import CampaignForm, StopForm
from retention.campaign_states import CampaignState
from retention.models import Campaign
from retention.segments import Segment, sentence
from retention.selectors.campaigns import STAGES, Result, campaigns_of, member_page, result_of
from retention.services import campaigns

#: Headings of the lists behind the numbers.
TITLES: dict[str, Promise] = {
    "drawn": gettext_lazy("Everybody who was drawn"),
    "contacted": gettext_lazy("Contacted"),
    "reached": gettext_lazy("Message sent or person reached"),
    "booked": gettext_lazy("Asked for an appointment"),
    "came": gettext_lazy("Came"),
    "held_out": gettext_lazy("Held out"),
    "held_booked": gettext_lazy("Held out, asked for an appointment"),
    "held_came": gettext_lazy("Held out, came"),
    "waiting": gettext_lazy("Waiting for a wave"),
}
NEW = {"holdout_percent": 10, "wave_size": 100, "window_days": 45, "way": "message"}


def _campaign(actor: Actor, campaign_id: int) -> Campaign:
    found = Campaign.objects.filter(branch=actor.branch, pk=campaign_id).select_related("branch", "started_by").first()
    if found is None:
        raise Http404
    return found


def _to(campaign: Campaign) -> str:
    return reverse("retention:campaign", args=[campaign.pk])


@require_GET
@needs("campaign.run")
def index(request: HttpRequest) -> HttpResponse:
    """All campaigns of the branch, the latest first."""
    rows, following = campaigns_of(actor_of(request).branch, number_of(request.GET.get("before", "")))
    return page(request, "retention/campaigns.html", {"rows": rows, "before": following})


@require_http_methods(["GET", "POST"])
@needs("campaign.run")
def new(request: HttpRequest) -> HttpResponse:
    """A new draft."""
    actor = actor_of(request)
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=NEW)
    return _edited(request, form, lambda: campaigns.draft(actor=actor, **form.values()), reverse("retention:campaigns"))


@require_http_methods(["GET", "POST"])
@needs("campaign.run")
def edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change a draft."""
    actor = actor_of(request)
    campaign = _campaign(actor, campaign_id)
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=CampaignForm.values_of(campaign))

    def act() -> Campaign:
        version = form.cleaned_data["version"] or 0
        return campaigns.change(actor=actor, campaign_id=campaign.pk, version=version, **form.values())

    return _edited(request, form, act, _to(campaign), campaign)


def _edited(
    request: HttpRequest, form: CampaignForm, act: Callable[[], Campaign], back: str, campaign: Campaign | None = None
) -> HttpResponse:
    """Save and look at the preview, or show the form again with what was wrong; nothing typed is lost."""
    status, stale = 200, None
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                return go(request, _to(act()))
        except Stale as refused:
            stale, status = refused, refused.status
            _renew_version(form, campaign)
        except Refused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
            status = refused.status
    context = {"form": form, "back": back, "campaign": campaign, "stale": stale}
    return page(request, "retention/campaign_edit.html", context, status=status)


def _renew_version(form: CampaignForm, campaign: Campaign | None) -> None:
    """After the comparison was shown, saving once more is meant."""
    if campaign is not None:
        campaign.refresh_from_db(fields=["version"])
        form.data = {**form.data.dict(), "version": campaign.version}  # type: ignore[attr-defined]  # a QueryDict


@require_GET
@needs("campaign.run")
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A draft with what a start would draw; what was started with its result."""
    return _shown(request, _campaign(actor_of(request), campaign_id), StopForm())


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def verdict(result: Result) -> str:
    """What the figures allow to say, in one sentence."""
    found = result.uplift
    if found is None:
        return _("There is nothing to compare with yet.")
    values = {name: f"{getattr(found, name) * 100:+.1f}" for name in ("difference", "low", "high")}
    if not found.certain:
        return _(
            "Difference %(difference)s points (95 %% interval %(low)s to %(high)s): it may as well be chance."
        ) % values  # fmt: skip
    return _("Difference %(difference)s points (95 %% interval %(low)s to %(high)s).") % values


def _shown(request: HttpRequest, row: Campaign, stop_form: StopForm, refused: Refused | None = None) -> HttpResponse:
    draft = row.state == CampaignState.DRAFT
    result = None if draft else result_of(row)
    sides = {"contacted": result.contacted, "held_out": result.held_out} if result else {}
    context = {
        "campaign": row,
        "whom": sentence(Segment.of(row.segment)),
        "preview": campaigns.preview(row) if draft else None,
        "result": result,
        "shares": {name: _percent(side.share) for name, side in sides.items()},
        "verdict": verdict(result) if result else "",
        "stop_form": stop_form,
        "refused": refused,
    }
    return page(request, "retention/campaign.html", context, status=refused.status if refused else 200)


@require_GET
@needs("campaign.run")
def members(request: HttpRequest, campaign_id: int, stage: str) -> HttpResponse:
    """The list behind a number."""
    actor = actor_of(request)
    row = _campaign(actor, campaign_id)
    if stage not in STAGES:
        raise Http404
    found, following = member_page(row, stage, number_of(request.GET.get("after", "")))
    rows = [{"member": one, "phone": phone_for(actor, one.customer)} for one in found]
    context = {"campaign": row, "title": TITLES[stage], "rows": rows, "after": following}
    return page(request, "retention/campaign_members.html", context)


@require_POST
@needs("campaign.run")
def start(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Draw the members; the first wave goes out with the next run."""
    actor = actor_of(request)
    row = _campaign(actor, campaign_id)
    try:
        started = campaigns.start(actor=actor, campaign_id=row.pk)
    except Refused as refused:
        return _shown(request, row, StopForm(), refused)
    messages.success(request, _("Started: %(n)d customers were drawn.") % {"n": started.drawn})
    return go(request, _to(row))


@require_POST
@needs("campaign.run")
def stop(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Nothing goes out any more."""
    actor = actor_of(request)
    row, form = _campaign(actor, campaign_id), StopForm(request.POST)
    try:
        campaigns.stop(actor=actor, campaign_id=row.pk, why=form.data.get("why", ""))
    except Refused as refused:
        return _shown(request, row, form, refused)
    messages.success(request, _("Stopped: nothing of it goes out any more."))
    return go(request, _to(row))
