"""Lines: what is sold, offers and the customer's answers."""

from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import NO_CONTENT
from accounts.serializers import page_of
from catalog.models import LabourOperation, Part
from dms.errors import Invalid
from reception import serializers as fields
from reception.api.orders import OfOrder
from reception.models import Line, Statement, WorkOrder
from reception.services import contract, edits, lines
from reception.services.menus import add_menu
from reception.states import JUDGEMENTS


class OfLine(OfOrder):
    """A view of lines."""

    def line(self, order_id: int, line_id: int) -> Line:
        """404 for another order's, or another branch's."""
        found = Line.objects.filter(pk=line_id, order=self.order(order_id)).first()
        if found is None:
            raise Http404
        return found

    def statement(self, order: WorkOrder | int, statement_id: int | None) -> Statement | None:
        """The order's statement that a body names. Raises `Invalid` for another order's."""
        if statement_id is None:
            return None
        found = Statement.objects.filter(pk=statement_id, order=order).first()
        if found is None:
            raise Invalid(_("This statement belongs to another order."))
        return found


class Lines(OfLine):
    """The lines of an order."""

    permissions = {"POST": "order.price"}

    @extend_schema(responses=page_of(fields.LineShown), summary="Lines of an order")
    def get(self, request: Request, order_id: int) -> Response:
        return self.rows(fields.LineShown, self.order(order_id).lines.order_by("id"))

    @extend_schema(request=fields.LineNew, responses={201: fields.LineShown}, summary="Add labour or a part")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.LineNew)
        statement = self.statement(order, sent["statement"])
        return self.act(lambda: self.show(fields.LineShown, self._add(order, sent, statement)), 201)

    def _add(self, order: WorkOrder, sent: dict[str, Any], statement: Statement | None) -> Line:
        payer, coverage = JUDGEMENTS[sent["judgement"]]
        code = sent["operation"] or sent["part"]
        operation = LabourOperation.objects.filter(code=sent["operation"], active=True).first()
        part = Part.objects.filter(code=sent["part"], active=True).first()
        if operation is not None:
            return lines.add_labour(
                actor=self.actor, order_id=order.pk, operation=operation, statement=statement, payer=payer,
                coverage=coverage, hours=sent["quantity"],
            )  # fmt: skip
        if part is not None:
            return lines.add_part(
                actor=self.actor, order_id=order.pk, part=part, quantity=sent["quantity"] or Decimal(1),
                statement=statement, payer=payer, coverage=coverage,
            )  # fmt: skip
        raise Invalid(_("“%(code)s” is not in the catalogue.") % {"code": code})


class AddMenu(OfLine):
    """Work with its parts, in one act."""

    permission = "order.price"
    keyed = True

    @extend_schema(
        request=fields.MenuAdded, responses={201: fields.LineShown(many=True)}, summary="Add a menu: all of its lines"
    )
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.MenuAdded)
        statement = self.statement(order, sent["statement"])

        def do() -> Any:
            made = add_menu(actor=self.actor, order_id=order.pk, code=sent["menu"], statement=statement)
            return [self.show(fields.LineShown, line) for line in made]

        return self.act(do, 201)


class OneLine(OfLine):
    """One line."""

    permissions = {"PATCH": "order.price", "DELETE": "order.price"}

    @extend_schema(responses=fields.LineShown, summary="One line")
    def get(self, request: Request, order_id: int, line_id: int) -> Response:
        return self.answer(self.show(fields.LineShown, self.line(order_id, line_id)))

    @extend_schema(request=fields.LineEdit, responses=fields.LineShown, summary="Change a line not agreed to")
    def patch(self, request: Request, order_id: int, line_id: int) -> Response:
        row = self.line(order_id, line_id)
        version, sent = self.version(row), self.read(fields.LineEdit)
        if "statement" in sent:
            sent["statement"] = self.statement(row.order_id, sent["statement"])
        changed = self.edited(lambda: edits.edit_line(actor=self.actor, line_id=row.pk, version=version, **sent))
        return self.answer(self.show(fields.LineShown, changed))

    @extend_schema(responses=NO_CONTENT, summary="Remove a draft")
    def delete(self, request: Request, order_id: int, line_id: int) -> Response:
        row = self.line(order_id, line_id)
        version = self.version(row)
        self.edited(lambda: edits.remove_line(actor=self.actor, line_id=row.pk, version=version))
        return Response(status=204)


class Withdraw(OfLine):
    """Agreed work that is not done after all."""

    permission = "order.price"
    keyed = True

    @extend_schema(request=None, responses=fields.LineShown, summary="Withdraw agreed work")
    def post(self, request: Request, order_id: int, line_id: int) -> Response:
        row = self.line(order_id, line_id)
        return self.act(lambda: self.show(fields.LineShown, lines.withdraw(actor=self.actor, line_id=row.pk)))


class Offers(OfLine):
    """Every draft goes to the customer."""

    permission = "extra.offer"
    keyed = True

    @extend_schema(request=None, responses=fields.OrderDetail, summary="Offer every draft to the customer")
    def post(self, request: Request, order_id: int) -> Response:
        order = self.order(order_id)

        def do() -> dict[str, Any]:
            lines.price(actor=self.actor, order_id=order.pk, prices=[], send=True)
            return self.show(fields.OrderDetail, self.whole(order.pk))

        return self.act(do)


class Answers(OfLine):
    """What the customer said to offered lines (approvals)."""

    permission = "extra.offer"
    keyed = True

    @extend_schema(request=fields.AnswersNew, responses=fields.OrderDetail, summary="Record the customer's answer")
    def post(self, request: Request, order_id: int) -> Response:
        order, sent = self.order(order_id), self.read(fields.AnswersNew)
        declined = {row["line"]: row["price_version"] for row in sent["declined"]}

        def do() -> dict[str, Any]:
            contract.answer_extra(
                actor=self.actor, order_id=order.pk, signer=sent["signer"], how=sent["how"],
                approved=[(row["line"], row["price_version"]) for row in sent["approved"]],
                declined=[row["line"] for row in sent["declined"]], shown=declined,
            )  # fmt: skip
            return self.show(fields.OrderDetail, self.whole(order.pk))

        return self.act(do)
