"""The browser of the end-to-end tests: the system's, never one that a package downloads."""

import os
import shutil

from onebox.home import Home
from onebox.native import install
from onebox.progress import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HINT = "apt-get install -y chromium"


def on_path() -> str | None:
    """An installed Chromium or Chrome; DMS_CHROMIUM names another one."""
    given = os.environ.get("DMS_CHROMIUM")
    return given or next((found for name in NAMES if (found := shutil.which(name))), None)


def find(home: Home) -> str | None:
    """The browser, installed as root where it is missing; None where that is impossible."""
    found = on_path()
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    say("installing chromium (once, about half a minute)")
    install(home, ["chromium"])
    return on_path()
