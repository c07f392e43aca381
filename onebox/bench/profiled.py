"""Where the time of one page goes: `python3 run.py bench --profile advisor:/orders/1/check-in/` prints the top.

In one process and without a server, so that the profiler sees everything; a profiled request is about twice as slow.
"""

import cProfile
import io
import os
import pstats
import subprocess
import sys

from onebox.bench.data import Database
from onebox.home import ROOT

TURNS, TOP = 20, 28


def profile_in_this_process(who: str, path: str) -> str:
    """The functions with most time of their own, then those with most time in all, over `TURNS` requests."""
    import django

    django.setup()
    from django.test import Client

    from accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend")
    for _turn in range(3):
        answer = client.get(path)
    if answer.status_code != 200:
        return f"{path} answers {answer.status_code}"
    profile = cProfile.Profile()
    profile.enable()
    for _turn in range(TURNS):
        client.get(path)
    profile.disable()
    out = io.StringIO()
    stats = pstats.Stats(profile, stream=out)
    stats.sort_stats("tottime").print_stats(TOP)
    stats.sort_stats("cumulative").print_stats(TOP * 2)
    return out.getvalue().replace(f"{ROOT}/", "")


def run(database: Database, wanted: str) -> int:
    """Profile `who:path` on this database, in a process of its own."""
    who, _sep, path = wanted.partition(":")
    command = [sys.executable, "-m", "onebox.bench.profiled", who, path]
    return subprocess.run(command, env=database.environment, cwd=ROOT).returncode


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")
    print(profile_in_this_process(sys.argv[1], sys.argv[2]))
