"""Those that stand here twice by the API: what looks alike, merges, and their undo."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView
from accounts.serializers import page_of
from customers.duplicates import merges_after, pairs
from customers.merge_states import Twin
from customers.models import MergeRun
from customers.services import merging
from records.api import ActView


class SideShown(serializers.Serializer[Any]):
    """One of two: its id and what it is called, and what stands beside it (cars of a customer, owners of a car)."""

    id = serializers.IntegerField(source="row.pk")
    label = serializers.CharField(source="row")  # type: ignore[assignment]  # its name in the answer
    beside = serializers.ListField(child=serializers.CharField())


class PairShown(serializers.Serializer[Any]):
    """Two that may be one, and why."""

    what = serializers.ChoiceField(Twin.choices)
    why = serializers.CharField()
    first = SideShown()
    second = SideShown()


class ApartSaid(serializers.Serializer[Any]):
    """Two that look alike and are two."""

    what = serializers.ChoiceField(Twin.choices)
    first = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    second = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class MergeNew(serializers.Serializer[Any]):
    """Which one stays and which becomes part of it."""

    what = serializers.ChoiceField(Twin.choices)
    kept = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    lost = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class MergeShown(serializers.ModelSerializer[MergeRun]):
    """A merge: the two by id and by what they were called, the kept one first; and whether it was undone."""

    names = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = MergeRun
        fields = ["id", "what", "kept", "lost", "names", "merged_at", "undone_at"]


class Duplicates(ApiView):
    """What looks alike."""

    permission = "records.merge"

    @extend_schema(responses=page_of(PairShown), summary="Customers and cars that may stand here twice")
    def get(self, request: Request) -> Response:
        return self.rows(PairShown, pairs(self.actor.branch))


class Apart(ActView):
    """What only looks alike."""

    permission = "records.merge"

    @extend_schema(request=ApartSaid, responses=ApartSaid, summary="Say that two are two: they are not proposed again")
    def post(self, request: Request) -> Response:
        sent = self.read(ApartSaid)

        def do() -> dict[str, Any]:
            merging.say_apart(actor=self.actor, what=sent["what"], ids=[sent["first"], sent["second"]])
            return dict(sent)

        return self.act(do)


class Merges(ActView):
    """Merges of customers and of cars."""

    permission = "records.merge"
    keyed = True
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(MergeShown), summary="Merges, newest first")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = merges_after(self.actor.branch, self.number("after"), size + 1)
        return self.rows(MergeShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request=MergeNew, responses={201: MergeShown}, summary="Make two one")
    def post(self, request: Request) -> Response:
        sent = self.read(MergeNew)

        def do() -> dict[str, Any]:
            run = merging.merge(actor=self.actor, what=sent["what"], kept_id=sent["kept"], lost_id=sent["lost"])
            return self.show(MergeShown, run)

        return self.act(do, 201)


class UndoMerge(ActView):
    """The way back."""

    permission = "records.merge"
    keyed = True

    @extend_schema(request=None, responses=MergeShown, summary="Take two apart again")
    def post(self, request: Request, merge_id: int) -> Response:
        if not MergeRun.objects.filter(branch=self.actor.branch, pk=merge_id).exists():
            raise Http404
        return self.act(lambda: self.show(MergeShown, merging.undo(actor=self.actor, merge_id=merge_id)))
