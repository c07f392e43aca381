"""PDF from our own HTML. What the HTML may load is on this page: our paper styles and embedded PNG pictures."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

PNG = "data:image/png;base64,"


class PdfUnavailable(Exception):
    """No PDF can be made on this machine; `str()` says why, for a person."""


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


def render(html: str, *more: str, base: Path) -> bytes:
    """`html` as PDF, and the pages of `more` behind it; relative addresses are files under `base`.

    Raises `PdfUnavailable` when WeasyPrint or one of its native libraries (Pango) is missing.
    """
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            _("This machine cannot make PDF files (a library is missing). Print this page from the browser.")
        ) from error
    own = f"{base.resolve().as_uri()}/"
    documents = [HTML(string=one, base_url=own, url_fetcher=_fetcher(base)).render() for one in (html, *more)]
    pdf: bytes = documents[0].copy([page for document in documents for page in document.pages]).write_pdf()
    return pdf
