"""What sales and customer care share in the demo: leads of trade-ins, and a customer who stands there twice."""

from decimal import Decimal

from customers.services.people import register_customer
from portal.demo.customers import DemoCar
from portal.demo.people import Staff
from retention.services.leads import contacted, open_lead

#: Price asked and the advisor's note; the first of them was called by sales already.
ASKED = [(Decimal(98_000), "想换新能源，下月前决定"), (None, "家里添了孩子，想换大一点的车")]


def make_leads(staff: Staff, cars: list[DemoCar]) -> None:
    """The oldest cars that still come are asked about, as they would be."""
    old = sorted((car for car in cars if car.gone_on is None), key=lambda car: (car.sold_on, car.vehicle.vin))
    for car, (price, note) in zip(old, ASKED, strict=False):
        lead = open_lead(actor=staff.actor("advisor"), vehicle=car.vehicle, asked_price=price, note=note)
        if price is not None:
            contacted(actor=staff.actor("crm"), lead_id=lead.pk)


def make_twin(staff: Staff, cars: list[DemoCar]) -> None:
    """A name as it was heard on the telephone, with the number of a customer who is known: a pair to be merged."""
    known = min(
        (car.owner for car in cars if car.owner.language == "zh-hans" and car.owner.phone), key=lambda one: one.pk
    )
    register_customer(actor=staff.actor("crm"), name=f"{known.name[:1]}先生", phone=known.phone)
