"""Settings of the negative control: claims without their condition. Nothing but `run.py chaos --no-claim` uses it."""

from dms.settings import *  # noqa: F403  # the same, but for one flag

LOCKS_OFF = True
