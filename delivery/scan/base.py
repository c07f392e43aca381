"""What a provider of scan-to-pay is asked, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from delivery.states import Verdict


class NotTrusted(Exception):
    """A notification that is not believed, and why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Asked:
    """A code to be shown: `number` is ours, `words` stand on the customer's phone."""

    number: str
    amount: Decimal
    currency: str
    words: str
    expires_at: datetime
    notify_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a charge stands at the provider: `paid`, `open` or `closed`. The rest is known of a paid one."""

    number: str
    state: str
    transaction_number: str = ""
    amount: Decimal | None = None
    currency: str = ""
    merchant: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Money to go back: `whole` is what was scanned, in which the provider looks for it."""

    number: str
    charge_number: str
    amount: Decimal
    whole: Decimal
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class BackOutcome:
    """Where a refund stands at the provider: `accepted`, `sent` or `failed`; `reference` is the provider's number."""

    number: str
    state: str
    reference: str = ""
    merchant: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification whose signature is right: about a payment or about a refund."""

    notice_id: str
    outcome: Outcome | BackOutcome


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of the provider's bill: a payment (`refund_number` empty) or a refund."""

    number: str
    transaction_number: str
    amount: Decimal
    refund_number: str = ""


class ScanProvider(Protocol):
    """An account at one provider. What asks raises `Refusal` or `Unsure` as the channels of messages do."""

    @property
    def name(self) -> str:
        """Stands in the rows and in the address of notifications; stable."""

    @property
    def merchant(self) -> str:
        """Our number at the provider."""

    @property
    def zone(self) -> str:
        """The clock by which it ends a day."""

    def serves(self, branch_code: str, currency: str) -> bool:
        """Whether this account takes the money of that branch."""

    def create(self, asked: Asked) -> str:
        """The text of the code. The same number again gives the same charge."""

    def query(self, number: str) -> Outcome:
        """Where it stands."""

    def close(self, number: str) -> bool:
        """End it; False when it was paid meanwhile."""

    def refund(self, back: Back) -> BackOutcome:
        """Send money back. The same number again is the same refund."""

    def refunded(self, number: str) -> BackOutcome:
        """Where a refund stands."""

    def bill(self, day: date) -> list[Billed]:
        """Everything of a day by its own books; empty for a day without any."""

    def read(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Notice:
        """A notification. Raises `NotTrusted`."""
