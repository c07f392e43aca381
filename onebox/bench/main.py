"""`run.py bench`: one JSON line per measured thing on stdout, progress on stderr."""

import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from pathlib import Path
from typing import TextIO

from onebox import home, native, services
from onebox.bench import (
    creating,
    data,
    forecasts,
    imports,
    papers,
    planned,
    process,
    profiled,
    reads,
    road,
    screen,
    sweeps,
    table,
)
from onebox.bench.measure import Report, commit, machine, tell
from onebox.bench.subjects import People, Subjects
from onebox.bench.web import servers
from onebox.progress import Trouble
from onebox.serve import Preparation

PARTS = (
    "search", "pages", "road", "papers", "browser", "create", "sweeps", "forecast", "import", "plan", "promise",
    "process",
)  # fmt: skip
#: They have a database of their own, the demo's, or none.
WITHOUT_SIZES = ("forecast", "import", "plan", "promise", "process")
#: Cars of the demo alone.
DEMO = 300
#: Journeys in all, by the number of clients.
JOURNEYS = {1: 12, 8: 24}


def numbers(text: str) -> list[int]:
    """`1000,300000` as numbers."""
    return [int(one) for one in text.split(",")]


def words(text: str) -> list[str]:
    """`road,order list` as words."""
    return text.split(",")


def arguments_of(arguments: list[str]) -> Namespace:
    """What is asked for."""
    parser = ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument(
        "--vehicles",
        type=numbers,
        help="sizes, each a database of its own (default 1000,300000; 300 is the demo alone)",
    )
    parser.add_argument("--clients", type=numbers, default=[1, 8], help="clients at once")
    parser.add_argument(
        "--only", type=words, default=[], help=f"parts ({', '.join(PARTS)}) or beginnings of pages' names"
    )
    parser.add_argument("--quick", action="store_true", help="1,000 cars, few samples, no start-up")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    parser.add_argument("--readings", type=Path, help="backtest on this CSV too: vehicle, date, odometer, unit")
    parser.add_argument("--profile", default="", help="instead: where the time of one page goes, as advisor:/today/")
    parser.add_argument("--table", type=Path, help="write the tables between the marks of this Markdown file")
    found = parser.parse_args(arguments)
    found.sized = bool(found.vehicles)
    found.vehicles = found.vehicles or ([1000] if found.quick else [1000, 300_000])
    return found


def bench(arguments: list[str]) -> int:
    """Measures; 1 when something answered with an error."""
    wanted, out = arguments_of(arguments), sys.stdout
    with redirect_stdout(sys.stderr):
        report = measured(wanted, out)
        if wanted.table:
            table.write(wanted.table, report.lines)
    failed = [str(line["name"]) for line in report.lines if line.get("errors") or line.get("error")]
    if failed:
        tell(f"with errors: {', '.join(sorted(set(failed)))}")
    return 1 if failed else 0


def measured(wanted: Namespace, out: TextIO) -> Report:
    """Everything that is wanted, size by size. Raises Trouble."""
    about: dict[str, object] = {"machine": machine(), "commit": commit()}
    report = Report(out, about)
    place = home.serving()
    native.provide(place)
    with services.shared(place) as running:
        Preparation(running).files()
        for vehicles in wanted.vehicles if _anything_but(wanted, *WITHOUT_SIZES) else []:
            tell(f"{vehicles:,} cars")
            database = data.provide(running, vehicles, fresh=wanted.fresh)
            if wanted.profile:
                profiled.run(database, wanted.profile)
                continue
            _one_size(place, database, wanted, report, about)
        report.about = about
        if wants(wanted, "forecast") and not wanted.profile:
            forecasts.measure(running, report, _forecast_cars(wanted), fresh=wanted.fresh)
            forecasts.backtest(data.provide(running, DEMO, fresh=wanted.fresh), report, None)
            if wanted.readings:
                forecasts.backtest(data.provide(running, DEMO), report, wanted.readings)
        if wants(wanted, "import") and not wanted.profile:
            report.about = about
            imports.measure(running, report, imports.FEW if wanted.quick else imports.MANY)
        if wants(wanted, "plan") and not wanted.profile:
            report.about = about
            planned.measure(data.provide(running, DEMO, fresh=wanted.fresh), report)
        if wants(wanted, "promise") and not wanted.profile:
            report.about = about
            forecasts.promises(data.provide(running, DEMO, fresh=wanted.fresh), report)
    report.about = about
    if wants(wanted, "process") and not wanted.quick and not wanted.profile:
        process.measure(report, place.state)
    return report


def _forecast_cars(wanted: Namespace) -> int:
    """As many as the largest of the sizes that were asked for; else the goal's, and with `--quick` few."""
    return max(wanted.vehicles) if wanted.sized else forecasts.FEW if wanted.quick else forecasts.MANY


def wants(wanted: Namespace, part: str) -> bool:
    """Whether a part is asked for: it is named, or nothing is."""
    return not wanted.only or part in wanted.only


def _anything_but(wanted: Namespace, *parts: str) -> bool:
    """Whether something is asked for that needs the demo's databases."""
    return not wanted.only or bool(set(wanted.only) - set(parts))


def _one_size(
    place: home.Home, database: data.Database, wanted: Namespace, report: Report, about: dict[str, object]
) -> None:
    rows = database.rows()
    with database.owner() as connection:
        version = str(connection.execute("SHOW server_version").fetchall()[0][0])
    report.about = {"vehicles": database.vehicles, **about, "postgres": version.partition(" ")[0], "rows": rows}
    share = 0.1 if wanted.quick else 1.0
    with servers(place, database) as running, database.owner() as connection:
        subjects, people = Subjects(database, connection), People(running.port)
        subjects.look_up()
        reads.measure(_asked(wanted, subjects), running, people, report, wanted.clients, share)
        if wants(wanted, "road"):
            journeys = {count: max(count, int(JOURNEYS.get(count, 3 * count) * share)) for count in wanted.clients}
            road.measure(subjects, running, people, report, wanted.clients, journeys)
        if wants(wanted, "papers"):
            papers.measure(database, subjects, people, report, share)
        if wants(wanted, "browser"):
            screen.measure(place, running.port, people, report, share)
        resident, proportional = process.memory_mb(process.below(running.web.popen.pid))
        report.line("memory: web after all this", rss_mb=resident, pss_mb=proportional)
    if wants(wanted, "create"):
        creating.measure(database, report, share)
    if wants(wanted, "sweeps"):
        sweeps.measure(database, report, share)


def _asked(wanted: Namespace, subjects: Subjects) -> list[reads.Read]:
    """The requests of the parts that are wanted, and those whose names begin with a wanted word. Raises Trouble."""
    parts = {"search": reads.searches(subjects), "pages": reads.pages(subjects)}
    strangers = [word for word in wanted.only if word not in PARTS]
    asked = [read for part, found in parts.items() if wants(wanted, part) for read in found]
    for word in strangers:
        found = [read for part in parts.values() for read in part if read.name.startswith(word)]
        if not found:
            raise Trouble(f"Nothing that is measured begins with “{word}”.", 2)
        asked += [read for read in found if read not in asked]
    return asked
