"""Rows on their way to somebody outside: a register, a provider of payments or of invoices."""

from django.db import models

from delivery.states import Way
from dms.fields import Row


class Outgoing(Row):
    """What `delivery.services.outgoing` claims, sends and tries again. The states of the concrete row have at least the
    values of `Way` that it uses.

    `answer` is what the other side said last, or why it could not be asked; it holds no address and no secret.
    """

    state = models.CharField(max_length=10, choices=Way.choices, default=Way.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
