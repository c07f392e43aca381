"""One HTTPS request to a provider, told apart by what can have reached it.

Until the connection stands nothing was sent: a definite no. From then on a missing or unreadable answer says nothing,
and nobody but a person may send again.
"""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote

from django.conf import settings

from customers.channels.base import Refusal, Unsure

#: More than any provider answers.
LONGEST_ANSWER = 200_000
TOO_MANY, SERVER = 429, 500


@dataclass(frozen=True, slots=True)
class Account:
    """`scheme://user:password@host:port/?name=value#name` of MESSAGE_GATEWAYS. `insecure=1`: plain HTTP, for tests."""

    host: str
    port: int | None
    user: str
    password: str
    options: Mapping[str, str]
    name: str

    @classmethod
    def of(cls, url: SplitResult, host: str) -> "Account":
        """From the address; `host` unless it names another one."""
        options = {name: values[-1] for name, values in parse_qs(url.query).items()}
        return cls(
            host=url.hostname or host, port=url.port, user=unquote(url.username or ""),
            password=unquote(url.password or ""), options=options, name=url.fragment or url.scheme,
        )  # fmt: skip

    @property
    def netloc(self) -> str:
        """As the Host header says it."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def connection(self) -> HTTPConnection:
        """Not connected yet."""
        timeout = settings.MESSAGE_TIMEOUT
        if self.options.get("insecure") == "1":
            return HTTPConnection(self.host, self.port, timeout=timeout)
        return HTTPSConnection(self.host, self.port, timeout=timeout, context=ssl.create_default_context())


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON of an answer."""

    status: int
    json: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came: for providers that sign it, or answer with something else than JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(account: Account, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Raises `Refusal` (temporary) when nothing was sent, `Unsure` when it is not known what became of it."""
    answer = exchange(account, method, path, headers, body)
    return Answer(answer.status, read(answer))


def exchange(
    account: Account,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    longest: int = LONGEST_ANSWER,
) -> Raw:
    """As `ask`, with the answer unread; of a longer one than `longest` bytes only the beginning comes."""
    connection = account.connection()
    try:
        try:
            connection.connect()
        except (OSError, socket.gaierror) as error:
            raise Refusal(f"unreachable {type(error).__name__}", temporary=True) from error
        return _asked(connection, method, path, headers, body, longest)
    finally:
        connection.close()


def _asked(
    connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes, longest: int
) -> Raw:
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return Raw(response.status, dict(response.getheaders()), response.read(longest))
    except (OSError, HTTPException) as error:
        raise Unsure(type(error).__name__) from error


def read(answer: Raw) -> dict[str, Any]:
    """The JSON object of an answer. Without one: `Refusal` where for certain nothing was taken, else `Unsure`."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    # A busy front refuses before anything is looked at; anything else without words may stand behind an acceptance.
    if answer.status in (TOO_MANY, 503):
        raise Refusal(f"http {answer.status}", temporary=True)
    if 400 <= answer.status < SERVER:
        raise Refusal(f"http {answer.status}", temporary=False)
    raise Unsure(f"http {answer.status}, no JSON")
