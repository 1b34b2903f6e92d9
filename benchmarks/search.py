"""Measure searches of the control plane among a million messages of one campaign, with some single ones."""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import accounts
import subjects
import yaml
from people import neighbour
from steering import Control

CAMPAIGN = "cccccccccccccccccccc0001"
ROUNDS = 20
SINGLE = "ada@single.example.com"
MAIL = {
    "to": {"email": SINGLE},
    "from": {"email": "hello@example.com"},
    "subject": "Hello",
    "html": "<p>Hello</p>",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--before", help="the Python of an environment with another version of the emulator")
    options = parser.parse_args()
    for python in filter(None, (sys.executable, options.before)):
        with tempfile.TemporaryDirectory() as name:
            shipped = accounts.shipped_by(python)
            fixtures = make_fixtures(shipped, Path(name) / "fixtures", options.messages)
            with subjects.emulator(fixtures, python) as server:
                measure(server, options.messages)


def make_fixtures(shipped: Path, folder: Path, people: int) -> Path:
    """Copy the shipped fixtures; add a campaign to as many as there are to be messages."""
    shutil.copytree(shipped, folder)
    file = folder / "autosend" / "account.yaml"
    account = yaml.safe_load(file.read_text())
    project = account["projects"][0]
    draft = {name: value for name, value in project["campaigns"][0].items() if name != "released"}
    project["campaigns"] = [draft | {"id": CAMPAIGN, "pace": 1000, "lists": [CAMPAIGN]}]
    generated = {"count": people, "pattern": "person.{n}@example.com"}
    project["lists"].append({"id": CAMPAIGN, "name": "many", "generate": generated})
    file.write_text(yaml.safe_dump(account, default_flow_style=False))
    return folder


def measure(server: subjects.Running, people: int) -> None:
    control = Control(server)
    subjects.call(f"{server.url}/v1/campaigns/{CAMPAIGN}", "PATCH", {"publish": True, "sendNow": True})
    control.ask("POST", "/_emulator/clock", {"advance": "3m"})
    control.ask("POST", "/_emulator/clock", {"advance": "1s"})
    sent: Any = control.ask("POST", "/v1/mails/send", MAIL, key=accounts.KEY)["data"]
    clock: Any = control.ask("GET", "/_emulator/clock")
    searches: dict[str, dict[str, Any]] = {
        "the first 10": {},
        "the latest 10": {"order": "newest"},
        "after the middle": {"after": people // 2},
        "recipient: an address": {"recipient": f"person.{people // 2}@example.com"},
        "recipient: the latest": {"recipient": SINGLE},
        "recipient: no match": {"recipient": "nobody@nowhere.example.org"},
        "recipient: a part, many": {"recipient": f"{people // 2000}"},
        "recipient: a part, all": {"recipient": "example"},
        "the provider's id": {"id": sent["emailId"]},
        "the campaign's id": {"id": CAMPAIGN},
        "job": {"job": f"autosend/campaign/{CAMPAIGN}"},
        "job and status": {"job": f"autosend/campaign/{CAMPAIGN}", "status": "queued"},
        "since the latest": {"since": clock["now"]},
        "until now": {"until": clock["now"]},
        "status": {"status": "delivered"},
        "provider": {"provider": "rcs"},
        "reached by the latest": {"recipient": SINGLE, "status": "queued", "latest": "true"},
    }
    with neighbour(server) as waits:
        took, _ = timed(control, {"recipient": "nobody@nowhere.example.org"})
    print(f"\n{people:,} messages. The first by recipient: {took:.1f} ms, others waited {waits.worst:.1f}")
    print("\n| search | total | median ms | at worst | processor ms |\n|---|---|---|---|---|")
    for label, wanted in searches.items():
        spent = server.processor_seconds()
        times, totals = zip(*(timed(control, wanted) for _ in range(ROUNDS)), strict=True)
        spent = (server.processor_seconds() - spent) * 1000 / ROUNDS
        figures = f"{statistics.median(times):.1f} | {max(times):.1f} | {spent:.1f}"
        print(f"| {label} | {totals[0]} | {figures} |", flush=True)


def timed(control: Control, wanted: dict[str, Any]) -> tuple[float, Any]:
    """Return how many milliseconds a search took, and how many messages matched."""
    begun = time.perf_counter()
    found = control.ask("GET", f"/_emulator/messages?{urlencode({'limit': 10} | wanted)}")
    return (time.perf_counter() - begun) * 1000, found["total"]


if __name__ == "__main__":
    main()
