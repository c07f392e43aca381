"""What the order's page shows, gathered once for its view and for its forms when they come back with an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import QueryDict

from accounts.policies import Actor
from catalog.models import LabourOperation, Part
from dms.clock import local, now
from dms.gather import gather
from dms.money import ZERO
from reception import selectors
from reception.actions import buttons_of
from reception.cards import order_cards
from reception.found_forms import FoundForm
from reception.models import FoundWork, Line, WorkOrder
from reception.offer_forms import AnswerForm, PriceForm, PromiseForm, SignerForm, answer_form, price_form
from reception.option_groups import options_of
from reception.states import ON_FORM, OPEN_STATES, AuthorisedHow, LineState, Payer
from reception.supply import Supply, supply_of
from records.models import Photo
from records.selectors import panel_and_photos

#: What a list of suggestions still holds; more is typed by its code.
MOST_CHOICES = 500
#: What a list of suggestions still holds; more is typed by its code.
MOST_CHOICES = 500
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
class Told:
    """A finding in free words with its form and photos."""

    found: FoundWork
    form: FoundForm
    photos: list[Photo]


@dataclass(frozen=True, slots=True)
class Extra:
    """The extra-work panel: what is to be priced, what waits for an answer, what was declined and may come again."""

    drafts: list[Row]
    offered: list[Row]
    again: list[Row]
    signer: SignerForm
    offered_sum: Any
    #: What the workshop found and could not name, and what it may be named.
    found: list[Told] = field(default_factory=list)
    operations: list[LabourOperation] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

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
    told = [Told(row, FoundForm(prefix=f"found-{row.pk}"), []) for row in order.found.all() if row.closed_at is None]
    if not (offered or drafts or again or told):
        return None
    posted = data if data is not None and "signer" in data else None
    own = [row.line.share_of(Payer.CUSTOMER) for row in offered]
    return Extra(
        drafts=drafts,
        offered=offered,
        again=again,
        signer=SignerForm(posted, initial={"signer": order.contact.name, "how": AuthorisedHow.PHONE}),
        offered_sum=sum(own, ZERO),
        found=told,
    )


def _named(extra: Extra | None, photos: list[Photo], came_back: Mapping[int, FoundForm]) -> Extra | None:
    """Findings with their photos and forms, and what they may be named. One query where there are any."""
    if extra is None or not extra.found:
        return extra
    told = [
        Told(
            row.found, came_back.get(row.found.pk, row.form),
            [photo for photo in photos if photo.subject_key == row.found.subject_key],
        )
        for row in extra.found
    ]  # fmt: skip
    operations, parts = gather(
        LabourOperation.objects.filter(active=True).order_by("code")[:MOST_CHOICES],
        Part.objects.filter(active=True).order_by("code")[:MOST_CHOICES],
    )
    return replace(extra, found=told, operations=operations, parts=parts)


def promise_form(order: WorkOrder) -> PromiseForm:
    """Another promise, from the present one."""
    at = local(order.branch, order.promised_at).replace(tzinfo=None) if order.promised_at else None
    return PromiseForm(initial={"at": at})


def _may_send(order: WorkOrder, actor: Actor) -> bool:
    """Whether there is an estimate that the customer has not been shown, before the contract."""
    drafts = any(line.state == LineState.DRAFT for line in order.lines.all())
    return order.state in ON_FORM and drafts and actor.can("order.price")


def order_page(
    order: WorkOrder,
    actor: Actor,
    *,
    extra: Extra | None = None,
    promise: PromiseForm | None = None,
    found: Mapping[int, FoundForm] | None = None,
) -> dict[str, Any]:
    """The context of `reception/order.html`; `extra`, `promise` and `found` are forms that came back with an error."""
    order.branch = actor.branch
    at: datetime = now()
    live = order.state in OPEN_STATES
    subjects = [*(line.subject_key for line in order.lines.all()), *(row.subject_key for row in order.found.all())]
    papers, photos = panel_and_photos(actor, order.subject_key, *subjects)
    return {
        "order": order,
        "spine": selectors.spine(order),
        "promise": selectors.promised(order, at),
        "totals": selectors.totals(list(order.lines.all())),
        "buttons": buttons_of(order, actor),
        "prices": actor.can("price.view"),
        "open": live,
        "extra": _named(extra or extra_of(order, actor), photos, found or {}),
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
