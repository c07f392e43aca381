"""Claims to the manufacturer as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Amount, Id, Price, Words
from delivery.models import MakerClaim


class MakerClaimShown(serializers.ModelSerializer[MakerClaim]):
    """A claim to the manufacturer; `written_off` and `still_owed` of its share of the slip that stands."""

    order = serializers.IntegerField(source="order_id")
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    claimed_amount = Price()
    accepted_amount = Price()
    written_off = Price()
    still_owed = Price(source="rest")

    class Meta:
        model = MakerClaim
        fields = [
            "id", "version", "number", "order", "state", "replaces", "reference", "claimed_amount", "accepted_amount",
            "written_off", "still_owed", "reason", "kept_at", "submitted_at", "answered_at", "paid_at",
        ]  # fmt: skip


class MakerClaimWhole(serializers.Serializer[Any]):
    """A claim, with the sentences that say what is lacking before it is submitted."""

    claim = MakerClaimShown()
    amount = Price()
    lacking = serializers.ListField(child=serializers.CharField())


class MakerClaimNew(serializers.Serializer[Any]):
    """For which order."""

    order = Id()


class AcceptNew(serializers.Serializer[Any]):
    """What the maker accepted; without an amount all of it."""

    amount = Amount(required=False, allow_null=True, default=None)
    reference = Words(40)


class RejectNew(serializers.Serializer[Any]):
    """Why the maker rejected it."""

    reason = serializers.CharField(max_length=200)
    reference = Words(40)
