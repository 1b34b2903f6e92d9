"""Measure four emulators behind HAProxy against one: requests a second, what each costs, and many sandboxes.

All processes, with the load, share all cores of the machine. How much faster four can be than one depends on
the cores that are left; what a request costs does not.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path

import subjects
import wrk
from accounts import make_fixtures
from loads import LOADS, MAIL, READ, Sent
from subjects import Running

from emulator.client import Control, SandboxClient
from emulator.settings import shipped_fixtures

REPLICAS = 4
ROUNDS = 3
CLIENTS = 8
USED = {"read": LOADS[READ], "send": LOADS[MAIL]}


@dataclass(frozen=True)
class Setup:
    """What is loaded at one address."""

    door: Running
    replicas: Sequence[Running]


@dataclass(frozen=True)
class Figures:
    rate: float
    """Requests a second."""
    emulator: float
    """Microseconds of a processor for each request."""
    balancer: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="length of each load")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        fixtures = make_fixtures(shipped_fixtures() / "demo", folder / "fixtures")
        replicas = [stack.enter_context(subjects.replica(fixtures)) for _ in range(REPLICAS)]
        one = stack.enter_context(subjects.haproxy(folder / "one", replicas[:1]))
        four = stack.enter_context(subjects.haproxy(folder / "four", replicas))
        setups = {
            "one": Setup(replicas[0], replicas[:1]),
            "one behind HAProxy": Setup(one, replicas[:1]),
            "four behind HAProxy": Setup(four, replicas),
        }
        for load, requests in USED.items():
            rounds: dict[str, list[Figures]] = {label: [] for label in setups}
            for number in range(ROUNDS):
                for label, setup in setups.items():
                    print(f"{load}, round {number + 1} of {ROUNDS}: {label}", flush=True)
                    rounds[label].append(measure(setup, requests, seconds))
            show(load, rounds)
        print("| sandboxes in use, in turn | one /s | four /s |\n|---|---|---|")
        for number in (100, 400):
            one_rate, four_rate = (
                in_turn(setup.door, number, seconds)
                for setup in (setups["one"], setups["four behind HAProxy"])
            )
            print(f"| {number} | {one_rate:.0f} | {four_rate:.0f} |", flush=True)


def measure(setup: Setup, requests: Sequence[Sent], seconds: int) -> Figures:
    watched = [setup.door, *setup.replicas]
    before = [server.processor_seconds() for server in watched]
    rate = wrk.load(setup.door.url, requests, seconds, core=None).rate
    spent = [server.processor_seconds() - was for server, was in zip(watched, before, strict=True)]
    door, *others = (one / (rate * seconds) * 1_000_000 for one in spent)
    return Figures(rate, sum(others), 0 if setup.door in setup.replicas else door)


def in_turn(door: Running, number: int, seconds: int) -> float:
    """Return how many requests a second are answered to clients that use so many sandboxes in turn."""
    sandboxes = [Control(door.url).create(fixtures="empty") for _ in range(number)]
    ends = time.perf_counter() + seconds
    with ThreadPoolExecutor(CLIENTS) as clients:
        answered = sum(clients.map(partial(use, ends), (sandboxes[i::CLIENTS] for i in range(CLIENTS))))
    for sandbox in sandboxes:
        sandbox.delete()
    return answered / seconds


def use(ends: float, sandboxes: Sequence[SandboxClient]) -> int:
    """Send requests to sandboxes in turn until a time; return how many were answered."""
    connections = {one.url: HTTPConnection(one.url.removeprefix("http://")) for one in sandboxes}
    for answered, sandbox in enumerate(cycle(sandboxes)):
        if time.perf_counter() > ends:
            return answered
        key = {"Authorization": f"Bearer {sandbox.credentials['autosend']}"}
        connections[sandbox.url].request("GET", "/v1/campaigns", headers=key)
        connections[sandbox.url].getresponse().read()
    return 0


def show(load: str, rounds: dict[str, list[Figures]]) -> None:
    rates = {label: statistics.median(one.rate for one in figures) for label, figures in rounds.items()}
    print(f"\n| {load}, {os.cpu_count()} cores | /s | of one | emulator µs | HAProxy µs |")
    print("|---" * 5 + "|")
    for label, figures in rounds.items():
        emulator = statistics.median(one.emulator for one in figures)
        balancer = statistics.median(one.balancer for one in figures)
        of_one = rates[label] / rates["one"]
        print(f"| {label} | {rates[label]:.0f} | {of_one:.2f} | {emulator:.0f} | {balancer:.0f} |")
    print(flush=True)


if __name__ == "__main__":
    main()
