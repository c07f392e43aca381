"""Tables of customers and vehicles."""

from customers.models.care import CareProfile, Consent, DueForecast
from customers.models.people import Customer
from customers.models.vehicles import OdometerReading, Ownership, Vehicle

__all__ = [
    "CareProfile",
    "Consent",
    "Customer",
    "DueForecast",
    "OdometerReading",
    "Ownership",
    "Vehicle",
]
