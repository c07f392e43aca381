"""What the newcomer reads: progress lines and the sentence when something cannot go on."""

import os
import time

_started = float(os.environ.get("ONEBOX_STARTED") or time.time())


class Trouble(Exception):
    """Something that a person must read; the text is a sentence, `code` the exit status."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def elapsed() -> float:
    """Seconds since `run.py` was started."""
    return time.time() - _started


def say(text: str) -> None:
    """Prints one line of progress with the seconds since the start."""
    print(f"[{elapsed():5.1f} s] {text}", flush=True)
