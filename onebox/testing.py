"""`run.py test`: database, broker and browser of its own, then pytest."""

import signal
import subprocess
import sys

from onebox import browser, home, native, services
from onebox.home import ROOT
from onebox.process import dies_with_parent
from onebox.progress import Trouble, say
from onebox.pytest_report import NO_BROWSER

REQUIRE_BROWSER = "--require-browser"


def pytest_command(arguments: list[str]) -> list[str]:
    """Pytest on two cores; a person's own `-n` wins."""
    own = any(argument.startswith("-n") for argument in arguments)
    workers = [] if own else ["-n", "2", "--dist", "loadgroup"]
    return [sys.executable, "-m", "pytest", "-p", "onebox.pytest_report", *workers, *arguments]


def with_browser(environment: dict[str, str], found: str | None, required: bool) -> dict[str, str]:
    """Tells the tests where the browser is, or why there is none. Raises Trouble when one is required."""
    if found:
        return environment | {"DMS_CHROMIUM": found}
    if required:
        raise Trouble(f"There is no browser for the end-to-end tests. Install one:  {browser.HINT}", 2)
    say(f"no browser: the end-to-end tests are not run. This would help:  {browser.HINT}")
    return environment | {NO_BROWSER: f"no browser ({browser.HINT})"}


def test(arguments: list[str]) -> int:
    """Runs the tests; pytest's exit status."""
    place = home.testing()
    native.provide(place)
    found = browser.find(place)
    rest = [argument for argument in arguments if argument != REQUIRE_BROWSER]
    with services.alone(place) as running:
        # Tests make their own demo data and check production's defaults.
        environment = running.environment() | {"DMS_DEMO": "0", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
        environment = with_browser(environment, found, REQUIRE_BROWSER in arguments)
        subprocess.run([sys.executable, "manage.py", "messages", "--compile"], env=environment, cwd=ROOT, check=True)
        tests = subprocess.Popen(
            pytest_command(rest), env=environment, cwd=ROOT, preexec_fn=dies_with_parent(signal.SIGTERM)
        )
        try:
            status = tests.wait()
        except KeyboardInterrupt:
            tests.send_signal(signal.SIGINT)  # pytest prints what it has so far
            tests.wait(10)
            raise
    say(f"done, {'passed' if status == 0 else f'pytest ended with {status}'}")
    return status
