"""`manage.py backtest`: how far the forecasts are out, and whom the definitions of lapse find."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.services.reading_file import ReadingFile
from retention.services.backtest import Backtest, backtest


def lines_of(found: Backtest) -> list[dict[str, object]]:
    """What was found, a dictionary a line."""
    told: list[dict[str, object]] = []
    if found.foretold:
        of = found.foretold
        told.append({
            "name": "backtest: the last visit", "cars": of.cars, "slips_left_out": of.slips, "mae_days": of.days,
            "naive_mae_days": of.naive_days, "mae_km": of.km, "naive_mae_km": of.naive_km,
            "km_in_band": of.km_in_band, "days_in_band": of.days_in_band, "own_pace": of.own_pace,
            "naive_months": of.naive_months, "interval_km": of.interval_km,
        })  # fmt: skip
    told += [
        {
            "name": f"backtest: lapsed, {of.definition}", "cut": str(found.cut_on), "cars": of.cars,
            "stayed_away": of.away, "called_lapsed": of.lapsed, "precision": of.precision, "recall": of.recall,
        }
        for of in found.judged
    ]  # fmt: skip
    if found.weeks:
        weeks = found.weeks
        told.append({
            "name": "backtest: visits of the last eight weeks", "from": str(weeks.first), "visits": weeks.visits,
            "share_of_due": weeks.share, "mae_visits_a_week": weeks.error, "naive_mae_visits_a_week": weeks.naive_error,
        })  # fmt: skip
    return told or [{"name": "backtest: too few readings", "visits": found.visits}]


class Command(BaseCommand):
    """The command itself."""

    help = "Hides each car's last visit and foretells it; cuts the history a year ago and asks who stayed away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the readings are."""
        parser.add_argument("--readings", type=Path, help="CSV with vehicle, date, odometer, unit; else this database")
        parser.add_argument("--data", default="", help="what the readings are, in words, for the printed lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Prints one JSON line a finding."""
        path: Path | None = options["readings"]
        if path is None:
            self._print(backtest(), options["data"] or "this database")
            return
        file = ReadingFile(path)
        try:
            found = backtest(lines=file)
        except OSError as error:
            raise CommandError(f"{path}: {error}") from error
        self._print(found, options["data"] or f"file {path.name}")
        self.stdout.write(json.dumps(
            {"name": "backtest: the file", "lines_read": file.read, "bad_lines": sum(file.bad.values()),
             "reasons": dict(file.bad), "first_bad": file.named},
            ensure_ascii=False,
        ))  # fmt: skip

    def _print(self, found: Backtest, data: str) -> None:
        for line in lines_of(found):
            self.stdout.write(json.dumps({**line, "data": data}, ensure_ascii=False))
