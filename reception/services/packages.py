"""A package is sold to a car."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from catalog.models import PackageTemplate
from customers.models import Vehicle
from customers.services.forecast import add_months
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO, LineMoney, quantise
from reception.models import Package, PackageUnits
from reception.services.lines import priced
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
    car = locked(Vehicle.objects.filter(branch=actor.branch, merged_into__isnull=True)).get(pk=vehicle.pk)
    offered = locked(PackageTemplate.objects.all()).get(pk=template.pk)
    items = list(offered.items.filter(ended_at__isnull=True))
    if offered.ended_at is not None or not items:
        raise Refused(_("“%(package)s” is not sold: it has ended, or nothing is in it.") % {"package": offered.label})
    day = sold_on or branch_day(actor.branch)
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
