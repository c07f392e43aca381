"""Notifications in a provider's name: believed only with its signature, taken once, kept with what became of it."""

from collections.abc import Mapping
from hashlib import sha256

from delivery.models import ScanCharge, ScanNotice
from delivery.scan.base import BackOutcome, Notice, NotTrusted, ScanProvider
from delivery.services import scan_refunds
from delivery.services.scan import NotOurs, take
from delivery.states import Verdict
from dms.clock import now
from records.services.guesses import guessed_wrong, locked_out

WHAT = "scan_notice"


def note(*, provider: ScanProvider, headers: Mapping[str, str], body: bytes, sender: str) -> Verdict:
    """What became of a notification; a wrong one is written down while its sender has not sent many of them."""
    try:
        notice = provider.read(headers, body, now())
    except NotTrusted as no:
        if not locked_out(what=WHAT, sender=sender):
            guessed_wrong(what=WHAT, sender=sender)
            _keep(provider.name, body, no.verdict)
        return no.verdict
    verdict = _judged(provider, notice)
    _keep(provider.name, body, verdict, notice)
    return verdict


def _judged(provider: ScanProvider, notice: Notice) -> Verdict:
    outcome = notice.outcome
    if isinstance(outcome, BackOutcome):
        if outcome.merchant != provider.merchant:
            return Verdict.MERCHANT
        return scan_refunds.heard(provider=provider.name, outcome=outcome)
    if outcome.state != "paid":  # it says nothing new: we ask ourselves
        return Verdict.UNKNOWN
    try:
        _charge, new = take(provider=provider.name, outcome=outcome)
    except NotOurs as no:
        return no.verdict
    return Verdict.TAKEN if new else Verdict.AGAIN


def _keep(provider: str, body: bytes, verdict: Verdict, notice: Notice | None = None) -> None:
    number = notice.outcome.number if notice else ""
    charge = ScanCharge.objects.filter(provider=provider, number=number).first() if number else None
    row = ScanNotice(
        provider=provider, charge=charge, notice_id=notice.notice_id if notice else "",
        digest=sha256(body).hexdigest(), verdict=verdict,
    )  # fmt: skip
    ScanNotice.objects.bulk_create([row], ignore_conflicts=True)
