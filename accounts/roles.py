"""Every role and what it may do, in one place. Keys are stable: they stand in the database and in tokens.

A permission is `<what>.<act>`. A person holds the permissions of all roles of the membership in the branch.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The people of the shop (DOMAIN.md, People)."""

    SERVICE_ADVISOR = "service_advisor", _("Service advisor")
    SUPERVISOR = "supervisor", _("Workshop supervisor")
    TECHNICIAN = "technician", _("Technician")
    TEAM_LEADER = "team_leader", _("Team leader")
    INSPECTOR = "inspector", _("Quality inspector")
    PARTS_CLERK = "parts_clerk", _("Parts clerk")
    CASHIER = "cashier", _("Cashier")
    GATE = "gate", _("Gate")
    CRM = "crm", _("Customer care")
    CLAIMS = "claims", _("Claims clerk")
    MANAGER = "manager", _("Service manager")
    ADMIN = "admin", _("Administrator")


@dataclass(frozen=True, slots=True)
class Duty:
    """What a role does, for people, and its permissions, for programs."""

    does: str | Promise
    permissions: frozenset[str]


def _may(does: str | Promise, permissions: str) -> Duty:
    return Duty(does, frozenset(permissions.split()))


READS = "order.view vehicle.view"

DUTIES: dict[Role, Duty] = {
    Role.SERVICE_ADVISOR: _may(
        _("Receives the car, estimates, promises, explains and hands it back."),
        f"{READS} customer.view customer.edit price.view order.receive order.price order.authorise order.cancel "
        "parts.label order.hand_back hold.set extra.offer pass.issue paper.print order.stop complaint.open wish.handle "
        "appointment.book lead.open claim.view figures.own",
    ),
    Role.SUPERVISOR: _may(
        _("Accepts cars from reception, dispatches the work and watches the board."),
        f"{READS} workshop.view parts.label workshop.accept workshop.dispatch workshop.return hold.set wash.do "
        "clock.correct screen.keep skill.edit road.test paper.print gate.force",
    ),
    Role.TECHNICIAN: _may(
        _("Works on the car, keeps the job clock, makes the first check and reports extra work."),
        f"{READS} parts.label figures.own job.work check.self extra.report hold.set wash.do road.test",
    ),
    Role.TEAM_LEADER: _may(
        _("Leads a team and makes the second check."),
        f"{READS} workshop.view parts.label figures.own job.work check.self check.leader extra.report hold.set wash.do "
        "road.test",
    ),
    Role.INSPECTOR: _may(
        _("Makes the third check and the final inspection of every car."),
        f"{READS} workshop.view check.final extra.report road.test",
    ),
    Role.PARTS_CLERK: _may(
        _("Reserves, issues, takes back and counts parts."),
        f"{READS} price.view parts.label parts.view parts.issue parts.stock hold.set",
    ),
    Role.CASHIER: _may(
        _("Settles, takes the money and closes the day."),
        f"{READS} customer.view price.view till.settle till.pay till.reverse pass.issue paper.print claim.view",
    ),
    Role.GATE: _may(_("Lets a car out against a gate pass."), "gate.open"),
    Role.CRM: _may(
        _("Reminds, calls and listens to customers."),
        f"{READS} customer.view customer.edit retention.view campaign.run call.do complaint.open complaint.handle "
        "wish.handle message.view message.resend "
        "records.merge records.export lead.open lead.handle appointment.book",
    ),
    Role.CLAIMS: _may(
        _("Claims from the manufacturer and the insurer."),
        f"{READS} customer.view price.view paper.print recall.edit claim.view claim.edit",
    ),
    Role.MANAGER: _may(
        _("Approves exceptions, sets targets and sees the figures."),
        f"{READS} customer.view customer.edit price.view order.receive order.price order.authorise order.cancel "
        "order.hand_back order.stop hold.set extra.offer workshop.view workshop.accept workshop.dispatch clock.correct "
        "screen.keep skill.edit workshop.return parts.label parts.view till.settle till.pay till.reverse pass.issue "
        "paper.print "
        "retention.view campaign.run call.do complaint.open complaint.handle wish.handle discount.approve desk.keep "
        "message.view message.resend recall.edit claim.view catalogue.edit "
        "records.import records.merge records.export lead.open lead.handle "
        "appointment.book calendar.edit gate.force figures.view",
    ),
    Role.ADMIN: _may(
        _("Keeps users, branches, prices and rules."),
        f"{READS} people.edit rules.edit desk.keep message.view message.resend catalogue.edit "
        "records.import records.export calendar.edit",
    ),
}

PERMISSIONS: frozenset[str] = frozenset().union(*(duty.permissions for duty in DUTIES.values()))

#: Groups of a token's scopes: everything that is only looked at, and everything. Each permission is a scope as well.
READ, WRITE = "read", "write"
SCOPES: frozenset[str] = PERMISSIONS | {READ, WRITE}


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that a token's scopes let through; an unknown scope gives nothing."""
    asked = set(scopes)
    if WRITE in asked:
        return PERMISSIONS
    looks = {name for name in PERMISSIONS if name.endswith(".view")} if READ in asked else set()
    return PERMISSIONS & (asked | looks)


def permissions_of(roles: list[str]) -> frozenset[str]:
    """Everything that these roles may do together; an unknown key gives nothing."""
    known = [DUTIES[Role(role)].permissions for role in roles if role in Role.values]
    return frozenset().union(*known)
