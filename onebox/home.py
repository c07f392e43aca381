"""Where this machine keeps what it makes."""

import fcntl
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from onebox.progress import Trouble

ROOT = Path(__file__).resolve().parent.parent
#: `sun_path` holds 108 bytes with its closing zero.
SOCKET_PATH_LIMIT = 107
NOBODY = 65534


@dataclass(frozen=True)
class Home:
    """The folder of one set of services: `var/` for serving, `var/test/` for the tests."""

    state: Path
    #: A test database may lose data in a power cut; it is made anew anyway.
    fast_and_loose: bool = False

    @property
    def logs(self) -> Path:
        """Folder of the log files, one a process."""
        return self.state / "log"

    def make(self) -> "Home":
        """Makes the folders; the database's user may pass through them, not look into them."""
        for folder in (self.state.parent, self.state, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.state.chmod(self.state.stat().st_mode | 0o011)
        return self


def serving() -> Home:
    """The home of `run.py`; DMS_STATE_DIR moves it."""
    return Home(Path(os.environ.get("DMS_STATE_DIR") or ROOT / "var").resolve()).make()


def testing() -> Home:
    """The home of `run.py test`, apart from the serving one so that both may run at once."""
    return Home(serving().state / "test", fast_and_loose=True).make()


def socket_folder(wanted: Path, longest_name: str) -> Path:
    """`wanted`, or a short folder below the temporary one when the socket's path would not fit into `sun_path`."""
    if len(os.fsencode(wanted / longest_name)) <= SOCKET_PATH_LIMIT:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"dms-{digest}"


def private_folder(folder: Path, owner: int) -> Path:
    """Makes the folder with mode 0700 for the owner (a user id).

    Raises Trouble when it belongs to somebody else: in a shared temporary folder that may be a trap, in `var/` it
    means that another user started the project here before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != owner:
        if os.geteuid() != 0 or folder.is_symlink():
            raise Trouble(f"{folder} belongs to another user. Start as that user, or remove the folder.")
        os.chown(folder, owner, owner)
    folder.chmod(0o700)
    return folder


def traversable(path: Path) -> bool:
    """Whether a user without rights of their own reaches and may execute `path`."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def postgres_url(role: str, folder: Path, database: str) -> str:
    """A URL that django-environ and libpq read alike.

    The socket's folder stands in the query: django-environ leaves a percent-encoded host as it is, libpq decodes it.
    """
    return f"postgres://{role}@/{database}?host={quote(str(folder), safe='')}"


class Lock:
    """One supervisor per home. The kernel frees the lock with the process, so a killed one leaves nothing stale."""

    def __init__(self, home: Home) -> None:
        self.path = home.state / "supervisor.lock"
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Takes the lock; false when another process holds it."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Lets the next one in."""
        if self._file:
            self._file.close()
            self._file = None

    def holder(self) -> str:
        """Process id of the holder, for the sentence."""
        return self.path.read_text().strip() or "?"
