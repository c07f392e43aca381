"""The demo is made once for all tests of this folder, in a transaction that is rolled back after them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

SEED = 20261122


@pytest.fixture(scope="package")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """What `portal.demo.fill` says it made; the rows are there until the last test of the folder.

    One worker runs them all (`xdist_group`), and no test here works in a database of its own.
    """
    from portal.demo.fill import fill

    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(SEED)
        transaction.set_rollback(True)


@pytest.fixture
def undone(filled: Any) -> Iterator[Any]:
    """The demo, for a test that writes: what it writes is undone after it."""
    with transaction.atomic():
        yield filled
        transaction.set_rollback(True)
