"""The till by the API: drawers, the close of the day, open credit, write-offs, deposits, invoices."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.serializers import page_of
from customers.models import Customer
from delivery import till_serializers as fields
from delivery.credit_selectors import accounts, written_off
from delivery.day_selectors import drawers_of, open_drawer
from delivery.models import DayClose, Deposit, Drawer, Receivable, WriteOff
from delivery.services import credit, deposit, drawer, write_offs
from records.api import ActView


class OwnDrawer(ActView):
    """The drawer of whoever holds the token's membership."""

    permission = "till.pay"
    keyed = True

    @extend_schema(responses=fields.DrawerShown, summary="My open drawer")
    def get(self, request: Request) -> Response:
        found = open_drawer(self.actor.branch, self.actor.person)
        if found is None:
            raise Http404
        return self.answer(self.show(fields.DrawerShown, found))

    @extend_schema(request=fields.Float, responses={201: fields.DrawerShown}, summary="Open the drawer, set its float")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.Float)

        def do() -> dict[str, Any]:
            made = drawer.set_float(actor=self.actor, amount=sent["amount"])
            return self.show(fields.DrawerShown, drawers_of(self.actor.branch).get(pk=made.pk))

        return self.act(do, 201)


class CountDrawer(ActView):
    """A drawer is counted and closed; somebody else's by the manager."""

    permission = "till.pay"
    keyed = True

    @extend_schema(request=fields.Count, responses=fields.DrawerShown, summary="Count and close a drawer")
    def post(self, request: Request, drawer_id: int) -> Response:
        if not Drawer.objects.filter(pk=drawer_id, branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.Count)

        def do() -> dict[str, Any]:
            drawer.close_drawer(actor=self.actor, drawer_id=drawer_id, **sent)
            return self.show(fields.DrawerShown, drawers_of(self.actor.branch).get(pk=drawer_id))

        return self.act(do)


class CloseDay(ActView):
    """A day is closed, numbered and frozen; again when more money came."""

    permission = "till.pay"
    keyed = True

    @extend_schema(request=fields.Day, responses={201: fields.DayCloseShown}, summary="Close a day")
    def post(self, request: Request) -> Response:
        sent = self.read(fields.Day)
        return self.act(
            lambda: self.show(fields.DayCloseShown, drawer.close_day(actor=self.actor, day=sent["day"])), 201
        )


class ClosedDay(ActView):
    """The close of a day as it was frozen, with its payments and its journal."""

    permission = "till.pay"

    @extend_schema(responses=fields.DayCloseShown, summary="A closed day")
    def get(self, request: Request, close_id: int) -> Response:
        found = DayClose.objects.filter(pk=close_id, branch=self.actor.branch).first()
        if found is None:
            raise Http404
        return self.answer(self.show(fields.DayCloseShown, found))


class OpenCredit(ActView):
    """Who owes what of shares that are paid later."""

    permission = "till.pay"

    @extend_schema(responses=fields.CreditShown, summary="Open credit")
    def get(self, request: Request) -> Response:
        return self.answer(self.show(fields.CreditShown, {"items": accounts(self.actor.branch)}))


class CreditTerms(ActView):
    """How much a customer may owe, and for how long."""

    permission = "discount.approve"
    keyed = True

    @extend_schema(request=fields.Terms, responses=fields.TermsShown, summary="Set a customer's terms of credit")
    def post(self, request: Request, customer_id: int) -> Response:
        if not Customer.objects.filter(pk=customer_id, branch=self.actor.branch).exists():
            raise Http404
        sent = self.read(fields.Terms)
        return self.act(
            lambda: self.show(fields.TermsShown, credit.set_terms(actor=self.actor, customer_id=customer_id, **sent))
        )


class Deposits(ActView):
    """A customer pays in advance."""

    permission = "till.pay"
    keyed = True

    @extend_schema(request=fields.DepositNew, responses={201: fields.DepositShown}, summary="Take a deposit")
    def post(self, request: Request, customer_id: int) -> Response:
        rows = Customer.objects.filter(branch=self.actor.branch, merged_into__isnull=True)
        if not rows.filter(pk=customer_id).exists():
            raise Http404
        sent, key = self.read(fields.DepositNew), self.money_key()
        return self.act(
            lambda: self.show(
                fields.DepositShown, deposit.take_deposit(actor=self.actor, customer_id=customer_id, key=key, **sent)
            ),
            201,
        )


class DepositBack(ActView):
    """What is left of a deposit is given back."""

    permission = "till.reverse"
    keyed = True

    @extend_schema(request=fields.DepositRefund, responses=fields.DepositShown, summary="Give a deposit back")
    def post(self, request: Request, deposit_id: int) -> Response:
        if not Deposit.objects.filter(pk=deposit_id, branch=self.actor.branch).exists():
            raise Http404
        sent, key = self.read(fields.DepositRefund), self.money_key()

        def do() -> dict[str, Any]:
            deposit.refund_deposit(actor=self.actor, deposit_id=deposit_id, key=key, **sent)
            return self.show(fields.DepositShown, Deposit.objects.get(pk=deposit_id))

        return self.act(do)


class WriteOffs(ActView):
    """What the house gave up of shares."""

    permission = "till.pay"

    @extend_schema(responses=page_of(fields.WriteOffShown), summary="Write-offs, the latest first")
    def get(self, request: Request) -> Response:
        return self.rows(fields.WriteOffShown, written_off(self.actor.branch))


class WriteOffOfShare(ActView):
    """The rest of a share becomes a cost of the house."""

    permission = "discount.approve"
    keyed = True

    @extend_schema(
        request=fields.WriteOffNew, responses={201: fields.WriteOffShown}, summary="Write off the rest of a share"
    )
    def post(self, request: Request, receivable_id: int) -> Response:
        if not Receivable.objects.filter(pk=receivable_id, settlement__order__branch=self.actor.branch).exists():
            raise Http404
        sent, key = self.read(fields.WriteOffNew), self.money_key()
        return self.act(
            lambda: self.show(
                fields.WriteOffShown,
                write_offs.write_off(actor=self.actor, receivable_id=receivable_id, key=key, **sent),
            ),
            201,
        )


class WriteOffTaken(ActView):
    """A write-off is taken back by a counter entry."""

    permission = "discount.approve"
    keyed = True

    @extend_schema(request=fields.WriteOffBack, responses={201: fields.WriteOffShown}, summary="Take a write-off back")
    def post(self, request: Request, write_off_id: int) -> Response:
        rows = WriteOff.objects.filter(receivable__settlement__order__branch=self.actor.branch)
        if not rows.filter(pk=write_off_id).exists():
            raise Http404
        sent = self.read(fields.WriteOffBack)
        return self.act(
            lambda: self.show(
                fields.WriteOffShown, write_offs.take_back(actor=self.actor, write_off_id=write_off_id, **sent)
            ),
            201,
        )
