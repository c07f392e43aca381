"""A package is sold to a car, used by slips, given back by their reversals."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import PackageTemplate
from catalog.states import PackageRefund
from customers.models import NewCar, Vehicle
from customers.services.forecast import add_months
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, LineMoney, quantise
from reception.judging import prepaid_for
from reception.known import item_of, prepaid_of
from reception.models import Line, Package, PackageUnits, PackageUse, WorkOrder
from reception.packages import live, units_of
from reception.services.lines import priced
from reception.states import Payer
from records.services.numbers import take_number
from records.states import CounterKind


@one_act
def sell_package(
    *,
    actor: Actor,
    vehicle: Vehicle,
    template: PackageTemplate,
    sold_on: date | None = None,
    price: Decimal | str | None = None,
) -> Package:
    """The car has it from now on; contents, window and price are those of the template as it stands.

    `price` where another one was paid; above the template's it is never. Raises `Forbidden`; `Invalid` for a day to
    come or a wrong price; `Refused` for a template that ended or holds nothing.
    """
    check_may(actor, "order.price")
    return _sold(actor, vehicle.pk, template.pk, sold_on or branch_day(actor.branch), price)


@one_act
def sold_with_new_cars(*, cars: Sequence[NewCar]) -> None:
    """The packages that sales sold with new cars, on the day of the hand-over and at their price.

    Whoever entered the hand-over was judged for it. Raises `Refused` for a template that ended or holds nothing.
    """
    for car in cars:
        actor = Actor(car.entered_by, car.vehicle.branch, frozenset())
        for template_id in car.packages:
            _sold(actor, car.vehicle_id, template_id, car.handed_over_on, None)


def _sold(actor: Actor, vehicle_id: int, template_id: int, day: date, price: Decimal | str | None) -> Package:
    car = locked(Vehicle.objects.filter(branch=actor.branch, merged_into__isnull=True)).get(pk=vehicle_id)
    offered = locked(PackageTemplate.objects.all()).get(pk=template_id)
    items = list(offered.items.filter(ended_at__isnull=True))
    if offered.ended_at is not None or not items:
        raise Refused(_("“%(package)s” is not sold: it has ended, or nothing is in it.") % {"package": offered.label})
    if day > branch_day(actor.branch):
        raise Invalid(_("The sale lies in the future. Enter it on its day."), "sold_on")
    money = _price(actor, offered, price)
    package = Package.objects.create(
        branch=actor.branch, vehicle=car, template=offered, number=take_number(branch=actor.branch,
        kind=CounterKind.PACKAGE), name=offered.name, name_en=offered.name_en, sold_on=day,
        ends_on=add_months(day, offered.months) if offered.months else None,
        ends_km=(car.last_odometer or 0) + offered.km if offered.km else None, tax_rate=offered.tax_rate,
        net=money.net, tax=money.tax, gross=money.gross, sold_at=now(), sold_by=actor.person,
    )  # fmt: skip
    PackageUnits.objects.bulk_create(
        PackageUnits(package=package, operation_id=item.operation_id, part_id=item.part_id, sold=item.units)
        for item in items
    )
    return package


def _price(actor: Actor, offered: PackageTemplate, price: Decimal | str | None) -> LineMoney:
    asked = offered.price if price in (None, "") else quantise(price or "")
    if not ZERO <= asked <= offered.price:
        raise Invalid(
            _("The price lies between 0 and that of the package, %(most)s.") % {"most": offered.price}, "price"
        )
    return priced(actor.branch, Decimal(1), asked, ZERO, offered.tax_rate)


def refund_of(package: Package) -> tuple[Decimal, Decimal]:
    """What goes back now for a package that is given up, (net, gross), by the rule of its template.

    Of the unused units: what no use has earned, with the same share of the tax. The whole price only while no unit was
    used.
    """
    kept = package.released
    if package.template.refund == PackageRefund.NONE or (package.template.refund == PackageRefund.WHOLE and kept):
        return ZERO, ZERO
    left = package.net - kept
    return left, quantise(package.gross * left / package.net) if package.net else ZERO


@one_act
def give_up(*, actor: Actor, package_id: int, reason: str, paid: bool = True) -> Package:
    """The package ends, whatever is left of it; what goes back stands on it: nothing for one that was not `paid` here.

    The caller judged the actor, and pays.

    Raises `Invalid` without a reason, `Refused` for one that was given up before.
    """
    if not reason.strip():
        raise Invalid(_("Write down why the package is given up."), "reason")
    package = locked(Package.objects.filter(branch=actor.branch)).select_related("template").get(pk=package_id)
    if package.given_up_at is not None:
        raise Refused(_("%(number)s was given up already.") % {"number": package.number}, "given_up")
    package.refund_net, package.refund_gross = refund_of(package) if paid else (ZERO, ZERO)
    package.given_up_at, package.given_up_by, package.given_up_why = now(), actor.person, reason.strip()[:200]
    package.save(update_fields=["refund_net", "refund_gross", "given_up_at", "given_up_by", "given_up_why"])
    return package


@one_act
def redeem(*, actor: Actor, order: WorkOrder, lines: Sequence[Line], slip: str) -> list[PackageUse]:
    """A slip takes the units of the lines that a package pays: of what runs the one that ends first.

    The caller holds the order and judged the actor. What ran on the day the car came may still be used. Raises
    `Refused` when a line finds no unit.
    """
    mine = [line for line in lines if line.payer == Payer.PACKAGE]
    if not mine:
        return []
    # All uses of a car's packages queue here; the units are read after it.
    held = {row.pk: row for row in locked(Package.objects.filter(vehicle=order.vehicle_id).order_by("pk"))}
    rows = list(units_of(order.vehicle))
    came = branch_day(actor.branch, order.arrived_at)
    return [_take(actor, line, slip, [row for row in rows if row.package_id in held], held, came) for line in mine]


def _take(
    actor: Actor, line: Line, slip: str, rows: list[PackageUnits], held: dict[int, Package], came: date
) -> PackageUse:
    item = item_of(line)
    found = prepaid_for(item, prepaid_of(live(rows, came, line.order.odometer_in)))
    if found is None:
        raise Refused(
            _("No package of this car has a unit left for “%(line)s”. Choose who else pays it.") % {"line": line.label},
            "no_unit",
        )
    units = next(row for row in rows if row.pk == found.units_id)
    package = held[units.package_id]
    left = sum(row.left for row in rows if row.package_id == package.pk)
    # Each unit earns the same; the last one what is left, so that the shares are the price to the cent.
    value = quantise((package.net - package.released) * item.units / left)
    use = PackageUse.objects.create(
        units=units, line=line, slip=slip, quantity=item.units, value=value, taken_at=now(), taken_by=actor.person
    )
    units.used, package.released = units.used + item.units, package.released + value
    return use


@one_act
def give_back(*, actor: Actor, slip: str, order: WorkOrder) -> None:
    """The reversal of a slip: what it took, each unit and each cent. The caller holds the order."""
    list(locked(Package.objects.filter(vehicle=order.vehicle_id).order_by("pk")))
    for use in PackageUse.objects.filter(slip=slip, line__order=order, reverses=None, reversed_by=None).order_by("id"):
        PackageUse.objects.create(
            units_id=use.units_id, line_id=use.line_id, slip=slip, quantity=-use.quantity, value=-use.value,
            reverses=use, taken_at=now(), taken_by=actor.person,
        )  # fmt: skip
