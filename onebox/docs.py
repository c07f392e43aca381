"""`run.py docs`: the documentation as pages, in both languages."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from onebox.home import ROOT
from onebox.progress import say

OUT = ROOT / "var" / "docs"


class Book(NamedTuple):
    """One language's documentation: Sphinx's name of the language, where its sources and its pages lie."""

    language: str
    source: Path
    out: Path


BOOKS = (Book("en", ROOT / "docs", OUT / "en"), Book("zh_CN", ROOT / "docs" / "zh", OUT / "zh"))


def build(book: Book) -> bool:
    """Build it with every warning an error; whether that went well."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q", "-j", "auto"]
    command += ["-D", f"language={book.language}", "-c", str(ROOT / "docs"), "-d", str(OUT / f".{book.language}")]
    return subprocess.run([*command, str(book.source), str(book.out)], cwd=ROOT).returncode == 0


def docs(_arguments: list[str]) -> int:
    """Builds both books, also after one failed; 1 when any failed."""
    good = True
    for book in BOOKS:
        built = build(book)
        good = good and built
        say(f"documentation {book.language}: {book.out / 'index.html' if built else 'FAILED'}")
    return 0 if good else 1
