"""PDF from our own HTML. What the HTML may load is on this page: our paper styles and embedded PNG pictures.

`render` draws in this process; `render_apart` in a forked child with limits of time and memory, which is what the
worker does: a paper that would eat the machine costs one child and a sentence.
"""

import os
import resource
import select
import signal
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

PNG = "data:image/png;base64,"
#: Why a file could not be made: too long, too large, or it broke.
TIME, MEMORY, BROKEN = "time", "memory", "broken"
#: First byte of a child's answer.
_MADE, _FULL, _WRONG = b"P", b"M", b"B"
#: A child that is killed from below by a library that was refused memory.
_CRASHES = (signal.SIGABRT, signal.SIGTRAP, signal.SIGSEGV, signal.SIGBUS)
#: Shapes and letters of both languages, so that the first paper finds the fonts open.
_FIRST = '<p style="font: 600 10pt Noto Sans SC, sans-serif">字 A 1</p><p style="font: 10pt Noto Sans SC">字 A 1</p>'


class PdfUnavailable(Exception):
    """No PDF can be made on this machine; `str()` says why, for a person."""


class PdfRefused(Exception):
    """This document was not made; `trouble` is one of TIME, MEMORY, BROKEN, `str()` is for the log."""

    def __init__(self, trouble: str, detail: str = "") -> None:
        super().__init__(f"{trouble} {detail}".strip())
        self.trouble = trouble


def allowed(url: str, base: Path) -> bool:
    """Whether a paper may load `url`: an embedded PNG, or a file that truly lies under `base`."""
    if url.startswith(PNG):
        return True
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return False
    path = Path(unquote(parts.path)).resolve()
    return path.is_relative_to(base.resolve()) and path.is_file()


def _fetcher(base: Path) -> Any:
    from weasyprint.urls import URLFetcher

    class OwnFiles(URLFetcher):
        """Refuses every address but those of `allowed`; WeasyPrint then goes on without the resource."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not allowed(url, base):
                raise ValueError("a paper loads only the project's own files")
            return super().fetch(url, headers)

    return OwnFiles(allowed_protocols=("file", "data"), allow_redirects=False)


def _library() -> Any:
    """WeasyPrint. Raises `PdfUnavailable` where it or one of its native libraries (Pango) is missing."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            _("This machine cannot make PDF files (a library is missing). Print this page from the browser.")
        ) from error
    return weasyprint


def render(html: str, *more: str, base: Path) -> bytes:
    """`html` as PDF, and the pages of `more` behind it; relative addresses are files under `base`.

    Raises `PdfUnavailable` when WeasyPrint or one of its native libraries (Pango) is missing.
    """
    library = _library()
    from weasyprint.text.fonts import FontConfiguration

    own, fonts, fetcher = f"{base.resolve().as_uri()}/", FontConfiguration(), _fetcher(base)
    documents = [
        library.HTML(string=one, base_url=own, url_fetcher=fetcher).render(font_config=fonts) for one in (html, *more)
    ]
    pdf: bytes = documents[0].copy([page for document in documents for page in document.pages]).write_pdf()
    return pdf


@cache
def warm() -> None:
    """Load the library and the fonts, and draw a first tiny document: children that are forked later begin warm."""
    _library().HTML(string=_FIRST).write_pdf()


def render_apart(html: str, *more: str, base: Path, seconds: float = 0, megabytes: int = 0) -> bytes:
    """As `render`, in a child that may take so many seconds and megabytes (0: the settings' limits) and no more.

    Raises `PdfUnavailable`, and `PdfRefused` for a document beyond the limits or one that breaks.
    """
    warm()
    seconds = seconds or settings.PDF_SECONDS
    return _apart(lambda: render(html, *more, base=base), seconds, megabytes or settings.PDF_MEGABYTES)


def _apart(work: Callable[[], bytes], seconds: float, megabytes: int) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(writing, work, seconds, megabytes)
    os.close(writing)
    try:
        answer, late = _answer(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it has answered, or it had its time
        _pid, status = os.waitpid(child, 0)
    return _judged(answer, status, late=late)


def _answer(reading: int, deadline: float) -> tuple[bytes, bool]:
    """What the child wrote until it closed, and whether its time was over before."""
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts), False
        parts.append(part)
    return b"".join(parts), True


def _judged(answer: bytes, status: int, *, late: bool) -> bytes:
    if late:
        raise PdfRefused(TIME)
    first, rest = answer[:1], answer[1:]
    if first == _MADE:
        return rest
    ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if ended in (signal.SIGXCPU, signal.SIGALRM):
        raise PdfRefused(TIME)
    if first == _FULL or ended in _CRASHES:
        raise PdfRefused(MEMORY, signal.Signals(ended).name if ended in _CRASHES else "")
    raise PdfRefused(BROKEN, rest.decode(errors="replace"))


def _be_child(writing: int, work: Callable[[], bytes], seconds: float, megabytes: int) -> NoReturn:
    """Work, write the answer, end at once: nothing of the parent (connections, exit handlers) is touched."""
    try:
        _bound(seconds, megabytes)
        try:
            answer: Sequence[bytes] = (_MADE, work())
        except (MemoryError, SystemError):  # C code that finds no memory may forget to say which of them it was
            answer = (_FULL,)
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told its name and lives on
            answer = (_WRONG, type(error).__name__.encode())
        for part in answer:
            view = memoryview(part)
            while view:
                view = view[os.write(writing, view) :]
    finally:
        os._exit(0)


def _bound(seconds: float, megabytes: int) -> None:
    """The limits of a child. The alarm ends it also when its parent was killed and waits no longer."""
    for name in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    signal.alarm(int(seconds) + 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _mapped() + megabytes * 1024 * 1024
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(10)  # whoever waits for a page comes first


def _mapped() -> int:
    """Bytes of address space that this process has already; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
