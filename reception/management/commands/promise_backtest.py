"""Prints how good the proposed promises would have been: `manage.py promise_backtest [--visits 300]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Branch
from reception.backtest import backtest


class Command(BaseCommand):
    """Share kept and mean lateness of the proposals, beside the naive "signed + standard hours"."""

    help = "Measures the proposed promises on visits that are over; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many of the last visits."""
        parser.add_argument("--visits", type=int, default=300)

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a branch and way of promising."""
        for branch in Branch.objects.order_by("id"):
            for row in backtest(branch, options["visits"]):
                self.stdout.write(
                    f"{branch.code} {row.name}: {row.visits} visits, {100 * row.kept:.0f} % kept, "
                    f"{row.late:.0f} min late in the mean, {row.early:.0f} min early where kept"
                )
