"""The results as tables of Markdown."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import starts
from operations import Operations
from rounds import Figures, Results, Subject
from wrk import CONNECTIONS

BARE = "bare FastAPI"


def heading(seconds: int, rounds: int) -> str:
    python = f"Python {platform.python_version()}"
    return f"""\
# Results of the benchmarks

As `python benchmarks/run.py --seconds {seconds}` printed them on {datetime.now(UTC):%Y-%m-%d}:
{os.cpu_count()} cores, {python}. The server has one core, and the load another: {CONNECTIONS} connections.
Medians of {rounds} rounds. **What counts are the ratios**, all from this one run; the absolute figures are
this machine's, and other work on it is in all of them. [README](../benchmarks/README.md) says what the
servers and the loads are.

`longest wait`: what a client that sends one small request every 10 ms has waited at worst while the load ran,
at the emulator one of another sandbox. That at bare FastAPI shows what the queue and the machine make of it.
"""


def throughput(results: Results) -> str:
    """Return the one table of all loads and servers, the ratios first, and what failed."""
    rows: list[list[str]] = []
    failures: list[str] = []
    for load, by_server in results.items():
        bare = by_server[BARE]
        for name, figures in by_server.items():
            label = f"**{load}**" if name == BARE else ""
            rows.append([label, name, *_figures(figures, bare)])
            failures += [f"{load}, {name}: {failure}" for failure in figures.failures]
    columns = ["load", "server", f"of {BARE}", "requests a second", "p50 ms", "p99 ms", "longest wait ms"]
    return "\n".join(["## Loads", "", table(columns, rows), *_listed("Failed", failures)])


def _figures(figures: Figures, bare: Figures) -> list[str]:
    if not figures.measured or not bare.measured:
        return ["failed"] + [""] * 4
    return [
        f"**{figures.rate / bare.rate:.2f}**",
        f"{figures.rate:,.0f}",
        f"{figures.p50:.1f}",
        f"{figures.p99:.1f}",
        f"{max(figures.waits):.0f}",
    ]


def servers(subjects: Sequence[Subject]) -> str:
    """Return the table of starts and memory; servers that are one process are one row."""
    rows: list[list[str]] = []
    for subject in {subject.server.url: subject for subject in reversed(subjects)}.values():
        server = subject.server
        sizes = (subject.megabytes, server.memory_megabytes(), server.peak_megabytes())
        rows.insert(0, [subject.name, f"{server.ready_seconds:.2f}", *(f"{size:.0f}" for size in sizes)])
    columns = ["server", "ready s", "PSS before the loads MB", "PSS after them MB", "peak RSS MB"]
    return "\n".join(["", "## Starts and memory of these servers", "", table(columns, rows)])


def not_measured(missing: Mapping[str, str]) -> str:
    return "\n".join(_listed("Not measured", [f"{name}: {why}" for name, why in missing.items()]))


def operations(measured: Operations) -> str:
    """Return the table of long operations, for each place that keeps the state."""
    places = list(next(iter(measured.values())))
    columns = [
        "operation",
        *(f"{place}: {what}" for place in places for what in ("ms", "longest wait ms", "peak MB")),
    ]
    rows = []
    for name, by_place in measured.items():
        cells = (f"{figure:.0f}" for one in by_place.values() for figure in (one.took, one.waited, one.peak))
        rows.append([name, *cells])
    return "\n".join(
        ["", "## Long operations, and how long another sandbox's client waits", "", table(columns, rows)]
    )


def times(seconds: Mapping[str, list[float]], megabytes: Mapping[str, Mapping[str, float]]) -> str:
    """Return the tables of starts with the shipped fixtures, and of memory at several stages."""
    found = {name: starts.median_and_range(of_name) for name, of_name in seconds.items()}
    rows = [[name, *(f"{figure:.2f}" for figure in figures)] for name, figures in found.items()]
    lines = ["", "## Starts with the shipped fixtures", "", table(["", "seconds", "from", "to"], rows)]
    for name, stages in megabytes.items():
        sizes = [[stage, f"{size:.0f}"] for stage, size in stages.items()]
        lines += ["", table([f"memory of the {name}", "MB"], sizes)]
    return "\n".join(lines)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", "", *(f"- {line}" for line in lines)] if lines else []
