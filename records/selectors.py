"""Reads of the house's records."""

from datetime import date
from typing import Any

from django.db.models import F, Q

from accounts.models import Branch
from records.models import DatedRule, IssuedPaper, Photo
from records.rules import RULES


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


def papers_of(branch: Branch, subject_key: str) -> list[IssuedPaper]:
    """The papers issued about a subject, newest first. One query."""
    return list(IssuedPaper.objects.filter(branch=branch, subject_key=subject_key).order_by("-issued_at", "-id"))


def photos_of(branch: Branch, *subject_keys: str) -> list[Photo]:
    """The photos of these subjects, in the order in which they were taken. One query."""
    return list(Photo.objects.filter(branch=branch, subject_key__in=subject_keys).order_by("id"))
