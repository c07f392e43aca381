"""The gate's log and its forced releases as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Id, Person
from reception.models import ForcedRelease, GateLog, GatePass
from reception.states import OUTINGS

#: A photo of eight megabytes as base64.
LONGEST_PHOTO = 11_000_000


class OutingNew(serializers.Serializer[Any]):
    """A car goes out for a while: why, and where to."""

    kind = serializers.ChoiceField([(one.value, one.label) for one in OUTINGS])
    note = serializers.CharField(max_length=100, help_text="Where the car goes, and who drives it")


class OutingShown(serializers.ModelSerializer[GatePass]):
    """A pass that opens the gate once out and once in. `revoked`: the car did not go."""

    order = serializers.IntegerField(source="order_id")
    revoked = serializers.SerializerMethodField()

    class Meta:
        model = GatePass
        fields = ["id", "order", "kind", "number", "code", "note", "valid_until", "used_at", "back_at", "revoked"]

    @staticmethod
    def get_revoked(row: GatePass) -> bool:
        """Whether it opens nothing any more without having been used."""
        return row.revoked_at is not None


class Forcers(serializers.Serializer[Any]):
    """People of the branch who may, and have a PIN."""

    items = Person(many=True)


class Force(serializers.Serializer[Any]):
    """A car without a pass. `photo`: JPEG, PNG or WebP as base64; `pin`: of `by`, never kept."""

    plate = serializers.CharField(max_length=20, help_text="The whole plate, or at least its last characters")
    reason = serializers.CharField(max_length=200)
    by = Id()
    pin = serializers.CharField(max_length=8, write_only=True)
    photo = serializers.CharField(max_length=LONGEST_PHOTO)


class ForcedShown(serializers.ModelSerializer[ForcedRelease]):
    """A car that was let out by force; `order_state`: where its order stood, which may be open still."""

    order = serializers.IntegerField(source="order_id")
    plate = serializers.CharField(source="order.vehicle.plate", allow_null=True)
    guard = Person()
    forced_by = Person()

    class Meta:
        model = ForcedRelease
        fields = ["id", "order", "plate", "order_state", "reason", "guard", "forced_by", "forced_at"]


class AttemptShown(serializers.ModelSerializer[GateLog]):
    """An attempt that failed, or a car of the printed list. `why`: the sentence that the guard read."""

    order = serializers.IntegerField(source="gate_pass.order_id", allow_null=True, default=None)
    attempted_by = Person()

    class Meta:
        model = GateLog
        fields = ["id", "order", "outcome", "entered", "why", "attempted_at", "attempted_by"]


class GateLogShown(serializers.Serializer[Any]):
    """The latest first."""

    forced = ForcedShown(many=True)
    attempts = AttemptShown(many=True)
