"""What the customer wants at an appointment, added to after it was booked."""

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from customers.models import Recall, Vehicle
from customers.selectors import open_recalls
from dms.act import one_act
from dms.errors import Refused
from dms.fields import locked
from reception.appointment_policies import check_open
from reception.appointment_states import Act, Source
from reception.models import Appointment
from reception.services.free_times import note

LONGEST = 1000


def recall_line(recall: Recall) -> str:
    """How a recall stands among what is wished for."""
    return _("Recall %(number)s: %(title)s") % {"number": recall.number, "title": recall.label}


@one_act
def add_recall(*, actor: Actor, appointment_id: int, recall_vin_id: int) -> Appointment:
    """The remedy of an open recall of the car joins what the customer wants; asked twice it stands there once.

    Raises `Forbidden`, and `Refused` for an appointment that is over or a recall that is not open for this car.
    """
    check_may(actor, "appointment.book")
    row = locked(Appointment.objects.filter(branch=actor.branch)).get(pk=appointment_id)
    check_open(row)
    car = row.vehicle or Vehicle.objects.filter(branch=actor.branch, plate=row.plate).first()
    found = open_recalls(car.vin).filter(pk=recall_vin_id).first() if car else None
    if found is None:
        raise Refused(_("This recall is not open for this car."))
    if found.recall.number in row.words:
        return row
    row.words = f"{row.words}\n{recall_line(found.recall)}".strip()[:LONGEST]
    row.version += 1
    row.save(update_fields=["words", "version"])
    note(row, Act.WISHED, actor, Source.DESK, found.recall.number)
    return row
