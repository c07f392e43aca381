"""Tables of what is sold."""

from catalog.models.brands import Brand, MaintenancePart, MaintenanceRule, VehicleModel
from catalog.models.operations import LabourOperation
from catalog.models.parts import Part, Stock, StockMove
from catalog.models.prices import LabourRate, PartPrice

__all__ = [
    "Brand",
    "LabourOperation",
    "LabourRate",
    "MaintenancePart",
    "MaintenanceRule",
    "Part",
    "PartPrice",
    "Stock",
    "StockMove",
    "VehicleModel",
]
