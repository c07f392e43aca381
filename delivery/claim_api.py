"""Insurers' cases by the API."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView, query
from accounts.serializers import page_of
from catalog.models import Insurer
from delivery import claim_serializers as fields
from delivery.claim_selectors import case_list, case_view, claims_of
from delivery.models import InsuranceClaim
from delivery.services import insurance as acts
from reception.models import WorkOrder
from records.api import ActView


class Insurers(ApiView):
    """Insurers whose cases are repaired here."""

    permission = "claim.view"

    @extend_schema(responses=page_of(fields.InsurerShown), summary="Insurers")
    def get(self, request: Request) -> Response:
        return self.rows(fields.InsurerShown, Insurer.objects.filter(ended_at__isnull=True).order_by("name", "id"))


class _Cases(ActView):
    def case(self, claim_id: int) -> InsuranceClaim:
        """404 for another branch's."""
        found = claims_of(self.actor.branch).filter(pk=claim_id).first()
        if found is None:
            raise Http404
        found.order.branch = self.actor.branch
        return found

    def whole(self, claim_id: int) -> dict[str, Any]:
        """The case as it stands now."""
        return self.show(fields.CaseWhole, case_view(self.case(claim_id)))


class Cases(_Cases):
    """The branch's cases."""

    permission = "claim.view"
    permissions = {"POST": "claim.edit"}
    keyed = True
    queries = {"GET": [query("ended", bool, "Those that are paid or withdrawn, in place of those in progress")]}

    @extend_schema(responses=page_of(fields.CaseRow), summary="Insurance claims, the nearest day first")
    def get(self, request: Request) -> Response:
        return self.rows(fields.CaseRow, case_list(self.actor.branch, ended=bool(self.flag("ended"))))

    @extend_schema(request=fields.CaseNew, responses={201: fields.CaseWhole}, summary="Open an insurance claim")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.CaseNew)
        order, insurer = sent.pop("order"), Insurer.objects.filter(pk=sent.pop("insurer")).first()
        if insurer is None or not WorkOrder.objects.filter(pk=order, branch=self.actor.branch).exists():
            raise Http404

        def do() -> dict[str, Any]:
            made = acts.open_case(actor=self.actor, order_id=order, facts=acts.Facts(insurer=insurer, **sent))
            return self.whole(made.pk)

        return self.act(do, 201)


class Case(_Cases):
    """One case."""

    permission = "claim.view"

    @extend_schema(responses=fields.CaseWhole, summary="An insurance claim")
    def get(self, request: Request, claim_id: int) -> Response:
        return self.answer(self.whole(claim_id))


class Rounds(_Cases):
    """A round of the assessment."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=fields.RoundNew, responses={201: fields.CaseWhole}, summary="Keep a round of the assessment")
    def post(self, request: Request, claim_id: int) -> Response:
        row, sent = self.case(claim_id), self.read(fields.RoundNew)
        lines = [acts.Judged(one["line"], one["amount"], one["decision"]) for one in sent.pop("lines")]
        held = acts.Round(lines=lines, supplement_id=sent.pop("supplement"), **sent)

        def do() -> dict[str, Any]:
            acts.record_round(actor=self.actor, claim_id=row.pk, held=held)
            return self.whole(row.pk)

        return self.act(do, 201)


class Supplements(_Cases):
    """More damage was found."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=fields.FoundNew, responses={201: fields.CaseWhole}, summary="Open a supplement")
    def post(self, request: Request, claim_id: int) -> Response:
        row, sent = self.case(claim_id), self.read(fields.FoundNew)

        def do() -> dict[str, Any]:
            acts.open_supplement(actor=self.actor, claim_id=row.pk, **sent)
            return self.whole(row.pk)

        return self.act(do, 201)


class Papers(_Cases):
    """A paper of the checklist."""

    permission = "claim.edit"

    @extend_schema(request=fields.PaperNew, responses=fields.CaseWhole, summary="A paper of the claim is here")
    def post(self, request: Request, claim_id: int) -> Response:
        row, sent = self.case(claim_id), self.read(fields.PaperNew)

        def do() -> dict[str, Any]:
            acts.receive_paper(actor=self.actor, claim_id=row.pk, paper=sent["paper"], on=sent["received_on"])
            return self.whole(row.pk)

        return self.act(do)


class HandIn(_Cases):
    """The papers went to the insurer."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=None, responses=fields.CaseWhole, summary="The papers went to the insurer")
    def post(self, request: Request, claim_id: int) -> Response:
        row = self.case(claim_id)

        def do() -> dict[str, Any]:
            acts.hand_in(actor=self.actor, claim_id=row.pk)
            return self.whole(row.pk)

        return self.act(do)


class Money(_Cases):
    """The insurer's money."""

    permission = "claim.edit"
    keyed = True

    @extend_schema(request=fields.MoneyNew, responses={201: fields.CaseWhole}, summary="The insurer's money came")
    def post(self, request: Request, claim_id: int) -> Response:
        row, sent, key = self.case(claim_id), self.read(fields.MoneyNew), self.money_key()

        def do() -> dict[str, Any]:
            acts.insurer_paid(actor=self.actor, claim_id=row.pk, amount=sent["amount"], key=key)
            return self.whole(row.pk)

        return self.act(do, 201)
