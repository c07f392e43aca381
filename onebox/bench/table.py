"""The tables of docs/benchmarks.md, from the printed lines. `python -m onebox.bench.table FILE < lines` writes them."""

import json
import sys
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
Line = dict[str, Any]


def _cell(line: Line | None, name: str) -> str:
    value = line.get(name) if line else None
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _sizes(lines: list[Line]) -> list[int]:
    return sorted({line["vehicles"] for line in lines if "vehicles" in line})


def requests_table(lines: list[Line], clients: int) -> list[str]:
    """A row a thing that was asked for over HTTP: every size, and the larger ÷ the smaller."""
    sizes = _sizes(lines)
    asked = [line for line in lines if line.get("clients") == clients and "per_second" in line]
    head = ["ms"]
    for size in sizes:
        head += [f"p50 at {size:,}", "p95", "max", "a second", "÷ floor"]
    head += ["queries", "SQL ms", "bytes", "errors"] + (["large ÷ small"] if len(sizes) == 2 else [])
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name in dict.fromkeys(line["name"] for line in asked):
        by_size = {line["vehicles"]: line for line in asked if line["name"] == name}
        cells = [name]
        for size in sizes:
            cells += [_cell(by_size.get(size), one) for one in ("p50_ms", "p95_ms", "max_ms", "per_second", "to_floor")]
        last = by_size.get(sizes[-1]) or next(iter(by_size.values()))
        cells += [_cell(last, one) for one in ("queries", "sql_ms", "bytes")]
        cells.append(str(sum(line["errors"] for line in by_size.values())))
        if len(sizes) == 2:
            both = [by_size[size]["p50_ms"] for size in sizes if size in by_size]
            cells.append(f"{both[1] / both[0]:.2f}" if len(both) == 2 else "")
        rows.append(f"| {' | '.join(cells)} |")
    return rows


#: Not repeated in the table of other things.
_KNOWN = {"name", "vehicles", "machine", "commit", "postgres", "rows", "calibration_ms"}


def others_table(lines: list[Line]) -> list[str]:
    """Everything that is no request: papers, sweeps, start-up, memory."""
    rows = ["| thing | vehicles | measured |", "|---|---|---|"]
    for line in lines:
        if "per_second" not in line:
            told = ", ".join(f"{name} {value}" for name, value in line.items() if name not in _KNOWN)
            rows.append(f"| {line['name']} | {_cell(line, 'vehicles')} | {told} |")
    return rows


def about(lines: list[Line]) -> list[str]:
    """Machine, commit, rows."""
    first = lines[0]
    machine = ", ".join(f"{name} {value}" for name, value in first["machine"].items())
    told = [f"Commit `{first['commit']}`; {machine}; PostgreSQL {first.get('postgres', '')}."]
    for size in _sizes(lines):
        rows = next(line["rows"] for line in lines if line.get("vehicles") == size)
        told.append(f"Rows at {size:,}: {', '.join(f'{name} {count:,}' for name, count in rows.items())}.")
    speeds = [line["calibration_ms"] for line in lines]
    told.append(f"The calibration loop took {min(speeds)} to {max(speeds)} ms.")
    return told


def text_of(lines: list[Line]) -> str:
    """All tables."""
    parts = [*about(lines), ""]
    for clients in sorted({line["clients"] for line in lines if "per_second" in line}):
        parts += [f"## {clients} client{'' if clients == 1 else 's'}", "", *requests_table(lines, clients), ""]
    return "\n".join([*parts, "## Other things", "", *others_table(lines)])


def write(file: Path, lines: list[Line]) -> None:
    """Put the tables between the marks; a file without marks gets them at its end."""
    before, _begin, rest = (file.read_text() if file.exists() else "").partition(BEGIN)
    after = rest.partition(END)[2]
    file.write_text(f"{before.rstrip()}\n\n{BEGIN}\n{text_of(lines)}\n{END}\n{after.lstrip()}".lstrip())


if __name__ == "__main__":
    write(Path(sys.argv[1]), [json.loads(line) for line in sys.stdin if line.startswith("{")])
