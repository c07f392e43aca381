"""The one thing a customer writes: the answer to offered work."""

from collections.abc import Mapping

from accounts.policies import system
from reception.models import WorkOrder
from reception.services.contract import answer_extra
from reception.states import AuthorisedHow

#: As long as `Authorisation.signer`.
SIGNER = 60


def answer(*, order: WorkOrder, approved: Mapping[int, int], declined: Mapping[int, int]) -> None:
    """Line → price version shown, approved and declined. Who holds the code answers for the contact of the order.

    The system acts at the branch and nobody of the house is named as the recorder. Raises `Refused`, writing nothing,
    when a line is another order's, was answered or was priced anew since it was shown.
    """
    answer_extra(
        actor=system(order.branch), order_id=order.pk, approved=list(approved.items()), declined=list(declined),
        shown=declined, signer=order.contact.name[:SIGNER], how=AuthorisedHow.STATUS_PAGE,
    )  # fmt: skip
