"""What sign-in asks of a later app, which registers its answer at `ready()`: the house's rules and its audit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import Branch, User


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a sign-in may last at a branch and what it needs. Times in minutes."""

    second_factor: bool = False
    idle: int = 240
    sessions: int = 5
    desk_lock: int = 5
    desk_pin: int = 5


#: Each limit and the key of the rule that sets it.
RULE_OF = {
    "second_factor": "signin.second_factor",
    "idle": "signin.idle_minutes",
    "sessions": "signin.sessions",
    "desk_lock": "desk.lock_minutes",
    "desk_pin": "desk.pin_minutes",
}
Rules = Callable[[Branch, list[str]], Mapping[str, Any]]
Audit = Callable[[Branch, User | None, str, str, dict[str, Any]], None]

_rules: list[Rules] = []
_audits: list[Audit] = []


def keep(*, rules: Rules, audit: Audit) -> None:
    """Say who keeps the rules and the audit. Twice is once."""
    _rules[:], _audits[:] = [rules], [audit]


def limits_of(branch: Branch | None) -> Limits:
    """The limits that hold today; the defaults for somebody without a branch. One query."""
    if branch is None or not _rules:
        return Limits()
    found = _rules[0](branch, list(RULE_OF.values()))
    return replace(Limits(), **{name: found[key] for name, key in RULE_OF.items() if key in found})


def audit(*, branch: Branch, actor: User | None, act: str, subject: str, **detail: Any) -> None:
    """Write down an act that has no row of its own."""
    for write in _audits:
        write(branch, actor, act, subject, detail)
