from datetime import UTC, datetime, timedelta

import pytest

from dms.clock import as_of, now

THEN = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


def test_what_is_done_inside_happens_then():
    with as_of(THEN):
        assert now() == THEN
        with as_of(THEN - timedelta(hours=1)):
            assert now() == THEN - timedelta(hours=1)
        assert now() == THEN
    assert now() > THEN - timedelta(days=36_500)
    assert now() != THEN


def test_the_clock_goes_on_after_a_failure():
    with pytest.raises(ZeroDivisionError), as_of(THEN):
        _ = 1 / 0
    assert now() != THEN
