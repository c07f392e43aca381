"""A campaign from its draft to its last wave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Branch
from accounts.policies import Actor, check_may
from customers.models import Vehicle
from customers.services.outbox import PlanRow, plan_many
from customers.services.versions import apply, check_version
from customers.states import OwnershipKind
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from retention.campaign_states import CampaignState, Way
from retention.models import CallTask, Campaign, CampaignMember
from retention.segments import Segment, cars
from retention.services.call_sweeps import open_from
from retention.services.calls import drop
from retention.states import CallKind, DroppedWhy

#: Key of the kind of message, and beginning of the subjects of messages and calls.
KIND = "campaign"
#: What a draft's form may set.
LABELS = {
    "name": pgettext_lazy("campaign", "Name"),
    "way": gettext_lazy("How"),
    "offer": gettext_lazy("Offer"),
    "until_on": gettext_lazy("Valid until"),
    "segment": gettext_lazy("Whom"),
    "holdout_percent": gettext_lazy("Held out for comparison"),
    "wave_size": gettext_lazy("Customers a day"),
    "window_days": gettext_lazy("A visit counts within"),
}

#: One car of each owner: the one that is due first. Places are drawn by a hash of campaign and customer, a lot that
#: nobody can steer and everybody can draw again; another hash says who is held out, so that neither tells the other.
_DRAW = """
    WITH owned AS (
        SELECT DISTINCT ON (o.customer_id) o.customer_id, w.id AS vehicle_id
        FROM ({cars}) w JOIN customers_ownership o ON o.vehicle_id = w.id AND o.kind = 'owner' AND o.to_on IS NULL
        ORDER BY o.customer_id, w.next_due_on NULLS LAST, w.id
    ), placed AS (
        SELECT customer_id, vehicle_id,
            row_number() OVER (ORDER BY md5(%s || ':' || customer_id), customer_id) AS place,
            row_number() OVER (ORDER BY md5(%s || ':held:' || customer_id), customer_id) AS lot,
            count(*) OVER () AS n
        FROM owned
    )
    INSERT INTO retention_campaignmember (campaign_id, vehicle_id, customer_id, place, held_out)
    SELECT %s, vehicle_id, customer_id, place, lot <= round(n * %s / 100.0) FROM placed ORDER BY place
"""
#: The calls of a wave, as `call_sweeps` opens them.
_CALLS = """
    SELECT m.vehicle_id, m.customer_id, NULL::bigint AS advisor_id,
        'campaign:' || m.campaign_id || ':' || m.id AS subject_key, %(today)s::date AS due_on,
        jsonb_build_object('campaign', c.name, 'offer', c.offer, 'until', c.until_on::text) AS reason
    FROM retention_campaignmember m JOIN retention_campaign c ON c.id = m.campaign_id
    WHERE m.campaign_id = %(campaign)s AND m.wave_on = %(today)s AND NOT m.held_out
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """Cars that the segment means now, owners to contact, owners held out, and on how many days the waves go out."""

    cars: int
    contacted: int
    held_out: int
    days: int


def held_out_of(owners: int, percent: int) -> int:
    """As the draw rounds: half up."""
    return (owners * percent * 2 + 100) // 200


def meant(campaign: Campaign) -> QuerySet[Vehicle]:
    """The cars that its segment means today."""
    return cars(campaign.branch, Segment.of(campaign.segment), branch_day(campaign.branch))


def preview(campaign: Campaign) -> Preview:
    """What a start would draw. Two queries."""
    found = meant(campaign)
    owned = found.filter(ownerships__kind=OwnershipKind.OWNER, ownerships__to_on__isnull=True)
    owners = owned.values("ownerships__customer").distinct().count()
    held = held_out_of(owners, campaign.holdout_percent)
    return Preview(found.count(), owners - held, held, -(-(owners - held) // campaign.wave_size))


def _chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in LABELS}


def check_values(branch: Branch, values: dict[str, Any]) -> None:
    """Raises `Invalid` for an offer that has ended already and for a plate or a mileage range that is upside down."""
    if values["until_on"] <= branch_day(branch):
        raise Invalid(_("The offer must end after today."), "until_on")
    segment = Segment.of(values["segment"])
    for name, least, most in (
        ("age_to", segment.age_from, segment.age_to),
        ("km_to", segment.km_from, segment.km_to),
        ("away_to", segment.away_from, segment.away_to),
    ):
        if least is not None and most is not None and least > most:
            raise Invalid(_("The second number must not be smaller than the first."), name)


@one_act
def draft(*, actor: Actor, **values: Any) -> Campaign:
    """A new draft. Raises `Forbidden` without `campaign.run` and `Invalid` as `check_values`."""
    check_may(actor, "campaign.run")
    check_values(actor.branch, values)
    return Campaign.objects.create(branch=actor.branch, **_chosen(values))


def _held(actor: Actor, campaign_id: int) -> Campaign:
    check_may(actor, "campaign.run")
    return locked(Campaign.objects.select_related("branch")).get(pk=campaign_id, branch=actor.branch)


def _check_draft(campaign: Campaign) -> None:
    if campaign.state != CampaignState.DRAFT:
        raise Refused(_("This campaign has been started; it can only be stopped."), "started")


@one_act
def change(*, actor: Actor, campaign_id: int, version: int, **values: Any) -> Campaign:
    """Change a draft. Raises `Refused` once it has started, `Stale` when somebody else changed it since."""
    campaign = _held(actor, campaign_id)
    _check_draft(campaign)
    chosen = _chosen(values)
    check_version(campaign, version, chosen, LABELS)
    check_values(actor.branch, chosen)
    apply(campaign, chosen)
    return campaign


@one_act
def start(*, actor: Actor, campaign_id: int) -> Campaign:
    """Draw the members and the hold-out group; the first wave goes out with the next run of the sweep.

    Raises `Refused` for a campaign that was started, has ended before it began, or means nobody.
    """
    campaign = _held(actor, campaign_id)
    _check_draft(campaign)
    if campaign.until_on <= branch_day(campaign.branch):
        raise Refused(_("The offer has ended already. Change its last day first."), "ended")
    campaign.drawn = _draw(campaign)
    if not campaign.drawn:
        raise Refused(_("Nobody is meant by this segment. Change it first."), "nobody")
    campaign.state, campaign.started_at, campaign.started_by = CampaignState.RUNNING, now(), actor.user
    campaign.version += 1
    campaign.save(update_fields=["state", "drawn", "started_at", "started_by", "version"])
    return campaign


def _draw(campaign: Campaign) -> int:
    wanted, values = meant(campaign).order_by().values("id", "next_due_on").query.sql_with_params()
    key = str(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute(_DRAW.format(cars=wanted), [*values, key, key, campaign.pk, campaign.holdout_percent])
        return int(cursor.rowcount)


@one_act
def stop(*, actor: Actor, campaign_id: int, why: str) -> Campaign:
    """No wave goes out any more; what is planned and not yet sent is not sent, open calls are dropped.

    Raises `Refused` for a campaign that does not run and `Invalid` without a reason.
    """
    campaign = _held(actor, campaign_id)
    if campaign.state != CampaignState.RUNNING:
        raise Refused(_("This campaign does not run."), "not_running")
    if not why.strip():
        raise Invalid(_("Say why it is stopped."), "why")
    campaign.state, campaign.stopped_why = CampaignState.STOPPED, why.strip()[:200]
    campaign.stopped_at, campaign.stopped_by = now(), actor.user
    campaign.version += 1
    campaign.save(update_fields=["state", "stopped_at", "stopped_by", "stopped_why", "version"])
    calls = CallTask.objects.filter(kind=CallKind.CAMPAIGN, subject_key__startswith=f"{KIND}:{campaign.pk}:")
    drop(calls, DroppedWhy.MOOT)
    return campaign


def send_waves(branch: Branch, today: date) -> int:
    """Today's wave of every running campaign of the branch; how many customers were contacted.

    A second run of a day finds its waves gone out. After days without a run one wave goes out, not several: nobody
    wanted them all on one morning. A campaign whose offer has ended, or whose last wave's window is over, is finished.
    """
    running = Campaign.objects.filter(branch=branch, state=CampaignState.RUNNING).order_by("id")
    return sum(_wave(campaign_id, today) for campaign_id in running.values_list("pk", flat=True))


@one_act
def _wave(campaign_id: int, today: date) -> int:
    campaign = locked(Campaign.objects.select_related("branch")).get(pk=campaign_id)
    if campaign.state != CampaignState.RUNNING:
        return 0
    members = CampaignMember.objects.filter(campaign=campaign)
    last = members.aggregate(last=Max("wave_on"))["last"]
    if campaign.until_on < today or (last is not None and not members.filter(wave_on__isnull=True).exists()):
        _finish(campaign, last, today)
        return 0
    return 0 if last is not None and last >= today else _send(campaign, today)


def _finish(campaign: Campaign, last: date | None, today: date) -> None:
    if last is None or last + timedelta(days=campaign.window_days) < today:
        campaign.state = CampaignState.FINISHED
        campaign.save(update_fields=["state"])


def _send(campaign: Campaign, today: date) -> int:
    """The next `wave_size` members to contact, and those held out whose places lie before the last of them."""
    waiting = CampaignMember.objects.filter(campaign=campaign, wave_on__isnull=True).order_by("place")
    contacted = list(waiting.filter(held_out=False)[: campaign.wave_size])
    remaining = waiting.filter(held_out=False).count() - len(contacted)
    turn = waiting.filter(place__lte=contacted[-1].place) if remaining else waiting
    turn.update(wave_on=today)
    if campaign.way == Way.CALL:
        open_from(campaign.branch, today, CallKind.CAMPAIGN, _CALLS, campaign=campaign.pk)
    else:
        plan_many(KIND, campaign.branch, [_planned(campaign, member, today) for member in contacted])
    return len(contacted)


def _planned(campaign: Campaign, member: CampaignMember, today: date) -> PlanRow:
    context = {"offer": campaign.offer, "until": campaign.until_on.isoformat()}
    subject_key = f"{KIND}:{campaign.pk}:{member.pk}"
    return member.customer_id, member.vehicle_id, subject_key, context, today
