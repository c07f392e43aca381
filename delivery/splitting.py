"""Which payer owes what of a bill: arithmetic over lines and splits that are at hand, to the cent. No queries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from delivery.models import Split
from dms.errors import Refused
from dms.money import CENT, ZERO, share_out, total
from reception.models import Line, WorkOrder
from reception.states import Payer

#: A hundred percent, counted as `Split.percent` is stored.
WHOLE = 100 * 100


#: (net, gross) by rate of tax.
ByRate = dict[Decimal, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Row:
    """What a part consists of: of `whole` (gross) it holds `gross`. `line` is None for a share of the whole bill, which
    has `words`; `rates`: what of it is at which rate of tax.
    """

    words: str | Promise
    line: Line | None
    whole: Decimal
    net: Decimal
    gross: Decimal
    rates: ByRate

    @property
    def label(self) -> str:
        """In the language that is active now: that of a page, or of whoever gets the paper."""
        return self.line.label if self.line else str(self.words)


@dataclass(slots=True)
class Part:
    """What one payer owes. `customer` is who it is, when it is one of ours; `own`: who brought the order to pay it."""

    payer: str
    customer: Customer | None
    own: bool
    rows: list[Row] = field(default_factory=list)

    @property
    def net(self) -> Decimal:
        return total(row.net for row in self.rows)

    @property
    def gross(self) -> Decimal:
        return total(row.gross for row in self.rows)

    @property
    def tax(self) -> Decimal:
        return self.gross - self.net

    @property
    def rates(self) -> ByRate:
        """Net and gross at each rate of tax; together the part."""
        found: ByRate = {}
        for row in self.rows:
            for rate, (net, gross) in row.rates.items():
                known = found.get(rate, (ZERO, ZERO))
                found[rate] = (known[0] + net, known[1] + gross)
        return found

    @property
    def label(self) -> str:
        """The kind of payer, with its name where another customer or a company was named."""
        kind = str(Payer(self.payer).label)
        return kind if self.own or self.customer is None else f"{kind} · {self.customer.name}"


@dataclass(frozen=True, slots=True)
class _Piece:
    net: Decimal
    gross: Decimal


def _pieces(whole: _Piece, splits: Sequence[Split], label: str) -> list[_Piece]:
    """A piece for each split, and last what the customer keeps; together the whole, in net and in gross.

    Percents are of the whole, with the largest remainder. Raises `Refused` when more is taken over than there is.
    """
    weights = [int((split.percent or 0) * 100) for split in splits]
    fixed = total(split.amount or ZERO for split in splits)
    if sum(weights) > WHOLE:
        raise Refused(_("More than 100 %% of “%(what)s” would be taken over.") % {"what": label})
    *taken, rest = share_out(whole.gross, [*weights, WHOLE - sum(weights)])
    if fixed > rest:
        raise Refused(
            _("Of “%(what)s” only %(left)s is left to be taken over, not %(asked)s.")
            % {"what": label, "left": rest, "asked": fixed}
        )
    grosses = [split.amount or share for split, share in zip(splits, taken, strict=True)] + [rest - fixed]
    if whole.gross == ZERO:
        return [_Piece(ZERO, ZERO) for _gross in grosses]
    nets = share_out(whole.net, [int(gross / CENT) for gross in grosses])
    return [_Piece(net, gross) for net, gross in zip(nets, grosses, strict=True)]


def _own(whole: _Piece, own: Decimal) -> tuple[_Piece, _Piece]:
    """What the customer pays of a line that somebody else pays, and what that one pays; the net is shared alike."""
    rest = whole.gross - own
    mine, theirs = share_out(whole.net, [int(own / CENT), int(rest / CENT)])
    return _Piece(mine, own), _Piece(theirs, rest)


def _of_line(line: Line, piece: _Piece) -> Row:
    return Row("", line, line.gross, piece.net, piece.gross, {line.tax_rate: (piece.net, piece.gross)})


def parts_of(order: WorkOrder, lines: Iterable[Line], splits: Sequence[Split]) -> list[Part]:
    """The parts in the order of the payers, the order's own payer first; without those that owe nothing.

    Raises `Refused` when the splits take over more than there is.
    """
    found: dict[tuple[str, int | None], Part] = {}

    def part(payer: str, customer: Customer | None) -> Part:
        key = (payer, customer.pk if customer else None)
        own = payer == Payer.CUSTOMER and key[1] == order.payer_id
        return found.setdefault(key, Part(payer, customer, own))

    mine = part(Payer.CUSTOMER, order.payer)
    for line in lines:
        whole = _Piece(line.net, line.gross)
        taken = [split for split in splits if split.line_id == line.pk] if line.payer == Payer.CUSTOMER else []
        *pieces, rest = _pieces(whole, taken, line.label)
        for split, piece in zip(taken, pieces, strict=True):
            part(split.payer, split.customer).rows.append(_of_line(line, piece))
        keeps = mine if line.payer == Payer.CUSTOMER else part(line.payer, None)
        if line.own_gross:
            mine_of_it, rest = _own(whole, line.own_gross)
            mine.rows.append(_of_line(line, mine_of_it))
        keeps.rows.append(_of_line(line, rest))
    _share_whole(mine, [split for split in splits if split.line_id is None], part)
    order_of = list(Payer.values)
    return sorted(
        (one for one in found.values() if one.rows),
        key=lambda one: (order_of.index(one.payer), not one.own, one.customer.pk if one.customer else 0),
    )


def _share_whole(mine: Part, splits: Sequence[Split], part: Callable[[str, Customer | None], Part]) -> None:
    """What others take over of the customer's whole share."""
    if not splits:
        return
    whole, words = _Piece(mine.net, mine.gross), gettext_lazy("Share of the customer's bill")
    *pieces, _rest = _pieces(whole, splits, str(words))
    taken = _by_rate(mine.rates, [piece.gross for piece in pieces])
    for split, rates in zip(splits, taken, strict=True):
        net, gross = _sums(rates)
        part(split.payer, split.customer).rows.append(Row(words, None, whole.gross, net, gross, rates))
    gone: ByRate = {}
    for rates in taken:
        for rate, (net, gross) in rates.items():
            known = gone.get(rate, (ZERO, ZERO))
            gone[rate] = (known[0] - net, known[1] - gross)
    net, gross = _sums(gone)
    mine.rows.append(Row(gettext_lazy("Taken over by others"), None, whole.gross, net, gross, gone))


def _sums(rates: ByRate) -> tuple[Decimal, Decimal]:
    return total(net for net, _gross in rates.values()), total(gross for _net, gross in rates.values())


def _by_rate(whole: ByRate, amounts: Sequence[Decimal]) -> list[ByRate]:
    """Each gross amount over the rates of what it is taken from, with the largest remainder; the net of a rate follows
    its gross, so that what is free of tax stays free of it.
    """
    left = {rate: gross for rate, (_net, gross) in whole.items() if gross}
    taken: list[dict[Decimal, Decimal]] = []
    for amount in amounts:
        shares = share_out(amount, [int(gross / CENT) for gross in left.values()]) if amount else [ZERO] * len(left)
        taken.append(dict(zip(left, shares, strict=True)))
        left = {rate: left[rate] - share for rate, share in taken[-1].items()}
    found: list[ByRate] = [{} for _amount in amounts]
    for rate, rest in left.items():
        grosses = [one[rate] for one in taken]
        nets = share_out(whole[rate][0], [int(gross / CENT) for gross in [*grosses, rest]])
        for one, net, gross in zip(found, nets, grosses, strict=False):
            one[rate] = (net, gross)
    return found
