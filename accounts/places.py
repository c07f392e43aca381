"""Where somebody is signed in, in words: browser, address, last sign of life."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.sessions.models import Session

from accounts.models import SignIn, User
from accounts.seat import KEY
from accounts.selectors import open_of

#: The first that the header names is what people call their browser; the order matters, Chrome calls itself Safari too.
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One sign-in as a person knows it."""

    row: SignIn
    browser: str
    seen_at: datetime
    here: bool


def browser_of(agent: str) -> str:
    """Browser and system of a User-Agent header; '' for what is neither."""
    found = (next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, found))


def places_of(user: User, here: int) -> list[Place]:
    """Where somebody is signed in, this place first. Two queries."""
    rows = list(open_of(user).select_related("desk").order_by("-began_at", "-id"))
    kept = {one.session_key: one for one in Session.objects.filter(session_key__in=[row.session_key for row in rows])}
    places = []
    for row in rows:
        session = kept.get(row.session_key)
        if session is None:
            continue  # over: the cookie of a session that ran out opens nothing
        seen = session.get_decoded().get(KEY, {}).get("seen")
        at = datetime.fromtimestamp(seen, UTC) if seen else row.began_at
        places.append(Place(row, browser_of(row.browser), at, row.pk == here))
    return sorted(places, key=lambda place: not place.here)
