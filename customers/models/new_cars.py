"""New cars that the sales side handed over: here a car's road begins."""

from django.db import models

from customers.import_states import HandOverSource
from customers.models.people import Customer
from customers.models.vehicles import Vehicle
from dms.fields import Row, one_of, person


class NewCar(Row):
    """The hand-over of a new car, once a car. What falls due first follows from its warranty start, by the rules."""

    vehicle = models.OneToOneField(Vehicle, models.PROTECT, related_name="new_car")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="new_cars")
    handed_over_on = models.DateField()
    #: Ids of the catalogue's packages that were sold with it; reception sells them in the same act.
    packages = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=6, choices=HandOverSource.choices)
    entered_at = models.DateTimeField()
    entered_by = person(null=False)

    class Meta:
        constraints = [one_of("source", HandOverSource)]

    def __str__(self) -> str:
        return f"{self.vehicle_id} {self.handed_over_on}"
