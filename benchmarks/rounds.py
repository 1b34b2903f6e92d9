"""All servers under all loads in turn, in rounds: what one second of the machine is like should not count."""

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import wrk
from accounts import KEY
from heartbeat import beating
from loads import LOADS, SENDS, Sent
from subjects import Running, call

WARMING = 1
"""Seconds of each load in the first round, which does not count: Java gets its code ready in it."""
SETTLING = 4
"""Seconds of a load before it counts, where its deliveries come three seconds after it."""


@dataclass
class Subject:
    """A server, and the loads it is put under."""

    name: str
    server: Running
    loads: Mapping[str, Sequence[Sent]]
    neighbour: str = KEY
    """The key of the client that waits meanwhile: at the emulator, one of another sandbox."""
    is_emulator: bool = False
    is_settled: bool = True
    """Whether nothing happens later of what a load has sent."""
    megabytes: float = field(init=False)
    """Its memory before all loads."""

    def __post_init__(self) -> None:
        self.megabytes = self.server.memory_megabytes()


@dataclass
class Figures:
    """What the rounds of one server under one load came to."""

    measured: list[wrk.Measured] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """The longest wait of the other client in each round, in milliseconds."""
    failures: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(one.rate for one in self.measured)

    @property
    def p50(self) -> float:
        return statistics.median(one.p50 for one in self.measured)

    @property
    def p99(self) -> float:
        return statistics.median(one.p99 for one in self.measured)


Results = Mapping[str, Mapping[str, Figures]]
"""The figures by load and by server, in their order."""


def measure(subjects: Sequence[Subject], seconds: int, rounds: int) -> Results:
    """Put all servers under their loads in turn, in rounds after a first one that does not count."""
    results: dict[str, dict[str, Figures]] = defaultdict(dict)
    for load in LOADS:
        for subject in subjects:
            if load in subject.loads:
                results[load][subject.name] = Figures()
    for number in range(rounds + 1):
        for load in LOADS:
            said = f"round {number} of {rounds}" if number else "warming"
            print(f"{said}: {load}", file=sys.stderr, flush=True)
            for subject in subjects:
                if load in subject.loads:
                    figures = results[load][subject.name] if number else Figures()
                    _measure_once(subject, load, seconds if number else WARMING, figures)
    return results


def _measure_once(subject: Subject, load: str, seconds: int, figures: Figures) -> None:
    server, requests = subject.server, subject.loads[load]
    if subject.is_emulator:
        call(f"{server.url}/_emulator/reset", "POST")
    try:
        settles = load in SENDS and not subject.is_settled
        after = wrk.load(server.url, requests, SETTLING).requests if settles else 0
        with beating(server, subject.neighbour) as waits:
            figures.measured.append(wrk.load(server.url, requests, seconds, after=after))
        figures.waits.append(waits.worst)
    except wrk.UnexpectedAnswerError as error:
        figures.failures.append(str(error))
