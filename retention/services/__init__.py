"""Writes of retention: keyword-only, one transaction each."""

from retention.services.announce import announce_due
from retention.services.sweeps import run, run_night
from retention.services.visits import checked_in, released, visit_ended

__all__ = ["announce_due", "checked_in", "released", "run", "run_night", "visit_ended"]
