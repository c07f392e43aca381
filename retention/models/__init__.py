"""Tables of the return: what makes a car come back, who is called, and what they think of us."""

from retention.models.calls import CallTask, CallTry
from retention.models.campaigns import Campaign, CampaignMember
from retention.models.complaints import Complaint, ComplaintLog
from retention.models.figures import (
    DeliveredCars,
    EnteredFigure,
    LateChange,
    Measured,
    MeasuredAppointment,
    MeasuredAttendance,
    MeasuredCar,
    MeasuredClocking,
    MeasuredOrder,
    Tally,
)
from retention.models.lapse import LapseCase
from retention.models.leads import TradeInLead
from retention.models.reminders import Reminder
from retention.models.surveys import Survey
from retention.models.sweeps import SweepRun
from retention.models.wishes import AppointmentWish

__all__ = [
    "AppointmentWish",
    "CallTask",
    "CallTry",
    "Campaign",
    "CampaignMember",
    "Complaint",
    "ComplaintLog",
    "DeliveredCars",
    "EnteredFigure",
    "LapseCase",
    "LateChange",
    "Measured",
    "MeasuredAppointment",
    "MeasuredAttendance",
    "MeasuredCar",
    "MeasuredClocking",
    "MeasuredOrder",
    "Reminder",
    "Survey",
    "SweepRun",
    "Tally",
    "TradeInLead",
]
