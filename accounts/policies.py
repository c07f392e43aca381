"""Who acts, where, and whether they may."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import Branch, Membership, Team, User
from accounts.roles import DUTIES, Role
from dms.errors import Forbidden, Invalid, Refused, Unproved

#: Letters of any script, digits and . _ - @: what can be typed at a sign-in without asking how.
_USERNAME = re.compile(r"[\w.@-]{2,40}")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a branch, or the system itself (`user` is None)."""

    user: User | None
    branch: Branch
    permissions: frozenset[str]
    #: Whether it is certain that this very person acts: always, but at a shared desk after a while.
    proved: bool = True

    @property
    def person(self) -> User:
        """The acting person. Raises `Forbidden` for the system: some acts need a name under them."""
        if self.user is None:
            raise Forbidden(_("Only a person can do this."))
        return self.user

    def can(self, permission: str) -> bool:
        """Whether one of the roles here grants it; the system may do everything."""
        return self.user is None or permission in self.permissions


def system(branch: Branch) -> Actor:
    """The machine acting for a branch: sweeps and demo data."""
    return Actor(None, branch, frozenset())


def check_may(actor: Actor, permission: str) -> None:
    """Raises `Forbidden` with a sentence that names who could."""
    if actor.can(permission):
        return
    who = [str(role.label) for role, duty in DUTIES.items() if permission in duty.permissions]
    raise Forbidden(_("Your role does not include this. It is done by: %(roles)s.") % {"roles": ", ".join(who)})


def check_money(actor: Actor, permission: str) -> None:
    """`check_may` for an act that moves or gives away money.

    Raises `Unproved` too: at a shared desk where the PIN was not shown of late anybody may have pressed the button.
    """
    check_may(actor, permission)
    if not actor.proved:
        raise Unproved


def check_username(text: str) -> str:
    """The user name as it is stored. Raises `Invalid` for one that cannot be typed plainly."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not _USERNAME.fullmatch(name):
        raise Invalid(_("A user name has 2 to 40 letters or digits, and no spaces."), "username")
    return name


def check_name(text: str) -> str:
    """The person's name as it is stored. Raises `Invalid` for none, or one that is too long or cannot be printed."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(_("Give the person's name, at most 60 characters."), "name")
    return name


def check_email(text: str) -> str:
    """The address as it is stored, or none. Raises `Invalid` for what is no address."""
    address = text.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise Invalid(_("Enter an e-mail address as name@example.com."), "email") from None
    return address


def check_roles(roles: Sequence[str]) -> list[str]:
    """The roles, each once, in the order of the table. Raises `Invalid` for none and for one that does not exist."""
    wanted = [role for role in Role.values if role in roles]
    if not wanted or set(wanted) != set(roles):
        raise Invalid(_("Choose at least one role."), "roles")
    return wanted


def check_team(branch: Branch, team: Team | None) -> None:
    """Raises `Invalid` for a team of another branch."""
    if team is not None and team.branch_id != branch.pk:
        raise Invalid(_("There is no such team at this branch."), "team")


def check_not_oneself(actor: Actor, row: Membership, *, active: bool) -> None:
    """Raises `Refused` for somebody who switches themselves off."""
    if row.active and not active and actor.user is not None and row.user_id == actor.user.pk:
        raise Refused(_("You cannot switch yourself off. Another administrator can."), "oneself")


def check_admin_stays(row: Membership, *, roles: Sequence[str], active: bool, others: bool) -> None:
    """Raises `Refused` when the branch would be left without an active administrator (`others`: it has another one)."""
    was = row.active and Role.ADMIN in row.roles
    if was and not others and not (active and Role.ADMIN in roles):
        raise Refused(
            _("%(name)s is the last administrator here. Make somebody else administrator first.")
            % {"name": row.user.name},
            "last_admin",
        )
