"""Lists as other systems write them, and the whole way of one into our tables."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from customers.imports import runs


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.fixture
def begin(actor: Callable[..., Any]) -> Callable[..., Any]:
    """`begin(rows or bytes, kind="cars")`: an import whose columns are guessed."""
    who = actor("manager")

    def make(content: Any, kind: str = "cars", name: str = "客户.csv") -> Any:
        raw = content if isinstance(content, bytes) else text_of(content).encode()
        run = runs.begin(actor=who, kind=kind, file=ContentFile(raw), name=name)
        run.who = who
        return run

    return make


@pytest.fixture
def check(begin: Callable[..., Any]) -> Callable[..., Any]:
    """`check(rows, kind, fill_only)`: read to its end and checked."""

    def make(content: Any, kind: str = "cars", *, fill_only: bool = True, name: str = "客户.csv") -> Any:
        run = begin(content, kind, name)
        runs.choose(actor=run.who, run_id=run.pk, mapping=run.mapping, fill_only=fill_only)
        while runs.work(run.pk):
            pass
        run.refresh_from_db()
        return run

    return make


@pytest.fixture
def bring(check: Callable[..., Any]) -> Callable[..., Any]:
    """`bring(rows, kind, fill_only)`: the whole way into our tables."""

    def make(content: Any, kind: str = "cars", *, fill_only: bool = True) -> Any:
        run = check(content, kind, fill_only=fill_only)
        runs.start(actor=run.who, run_id=run.pk)
        while runs.work(run.pk):
            pass
        run.refresh_from_db()
        return run

    return make
