"""Messages that stay on this machine and are read on the page “Local inbox”: `python3 run.py` has no provider."""

from dataclasses import dataclass

from customers.channels.base import Outgoing

#: The beginning of the names of these providers.
INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Inbox:
    """One channel's. The message's own row is what is read, so nothing more is written."""

    channel: str

    @property
    def name(self) -> str:
        return f"{INBOX}-{self.channel}"

    def send(self, outgoing: Outgoing) -> str:
        return outgoing.key.hex
