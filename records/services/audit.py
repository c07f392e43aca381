"""Acts without a row of their own."""

from typing import Any

from accounts.models import Branch, User
from records.models import AuditEntry


def write(branch: Branch, actor: User | None, act: str, subject: str, detail: dict[str, Any]) -> None:
    """Keep the act for ever; `subject` names what it was done to ("user:17")."""
    AuditEntry.objects.create(branch=branch, actor=actor, act=act, subject_key=subject, detail=detail)
