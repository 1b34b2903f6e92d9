"""Measure snapshots of a sandbox with a million messages: time, memory, who waits, and the start."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import subjects
from accounts import shipped_by
from people import neighbour
from search import CAMPAIGN, make_fixtures
from steering import Control

FILE = {"Content-Type": "application/vnd.sqlite3"}
PATH = "/_emulator/snapshots/large"
PIECE = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--before", help="the Python of an environment with another version of the emulator")
    options = parser.parse_args()
    for python in filter(None, (sys.executable, options.before)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fixtures = make_fixtures(shipped_by(python), folder / "fixtures", options.messages)
            for data in ("", str(folder / "data")):
                print(f"\n{options.messages:,} messages, {'in a data folder' if data else 'in memory'}\n")
                with subjects.emulator(fixtures, python, EMULATOR_DATA=data) as server:
                    measure(server, folder / "downloaded")
                if data:
                    with subjects.emulator(fixtures, python, EMULATOR_DATA=data) as server:
                        print(f"\nready again, beside the snapshots, in {server.ready_seconds:.2f} s")


def measure(server: subjects.Running, file: Path) -> None:
    control = Control(server)
    subjects.call(f"{server.url}/v1/campaigns/{CAMPAIGN}", "PATCH", {"publish": True, "sendNow": True})
    control.ask("POST", "/_emulator/clock", {"advance": "3m"})
    print("| | seconds | held MB | peak MB | of held | another client waited ms |\n|---|---|---|---|---|---|")
    acts: dict[str, Callable[[], object]] = {
        "save": lambda: control.ask("POST", "/_emulator/snapshots", {"name": "large"}),
        "save again": lambda: control.ask("POST", "/_emulator/snapshots", {"name": "large"}),
        "download": lambda: download(server, file),
        "upload": lambda: upload(server, file),
        "restore": lambda: control.ask("POST", f"{PATH}/restore"),
        "list": lambda: control.ask("GET", "/_emulator/snapshots"),
    }
    for name, act in acts.items():
        held = resident(server, "VmRSS")
        count_peak_anew(server)
        try:
            with neighbour(server) as waits:
                begun = time.perf_counter()
                act()
                took = time.perf_counter() - begun
        except SystemExit as error:
            print(f"| {name} | {error} |")
            continue
        peak = resident(server, "VmHWM")
        figures = f"{took:.1f} | {held:.0f} | {peak:.0f} | {peak / held:.2f} | {waits.worst:.0f}"
        print(f"| {name} | {figures} |", flush=True)


def resident(server: subjects.Running, name: str) -> float:
    """Return a figure of a server's memory, in MB: `VmRSS` what it holds, `VmHWM` the most that it held."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def count_peak_anew(server: subjects.Running) -> None:
    """Let the most that a server held be counted from now on."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def download(server: subjects.Running, file: Path) -> None:
    connection = HTTPConnection(server.url.removeprefix("http://"))
    connection.request("GET", PATH)
    answer = connection.getresponse()
    with file.open("wb") as opened:
        while piece := answer.read(PIECE):
            opened.write(piece)


def upload(server: subjects.Running, file: Path) -> None:
    connection = HTTPConnection(server.url.removeprefix("http://"))
    with file.open("rb") as opened:
        connection.request("PUT", PATH, opened, FILE | {"Content-Length": str(file.stat().st_size)})
        answer = connection.getresponse()
        text = answer.read().decode()
    if answer.status >= 400:
        raise SystemExit(f"answered {answer.status}: {text}")


if __name__ == "__main__":
    main()
