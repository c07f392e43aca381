"""The palette: "where is my car?" answered in its row."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.db.models.functions import Reverse
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from accounts.menu import entries
from accounts.policies import Actor
from catalog.menus import PricedMenu, search_menus
from customers import selectors as customers
from customers.models import Customer, Vehicle
from dms.clock import now
from reception.models import WorkOrder
from reception.selectors import Promised, promised
from reception.states import OPEN_STATES, State

#: Rows of a kind; the last vehicles of an empty look-up.
MOST, LAST = 8, 5
PARKED = (State.ARRIVED, State.INSPECTING, State.ESTIMATING)
#: Orders looked at for the end of a number; every month has one that ends so.
SOME = 500
#: Digits of an order's number that are enough to look for it.
SHORTEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A car: whose it is, its order here if any, and how that stands to its promise while it is open."""

    vehicle: Vehicle
    owner: str
    order: WorkOrder | None
    standing: Promised | None
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the palette shows; `recent` and `parked` only for an empty text."""

    cars: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    parked: list[Row] = field(default_factory=list)
    recent: list[Row] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)
    menus: list[PricedMenu] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is no row at all."""
        return not (self.cars or self.menus or self.orders or self.parked or self.recent or self.pages)


def find(request: HttpRequest, actor: Actor, text: str) -> Found:
    """Cars with their open orders, orders by number, pages of the menu.

    Three queries and one for orders by number, on a check-in page at most five for menus; an empty text gives the last
    vehicles and my parked drafts in two.
    """
    wanted = text.strip().casefold()
    pages = [(e.url, e.label) for e in entries(request, actor, most=None) if wanted in e.label.casefold()]
    at = now()
    if not wanted:
        parked = _parked(actor, at)
        return Found(parked=parked, recent=_recent(actor, at, {row.vehicle.pk for row in parked}), pages=pages)
    menus = search_menus(actor.branch, text, MOST) if actor.can("order.price") and _estimating(request) else []
    return Found(cars=_cars(actor, text, at), orders=_by_number(actor, wanted, at), pages=pages, menus=menus)


def _estimating(request: HttpRequest) -> bool:
    """Whether the palette was opened on a check-in page, whose form then takes what is chosen."""
    try:
        return resolve(urlsplit(request.headers.get("HX-Current-URL", "")).path).view_name == "reception:check_in"
    except Resolver404:
        return False


def _open(actor: Actor) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(branch=actor.branch).select_related("vehicle__model", "owner", "advisor")


def _row(order: WorkOrder, actor: Actor, at: datetime) -> Row:
    drafting = order.state in PARKED and actor.can("order.receive")
    url = reverse("reception:check_in" if drafting else "reception:order", args=[order.pk])
    standing = promised(order, at) if order.state in OPEN_STATES else None
    return Row(order.vehicle, order.owner.name, order, standing, url)


def _cars(actor: Actor, text: str, at: datetime) -> list[Row]:
    """Cars that fit; one that is in the shop leads to its order, another to its own page."""
    found = customers.find(actor.branch, text, MOST) if actor.can("vehicle.view") else []
    if not found:
        return []
    cars = [row.vehicle for row in found]
    here = _open(actor).filter(vehicle__in=cars, state__in=OPEN_STATES) if actor.can("order.view") else []
    by_car = {order.vehicle_id: order for order in here}
    return [
        _row(by_car[row.vehicle.pk], actor, at) if row.vehicle.pk in by_car else _away(row.vehicle, row.owner)
        for row in found
    ]


def _away(vehicle: Vehicle, owner: Customer | None) -> Row:
    url = reverse("customers:vehicle", args=[vehicle.pk])
    return Row(vehicle, owner.name if owner else "", None, None, url)


def _by_number(actor: Actor, wanted: str, at: datetime) -> list[Row]:
    """Orders by the whole number or by its last digits, newest first."""
    if not actor.can("order.view"):
        return []
    number = unicodedata.normalize("NFKC", wanted).replace("\x00", "").upper().strip()
    if number.isascii() and number.isdigit() and len(number) >= SHORTEST_NUMBER:
        # Backwards, as the index stands: LIKE '%123' would read every order.
        fits: QuerySet[WorkOrder, Any] = (
            _open(actor).alias(backwards=Reverse("number")).filter(backwards__startswith=number[::-1]).order_by()
        )
    elif number.startswith("WT-"):
        fits = _open(actor).filter(number__startswith=number).order_by("-number")  # the month stands in front
    else:
        return []
    # First those that fit, then the newest of them: else PostgreSQL walks back from the newest until eight fit.
    some = WorkOrder.objects.filter(pk__in=fits.values("pk")[:SOME])
    found = some.select_related("vehicle__model", "owner", "advisor").order_by("-id")
    return [_row(order, actor, at) for order in found[:MOST]]


def _parked(actor: Actor, at: datetime) -> list[Row]:
    """My orders before the signature."""
    if not actor.can("order.receive"):
        return []
    mine = _open(actor).filter(advisor=actor.user, state__in=PARKED).order_by("arrived_at", "id")[:MOST]
    return [_row(order, actor, at) for order in mine]


def _recent(actor: Actor, at: datetime, shown: set[int]) -> list[Row]:
    """The cars that came last and are not `shown`, each once: a car with two visits in a day is one row."""
    if not actor.can("order.view"):
        return []
    rows: dict[int, Row] = {}
    for order in _open(actor).exclude(vehicle__in=shown).order_by("-id")[: LAST * 2]:
        rows.setdefault(order.vehicle_id, _row(order, actor, at))
    return list(rows.values())[:LAST]
