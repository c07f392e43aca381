"""What people change of their own sign-in, and what an administrator takes from somebody who lost it."""

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.house import audit
from accounts.models import Factor, Membership, User
from accounts.policies import Actor, check_may
from accounts.services.people import check_rules_all, checked_password
from accounts.services.sessions import end_all
from accounts.states import Ended
from dms.errors import Invalid, Refused
from dms.fields import locked


@transaction.atomic
def change_password(*, user: User, old: str, new: str, sign_in: int) -> User:
    """Change one's own password; every sign-in but this one ends. Raises `Invalid`, whose code is the field."""
    row = locked(User.objects.all()).get(pk=user.pk)
    if not check_password(old, row.password):
        raise Invalid(_("This is not your present password."), "old")
    if old == new:
        raise Invalid(_("The new password is the old one."), "password")
    row.set_password(checked_password(new, row))
    row.pin_failures = 0
    row.save(update_fields=["password", "pin_failures"])
    end_all(user=row, why=Ended.PASSWORD, but=sign_in)
    return row


@transaction.atomic
def remove_factors(*, actor: Actor, membership_id: int) -> User:
    """Somebody lost their phone or key: they sign in with the password alone and set up a new one.

    All their sign-ins end. Raises `Forbidden` where a new password could not be set either, `Refused` for oneself and
    for somebody without a factor.
    """
    check_may(actor, "people.edit")
    row = Membership.objects.filter(branch=actor.branch, pk=membership_id).select_related("user").first()
    if row is None:
        raise Invalid(_("This person does not work at your branch."))
    if row.user_id == actor.person.pk:
        raise Refused(_("Remove your own on your page “Sign-in and security”, where your password is asked for."))
    check_rules_all(actor, row)
    user = locked(User.objects.all()).get(pk=row.user_id)
    gone, _kinds = Factor.objects.filter(user=user).delete()
    if not gone:
        raise Refused(_("%(name)s has no second factor.") % {"name": user.name})
    end_all(user=user, why=Ended.OFF)
    audit(branch=actor.branch, actor=actor.person, act="factor.remove", subject=f"user:{user.pk}", factors=gone)
    return user
