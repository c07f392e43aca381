"""Tables of what is sold."""

from catalog.models.batches import Batch
from catalog.models.brands import Brand, MaintenancePart, MaintenanceRule, VehicleModel
from catalog.models.cover import CareRule, WarrantyTerm
from catalog.models.health import HealthList, HealthPoint
from catalog.models.menus import Menu, MenuItem
from catalog.models.operations import LabourOperation
from catalog.models.packages import PackageItem, PackageTemplate
from catalog.models.parts import Part, Stock, StockMove
from catalog.models.prices import LabourRate, PartPrice
from catalog.models.supply import (
    ExpectedPart,
    Insurer,
    PartDemand,
    PartSubstitute,
    PartWait,
    Supplier,
    SupplierOrder,
)

__all__ = [
    "Batch",
    "Brand",
    "CareRule",
    "ExpectedPart",
    "HealthList",
    "HealthPoint",
    "Insurer",
    "LabourOperation",
    "LabourRate",
    "MaintenancePart",
    "MaintenanceRule",
    "Menu",
    "MenuItem",
    "PackageItem",
    "PackageTemplate",
    "Part",
    "PartDemand",
    "PartPrice",
    "PartSubstitute",
    "PartWait",
    "Stock",
    "StockMove",
    "Supplier",
    "SupplierOrder",
    "VehicleModel",
    "WarrantyTerm",
]
