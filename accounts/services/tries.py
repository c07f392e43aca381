"""Guessing is slowed down, and nobody is shut out for ever.

A try is written down before it is judged, so that parallel ones count each other, and taken back when it was right.
After the free tries each further one waits longer, from one minute to fifteen; a try that comes too early counts for
nothing, so hammering does not prolong the wait. Three kinds of buckets:

- a browser that this person signed in with before (`accounts.devices`) has its own: what others do elsewhere with the
  same name does not touch it;
- otherwise the pair of name and network counts, so that one typist in a hurry does not lock the shop,
- and the network as a whole, with a higher ceiling, against one machine that tries many names.
"""

import ipaddress
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import User, WrongTry
from dms.clock import now

FREE, FREE_CODES, CEILING = 8, 5, 60
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
#: 2 to this power is far past the longest wait.
_MOST_DOUBLINGS = 10


class Paused(Exception):
    """Too many wrong tries; the next one is judged after `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def minutes(self) -> int:
        """Whole minutes to wait, at least one."""
        return max(1, -(-int((self.until - now()).total_seconds()) // 60))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where wrong tries are counted; `forgiven`: emptied by a right one."""

    name: str
    free: int
    window: timedelta
    forgiven: bool = True

    @property
    def key(self) -> str:
        """What is stored of the name."""
        return _hidden("bucket", self.name)


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was let through; it counts as wrong until `right` says otherwise."""

    rows: tuple[int, ...]
    buckets: tuple[Bucket, ...]

    def right(self) -> None:
        """It was right: this one is taken back, and what went before is forgiven."""
        emptied = [bucket.key for bucket in self.buckets if bucket.forgiven]
        WrongTry.objects.filter(Q(pk__in=self.rows) | Q(bucket__in=emptied)).delete()


def _hidden(what: str, text: str) -> str:
    return salted_hmac(f"tries {what}", text, algorithm="sha256").hexdigest()


def who_of(name: str) -> str:
    """A user name as tries are found by, whatever its spelling."""
    return _hidden("who", unicodedata.normalize("NFKC", name).strip().casefold())


def network_of(address: str) -> str:
    """The network that counts as one sender: an IPv4 address, an IPv6 /64."""
    try:
        place = ipaddress.ip_address(address.strip())
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((place, 64 if place.version == 6 else 32), strict=False))


def buckets_for(*, what: str, name: str, address: str, device: str, free: int = FREE) -> list[Bucket]:
    """Where a try counts; `device` is the id of a browser known for this person, '' for none."""
    who = who_of(name)
    if device:
        return [Bucket(f"{what} device {device} {who}", free, DAY)]
    network = network_of(address)
    return [
        Bucket(f"{what} pair {who} {network}", free, DAY),
        Bucket(f"{what} network {network}", CEILING, HOUR, forgiven=False),
    ]


def begin(*, name: str, buckets: Sequence[Bucket]) -> Try:
    """Write a try down. Raises `Paused` when it comes before the wait is over; then it does not count."""
    at, who = now(), who_of(name)
    WrongTry.objects.filter(tried_at__lt=at - DAY).delete()
    made = WrongTry.objects.bulk_create(WrongTry(bucket=bucket.key, who=who, tried_at=at) for bucket in buckets)
    mine = tuple(row.pk for row in made)
    earlier = WrongTry.objects.filter(bucket__in=[bucket.key for bucket in buckets]).exclude(pk__in=mine)
    until = max((_free_at(earlier, bucket, at) for bucket in buckets), default=at)
    if until > at:
        WrongTry.objects.filter(pk__in=mine).delete()
        raise Paused(until)
    return Try(mine, tuple(buckets))


def _free_at(earlier: QuerySet[WrongTry], bucket: Bucket, at: datetime) -> datetime:
    """When the next try in this bucket is judged."""
    rows = earlier.filter(bucket=bucket.key, tried_at__gt=at - bucket.window)
    counted = rows.aggregate(n=Count("id"), last=Max("tried_at"))
    over = counted["n"] - bucket.free
    if over < 0:
        return at
    wait: timedelta = min(FIRST_WAIT * 2 ** min(over, _MOST_DOUBLINGS), LONGEST_WAIT)
    last: datetime = counted["last"]
    return last + wait


@transaction.atomic
def forget(*, user: User) -> int:
    """Forget all wrong tries with this person's name, and their wrong PINs; how many there were."""
    gone, _kinds = WrongTry.objects.filter(who=who_of(user.username)).delete()
    User.objects.filter(pk=user.pk).update(pin_failures=0)
    return gone
