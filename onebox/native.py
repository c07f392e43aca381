"""The native libraries that WeasyPrint needs and no wheel carries."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from onebox.home import Home
from onebox.progress import say

#: Debian package -> the library that it brings.
LIBRARIES = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
TIMEOUT = 120  # seconds for one apt command


def loadable(library: str, places: list[Path]) -> bool:
    """Whether the library is in one of the places, or the system's loader finds it."""
    if any((place / library).exists() for place in places):
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def folders(home: Home) -> list[Path]:
    """Where `provide` has unpacked libraries below the home."""
    return [place for place in (home.state / "native").glob("usr/lib/*") if any(place.glob("*.so*"))]


def missing(home: Home) -> list[str]:
    """Debian names of the packages that are still needed."""
    places = folders(home)
    return [package for package, library in LIBRARIES.items() if not loadable(library, places)]


def provide(home: Home) -> None:
    """Installs what is missing: as root by apt-get, else unpacked into the home. Papers wait where neither works."""
    packages = missing(home)
    if not packages:
        return
    say(f"native libraries for the papers: {' '.join(packages)}")
    if shutil.which("apt-get"):
        (install if os.geteuid() == 0 else unpack)(home, packages)
    if missing(home):
        say("The papers cannot be made as PDF yet; all else works. This would help:")
        say(f"    apt-get install -y {' '.join(packages)}")


def run(*command: str | Path) -> bool:
    """Runs a command quietly; false when it failed or took too long."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install(_home: Home, packages: list[str]) -> bool:
    """As root: the ordinary way; the package lists are fetched only when the first try fails."""
    command = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    return run(*command) or (run("apt-get", "update", "-qq") and run(*command))


def unpack(home: Home, packages: list[str]) -> bool:
    """As an ordinary user: a private apt state, the packages with what they need, unpacked and not installed."""
    private = home.state / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (private / folder).mkdir(parents=True, exist_ok=True)
    options = [f"Dir::State={private / 'state'}", f"Dir::Cache={private / 'cache'}", "Debug::NoLocking=1"]
    options += ["Dir::State::status=/var/lib/dpkg/status", "APT::Sandbox::User="]
    apt = ("apt-get", "-qq", *(part for option in options for part in ("-o", option)))
    if not run(*apt, "update"):
        return False
    if not run(*apt, "install", "-y", "--download-only", "--no-install-recommends", *packages):
        return False
    archives = sorted((private / "cache" / "archives").glob("*.deb"))
    return all(run("dpkg", "-x", archive, home.state / "native") for archive in archives)
