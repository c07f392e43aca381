"""Skips a step whose inputs are the same as at the last time."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path]) -> str:
    """Hash over names and contents of the files, in any order."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"\0{file}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether the step was done with this digest."""
    return stamp.exists() and stamp.read_text() == value


def done(stamp: Path, value: str) -> None:
    """Remembers the digest; call it after the step, so that a step that failed is done again."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)
