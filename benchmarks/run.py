"""Measure the emulator beside two yardsticks and its peers in one run, and print a page of Markdown.

The yardsticks are a bare FastAPI application and one with a stock SQLModel session on SQLite. With
`--before`, another version of the emulator is measured too. The results that count are the ratios: noise of
the machine affects all alike.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import answers
import operations
import peers
import starts
import tables
from accounts import make_fixtures, shipped_by
from loads import LOADS, MAIL, READ, STOP, Sent
from rounds import Subject, measure
from subjects import Running, emulator, yardstick

from emulator.client import Control
from emulator.settings import shipped_fixtures

STOCK_LOADS = {load: LOADS[load] for load in (READ, STOP, MAIL, "RCS read", "Altcraft read")}
"""What the stock application does as the emulator does it; all else it answers with nothing."""
Peer = tuple[
    Callable[[Path, str], AbstractContextManager[Running]], Mapping[str, Mapping[str, Sequence[Sent]]]
]
"""How a peer is started, and under which names it is put under which loads."""

PEERS: Mapping[str, Peer] = {
    "Prism": (peers.prism, {"Prism": peers.STATIC_LOADS}),
    "WireMock": (
        peers.wiremock,
        {"WireMock": peers.STATIC_LOADS, "WireMock, scenario": peers.SCENARIO_LOADS},
    ),
    "Mockoon": (peers.mockoon, {"Mockoon": peers.STATIC_LOADS}),
    "MockServer": (peers.mockserver, {"MockServer": peers.STATIC_LOADS}),
    "moto": (peers.moto, {"moto (SES)": peers.MOTO_LOADS}),
}


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fixtures = make_fixtures(shipped_fixtures() / "demo", folder / "fixtures")
        with ExitStack() as stack:
            yardsticks = list(_yardsticks(stack))
            emulators = list(_emulators(stack, fixtures, folder, options.before))
            subjects, emulator = yardsticks + emulators, emulators[0].server.url
            answers.check_answers(emulator, yardsticks[0].server.url)
            wanted = {name: peer for name, peer in PEERS.items() if name not in options.without}
            missing = _add_peers(stack, subjects, wanted, folder, emulator)
            results = measure(subjects, options.seconds, options.rounds)
            print(tables.heading(options.seconds, options.rounds))
            print(tables.throughput(results))
            print(tables.not_measured(missing))
            print(tables.servers(subjects), flush=True)
        print(tables.operations(operations.measure(fixtures)), flush=True)
    print(tables.times(*starts.measure(options.before)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="length of each load")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds that count; the one before them does not"
    )
    parser.add_argument("--without", action="append", default=[], choices=PEERS, help="a peer to leave out")
    parser.add_argument("--before", metavar="PYTHON", help="Python with another version of the emulator")
    return parser.parse_args()


def _yardsticks(stack: ExitStack) -> Iterator[Subject]:
    yield Subject(tables.BARE, stack.enter_context(yardstick("bare")), LOADS)
    yield Subject("stock SQLModel", stack.enter_context(yardstick("stock")), STOCK_LOADS)


def _emulators(stack: ExitStack, fixtures: Path, folder: Path, before: str | None) -> Iterator[Subject]:
    frozen = stack.enter_context(emulator(fixtures))
    real = stack.enter_context(emulator(fixtures, options=["--clock", "real"]))
    data = stack.enter_context(emulator(fixtures, options=["--data", str(folder / "data")]))
    yield _emulated("emulator, frozen clock", frozen)
    yield _emulated("emulator, real clock", real, is_settled=False)
    yield _emulated("emulator, frozen clock, `--data`", data)
    if before is not None:
        own = make_fixtures(shipped_by(before), folder / "before")
        yield _emulated("emulator before, frozen clock", stack.enter_context(emulator(own, before)))


def _emulated(name: str, server: Running, *, is_settled: bool = True) -> Subject:
    key = Control(server.url).create(fixtures="demo").credentials["autosend"]
    return Subject(name, server, LOADS, key, is_emulator=True, is_settled=is_settled)


def _add_peers(
    stack: ExitStack, subjects: list[Subject], wanted: Mapping[str, Peer], folder: Path, emulator: str
) -> dict[str, str]:
    """Start the peers that can be had, add them to the subjects, and return why others can not."""
    missing = {}
    for name, (start, loads) in wanted.items():
        try:
            server = stack.enter_context(start(folder, emulator))
        except peers.MissingError as error:
            missing[name] = str(error)
        else:
            subjects += [Subject(label, server, of_label) for label, of_label in loads.items()]
    return missing


if __name__ == "__main__":
    main()
