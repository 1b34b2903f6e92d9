"""How long servers take to start, and what memory the emulator needs at several stages of use."""

import statistics
import sys
import time
from collections.abc import Mapping

import subjects
from accounts import RCS_KEY, shipped_by
from subjects import Running, call

STARTS = 5
FILLS_THE_JOURNAL = 1500
DOCUMENTED = "60d5ec49f1b2c72d9c8b4567"


def measure(before: str | None) -> tuple[Mapping[str, list[float]], Mapping[str, Mapping[str, float]]]:
    """Return the seconds of starts, in turn with the bare application, and megabytes at several stages."""
    emulators = {"emulator": sys.executable} | ({"emulator before": before} if before else {})
    times: dict[str, list[float]] = {}
    for number in range(STARTS):
        print(f"start {number + 1} of {STARTS}", file=sys.stderr, flush=True)
        with subjects.yardstick("bare") as server:
            times.setdefault("bare FastAPI ready", []).append(server.ready_seconds)
        for name, python in emulators.items():
            with subjects.emulator(shipped_by(python), python) as server:
                times.setdefault(f"{name} ready", []).append(server.ready_seconds)
                first = server.ready_seconds + _seconds_of_a_read(server)
                times.setdefault(f"{name}: first response of a provider", []).append(first)
    return times, {name: _memory(python) for name, python in emulators.items()}


def median_and_range(times: list[float]) -> tuple[float, float, float]:
    return statistics.median(times), min(times), max(times)


def _seconds_of_a_read(server: Running) -> float:
    begun = time.perf_counter()
    _read(server)
    return time.perf_counter() - begun


def _memory(python: str) -> dict[str, float]:
    """Return the memory of an emulator after the start, and at several stages of use."""
    stages: dict[str, float] = {}
    with subjects.emulator(shipped_by(python), python) as server:
        stages["after the start"] = server.memory_megabytes()
        for _ in range(FILLS_THE_JOURNAL):
            _read(server)
        stages["with a full journal"] = server.memory_megabytes()
        call(f"{server.url}/api/auth/login", "POST", {"api_key": RCS_KEY})
        stages["with the cryptography of RCS tokens"] = server.memory_megabytes()
        subjects.send_every_example(server)
        stages["after each documented request"] = server.memory_megabytes()
        stages["at the peak"] = server.peak_megabytes()
    return stages


def _read(server: Running) -> None:
    call(f"{server.url}/v1/campaigns/{DOCUMENTED}", "GET")
