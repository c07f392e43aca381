import sys
from pathlib import Path

import pytest

from dms.pdf import PdfUnavailable, allowed, render

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF"
    "+FABJADveWkH6oAAAAAElFTkSuQmCC"
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a4.css").write_text("p { color: red }")
    (tmp_path / "secret.css").write_text("p { color: blue }")
    return tmp_path / "papers"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://localhost/x.css",
        "https://example.org/x.png",
        "ftp://example.org/x",
        "data:text/css,p{}",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "file://host/etc/passwd",
    ],
)
def test_a_paper_fetches_nothing_foreign(base: Path, url: str) -> None:
    assert not allowed(url, base)


def test_a_paper_fetches_its_styles_and_no_neighbour(base: Path) -> None:
    assert allowed((base / "a4.css").as_uri(), base)
    assert not allowed(base.as_uri() + "/../secret.css", base)
    assert not allowed(base.as_uri() + "/%2e%2e/secret.css", base)
    (base / "link.css").symlink_to(base.parent / "secret.css")
    assert not allowed((base / "link.css").as_uri(), base)
    assert allowed(PIXEL, base)


def test_foreign_addresses_do_not_stop_the_paper(base: Path) -> None:
    sources = ["file:///etc/passwd", "http://127.0.0.1:1/x", PIXEL]
    html = '<link rel="stylesheet" href="a4.css"><p>x' + "".join(f'<img src="{source}">' for source in sources)
    assert render(html, base=base).startswith(b"%PDF-")


def test_a_missing_library_is_a_sentence(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable, match=r"\w+"):
        render("<p>x", base=base)
