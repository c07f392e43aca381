"""Writes of retention: keyword-only, one transaction each."""

from retention.services.schedule import run, run_due, standings
from retention.services.visits import checked_in, released, visit_ended

__all__ = ["checked_in", "released", "run", "run_due", "standings", "visit_ended"]
