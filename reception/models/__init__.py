"""The contract and the custody of the car."""

from reception.models.appointments import Appointment, AppointmentLog, DayLoad, FreeTime
from reception.models.contract import Authorisation, PlannedWork, PromiseChange
from reception.models.custody import DamageMark, TakenItem, WalkAround
from reception.models.found import FoundWork
from reception.models.gate import ForcedRelease, GateLog, GatePass
from reception.models.goodwill import Goodwill
from reception.models.lines import Line, Statement
from reception.models.online import CalendarFeed, Greeting, OnlineBooking
from reception.models.opening import DayCheck
from reception.models.orders import OrderLog, WorkOrder
from reception.models.packages import Package, PackageUnits, PackageUse

__all__ = [
    "Appointment",
    "AppointmentLog",
    "Authorisation",
    "CalendarFeed",
    "DamageMark",
    "DayCheck",
    "DayLoad",
    "ForcedRelease",
    "FoundWork",
    "FreeTime",
    "GateLog",
    "GatePass",
    "Goodwill",
    "Greeting",
    "Line",
    "OnlineBooking",
    "OrderLog",
    "Package",
    "PackageUnits",
    "PackageUse",
    "PlannedWork",
    "PromiseChange",
    "Statement",
    "TakenItem",
    "WalkAround",
    "WorkOrder",
]
