"""Who acts, where, and whether they may."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Branch, User
from accounts.roles import DUTIES
from dms.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a branch, or the system itself (`user` is None)."""

    user: User | None
    branch: Branch
    permissions: frozenset[str]

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
