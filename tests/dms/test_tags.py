from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from dms.clock import as_of
from dms.templatetags.dms import elapsed, when


def test_today_is_a_time_and_another_day_has_its_date() -> None:
    at = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # 01:30 of the 25th in Shenzhen
    with timezone.override(ZoneInfo("Asia/Shanghai")), as_of(at):
        assert when(at) == "01:30"
        assert when(at + timedelta(hours=7)) == "08:30"
        assert when(at - timedelta(hours=2)) == "11-24 23:30"
        assert when(None) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("", ""), (0, "0:00"), (46, "0:46"), (665, "11:05"), (timedelta(minutes=9, seconds=59), "0:09")],
)
def test_the_job_clock(value: object, text: str) -> None:
    assert elapsed(value) == text  # type: ignore[arg-type]  # what templates pass
