"""Writes of customers and vehicles: keyword-only, one transaction each."""

from customers.services.forecast import close_due, forecast_due, sentence
from customers.services.forecast_sweep import forecast_branch
from customers.services.people import agree, change_customer, register_customer, set_consent
from customers.services.vehicles import (
    change_vehicle,
    hand_over_ownership,
    note_visit,
    record_reading,
    register_vehicle,
    set_care,
)

__all__ = [
    "agree",
    "change_customer",
    "change_vehicle",
    "close_due",
    "forecast_branch",
    "forecast_due",
    "hand_over_ownership",
    "note_visit",
    "record_reading",
    "register_customer",
    "register_vehicle",
    "sentence",
    "set_care",
    "set_consent",
]
