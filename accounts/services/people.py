"""Who works at a branch and as what."""

from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Team, User
from accounts.policies import (
    Actor,
    check_admin_stays,
    check_email,
    check_may,
    check_name,
    check_not_oneself,
    check_roles,
    check_team,
    check_username,
)  # fmt: skip
from accounts.roles import Role
from accounts.selectors import may_join
from accounts.services.preferences import LANGUAGES
from accounts.services.sessions import end_all
from accounts.states import Ended
from dms.errors import Forbidden, Invalid, Stale
from dms.fields import locked

LABELS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "roles": gettext_lazy("Roles"),
    "team": gettext_lazy("Team"),
    "active": gettext_lazy("Works here"),
}


def checked_password(password: str, user: User) -> str:
    """The password. Raises `Invalid` with everything that the house's validators have against it."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), "password") from error
    return password


@transaction.atomic
def add_person(
    *, actor: Actor, username: str, name: str, language: str, roles: Sequence[str], password: str,
    team: Team | None, email: str = "",
) -> Membership:  # fmt: skip
    """A new user who works at the actor's branch.

    Raises `Forbidden` without `people.edit`; `Invalid`, whose code is the field, for what cannot be used.
    """
    check_may(actor, "people.edit")
    if language not in LANGUAGES:
        raise Invalid(_("This language is not offered."), "language")
    user = User(username=check_username(username), name=check_name(name), language=language, email=check_email(email))
    wanted = check_roles(roles)
    check_team(actor.branch, team)
    user.set_password(checked_password(password, user))
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Invalid(_("This user name is taken. Choose another one."), "username") from error
    return Membership.objects.create(user=user, branch=actor.branch, roles=wanted, team=team)


@transaction.atomic
def change_person(
    *,
    actor: Actor,
    membership_id: int,
    version: int,
    name: str,
    roles: Sequence[str],
    team: Team | None,
    active: bool,
    email: str | None = None,
) -> Membership:
    """Change name, address (None: as it is), roles and team, or switch the person on or off.

    Somebody who works at no branch any more cannot sign in, and the sessions they have end with the next request.
    Raises `Forbidden`, `Invalid`, `Stale` when somebody saved since `version`, and `Refused` for what would leave the
    branch without an administrator.
    """
    check_may(actor, "people.edit")
    row, others = _locked_person(actor, membership_id)
    user = locked(User.objects.all()).get(pk=row.user_id)
    wanted = _in_order(row, check_roles(roles))
    check_team(actor.branch, team)
    named = check_name(name)
    address = user.email if email is None else check_email(email)
    if row.version != version:
        mine: dict[str, object] = {"name": named, "email": address, "roles": wanted, "team": team, "active": active}
        raise _stale(row, user, mine)
    check_not_oneself(actor, row, active=active)
    check_admin_stays(row, roles=wanted, active=active, others=others)
    row.roles, row.team, row.active, row.version = wanted, team, active, row.version + 1
    row.save(update_fields=["roles", "team", "active", "version"])
    user.name = named
    user.email = address
    user.is_active = active or Membership.objects.filter(user=user, active=True).exists()
    user.save(update_fields=["name", "email", "is_active"])
    if not user.is_active:
        # Somebody who comes back later signs in anew: a cookie of before is worth nothing.
        end_all(user=user, why=Ended.OFF)
    return row


def _locked_person(actor: Actor, membership_id: int) -> tuple[Membership, bool]:
    """The person, and whether the branch has another active administrator.

    All of them are locked in one order: of two administrators who switch each other off, the second waits and is
    refused.
    """
    admins = Q(active=True, roles__contains=[Role.ADMIN])
    rows = list(locked(Membership.objects.filter(Q(pk=membership_id) | admins, branch=actor.branch)).order_by("pk"))
    row = next((one for one in rows if one.pk == membership_id), None)
    if row is None:
        raise Invalid(_("This person does not work at your branch."))
    return row, any(one.pk != membership_id for one in rows)


def _in_order(row: Membership, wanted: list[str]) -> list[str]:
    """The first role is shown first: those that stay keep their order, new ones follow."""
    kept = [role for role in row.roles if role in wanted]
    return kept + [role for role in wanted if role not in kept]


def _stale(row: Membership, user: User, mine: dict[str, object]) -> Stale:
    theirs: dict[str, object] = {
        "name": user.name, "email": user.email, "roles": row.roles, "team": row.team, "active": row.active,
    }  # fmt: skip
    return Stale(
        {
            str(LABELS[name]): (_shown(theirs[name]), _shown(value))
            for name, value in mine.items()
            if theirs[name] != value
        }
    )


def _shown(value: object) -> str:
    """A value as a person knows it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return " · ".join(str(Role(role).label) for role in value)
    return "" if value is None else str(value)


@transaction.atomic
def set_password(*, actor: Actor, membership_id: int, password: str, sign_in: int = 0) -> User:
    """A new password for somebody who forgot theirs; sessions opened with the old one end, but for `sign_in`.

    Raises `Invalid` for a password that the validators refuse, and `Forbidden` when the person works at a branch where
    the actor is no administrator: the password would open that branch too.
    """
    check_may(actor, "people.edit")
    row = Membership.objects.filter(branch=actor.branch, pk=membership_id).first()
    if row is None:
        raise Invalid(_("This person does not work at your branch."))
    check_rules_all(actor, row)
    user = locked(User.objects.all()).get(pk=row.user_id)
    user.set_password(checked_password(password, user))
    user.pin_failures = 0
    user.save(update_fields=["password", "pin_failures"])
    end_all(user=user, why=Ended.PASSWORD, but=sign_in)
    return user


def check_rules_all(actor: Actor, row: Membership) -> None:
    """Raises `Forbidden` when the person works at a branch where the actor is no administrator."""
    ours = Membership.objects.filter(user=actor.person, active=True, roles__contains=[Role.ADMIN]).values("branch")
    if Membership.objects.filter(user=row.user_id, active=True).exclude(branch__in=ours).exclude(pk=row.pk).exists():
        raise Forbidden(
            _("This person works at another branch too. An administrator of all these branches can do this.")
        )


@transaction.atomic
def join_branch(*, actor: Actor, user_id: int, roles: Sequence[str], team: Team | None) -> Membership:
    """Somebody of another branch works here too; one user name, one password, a choice of branches.

    Only an administrator of both branches can: who is made a member here can be given a new password by the two
    branches' administrators only together. Raises `Forbidden` without `people.edit`, `Invalid` for everybody else.
    """
    check_may(actor, "people.edit")
    user = locked(may_join(actor.person, actor.branch)).filter(pk=user_id).first()
    if user is None:
        raise Invalid(_("Choose somebody from the list."), "person")
    wanted = check_roles(roles)
    check_team(actor.branch, team)
    try:
        with transaction.atomic():
            return Membership.objects.create(user=user, branch=actor.branch, roles=wanted, team=team)
    except IntegrityError as error:
        raise Invalid(_("This person works here already."), "person") from error
