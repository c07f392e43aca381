"""A provider that fails again and again is left alone for a while, so that its queue does not eat the worker's time."""

from datetime import timedelta

from django.db.models import F

from customers.models import Gateway
from dms.clock import now

#: Failures in a row that open the breaker; the pause doubles with each further one.
ENOUGH = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)


def failed(*, name: str) -> None:
    """Count a failure; the fifth in a row cuts the provider off for a minute, the sixth for two."""
    row, _made = Gateway.objects.get_or_create(name=name)
    Gateway.objects.filter(pk=row.pk).update(failures=F("failures") + 1, failed_at=now())
    row.refresh_from_db()
    if row.failures >= ENOUGH:
        pause = min(FIRST_PAUSE * 2 ** min(row.failures - ENOUGH, 10), LONGEST_PAUSE)
        Gateway.objects.filter(pk=row.pk).update(open_until_at=now() + pause)


def worked(*, name: str) -> None:
    """The row of failures ends. Writes only where there was one."""
    broken = Gateway.objects.filter(name=name, failures__gt=0)
    broken.update(failures=0, open_until_at=None, accepted_at=now())
