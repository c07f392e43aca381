"""What the catalogue does when a branch opens."""

from typing import Any

from accounts.signals import branch_opened
from catalog.services import health


def on_opened(**_signal: Any) -> None:
    """A house begins with the usual list of the inspection; one that has lists keeps them."""
    health.make_first()


def connect() -> None:
    """Listen; called from `AppConfig.ready()`."""
    branch_opened.connect(on_opened, dispatch_uid="catalog.branch_opened")
