"""The money of packages: paid before the work, so it is a deposit that is used for the package at once.

A package that is given up returns its part into that deposit, from where it goes back to the customer.
"""

from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.policies import Actor, check_money
from customers.models import Customer
from customers.selectors import owner_of
from delivery.models import Deposit, DepositMove
from delivery.services.deposit import check_covered, move_deposit, take_deposit
from delivery.states import DepositKind, Method
from dms.act import one_act
from dms.errors import Invalid, Refused
from dms.fields import locked
from dms.money import ZERO
from reception.models import Package
from reception.services.packages import give_up


def paid_for(package: Package) -> Decimal:
    """What was paid here for a package, less what went back. One query."""
    moved = package.moves.aggregate(sum=Sum("amount"))["sum"] or ZERO
    return Decimal(-moved)


def with_paid(rows: QuerySet[Package]) -> QuerySet[Any]:
    """The packages with what was paid here for each (`paid`), the last sold first."""
    moved = DepositMove.objects.filter(package=OuterRef("pk")).order_by().values("package")
    spent = Subquery(moved.annotate(sum=Sum("amount")).values("sum"))
    return rows.annotate(paid=Coalesce(-spent, ZERO)).order_by("-id")


@one_act
def pay_package(*, actor: Actor, package_id: int, method: str, key: str) -> Package:
    """The whole price of a package, from the car's owner; by deposit: of what they paid in advance.

    The same `key` again is the same payment. Raises `Invalid` for no way of paying, `Refused` for a package that is
    paid, given up or costs nothing, and for a car without an owner.
    """
    check_money(actor, "till.pay")
    package = _held(actor, package_id)
    owner = _owner(package)
    if DepositMove.objects.filter(package=package, kind=DepositKind.USED, key__startswith=f"{key}:").exists():
        return package
    if package.given_up_at is not None:
        raise Refused(_("%(number)s was given up already.") % {"number": package.number}, "given_up")
    if paid_for(package) >= package.gross:
        raise Refused(_("%(number)s is paid.") % {"number": package.number}, "paid")
    if not key or method not in Method.values:
        raise Invalid(_("Choose how it is paid."), "method")
    if method == Method.DEPOSIT:
        held = check_covered(owner, package.gross)
    else:
        held = [take_deposit(actor=actor, customer_id=owner.pk, method=method, amount=package.gross, key=key)]
    rest = package.gross
    for deposit in held:
        taken = min(rest, deposit.left_amount)
        if taken > ZERO:
            move_deposit(
                actor, deposit, DepositKind.USED, -taken, Method.DEPOSIT, f"{key}:{deposit.pk}", package=package
            )
            rest -= taken
    return package


def _held(actor: Actor, package_id: int) -> Package:
    rows = locked(Package.objects.filter(branch=actor.branch)).select_related("vehicle__model")
    return rows.get(pk=package_id)


def _owner(package: Package) -> Customer:
    owner = owner_of(package.vehicle)
    if owner is None:
        raise Refused(_("This car has no owner on record. Name the owner first."), "owner")
    return owner


@one_act
def refund_package(*, actor: Actor, package_id: int, reason: str, method: str, key: str) -> Package:
    """The customer gives the package up: it ends, and what its rule says goes back in that way.

    Nothing goes back for one that was not paid here. The same `key` again is the same act. Raises as `give_up`, and
    `Invalid` for no way of paying back.
    """
    check_money(actor, "till.reverse")
    package = _held(actor, package_id)
    if DepositMove.objects.filter(key=f"{key}:back").exists():
        return package
    paid = paid_for(package)
    if not key or method not in Method.values or method == Method.DEPOSIT:
        raise Invalid(_("Choose how the money goes back."), "method")
    package = give_up(actor=actor, package_id=package.pk, reason=reason, paid=paid > ZERO)
    if package.refund_gross > ZERO:
        _pay_back(actor, package, method, key)
    return package


def _pay_back(actor: Actor, package: Package, method: str, key: str) -> None:
    """Into the deposit that paid most of it, and out of it."""
    uses = package.moves.filter(kind=DepositKind.USED).order_by("amount", "id")
    deposit = locked(Deposit.objects.all()).get(pk=uses.values_list("deposit_id", flat=True)[0])
    amount, why = package.refund_gross, package.given_up_why
    move_deposit(
        actor, deposit, DepositKind.RETURNED, amount, Method.DEPOSIT, f"{key}:ret", package=package, reason=why
    )
    move_deposit(actor, deposit, DepositKind.REFUNDED, -amount, method, f"{key}:back", reason=why)
