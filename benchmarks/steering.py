"""Measure the cost of steering: sandboxes, the journal, and memory over a long run."""

import argparse
import json
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import subjects
import wrk
from accounts import make_fixtures
from loads import LOADS, READ
from subjects import Running

from emulator.settings import shipped_fixtures

SANDBOXES = 500
RESETS = 500
ROUNDS = 5
BETWEEN_LOOKS = 100_000
"""The number of requests between two measurements of the memory."""


def main() -> None:
    options = _options()
    sandboxes()
    with tempfile.TemporaryDirectory() as name:
        fixtures = make_fixtures(shipped_fixtures() / "demo", Path(name) / "fixtures")
        journal(fixtures, options.seconds)
        long_run(fixtures, options.requests)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="length of each load")
    parser.add_argument("--requests", type=int, default=1_000_000, help="length of the long run")
    return parser.parse_args()


class Control:
    """The control plane over one connection."""

    def __init__(self, server: Running) -> None:
        self._connection = HTTPConnection(server.url.removeprefix("http://"))

    def ask(self, method: str, path: str, body: object = None, key: str = "") -> dict[str, object]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path} answered {answer.status}: {text.decode()}")
        result: dict[str, object] = json.loads(text) if text else {}
        return result


def sandboxes() -> None:
    """Create and use many sandboxes, reset some; print the times that took, and the memory that they use."""
    with subjects.emulator(shipped_fixtures() / "demo") as server:
        control = Control(server)
        control.ask("GET", "/_emulator/sandboxes")
        before = server.memory_megabytes()
        made, creations = [], []
        for number in range(SANDBOXES):
            begun = time.perf_counter()
            made.append(control.ask("POST", "/_emulator/sandboxes", {"name": f"box-{number}"}))
            creations.append(time.perf_counter() - begun)
        for sandbox in made:
            environment = sandbox["environment"]
            assert isinstance(environment, dict)
            control.ask("GET", "/v1/campaigns", key=environment["AUTOSEND_API_KEY"])
            control.ask("PUT", "/api/campaigns/1/stop", key=environment["RCS_API_KEY"])
        memory = server.memory_megabytes()
        resets = []
        for number in range(RESETS):
            begun = time.perf_counter()
            control.ask("POST", f"/_emulator/reset?sandbox=box-{number % 50}")
            resets.append(time.perf_counter() - begun)
    print("\n| | median ms | p99 ms | max ms |")
    print("|---|---|---|---|")
    for name, times in (("create a sandbox", creations), ("reset a sandbox", resets)):
        print(f"| {name} | {_ms(times, 0.5):.2f} | {_ms(times, 0.99):.2f} | {max(times) * 1000:.2f} |")
    print(f"\n{SANDBOXES} sandboxes, each used: {memory:.0f} MB (before them {before:.0f} MB)", flush=True)


def _ms(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] * 1000


def journal(fixtures: Path, seconds: int) -> None:
    """Load a server with a journal and one without in turn, and print the ratio."""
    without = {"EMULATOR_JOURNAL_ENTRIES": "0"}
    with subjects.emulator(fixtures) as on, subjects.emulator(fixtures, **without) as off:
        figures: dict[str, list[float]] = {"on": [], "off": []}
        for number in range(ROUNDS):
            print(f"journal: round {number + 1} of {ROUNDS}", flush=True)
            figures["on"].append(wrk.load(on.url, LOADS[READ], seconds).rate)
            figures["off"].append(wrk.load(off.url, LOADS[READ], seconds).rate)
        rates = {name: statistics.median(values) for name, values in figures.items()}
        print(f"\njournal on {rates['on']:.0f}/s, off {rates['off']:.0f}/s: {rates['on'] / rates['off']:.2f}")


def long_run(fixtures: Path, requests: int) -> None:
    """Send many requests, and print the memory at intervals."""
    print("\n| requests | memory MB |")
    print("|---|---|")
    with subjects.emulator(fixtures) as server:
        done = 0.0
        while done < requests:
            rate = wrk.load(server.url, LOADS[READ], 5).rate
            seconds = max(1, round(BETWEEN_LOOKS / rate) - 5)
            done += rate * 5 + wrk.load(server.url, LOADS[READ], seconds).rate * seconds
            print(f"| {done:,.0f} | {server.memory_megabytes():.1f} |", flush=True)


if __name__ == "__main__":
    main()
