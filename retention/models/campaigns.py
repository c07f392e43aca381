"""Campaigns: whom they mean, who was drawn, who was left out for comparison."""

from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer, Vehicle
from dms.fields import Row, Versioned, acted, one_of, person
from dms.workflow import edge_guard, first_state_guard
from retention.campaign_states import CAMPAIGN_EDGES, CampaignState, Way


class Campaign(Versioned):
    """An offer to a segment, in waves of `wave_size` customers a day; `holdout_percent` of them hear nothing.

    `segment` holds the criteria of `retention.segments.Segment`. A visit counts within `window_days` of a member's
    wave, for those contacted and for those held out alike.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    way = models.CharField(max_length=7, choices=Way.choices, default=Way.MESSAGE)
    offer = models.CharField(max_length=120)
    until_on = models.DateField()
    segment = models.JSONField(default=dict)
    holdout_percent = models.PositiveSmallIntegerField(default=10)
    wave_size = models.PositiveIntegerField(default=100)
    window_days = models.PositiveSmallIntegerField(default=45)
    state = models.CharField(max_length=8, choices=CampaignState.choices, default=CampaignState.DRAFT)
    drawn = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = person()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = person()
    stopped_why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["branch", "-id"], name="campaign_of_branch")]
        constraints = [
            one_of("way", Way),
            one_of("state", CampaignState),
            *acted("started", "stopped"),
            models.CheckConstraint(condition=Q(holdout_percent__lte=50), name="campaign_holdout_half_at_most"),
            models.CheckConstraint(condition=Q(wave_size__gte=1), name="campaign_wave_of_one_at_least"),
            models.CheckConstraint(condition=Q(window_days__gte=1, window_days__lte=365), name="campaign_window"),
            models.CheckConstraint(
                condition=Q(state=CampaignState.DRAFT, started_at__isnull=True, drawn=0)
                | (~Q(state=CampaignState.DRAFT) & Q(started_at__isnull=False)),
                name="campaign_drawn_when_started",
            ),
            models.CheckConstraint(
                condition=(Q(state=CampaignState.STOPPED, stopped_at__isnull=False) & ~Q(stopped_why=""))
                | (~Q(state=CampaignState.STOPPED) & Q(stopped_at__isnull=True, stopped_why="")),
                name="campaign_stopped_says_why",
            ),
        ]
        triggers = [edge_guard("campaign", CAMPAIGN_EDGES), first_state_guard("campaign", [CampaignState.DRAFT])]

    def __str__(self) -> str:
        return self.name


class CampaignMember(Row):
    """A customer drawn for a campaign, once, with the car that is nearest to its due date.

    `place` is drawn by lot. `wave_on` is the day on which its turn came: contacted then, or, `held_out`, left alone and
    compared from that day on.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="members")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    held_out = models.BooleanField(default=False)
    wave_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "place"], condition=Q(wave_on__isnull=True), name="member_waiting"),
            models.Index(fields=["campaign", "wave_on"], name="member_by_wave"),
            models.Index(fields=["vehicle"], name="member_of_vehicle"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="member_once"),
            models.UniqueConstraint(fields=["campaign", "place"], name="member_place_once"),
        ]
