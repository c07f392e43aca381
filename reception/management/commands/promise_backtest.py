"""Prints how good the proposed promises would have been: `manage.py promise_backtest [--visits 300]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Branch
from reception.backtest import backtest


class Command(BaseCommand):
    """Share kept and mean lateness of the proposals, beside the naive "signed + standard hours"."""

    help = "Measures the proposed promises on visits that are over; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many of the last visits; what they are."""
        parser.add_argument("--visits", type=int, default=300)
        parser.add_argument("--data", default="this database", help="what the visits are, in words")

    def handle(self, *args: Any, **options: Any) -> None:
        """One JSON line a branch and way of promising: `kept` is a share, times are minutes in the mean."""
        for branch in Branch.objects.order_by("id"):
            for row in backtest(branch, options["visits"]):
                of = {"branch": branch.code, "data": options["data"], "visits": row.visits}
                found = {"kept": round(row.kept, 3), "late_minutes": round(row.late, 1)}
                line = {"name": f"promise: {row.name}", **of, **found, "early_minutes": round(row.early, 1)}
                self.stdout.write(json.dumps(line, ensure_ascii=False))
