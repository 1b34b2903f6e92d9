"""Measure the emulator against two yardsticks, Prism and WireMock, in one run.

The yardsticks are a bare FastAPI application and one with a stock SQLModel session on SQLite.
With `--before`, another version of the emulator is measured too.

The results that count are the ratios: noise of the machine affects all servers alike.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import subjects
from load import LOADS, requests_per_second
from subjects import LARGE, SMALL, Running, call

from emulator.settings import shipped_fixtures

ROUNDS = 3
HALF_A_SECOND_IN = {"advance": "120500ms"}
"""The change of the clock from publishing to half a second after the release."""
STARTS = 5
CALLS = 200
FILLS_THE_JOURNAL = 1500
DOCUMENTED = "60d5ec49f1b2c72d9c8b4567"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fixtures = subjects.make_fixtures(shipped_fixtures() / "demo", folder / "fixtures")
        throughput(options, folder, fixtures)
        sizes(fixtures)
        starts(options.before)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="length of each load")
    parser.add_argument("--without", action="append", default=[], choices=["prism", "wiremock"])
    parser.add_argument("--before", metavar="PYTHON", help="Python with another version of the emulator")
    return parser.parse_args()


def throughput(options: argparse.Namespace, folder: Path, fixtures: Path) -> None:
    """Load all servers in turn, several rounds, and print the medians as ratios to the bare application."""
    with ExitStack() as stack:
        running = {
            "bare FastAPI": stack.enter_context(subjects.yardstick("bare")),
            "stock SQLModel": stack.enter_context(subjects.yardstick("stock")),
            "emulator": stack.enter_context(subjects.emulator(fixtures)),
        }
        if options.before:
            own = subjects.make_fixtures(subjects.shipped_by(options.before), folder / "before")
            running["emulator before"] = stack.enter_context(subjects.emulator(own, options.before))
        if len(options.without) < len(["prism", "wiremock"]):
            tools = _tools()
        if "prism" not in options.without:
            document = _document(folder, running["emulator"])
            running["Prism"] = stack.enter_context(subjects.prism(tools, document))
        if "wiremock" not in options.without:
            (folder / "wiremock").mkdir()
            running["WireMock"] = stack.enter_context(subjects.wiremock(tools, folder / "wiremock"))
        figures: dict[str, dict[str, list[float]]] = {name: {load: [] for load in LOADS} for name in running}
        for number in range(ROUNDS):
            for name, server in running.items():
                print(f"round {number + 1} of {ROUNDS}: {name}", flush=True)
                if name.startswith("emulator"):
                    call(f"{server.url}/_emulator/reset", "POST")
                for load, script in LOADS.items():
                    figures[name][load].append(requests_per_second(server.url, script, options.seconds))
        _print_throughput(running, figures)


def _print_throughput(running: dict[str, Running], figures: dict[str, dict[str, list[float]]]) -> None:
    medians = {
        name: {load: statistics.median(rounds) for load, rounds in loads.items()}
        for name, loads in figures.items()
    }
    bare, stock = medians["bare FastAPI"], medians["stock SQLModel"]
    columns = [f"{load}/s | of bare | of stock" for load in LOADS]
    print(f"\n| server | {' | '.join(columns)} | ready s | memory MB |")
    print("|---" * (3 * len(LOADS) + 3) + "|")
    for name, server in running.items():
        rates = medians[name]
        cells = [
            f"{rates[load]:.0f} | {rates[load] / bare[load]:.2f} | {rates[load] / stock[load]:.2f}"
            for load in LOADS
        ]
        figures_of = " | ".join(cells)
        print(f"| {name} | {figures_of} | {server.ready_seconds:.2f} | {server.memory_megabytes():.0f} |")


def sizes(fixtures: Path) -> None:
    """Measure starting, reading and aborting campaigns of 100 and of 100,000 recipients."""
    with subjects.emulator(fixtures) as server:
        print("\n| recipients | start ms | read ms | abort ms | memory MB |")
        print("|---|---|---|---|---|")
        for campaign, label in ((SMALL, "100"), (LARGE, "100,000")):
            address = f"{server.url}/v1/campaigns/{campaign}"
            call(address, "PATCH", {"publish": True, "sendNow": True})
            start = _milliseconds(lambda: call(f"{server.url}/_emulator/clock", "POST", HALF_A_SECOND_IN))
            read = statistics.median(_milliseconds(lambda: call(address, "GET")) for _ in range(CALLS))  # noqa: B023 -- called at once
            abort = _milliseconds(lambda: call(f"{address}/abort", "POST"))  # noqa: B023 -- called at once
            memory = server.memory_megabytes()
            print(f"| {label} | {start:.1f} | {read:.2f} | {abort:.2f} | {memory:.0f} |", flush=True)


def _milliseconds(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return (time.perf_counter() - begun) * 1000


def starts(before: str | None) -> None:
    """Measure starts with the shipped fixtures, in turn with the bare application, and the first requests."""
    emulators = {"emulator": sys.executable} | ({"emulator before": before} if before else {})
    bare: list[float] = []
    ready: dict[str, list[float]] = {name: [] for name in emulators}
    first: dict[str, list[float]] = {name: [] for name in emulators}
    for _ in range(STARTS):
        with subjects.yardstick("bare") as server:
            bare.append(server.ready_seconds)
        for name, python in emulators.items():
            with subjects.emulator(subjects.shipped_by(python), python) as server:
                ready[name].append(server.ready_seconds)
                first[name].append(server.ready_seconds + _milliseconds(partial(read, server)) / 1000)
    print()
    _print_times("bare FastAPI ready", bare)
    for name, python in emulators.items():
        _print_times(f"{name} ready", ready[name])
        _print_times(f"{name}: first response of a provider", first[name])
        memory(name, python)


def _print_times(label: str, times: list[float]) -> None:
    print(f"{label} in {statistics.median(times):.2f} s (from {min(times):.2f} to {max(times):.2f})")


def memory(name: str, python: str) -> None:
    """Print the memory of an emulator after the start, and at several stages of use."""
    with subjects.emulator(subjects.shipped_by(python), python) as server:
        print(f"{name}: memory after the start {server.memory_megabytes():.0f} MB")
        for _ in range(FILLS_THE_JOURNAL):
            read(server)
        print(f"{name}: memory with a full journal {server.memory_megabytes():.0f} MB")
        call(f"{server.url}/api/auth/login", "POST", {"api_key": subjects.RCS_KEY})
        print(f"{name}: memory with the cryptography of RCS tokens {server.memory_megabytes():.0f} MB")
        subjects.send_every_example(server)
        print(f"{name}: memory after each documented request {server.memory_megabytes():.0f} MB")


def read(server: Running) -> None:
    call(f"{server.url}/v1/campaigns/{DOCUMENTED}", "GET")


def _document(folder: Path, server: Running) -> Path:
    """Write AutoSend's OpenAPI document to a file for Prism, and return its path."""
    with urlopen(f"{server.url}/openapi/autosend.json") as answer:
        document = json.loads(answer.read())
    document.pop("security")
    file = folder / "autosend.json"
    file.write_text(json.dumps(document))
    return file


def _tools() -> Path:
    """Return the folder of the commands of Prism and WireMock; install them beside this file if necessary."""
    folder = Path(__file__).parent / "node_modules"
    if not (folder / ".bin" / "prism").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(
                "npm is not installed: install Node.js, or run with --without prism --without wiremock"
            )
        print("installing Prism and WireMock …", flush=True)
        packages = ["@stoplight/prism-cli@5.14.2", "wiremock@3.13.2"]
        subprocess.run([npm, "install", "--no-save", "--prefix", folder.parent, *packages], check=True)
    return folder / ".bin"


if __name__ == "__main__":
    main()
