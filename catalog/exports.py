"""Stock and its moves, to be taken out."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Stock, StockMove
from records.exports import Column, Table, register

_PART = (Column(_("Part number"), "part__code"), Column(_("Part"), "part__name"), Column(_("Unit"), "part__unit"))


def register_tables() -> None:
    """Called once the apps are ready."""
    register(
        Table(
            "stock", _("Stock"), "parts.view",
            (
                *_PART, Column(_("Origin"), "part__origin"), Column(_("Brand"), "part__brand_name"),
                Column(_("Place"), "place"), Column(_("On hand"), "on_hand"), Column(_("Reserved"), "reserved"),
                Column(_("Minimum"), "minimum"), Column(_("Maximum"), "maximum"),
            ),
            lambda branch: Stock.objects.filter(branch=branch), 92,
        ),
        Table(
            "stock_moves", _("Moves of the stock"), "parts.view",
            (
                *_PART, Column(pgettext_lazy("stock", "Move"), "kind"), Column(_("Quantity"), "quantity"),
                Column(_("On hand after"), "on_hand_after"), Column(_("Reserved after"), "reserved_after"),
                Column(_("Reason"), "reason"), Column(_("By"), "by__name"), Column(_("When"), "created_at"),
            ),
            lambda branch: StockMove.objects.filter(branch=branch), 93,
        ),
    )  # fmt: skip
