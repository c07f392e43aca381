"""Claims to the manufacturer by the API."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import query
from accounts.serializers import page_of
from delivery import maker_serializers as fields
from delivery.claim_serializers import MoneyNew
from delivery.maker_selectors import claim_list, claim_view, claims_of
from delivery.models import MakerClaim
from delivery.services import warranty as acts
from reception.models import WorkOrder
from records.api import ActView


class _Claims(ActView):
    def claim(self, maker_claim_id: int) -> MakerClaim:
        """404 for another branch's."""
        found = claims_of(self.actor.branch).filter(pk=maker_claim_id).first()
        if found is None:
            raise Http404
        found.order.branch = self.actor.branch
        return found

    def whole(self, maker_claim_id: int) -> dict[str, Any]:
        """The claim as it stands now."""
        return self.show(fields.MakerClaimWhole, claim_view(self.claim(maker_claim_id)))

    def acting(self, maker_claim_id: int, act: Callable[..., object], status: int = 200, **sent: Any) -> Response:
        """One step of the claim, and the claim after it."""

        def do() -> dict[str, Any]:
            act(actor=self.actor, claim_id=maker_claim_id, **sent)
            return self.whole(maker_claim_id)

        return self.act(do, status)


class MakerClaims(_Claims):
    """The branch's claims to manufacturers."""

    permission = "claim.view"
    permissions = {"POST": "claim.edit"}
    keyed = True
    queries = {"GET": [query("ended", bool, "Those that are paid or rejected, in place of those in progress")]}

    @extend_schema(responses=page_of(fields.MakerClaimShown), summary="Claims to the manufacturer, drafts first")
    def get(self, request: Request) -> Response:
        return self.rows(fields.MakerClaimShown, claim_list(self.actor.branch, ended=bool(self.flag("ended"))))

    @extend_schema(
        request=fields.MakerClaimNew, responses={201: fields.MakerClaimWhole}, summary="Make a claim for an order"
    )
    def post(self, request: Request) -> Response:
        order = self.read(fields.MakerClaimNew)["order"]
        if not WorkOrder.objects.filter(pk=order, branch=self.actor.branch).exists():
            raise Http404
        return self.act(lambda: self.whole(acts.open_claim(actor=self.actor, order_id=order).pk), 201)


class OneMakerClaim(_Claims):
    """One claim."""

    permission = "claim.view"

    @extend_schema(responses=fields.MakerClaimWhole, summary="A claim to the manufacturer")
    def get(self, request: Request, maker_claim_id: int) -> Response:
        return self.answer(self.whole(maker_claim_id))


class KeepParts(_Claims):
    """The old parts are kept for the maker."""

    permission = "claim.edit"

    @extend_schema(request=None, responses=fields.MakerClaimWhole, summary="The old parts are kept")
    def post(self, request: Request, maker_claim_id: int) -> Response:
        return self.acting(self.claim(maker_claim_id).pk, acts.keep_parts)


class Submit(_Claims):
    """It went to the maker."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=None, responses=fields.MakerClaimWhole, summary="The claim went to the manufacturer")
    def post(self, request: Request, maker_claim_id: int) -> Response:
        return self.acting(self.claim(maker_claim_id).pk, acts.submit)


class Accept(_Claims):
    """The maker accepts it."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=fields.AcceptNew, responses=fields.MakerClaimWhole, summary="The manufacturer accepts it")
    def post(self, request: Request, maker_claim_id: int) -> Response:
        row = self.claim(maker_claim_id)
        return self.acting(row.pk, acts.accept, **self.read(fields.AcceptNew))


class Reject(_Claims):
    """The maker rejects it."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=fields.RejectNew, responses=fields.MakerClaimWhole, summary="The manufacturer rejects it")
    def post(self, request: Request, maker_claim_id: int) -> Response:
        row = self.claim(maker_claim_id)
        return self.acting(row.pk, acts.reject, **self.read(fields.RejectNew))


class MakerMoney(_Claims):
    """The maker's money."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=MoneyNew, responses={201: fields.MakerClaimWhole}, summary="The manufacturer's money came")
    def post(self, request: Request, maker_claim_id: int) -> Response:
        row, key = self.claim(maker_claim_id), self.money_key()
        return self.acting(row.pk, acts.maker_paid, 201, amount=self.read(MoneyNew)["amount"], key=key)
