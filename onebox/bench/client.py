"""A browser without a screen: one kept connection, cookies, forms with what stands in them."""

import http.client
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

Fields = list[tuple[str, str]]
LOGIN = "/accounts/login/"
PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Answer:
    """One response; `seconds` from the first byte sent to the last one read."""

    status: int
    body: bytes
    headers: dict[str, str]
    seconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


@dataclass
class Form:
    """A form of a page with the values that a browser would send, without its buttons."""

    action: str
    fields: Fields = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._first: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._text = ""
            self._open.fields.append((given.get("name", ""), ""))
        elif tag == "select":
            self._select, self._first = given.get("name", ""), None
        elif tag == "option" and self._select is not None:
            self._option(given)

    def _input(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        ticked = kind not in ("checkbox", "radio") or "checked" in given
        if self._open and name and ticked and kind not in ("file", "submit"):
            self._open.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))

    def _option(self, given: dict[str, str]) -> None:
        if self._first is None:
            self._first = given.get("value", "")
        if "selected" in given:
            self._first = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._text is not None and self._open:
            name, _nothing = self._open.fields.pop()
            self._open.fields.append((name, self._text.removeprefix("\n")))
            self._text = None
        elif tag == "select" and self._select is not None and self._open:
            self._open.fields.append((self._select, self._first or ""))
            self._select = None


def forms_of(page: str) -> list[Form]:
    """The forms of a page, in order."""
    parser = _Forms()
    parser.feed(page)
    return [form for form in parser.forms if form is not None]


#: Seconds without a request after which a kept connection is opened anew.
IDLE = 5.0


class Browser:
    """Somebody at a screen. Not for two threads at once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self._used = time.monotonic()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """One request and its whole answer; no redirect is followed."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": f"localhost:{self.port}", "Cookie": cookies} | (headers or {})
        if time.monotonic() - self._used > IDLE:  # the server closes what was quiet for long, as browsers know
            self._connection.close()
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body or None, sent)
            got = self._connection.getresponse()
            content = got.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # the next request opens it anew
            raise
        seconds = time.perf_counter() - began
        self._used = time.monotonic()
        for value in got.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        return Answer(got.status, content, {key.lower(): value for key, value in got.getheaders()}, seconds)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """A page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: Fields, headers: dict[str, str] | None = None) -> Answer:
        """A form, with the CSRF token of the cookie."""
        named = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
        named.append(("csrfmiddlewaretoken", self.cookies.get("csrftoken", "")))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(named).encode(), kind | (headers or {}))

    def sign_in(self, name: str, password: str) -> None:
        """By the sign-in page's own form. Raises RuntimeError when it is refused."""
        form = next(form for form in forms_of(self.get(LOGIN).text) if any(n == "password" for n, _v in form.fields))
        rest = [(n, v) for n, v in form.fields if n not in ("username", "password")]
        answer = self.post(form.action or LOGIN, [*rest, ("username", name), ("password", password)])
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise RuntimeError(f"{name} cannot sign in: {answer.status}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
