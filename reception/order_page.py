"""What the order's page shows, gathered once for its view and for its forms when they come back with an error."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import QueryDict

from accounts.policies import Actor
from dms.clock import local, now
from dms.money import ZERO
from reception import selectors
from reception.actions import buttons_of
from reception.cards import order_cards
from reception.models import Line, WorkOrder
from reception.offer_forms import AnswerForm, PriceForm, PromiseForm, SignerForm, answer_form, price_form
from reception.option_groups import options_of
from reception.states import ON_FORM, OPEN_STATES, AuthorisedHow, LineState, Payer
from reception.supply import Supply, supply_of
from records.selectors import panel_and_photos

AGAIN = (LineState.DECLINED, LineState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Row:
    """An extra line with its two forms."""

    line: Line
    price: PriceForm
    answer: AnswerForm
    #: How its part stands; None for labour, and for what was answered.
    supply: Supply | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """The extra-work panel: what is to be priced, what waits for an answer, what was declined and may come again."""

    drafts: list[Row]
    offered: list[Row]
    again: list[Row]
    signer: SignerForm
    offered_sum: Any

    @property
    def forms(self) -> list[Any]:
        """Every form, for the error summary."""
        rows = [*self.drafts, *self.offered, *self.again]
        bound = [form for row in rows for form in (row.price, row.answer) if form.is_bound]
        return [*bound, *([self.signer] if self.signer.is_bound else [])]


def extra_of(order: WorkOrder, actor: Actor, data: QueryDict | None = None) -> Extra | None:
    """The panel of a signed, open order for those who offer extra work; None when there is nothing to do."""
    if order.authorised_at is None or order.state not in OPEN_STATES or not actor.can("extra.offer"):
        return None
    lines = list(order.lines.all())
    parts = supply_of(actor.branch, lines)
    rows = [Row(line, price_form(line, data), answer_form(line, data), parts.get(line.pk)) for line in lines]
    offered = [row for row in rows if row.line.state == LineState.OFFERED]
    drafts = [row for row in rows if row.line.state == LineState.DRAFT]
    again = [row for row in rows if row.line.state in AGAIN]
    if not (offered or drafts or again):
        return None
    posted = data if data is not None and "signer" in data else None
    own = [row.line.share_of(Payer.CUSTOMER) for row in offered]
    return Extra(
        drafts=drafts,
        offered=offered,
        again=again,
        signer=SignerForm(posted, initial={"signer": order.contact.name, "how": AuthorisedHow.PHONE}),
        offered_sum=sum(own, ZERO),
    )


def promise_form(order: WorkOrder) -> PromiseForm:
    """Another promise, from the present one."""
    at = local(order.branch, order.promised_at).replace(tzinfo=None) if order.promised_at else None
    return PromiseForm(initial={"at": at})


def _may_send(order: WorkOrder, actor: Actor) -> bool:
    """Whether there is an estimate that the customer has not been shown, before the contract."""
    drafts = any(line.state == LineState.DRAFT for line in order.lines.all())
    return order.state in ON_FORM and drafts and actor.can("order.price")


def order_page(
    order: WorkOrder, actor: Actor, *, extra: Extra | None = None, promise: PromiseForm | None = None
) -> dict[str, Any]:
    """The context of `reception/order.html`; `extra` and `promise` are forms that came back with an error."""
    order.branch = actor.branch
    at: datetime = now()
    live = order.state in OPEN_STATES
    papers, photos = panel_and_photos(actor, order.subject_key, *(line.subject_key for line in order.lines.all()))
    return {
        "order": order,
        "spine": selectors.spine(order),
        "promise": selectors.promised(order, at),
        "totals": selectors.totals(list(order.lines.all())),
        "buttons": buttons_of(order, actor),
        "prices": actor.can("price.view"),
        "open": live,
        "extra": extra or extra_of(order, actor),
        "promising": (promise or promise_form(order)) if live and actor.can("order.receive") else None,
        "papers": papers,
        "may_estimate": live and actor.can("order.receive") and order.quality_at is None,
        "may_send": _may_send(order, actor),
        "alternatives": options_of(list(order.lines.all())),
        "cards": order_cards.filled(actor, order),
        "photos": photos,
        "may_withdraw": live and actor.can("order.price") and order.quality_at is None,
        "page_address": f"{settings.PUBLIC_URL}/s/" if actor.can("extra.offer") else "",
    }
