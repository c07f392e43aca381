"""pytest plugin: what was not run is counted and named at the end, and the time is printed.

Registered by `run.py test` with `-p onebox.pytest_report`.
"""

import os
import time
from typing import Any

import pytest

#: Set by `run.py test` when there is no browser: the sentence why.
NO_BROWSER = "DMS_NO_BROWSER"


def pytest_configure(config: pytest.Config) -> None:
    """Notes when the run began."""
    config.stash[_started] = time.monotonic()


_started = pytest.StashKey[float]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser its tests are skipped, with the reason."""
    reason = os.environ.get(NO_BROWSER)
    for item in items:
        if reason and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


def not_run_lines(skipped: list[tuple[str, str]]) -> list[str]:
    """Lines for (name, reason) pairs; one sentence when there are none."""
    if not skipped:
        return ["Every collected test was run."]
    return [f"{len(skipped)} not run:", *(f"  {name}: {reason}" for name, reason in sorted(skipped))]


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def budget_lines(reports: list[Any]) -> list[str]:
    """What the browser tests counted beside the budgets of the pages, sorted, each once."""
    found = {str(value) for report in reports for name, value in report.user_properties if name == "budget"}
    return sorted(found)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Names what was skipped or expected to fail, and gives the total time in seconds."""
    reports = terminalreporter.stats.get("skipped", []) + terminalreporter.stats.get("xfailed", [])
    counted = budget_lines([*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])])
    if counted:
        terminalreporter.section("clicks / keys of budget")
        for line in counted:
            terminalreporter.write_line(line)
    terminalreporter.section("not run")
    for line in not_run_lines([(report.nodeid, _reason(report)) for report in reports]):
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"Tests took {time.monotonic() - config.stash[_started]:.0f} s.")
