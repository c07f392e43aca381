"""Transitions as data. The table of an app is the truth for services, buttons, database triggers and diagrams."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pgtrigger
from django.utils.functional import Promise

from dms.errors import Refused

Check = Callable[[Any, Any], None]
"""check(row, actor): returns, or raises `Refused` with a sentence."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One edge set of a workflow.

    `proof` holds the stems of the `<proof>_at/_by` pairs it writes; `clears` those it undoes.
    """

    action: str
    sources: tuple[str, ...]
    target: str
    permission: str
    verb: str | Promise
    proof: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()


@dataclass(slots=True)
class Workflow:
    """A table of transitions, and the checks that the apps of the road registered for them."""

    name: str
    initial: str
    transitions: tuple[Transition, ...]
    checks: dict[str, list[Check]] = field(default_factory=dict)

    def __getitem__(self, action: str) -> Transition:
        for transition in self.transitions:
            if transition.action == action:
                return transition
        raise KeyError(action)

    def register(self, action: str, check: Check) -> None:
        """Add a check to an action; called from `AppConfig.ready()`. Twice the same check is once."""
        self[action]
        registered = self.checks.setdefault(action, [])
        if check not in registered:
            registered.append(check)

    def judge(self, action: str, row: Any, actor: Any) -> None:
        """Run every registered check; the first refusal is raised."""
        for check in self.checks.get(action, []):
            check(row, actor)

    def leaving(self, state: str) -> Iterable[Transition]:
        """The transitions that leave `state`, in the order of the table."""
        return (t for t in self.transitions if state in t.sources)

    def edges(self) -> list[tuple[str, str]]:
        """Every legal (from, to), once, sorted."""
        return sorted({(source, t.target) for t in self.transitions for source in t.sources})


def sentence_of(act: Callable[[], object]) -> str:
    """'' when `act` passes, else the sentence of its refusal: what a disabled button shows."""
    try:
        act()
    except Refused as refused:
        return refused.sentence
    return ""


def _listed(edges: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"('{a}', '{b}')" for a, b in edges)


def edge_guard(name: str, edges: Iterable[tuple[str, str]]) -> pgtrigger.Trigger:
    """A trigger that refuses any change of `state` that is not in `edges`, by whatever client."""
    return pgtrigger.Trigger(
        name=f"{name}_edges",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__state__df=pgtrigger.F("new__state")),
        func=f"""
            IF (OLD.state, NEW.state) NOT IN ({_listed(edges)}) THEN
                RAISE EXCEPTION 'illegal move of {name} from % to %', OLD.state, NEW.state
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


def first_state_guard(name: str, initial: Iterable[str]) -> pgtrigger.Trigger:
    """A trigger that refuses to insert a row in any other state than the first."""
    allowed = ", ".join(f"'{state}'" for state in initial)
    return pgtrigger.Trigger(
        name=f"{name}_first",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NEW.state NOT IN ({allowed}) THEN
                RAISE EXCEPTION '{name} cannot begin as %', NEW.state USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


def append_only(but: Iterable[str] = ()) -> Any:
    """A trigger that refuses UPDATE and DELETE. `grant_roles` takes the rights away as well.

    `but` are fields that may still change: those by which a row follows its subject when two of them are merged.
    """
    movable = tuple(but)
    if not movable:
        return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
    return AppendOnlyBut(movable)


class AppendOnlyBut(pgtrigger.Trigger):
    """Refuses DELETE, and an UPDATE that changes anything but the `movable` columns."""

    def __init__(self, movable: tuple[str, ...]) -> None:
        self.movable = movable
        super().__init__(name="append_only", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete)

    def get_func(self, model: Any) -> str:
        """The columns' names are known only with the model."""
        fields = [model._meta.get_field(name) for name in self.movable]  # noqa: SLF001  # public for models
        names = ", ".join(f"'{field.column}'" for field in fields)
        return f"""
            IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - ARRAY[{names}] = to_jsonb(NEW) - ARRAY[{names}] THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        """
