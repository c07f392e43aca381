"""Wrong codes are counted per sender, in PostgreSQL, so that the lock holds without Redis and across processes.

Parallel requests may pass the limit by as many as run at once; with 31 signs and 8 places that does not matter.
"""

import ipaddress
from datetime import timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from dms.clock import now
from records.models import FailedGuess

#: Wrong codes of one sender within the window; many customers may share the shop's Wi-Fi.
MOST = 12
WINDOW = timedelta(minutes=15)
#: After this a wrong code is forgotten.
KEPT = timedelta(days=1)


def sender_of(address: str) -> str:
    """Where a request comes from, as a keyed hash (hex): no address is stored. An IPv6 network of /64 is one sender."""
    try:
        place = ipaddress.ip_address(address.strip())
    except ValueError:
        return salted_hmac("guesses", "unknown", algorithm="sha256").hexdigest()
    network = ipaddress.ip_network((place, 64 if place.version == 6 else 32), strict=False)
    return salted_hmac("guesses", str(network), algorithm="sha256").hexdigest()


def locked_out(*, what: str, sender: str) -> bool:
    """Whether this sender guessed wrongly too often of late. One query."""
    recent = FailedGuess.objects.filter(what=what, sender=sender, created_at__gt=now() - WINDOW)
    return recent.count() >= MOST


@transaction.atomic
def guessed_wrong(*, what: str, sender: str) -> None:
    """Count a wrong code, and forget those of yesterday."""
    FailedGuess.objects.filter(what=what, created_at__lt=now() - KEPT).delete()
    FailedGuess.objects.create(what=what, sender=sender)
