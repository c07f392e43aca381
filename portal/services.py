"""What a customer writes at their page. Who holds the code acts for the contact of the order; the system records it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.policies import Actor, system
from accounts.roles import Role, permissions_of
from customers.selectors import consents_now
from customers.services import agree
from customers.states import Channel, Purpose
from delivery.scan_selectors import open_share
from delivery.services import pickup, scan
from dms.act import one_act
from dms.errors import Invalid, Refused
from reception.models import WorkOrder
from reception.services.contract import answer_extra
from reception.services.estimate import answer_estimate
from reception.states import AuthorisedHow
from retention.models import AppointmentWish, Survey
from retention.services import contact, surveys, wishes
from retention.states import SurveySource, WishSource

#: As long as `Authorisation.signer`.
SIGNER = 60
#: Where the ledger of consents says that a word came from.
SOURCE = "status page"


def answer(*, order: WorkOrder, approved: Mapping[int, int], declined: Mapping[int, int], signer: str = "") -> None:
    """Line → price version shown, approved and declined. Who holds the code answers for the contact of the order.

    Before the contract the answer is the contract: `signer` is the name that was typed as a signature.

    The system acts at the branch and nobody of the house is named as the recorder. Raises `Refused`, writing nothing,
    when a line is another order's, was answered or was priced anew since it was shown.
    """
    if order.authorised_at is None:
        answer_estimate(order=order, approved=approved, declined=declined, signer=signer)
        return
    answer_extra(
        actor=system(order.branch), order_id=order.pk, approved=list(approved.items()), declined=list(declined),
        shown=declined, signer=order.contact.name[:SIGNER], how=AuthorisedHow.STATUS_PAGE,
    )  # fmt: skip


def judge(*, order: WorkOrder, **values: Any) -> Survey:
    """The five marks of this visit. Raises as `take_survey`."""
    return surveys.take_survey(actor=system(order.branch), order_id=order.pk, source=SurveySource.PAGE, **values)


def ask_to_come(*, order: WorkOrder, wished_on: date, part: str, words: str) -> AppointmentWish:
    """A wish for an appointment of this car. Raises as `wish`."""
    return wishes.wish(
        actor=system(order.branch), vehicle=order.vehicle, customer=order.contact, wished_on=wished_on, part=part,
        words=words, source=WishSource.PAGE,
    )  # fmt: skip


def agree_pickup(*, order: WorkOrder, starts_at: datetime) -> None:
    """When the car is picked up. Raises as `delivery.services.pickup.agree`."""
    pickup.agree(actor=system(order.branch), order_id=order.pk, starts_at=starts_at)


def no_pickup(*, order: WorkOrder) -> None:
    """No time is agreed any more."""
    pickup.cancel(actor=system(order.branch), order_id=order.pk)


def show_code(*, order: WorkOrder) -> None:
    """The code over what the customer still owes of the slip that stands. Whoever issued the slip answers for it.

    Raises `Refused` where there is nothing to pay, or no provider.
    """
    found = open_share(order)
    if found is None:
        raise Refused(_("There is nothing to pay now."))
    share, _owed = found
    cashier = Actor(share.settlement.issued_by, order.branch, permissions_of([Role.CASHIER]))
    scan.show(scan.plan_for_share(actor=cashier, receivable_id=share.pk, by_customer=True))


@one_act
def want_messages(*, order: WorkOrder, purpose: str) -> None:
    """The customer asks for messages of one purpose. Raises `Invalid` for a purpose that is none."""
    if purpose not in Purpose.values:
        raise Invalid(_("Choose what you would like to get."))
    agree(actor=system(order.branch), customer=order.contact, purposes=[purpose], source=SOURCE)


@one_act
def stop_messages(*, order: WorkOrder, purpose: str) -> None:
    """Nothing more for this purpose, on any channel. A channel that is closed already gets no second line.

    Raises `Invalid` for a purpose that is none.
    """
    if purpose not in Purpose.values:
        raise Invalid(_("Choose what you do not want any more."))
    rows = consents_now(order.contact)
    closed = {row.channel for row in rows if row.purpose == purpose and not row.granted}
    for channel in Channel:
        if channel.value not in closed:
            contact.withdraw(
                actor=system(order.branch), customer=order.contact, purpose=Purpose(purpose), channel=channel,
                wording="", source=SOURCE,
            )  # fmt: skip
