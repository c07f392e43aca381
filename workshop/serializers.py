"""Jobs, clocks, holds, parts and checks as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.models import Bay, Membership
from accounts.serializers import Id, Person, Quantity, Words
from catalog.states import Direction, PointGroup
from reception.models import FoundWork
from reception.serializers import LineShown
from workshop.models import CheckedItem, CheckItem, Comeback, Finding, Hold, Inspection, Job, PartIssue, RoadTest, Wash
from workshop.states import Colour, HoldReason, Level, PauseReason, WashPoint


class TechnicianShown(serializers.ModelSerializer[Membership]):
    """Somebody who can be dispatched; the id is the membership's, which dispatch asks for."""

    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ["id", "name", "roles"]


class BayShown(serializers.ModelSerializer[Bay]):
    """A bay."""

    class Meta:
        model = Bay
        fields = ["id", "name", "name_en", "kind"]


class JobShown(serializers.ModelSerializer[Job]):
    """The work on one labour line; hours are standard and sold ones."""

    order = serializers.IntegerField(source="order_id")
    line = serializers.IntegerField(source="line_id")
    name = serializers.CharField(source="line.label")
    technician = TechnicianShown(allow_null=True)
    bay = BayShown(allow_null=True)

    class Meta:
        model = Job
        fields = [
            "id", "order", "line", "name", "state", "technician", "bay", "standard_hours", "sold_hours", "return_cause",
            "version",
        ]  # fmt: skip


class HoldShown(serializers.ModelSerializer[Hold]):
    """What a car waits for, and who takes care of it."""

    order = serializers.IntegerField(source="order_id")
    job = serializers.IntegerField(source="job_id", allow_null=True)
    owner = Person()

    class Meta:
        model = Hold
        fields = ["id", "order", "job", "reason", "owner", "note", "began_at", "ended_at"]


class IssueShown(serializers.ModelSerializer[PartIssue]):
    """Parts that went out for a line, and how many came back."""

    line = serializers.IntegerField(source="line_id")

    class Meta:
        model = PartIssue
        fields = ["id", "line", "quantity", "returned", "issued_at"]


class CheckItemShown(serializers.ModelSerializer[CheckItem]):
    """Something that the checks of some repair classes look at, in the order of `place`."""

    class Meta:
        model = CheckItem
        fields = ["id", "name", "name_en", "classes", "levels", "place"]


class CheckedItemShown(serializers.ModelSerializer[CheckedItem]):
    """An item as it was checked, with the words of that moment; `item` is its id in /check-items/."""

    item = serializers.IntegerField(source="item_id")

    class Meta:
        model = CheckedItem
        fields = ["item", "name", "name_en", "in_order"]


class CheckShown(serializers.ModelSerializer[Inspection]):
    """One of the three checks. A pass has every item in order; a failure names what is not."""

    inspected_by = Person(allow_null=True)
    items = CheckedItemShown(many=True)

    class Meta:
        model = Inspection
        fields = ["id", "round", "level", "passed", "cause", "items", "inspected_at", "inspected_by"]


class RoadTestShown(serializers.ModelSerializer[RoadTest]):
    """A drive with its gate pass, which the gate looks at on the way out and in."""

    order = serializers.IntegerField(source="order_id")
    driver = Person()
    pass_number = serializers.CharField(source="gate_pass.number")
    pass_code = serializers.CharField(source="gate_pass.code")
    valid_until = serializers.DateTimeField(source="gate_pass.valid_until")
    gate_out_at = serializers.DateTimeField(source="gate_pass.used_at", allow_null=True)
    gate_in_at = serializers.DateTimeField(source="gate_pass.back_at", allow_null=True)

    class Meta:
        model = RoadTest
        fields = [
            "id", "order", "driver", "km_out", "km_in", "note", "result", "out_at", "in_at", "pass_number", "pass_code",
            "valid_until", "gate_out_at", "gate_in_at",
        ]  # fmt: skip


class WashShown(serializers.ModelSerializer[Wash]):
    """A car at the wash: what was done of it, or why it was skipped."""

    washed_by = Person(allow_null=True)

    class Meta:
        model = Wash
        fields = ["id", "done", "reason", "washed_at", "washed_by"]


class WashNew(serializers.Serializer[Any]):
    """What was done, all of it unless told; or why the wash is skipped."""

    done = serializers.ListField(
        child=serializers.ChoiceField(WashPoint.choices), default=lambda: list(WashPoint.values)
    )
    reason = Words(300)


class RoadTestNew(serializers.Serializer[Any]):
    """The way out."""

    km = serializers.IntegerField(min_value=0, max_value=3_000_000)
    note = Words(300)


class RoadTestBack(serializers.Serializer[Any]):
    """The way in."""

    km = serializers.IntegerField(min_value=0, max_value=3_000_000)
    result = Words(300)


class ComebackShown(serializers.ModelSerializer[Comeback]):
    """An internal comeback: a finished job that went back to its technician before the gate."""

    job = serializers.IntegerField(source="job_id")
    technician = TechnicianShown()
    check = serializers.IntegerField(source="inspection_id", allow_null=True)
    returned_by = Person(allow_null=True)

    class Meta:
        model = Comeback
        fields = ["id", "job", "technician", "origin", "check", "cause", "returned_at", "returned_by"]


class LastShown(serializers.ModelSerializer[Finding]):
    """What the last visit found at the same point."""

    km = serializers.IntegerField(source="health.km", allow_null=True)

    class Meta:
        model = Finding
        fields = ["colour", "value", "km", "seen_at"]


class FindingShown(serializers.Serializer[Any]):
    """A point of the sheet; `colour` is null until somebody has looked. `lines` came of it, `photos` are keys."""

    id = serializers.IntegerField(source="found.pk")
    group = serializers.ChoiceField(PointGroup.choices, source="found.group")
    name = serializers.CharField(source="found.name")
    name_en = serializers.CharField(source="found.name_en")
    unit = serializers.CharField(source="found.unit")
    green_limit = serializers.DecimalField(7, 2, source="found.green_limit", allow_null=True)
    amber_limit = serializers.DecimalField(7, 2, source="found.amber_limit", allow_null=True)
    direction = serializers.ChoiceField(Direction.choices, source="found.direction", allow_null=True)
    colour = serializers.ChoiceField(Colour.choices, source="found.colour", allow_null=True)
    value = serializers.DecimalField(7, 2, source="found.value", allow_null=True)
    note = serializers.CharField(source="found.note")
    seen_at = serializers.DateTimeField(source="found.seen_at", allow_null=True)
    last = LastShown(allow_null=True)
    lines = serializers.ListField(child=serializers.IntegerField(), source="line_ids")
    photos = serializers.ListField(child=serializers.UUIDField(), source="photo_keys")


class HealthShown(serializers.Serializer[Any]):
    """The health check of a visit, in the order in which it is walked."""

    order = serializers.IntegerField(source="health.order_id")
    list_name = serializers.CharField(source="health.health_list.name")
    km = serializers.IntegerField(source="health.km", allow_null=True)
    begun_at = serializers.DateTimeField(source="health.begun_at")
    finished_at = serializers.DateTimeField(source="health.finished_at", allow_null=True)
    points = FindingShown(many=True)


class Dispatch(serializers.Serializer[Any]):
    """Who works, and where."""

    technician = Id(help_text="id of /technicians/")
    bay = Id(required=False, allow_null=True, default=None)


class Start(serializers.Serializer[Any]):
    """Where, when another car stands in the bay of the job."""

    bay = Id(required=False, allow_null=True, default=None)


class Pause(serializers.Serializer[Any]):
    """Why the clock stops."""

    reason = serializers.ChoiceField(PauseReason.choices)


class Done(serializers.Serializer[Any]):
    """What was done about the customer's statement."""

    correction = Words(500)
    cause = Words(500)


class FoundWorkShown(serializers.ModelSerializer[FoundWork]):
    """A finding in free words, for the advisor to make lines of."""

    class Meta:
        model = FoundWork
        fields = ["id", "words", "found_at"]


class ExtraShown(serializers.Serializer[Any]):
    """What became of a report: the drafts, or the finding when it was told in words only."""

    items = LineShown(many=True)
    found = FoundWorkShown(allow_null=True)
    next = serializers.CharField(allow_null=True, default=None)


class ExtraNew(serializers.Serializer[Any]):
    """What was found, and the operation or part (or both) that it needs, by code; without either it is free words."""

    finding = serializers.CharField(max_length=300)
    operation = Words(30)
    part = Words(40)
    quantity = Quantity(default="1")


class HoldNew(serializers.Serializer[Any]):
    """What the car, or one job of it, waits for."""

    reason = serializers.ChoiceField(HoldReason.choices)
    note = Words(300)
    job = Id(required=False, allow_null=True, default=None)
    owner = Id(
        required=False, allow_null=True, default=None,
        help_text="Who takes care of it: the id of a person, as `owner` shows it; else by its reason",
    )  # fmt: skip


class CheckNew(serializers.Serializer[Any]):
    """A check; a failed one has its cause."""

    level = serializers.ChoiceField(Level.choices)
    passed = serializers.BooleanField()
    cause = Words(300)
    wrong = serializers.ListField(
        child=Id(), default=list, help_text="Failed: ids of /check-items/ that are not in order; they are a cause too"
    )
    jobs = serializers.ListField(
        child=Id(), default=list, help_text="Failed: the jobs that go back; asked for when the order has several"
    )


class QuantityNew(serializers.Serializer[Any]):
    """How many, in the part's unit."""

    quantity = Quantity()
