"""The customer's status page: one order, found by its code, and nothing of anybody else."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.selectors import consents_now
from customers.states import Channel, Purpose
from delivery.models import Pickup, ScanCharge, Settlement, billable, live_slip
from delivery.pickup_selectors import READY, Slot, pickup_of
from delivery.pickup_selectors import offered as free_slots
from delivery.scan import provider_for
from delivery.scan_selectors import live_charge, open_share, picture_of
from dms.clock import branch_day, local, now
from dms.money import ZERO
from reception.models import Line, WorkOrder
from reception.option_groups import Group, options_of
from reception.states import OPEN_STATES, LineState, Payer, State
from records.models import PaperFile, Photo
from records.pieces import Piece
from records.selectors import file_named, paper_rules, sheet_of
from records.states import FileState, PhotoKind
from retention.models import AppointmentWish, Survey
from retention.selectors.complaints import wish_of
from workshop.selectors.health import Sheet, health_of

#: What a customer has said yes or no to.
ANSWERED = (LineState.APPROVED, LineState.DONE, LineState.DECLINED)
#: A code opens its page until so long after the car has left.
LIVES = timedelta(days=30)
#: The alphabet of codes has no O and no 0; who reads one of them has most likely seen a Q.
MISREAD = str.maketrans("O0", "QQ")


def normalise_code(typed: str) -> list[str]:
    """What may be meant: capitals without spaces and dashes, as typed and with O and 0 read as Q."""
    text = unicodedata.normalize("NFKC", typed[:40]).upper()
    plain = "".join(sign for sign in text if sign.isascii() and sign.isalnum())
    return [plain, plain.translate(MISREAD)]


def order_of_code(typed: str) -> WorkOrder | None:
    """The order of a code that still lives. One query, also for what cannot be a code: the answer takes as long."""
    order = (
        WorkOrder.objects.filter(status_code__in=[code or "-" for code in normalise_code(typed)])
        .select_related("branch", "vehicle", "contact", "advisor")
        .first()
    )
    if order is None:
        return None
    left = order.released_at or order.left_at or order.cancelled_at or order.declined_at
    return order if left is None or left + LIVES > now() else None


@dataclass(frozen=True, slots=True)
class Offer:
    """An offered line with the photos of its finding; `own` when the customer pays it."""

    line: Line
    photos: list[Photo]

    @property
    def own(self) -> bool:
        """Whether the customer pays it."""
        return self.line.payer == Payer.CUSTOMER


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo of a finding that was answered, and of what."""

    label: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class Bill:
    """The slip that stands, with its lines; `own` is the customer's share."""

    slip: Settlement
    lines: list[Line]
    own: Decimal
    has_file: bool


@dataclass(frozen=True, slots=True)
class ToPay:
    """What the customer owes of the slip now, and the code that is shown for it."""

    slip: Settlement
    owed: Decimal
    charge: ScanCharge | None

    @property
    def picture(self) -> SafeString | str:
        """The code as SVG; '' while there is none."""
        return picture_of(self.charge) if self.charge else ""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a customer can do about the next visit: judge this one, ask to come, want no more messages.

    `purposes` are the messages of the house, and of each whether a channel is open and whether all are closed.
    """

    survey: Survey | None
    may_judge: bool
    wish: AppointmentWish | None
    purposes: list[tuple[Purpose, bool, bool]]


@dataclass(frozen=True, slots=True)
class Status:
    """What the page shows."""

    order: WorkOrder
    sentence: str
    offers: list[Offer]
    agreed: list[Line]
    declined: list[Line]
    agreed_sum: Decimal
    #: Of findings that were answered: they stay until the page ends.
    photos: list[Shown] = field(default_factory=list)
    bill: Bill | None = None
    sheet: Sheet | None = None
    after: Afterwards | None = None
    pickup: Pickup | None = None
    slots: tuple[Slot, ...] = ()
    pay: ToPay | None = None

    @property
    def groups(self) -> list[Group]:
        """Alternatives, which stand side by side and get one answer together."""
        return options_of([offer.line for offer in self.offers])

    @property
    def single(self) -> list[Offer]:
        """What is answered line by line."""
        side = {line.pk for group in self.groups for option in group.options for line in option.lines}
        return [offer for offer in self.offers if offer.line.pk not in side]


def bill_of(order: WorkOrder) -> Bill | None:
    """The bill of an order that is settled. Four queries."""
    slip = live_slip(order) if order.settled_at is not None else None
    if slip is None:
        return None
    lines = billable(order)
    file = _file_of(slip, order)
    return Bill(
        slip=slip,
        lines=lines,
        own=Decimal(slip.paper.content["customer_total"]),
        has_file=file is not None and file.state != FileState.FAILED,
    )


def afterwards(order: WorkOrder) -> Afterwards:
    """Two queries, and one more once the car has left."""
    rows = consents_now(order.contact)
    closed = {(row.purpose, row.channel) for row in rows if not row.granted}
    wanted = {row.purpose for row in rows if row.granted}
    survey = Survey.objects.filter(order=order).first() if order.released_at is not None else None
    return Afterwards(
        survey=survey,
        may_judge=order.released_at is not None and survey is None,
        wish=wish_of(order.vehicle),
        purposes=[
            (purpose, purpose in wanted, all((purpose, channel) in closed for channel in Channel))
            for purpose in Purpose
        ],
    )


def bill_file(order: WorkOrder) -> PaperFile | None:
    """The drawn original of the slip that stands; None where nobody has asked for it yet. Three queries at most."""
    slip = live_slip(order)
    return _file_of(slip, order) if slip else None


def _file_of(slip: Settlement, order: WorkOrder) -> PaperFile | None:
    piece = Piece(slip.paper_id, sheet_of(slip.paper, paper_rules(order.branch)))
    return file_named(piece.name)


def status_of(order: WorkOrder) -> Status:
    """The order's lines, findings, bill and health check for its customer, and what comes afterwards.

    Fourteen queries at most, and six more once the car is ready.
    """
    lines = list(order.lines.select_related("part").order_by("id"))
    asked = order.state == State.ESTIMATING or (order.authorised_at is not None and order.state in OPEN_STATES)
    offered = [line for line in lines if asked and line.state == LineState.OFFERED]
    photos = _photos(order, [line for line in lines if line.extra or line in offered])
    answered = [line for line in lines if line not in offered and line.state in ANSWERED]
    agreed = [line for line in lines if line.state in (LineState.APPROVED, LineState.DONE)]
    comes = order.state in READY and not order.waits
    return Status(
        order=order,
        sentence=sentence_of(order, now(), waits=bool(offered)),
        offers=[Offer(line, photos.get(f"line:{line.pk}", [])) for line in offered],
        agreed=agreed,
        declined=[line for line in lines if line.state == LineState.DECLINED],
        photos=[Shown(line.label, row) for line in answered for row in photos.get(f"line:{line.pk}", [])],
        agreed_sum=sum((line.share_of(Payer.CUSTOMER) for line in agreed), ZERO),
        bill=bill_of(order),
        sheet=health_of(order, finished=True),
        after=afterwards(order),
        pickup=pickup_of(order) if comes else None,
        slots=tuple(free_slots(order.branch)) if comes else (),
        pay=to_pay(order),
    )


def to_pay(order: WorkOrder) -> ToPay | None:
    """Two queries for an order at the till with a provider of scan-to-pay; none for others."""
    found = open_share(order) if order.state == State.HANDING_OVER and provider_for(order.branch) else None
    if found is None:
        return None
    share, owed = found
    return ToPay(share.settlement, owed, live_charge(share))


def _photos(order: WorkOrder, lines: list[Line]) -> dict[str, list[Photo]]:
    keys = [f"line:{line.pk}" for line in lines]
    found: dict[str, list[Photo]] = {}
    rows = Photo.objects.filter(branch=order.branch, kind=PhotoKind.FINDING, subject_key__in=keys) if keys else []
    for photo in rows:
        found.setdefault(photo.subject_key, []).append(photo)
    return found


def photo_of(order: WorkOrder, key: object) -> Photo | None:
    """A photo that stands on this order's page now; another order's does not exist."""
    seen = status_of(order)
    shown = [photo for offer in seen.offers for photo in offer.photos] + [one.photo for one in seen.photos]
    shown += [photo for point in seen.sheet.points for photo in point.photos] if seen.sheet else []
    return next((photo for photo in shown if photo.key == key), None)


def sentence_of(order: WorkOrder, at: datetime, *, waits: bool = False) -> str:
    """What happens with the car now, and about when it is ready; `waits` for the customer's answer."""
    estimated = waits and order.state == State.ESTIMATING
    what = _("Your estimate waits for your answer") if estimated else _what(order.state)
    done = (State.READY, State.HANDING_OVER, State.SETTLED)
    if order.state not in OPEN_STATES or order.state in done or order.promised_at is None:
        return _("%(what)s.") % {"what": what}
    if order.promised_at <= at:
        return _("%(what)s. It takes longer than promised; your advisor will tell you the new time.") % {"what": what}
    return _("%(what)s, ready about %(time)s.") % {"what": what, "time": _about(order, at)}


def _about(order: WorkOrder, at: datetime) -> str:
    """The promised time on the branch's clock, with its day when that is not today."""
    assert order.promised_at is not None  # noqa: S101 - the caller asked
    there = local(order.branch, order.promised_at)
    if branch_day(order.branch, order.promised_at) == branch_day(order.branch, at):
        return there.strftime("%H:%M")
    return f"{date_format(there.date(), 'MONTH_DAY_FORMAT')} {there:%H:%M}"


def _what(state: str) -> str:
    return {
        State.ARRIVED: _("Your car has arrived"),
        State.INSPECTING: _("We are looking at your car"),
        State.ESTIMATING: _("We are preparing your estimate"),
        State.AUTHORISED: _("Your car waits for its turn in the workshop"),
        State.QUEUED: _("Your car waits for its turn in the workshop"),
        State.ASSIGNED: _("Your car is next in the workshop"),
        State.WORKING: _("Your car is being worked on"),
        State.CHECKING: _("Your car is being checked"),
        State.WASHING: _("Your car is being washed"),
        State.READY: _("Your car is ready"),
        State.HANDING_OVER: _("Your car is ready"),
        State.SETTLED: _("Your car is ready and paid"),
        State.RELEASED: _("Your car was handed back; thank you for your visit"),
        State.DECLINED: _("This visit has ended without an order"),
        State.CANCELLED: _("This visit was cancelled"),
        State.LEFT: _("This visit has ended"),
    }[State(state)]
