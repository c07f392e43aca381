"""Tables of customers and vehicles."""

from customers.models.care import CareProfile, Consent
from customers.models.forecasts import DueForecast, ForecastMark, GroupPace
from customers.models.imports import ImportRow, ImportRun, PastVisit
from customers.models.merging import MergeRun, NotSame
from customers.models.messages import Gateway, Message, MessageText, ReceiptSeen
from customers.models.new_cars import NewCar
from customers.models.people import Customer
from customers.models.recalls import Recall, RecallVin
from customers.models.vehicles import OdometerReading, Ownership, Vehicle

__all__ = [
    "CareProfile",
    "Consent",
    "Customer",
    "DueForecast",
    "ForecastMark",
    "Gateway",
    "GroupPace",
    "ImportRow",
    "ImportRun",
    "MergeRun",
    "Message",
    "MessageText",
    "NewCar",
    "NotSame",
    "OdometerReading",
    "Ownership",
    "PastVisit",
    "Recall",
    "RecallVin",
    "ReceiptSeen",
    "Vehicle",
]
