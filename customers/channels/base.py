"""What every provider's adapter gets and gives."""

import uuid
from dataclasses import dataclass, field
from typing import Protocol

from customers.message_kinds import Enclosure


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a provider gets it. `key` is our own id, which the provider gives back in receipts.

    `variables` stand in the order of the text's placeholders: a provider of approved templates gets them and not the
    text. `unsubscribe` is the address that ends messages of this class; '' where there is nothing to end.
    """

    key: uuid.UUID
    address: str
    language: str
    subject: str
    body: str
    variables: dict[str, str] = field(default_factory=dict)
    template_code: str = ""
    signature: str = ""
    unsubscribe: str = ""
    #: A file; only e-mail carries one.
    enclosure: Enclosure | None = None


class Refusal(Exception):
    """The provider took nothing, for certain. `temporary`: a later try may be taken. `code` holds no address."""

    def __init__(self, code: str, *, temporary: bool) -> None:
        super().__init__(code)
        self.code, self.temporary = code, temporary


class Unsure(Exception):
    """It may or may not have been taken: nobody but a person may try again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """An adapter of one account at one provider."""

    @property
    def name(self) -> str:
        """Stands in the message and in the address of receipts; stable."""

    @property
    def channel(self) -> str:
        """The channel that it carries."""

    def send(self, outgoing: Outgoing) -> str:
        """The provider's reference of what it took. Raises `Refusal` or `Unsure`."""
