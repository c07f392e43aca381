"""What was checked, shown and given back."""

from django.db import models
from django.db.models import Q

from delivery.states import Asked, Moment
from dms.fields import Bilingual, Row, Versioned, acted, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from reception.models import TakenItem, WorkOrder


class Handover(Versioned):
    """Facts of the internal check and of the customer's walk round. `checks` maps keys of points to true."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="handover")
    checks = models.JSONField(default=dict)
    internal_note = models.CharField(max_length=300, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    next_service_on = models.DateField(null=True, blank=True)
    next_service_km = models.PositiveIntegerField(null=True, blank=True)


@tracked()
class HandoverPoint(Bilingual, Versioned):
    """Something that the hand-back looks at or explains, in the order of `place`; house-wide. `key` never changes."""

    key = models.CharField(max_length=20, unique=True, editable=False)
    moment = models.CharField(max_length=8, choices=Moment.choices, default=Moment.INTERNAL)
    asked = models.CharField(max_length=10, choices=Asked.choices, default=Asked.ALWAYS)
    place = models.PositiveSmallIntegerField(default=100)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [one_of("moment", Moment), one_of("asked", Asked), *acted("ended")]


class HandedPoint(Bilingual, Row):
    """A point as it was looked at or explained, with the words of that moment; `done` is false for what was left out,
    and `why` says why. A car that comes back gets new rows.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="handed_points")
    point = models.ForeignKey(HandoverPoint, models.PROTECT, related_name="+")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    done = models.BooleanField(default=True)
    why = models.CharField(max_length=200, blank=True)
    handed_at = models.DateTimeField()
    handed_by = person(null=False)

    class Meta:
        constraints = [
            one_of("moment", Moment),
            *acted("handed"),
            models.CheckConstraint(condition=Q(done=True) | ~Q(why=""), name="handedpoint_left_out_says_why"),
            models.CheckConstraint(condition=Q(done=True) | Q(moment=Moment.WALK), name="handedpoint_internal_done"),
        ]
        triggers = [append_only()]


class OldPartsHanded(Row):
    """The replaced parts that the customer takes along were handed over, in their bag; `signer` signed for them."""

    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="old_parts_handed")
    signer = models.CharField(max_length=60)
    signature = models.TextField(blank=True)
    handed_at = models.DateTimeField()
    handed_by = person(null=False)

    class Meta:
        constraints = [
            *acted("handed"),
            models.CheckConstraint(condition=~Q(signer=""), name="oldparts_signed_by_somebody"),
        ]
        triggers = [append_only()]


class ReturnedItem(Row):
    """A thing taken in, given back, and to whom."""

    taken = models.OneToOneField(TakenItem, models.PROTECT, related_name="returned")
    to = models.CharField(max_length=60)
    returned_at = models.DateTimeField()
    returned_by = person(null=False)

    class Meta:
        constraints = [*acted("returned")]
        triggers = [append_only()]
