"""Reads of the house's records."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.models import Branch
from dms.clock import branch_day, now
from dms.gather import gather
from records.models import DatedRule, IssuedPaper, Photo
from records.rules import RULES, Rule


def rule(branch: Branch, key: str, on: date) -> Any:
    """The value of a rule in a branch on a date: the branch's own before the house's, the latest before earlier ones.

    Raises KeyError for a key that does not exist.
    """
    default = RULES[key].default
    row = (
        DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True), key=key, valid_from__lte=on)
        .order_by(F("branch").asc(nulls_last=True), "-valid_from")
        .first()
    )
    return row.value if row else default


def rules_now(branch: Branch, keys: list[str]) -> dict[str, Any]:
    """What these rules say in a branch today. One query. Raises KeyError for a key that does not exist."""
    today = branch_day(branch)
    rows = (
        DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True), key__in=keys, valid_from__lte=today)
        .order_by("key", F("branch").asc(nulls_last=True), "-valid_from")
        .distinct("key")
    )
    return {key: RULES[key].default for key in keys} | {row.key: row.value for row in rows}


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule as it stands in a branch: the value of today with its row (None: the default), and the rows to come."""

    key: str
    rule: Rule
    value: Any
    row: DatedRule | None
    coming: list[DatedRule]


def _standing(key: str, rows: Iterable[DatedRule], today: date) -> Standing:
    """From the rows of one key, the oldest first: what `rule` answers today, and what it will answer."""
    own, house = [row for row in rows if row.branch_id], [row for row in rows if not row.branch_id]
    now = next((row for row in [*reversed(own), *reversed(house)] if row.valid_from <= today), None)
    # The house's coming values never hold in a branch that has its own one by then.
    reach = own[0].valid_from if own else date.max
    coming = [row for row in own if row.valid_from > today]
    coming += [row for row in house if today < row.valid_from < reach]
    coming.sort(key=lambda row: row.valid_from)
    return Standing(key, RULES[key], now.value if now else RULES[key].default, now, coming)


def rules_standing(branch: Branch, today: date) -> list[Standing]:
    """Every rule as it stands in a branch. One query."""
    by_key: dict[str, list[DatedRule]] = defaultdict(list)
    for row in _rows(branch):
        by_key[row.key].append(row)
    return [_standing(key, by_key[key], today) for key in RULES]


def rule_standing(branch: Branch, key: str, today: date) -> tuple[Standing, list[DatedRule]]:
    """One rule as it stands, and all its values here, the latest first. One query. Raises KeyError."""
    rows = list(_rows(branch).filter(key=key))
    return _standing(key, rows, today), rows[::-1]


def _rows(branch: Branch) -> QuerySet[DatedRule]:
    """The branch's values and the house's, the oldest first."""
    mine = DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True))
    return mine.select_related("set_by").order_by("valid_from", "id")


def papers_of(branch: Branch, subject_key: str) -> list[IssuedPaper]:
    """The papers issued about a subject, newest first. One query."""
    return list(IssuedPaper.objects.filter(branch=branch, subject_key=subject_key).order_by("-issued_at", "-id"))


def photos_of(branch: Branch, *subject_keys: str) -> list[Photo]:
    """The photos of these subjects, in the order in which they were taken. One query."""
    return list(Photo.objects.filter(branch=branch, subject_key__in=subject_keys).order_by("id"))


def papers_and_photos(branch: Branch, subject_key: str, *more: str) -> tuple[list[IssuedPaper], list[Photo]]:
    """What `papers_of` (without the papers' content) and `photos_of` give, photos of more subjects too. One query."""
    papers = IssuedPaper.objects.filter(branch=branch, subject_key=subject_key).defer("content")
    photos = Photo.objects.filter(branch=branch, subject_key__in=[subject_key, *more])
    found = gather(papers.order_by("-issued_at", "-id"), photos.order_by("id"))
    return found[0], found[1]


def papers_waiting() -> dict[str, float]:
    """How many papers of this week have no file yet, at all branches. One query."""
    fresh = IssuedPaper.objects.filter(files__isnull=True, issued_at__gt=now() - timedelta(days=7))
    return {"": float(fresh.count())}
