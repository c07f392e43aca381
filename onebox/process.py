"""Child processes that die with the supervisor and whose last words are shown."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1


def dies_with_parent(by: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: on Linux the kernel sends the signal when the supervisor is gone, even after kill -9."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tell_kernel() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(by))

    return tell_kernel


@dataclass
class Child:
    """A running process, its log and the signal that asks it to stop."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.popen.poll() is None

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: int | None = None,
) -> Child:
    """Starts a child in a session of its own (the terminal's Ctrl-C is the supervisor's to handle), output to `log`.

    `user` is a user id to run as. Raises OSError when the program is missing.
    """
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    with log.open("wb") as out:
        popen = subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=dies_with_parent(stop_signal),  # the supervisor has one thread, so this is safe
            **identity,  # type: ignore[call-overload]
        )
    return Child(name, popen, log, stop_signal)


def stop(children: Iterable[Child], patience: float = 2.5) -> None:
    """Asks all at once, waits `patience` seconds for all together, then ends what is left with its whole group."""
    running = [child for child in children if child.alive]
    for child in running:
        child.popen.send_signal(child.stop_signal)
    deadline = time.monotonic() + patience
    for child in running:
        try:
            child.popen.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.popen.pid, signal.SIGKILL)
            child.popen.wait()
