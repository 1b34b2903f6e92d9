"""Measure requests to many sandboxes in turn, against as many requests to a few."""

import argparse
import statistics
import time
from http.client import HTTPConnection

import subjects
from steering import Control
from subjects import Running

from emulator.settings import shipped_fixtures

FEW, MANY = 100, 500
ROUNDS = 5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fixtures", choices=("demo", "empty"), default="empty", help="what they hold")
    options.add_argument("--memory", help="EMULATOR_MEMORY, in megabytes")
    chosen = options.parse_args()
    surroundings = {"EMULATOR_MEMORY": chosen.memory} if chosen.memory else {}
    with subjects.emulator(shipped_fixtures() / chosen.fixtures, **surroundings) as server:
        print(f"before: {server.memory_megabytes():.0f} MB")
        keys = _made(server, MANY)
        rates: dict[int, list[float]] = {FEW: [], MANY: []}
        for _ in range(ROUNDS):
            for number, found in rates.items():
                found.append(_requests_per_second(server, keys[:number]))
        few, many = (statistics.median(found) for found in rates.values())
        print(f"{FEW} in turn {few:.0f}/s, {MANY} in turn {many:.0f}/s: {many / few:.2f}")
        print(f"{MANY} sandboxes, each used: {server.memory_megabytes():.0f} MB")


def _made(server: Running, number: int) -> list[str]:
    """Make sandboxes, and return their keys of AutoSend."""
    control, keys = Control(server), []
    for _ in range(number):
        environment = control.ask("POST", "/_emulator/sandboxes", {})["environment"]
        assert isinstance(environment, dict)
        keys.append(environment["AUTOSEND_API_KEY"])
    return keys


def _requests_per_second(server: Running, keys: list[str]) -> float:
    """Ask each sandbox in turn for its campaigns, for MANY requests, after a round that does not count."""
    connection = HTTPConnection(server.url.removeprefix("http://"))
    _ask_each(connection, keys)
    begun = time.perf_counter()
    rounds = MANY // len(keys)
    for _ in range(rounds):
        _ask_each(connection, keys)
    elapsed = time.perf_counter() - begun
    connection.close()
    return rounds * len(keys) / elapsed


def _ask_each(connection: HTTPConnection, keys: list[str]) -> None:
    for key in keys:
        connection.request("GET", "/v1/campaigns", headers={"Authorization": f"Bearer {key}"})
        connection.getresponse().read()


if __name__ == "__main__":
    main()
