"""Tokens: made once, shown once, revoked at once."""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import ApiToken, Membership, User
from accounts.roles import SCOPES
from accounts.selectors import secret_hash
from dms.clock import now
from dms.errors import Invalid, Refused
from dms.fields import locked

#: What every secret begins with, so that scanners of leaked secrets find it.
PREFIX = "dms_"
LONGEST_DAYS = 366


@transaction.atomic
def create_token(
    *, membership: Membership, name: str, scopes: Sequence[str], days: int, by: User | None = None
) -> tuple[ApiToken, str]:
    """A token that lasts `days`, and its secret, which is not kept and cannot be shown again.

    Raises `Invalid` for no name, an unknown scope or more than a year; `Refused` for a person who is switched off.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= SCOPES:
        raise Invalid(_("Choose scopes from: %(scopes)s.") % {"scopes": ", ".join(sorted(SCOPES))})
    if not name.strip() or not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("A token has a name, and lasts between 1 day and a year."))
    if not membership.active or not membership.user.is_active:
        raise Refused(_("This person is switched off."))
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        membership=membership, name=name.strip()[:60], hint=secret[:8], secret_hash=secret_hash(secret), scopes=wanted,
        made_by=by, expires_at=now() + timedelta(days=days),
    )  # fmt: skip
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: int, by: User) -> ApiToken:
    """Switch a token off for good; twice is once. Raises ApiToken.DoesNotExist."""
    token = locked(ApiToken.objects.all()).get(pk=token_id)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now(), by
        token.save(update_fields=["revoked_at", "revoked_by"])
    return token


def note_use(*, token: ApiToken, on: date) -> None:
    """Remember the day (of the branch) on which a token was last used; one write a day."""
    if token.last_used_on != on:
        older = Q(last_used_on__isnull=True) | Q(last_used_on__lt=on)
        ApiToken.objects.filter(older, pk=token.pk).update(last_used_on=on)
