"""The televisions' address."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Branch
from dms.fields import Row, acted, person


class Screen(Row):
    """The secret address under which a branch's televisions show the board; a new one ends the former.

    Of the secret only its SHA-256 is kept, as of a token.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="screens")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField()
    made_by = person(null=False)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = person()

    class Meta:
        constraints = [
            *acted("ended"),
            models.UniqueConstraint(fields=["branch"], condition=Q(ended_at__isnull=True), name="screen_branch_once"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="screen_expires_later"),
        ]
