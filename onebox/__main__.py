"""`python -m onebox <command>`, called by `run.py`."""

import importlib
import signal
import sys
from types import FrameType

from onebox.progress import Trouble

#: Command -> where its function is. Imported when needed: the second start should take seconds.
COMMANDS = {
    "serve": ("onebox.serve", "serve"),
    "test": ("onebox.testing", "test"),
    "lint": ("onebox.lint", "lint"),
    "docs": ("onebox.docs", "docs"),
    "manage": ("onebox.manage", "manage"),
    "bench": ("onebox.bench.main", "bench"),
    "chaos": ("onebox.chaos.main", "chaos"),
    "services": ("onebox.manage", "only_services"),
}


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Runs the command; Ctrl-C and SIGTERM stop it in the same orderly way."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    module, function = COMMANDS[arguments[0]]
    try:
        return int(getattr(importlib.import_module(module), function)(arguments[1:]))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
