"""Measure Altcraft's people: importing ten thousand at once, and choosing and listing among many."""

import argparse
import json
import statistics
import time
from contextlib import AbstractContextManager
from typing import Any

import subjects
from heartbeat import Waits, beating
from steering import Control

from emulator.settings import shipped_fixtures

BATCH = 10_000
LOOKS = 9
NEWS = {"channel": "email", "resource_id": 1, "status": "subscribed"}
RULE = {"compo": "default", "type": "unicode", "name": "_city", "operator": "equal"}
SUBSCRIBED = {"compo": "default", "type": "subscription_email", "name": "status", "operator": "equal"}

EVERYBODY = {"id": 82, "run_now": True, "override_source_type": "list", "override_source_id": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="how many profiles are imported")
    people = parser.parse_args().people
    with subjects.emulator(shipped_fixtures() / "demo") as server:
        token = _token(Control(server), "importing")
        starts = range(0, people, BATCH)
        alone = [_import(server, token, start) for start in starts[::2]]
        with neighbour(server) as waits:
            beside = [_import(server, token, start) for start in starts[1::2]]
        print(f"importing {BATCH:,} profiles: {statistics.median(alone):.2f} s, at worst {max(alone):.2f} s")
        print(f"the same while another client reads every 10 ms: {statistics.median(beside):.2f} s")
        print(f"that client, of another sandbox, waited {waits.worst:.0f} ms at worst meanwhile")
        _choose(server, token)
        _change(server, token)
        _list(server, token, people)


def neighbour(server: subjects.Running) -> AbstractContextManager[Waits]:
    """Let a client of another sandbox read its campaigns for the block."""
    made: Any = Control(server).ask("POST", "/_emulator/sandboxes", {"fixtures": "empty"})
    return beating(server, made["environment"]["AUTOSEND_API_KEY"], "/v1/campaigns")


def _token(control: Control, name: str) -> str:
    made: Any = control.ask("POST", "/_emulator/sandboxes", {"name": name, "fixtures": "demo"})
    return str(made["environment"]["ALTCRAFT_TOKEN"])


def _ask(server: subjects.Running, path: str, body: dict[str, Any]) -> tuple[float, Any]:
    control, begun = Control(server), time.perf_counter()
    answer = control.ask("POST", f"/api/v1.1{path}", body)
    took = time.perf_counter() - begun
    assert answer["error"] == 0, answer
    return took, answer


def _import(server: subjects.Running, token: str, start: int) -> float:
    data = [
        {
            "email": f"person{number}@example.net",
            "phones": [f"+7901{number:07}"],
            "_fname": "Ann",
            "_city": "Omsk" if number % 10 else "Moscow",
            "_bdate": "1999-05-06",
            "CRM_ID": number,
            "custom_tags": ["cars", "cats"],
            "subscriptions": [{**NEWS, "email": f"person{number}@example.net"}],
        }
        for number in range(start, start + BATCH)
    ]
    took, answer = _ask(server, "/profiles/import_batch", {"token": token, "db_id": 1, "data": data})
    assert all(row["error"] == 0 for row in answer["result"]), json.dumps(answer)[:500]
    return took


def _choose(server: subjects.Running, token: str) -> None:
    """Print how long a dynamic segment takes each time it is looked at."""
    rules = [
        {**RULE, "value": [{"name": "value", "value": "Moscow"}]},
        {**SUBSCRIBED, "value": [{"name": "value", "value": "subscribed"}]},
    ]
    item = {
        "condition": "and",
        "list_id": 1,
        "limit": 0,
        "percent_from": 0,
        "percent_to": 100,
        "queries": rules,
    }
    body = {"token": token, "name": "Moscow", "is_static": False, "segment": [item]}
    _, made = _ask(server, "/segments/add/", body)
    looks = [
        _ask(server, "/segments/get/", {"token": token, "id": made["data"]["saved_id"]}) for _ in range(LOOKS)
    ]
    took = statistics.median(took for took, _ in looks)
    print(f"a dynamic segment of {looks[0][1]['data']['count']:,} profiles: {took * 1000:.0f} ms a look")


def _change(server: subjects.Running, token: str) -> None:
    """Print how long it takes to change all people and to send them a mailing, and how long others wait."""
    everybody = {"db_id": 1, "channel": "email"}
    steps = {
        "suspending all subscriptions": ("/subscriptions/suspend_all", everybody),
        "subscribing them again": ("/subscriptions/unsuspend_all", everybody),
        "launching a mailing to them": ("/campaigns/activate/", EVERYBODY),
    }
    for name, (path, body) in steps.items():
        with neighbour(server) as waits:
            took, _ = _ask(server, path, {"token": token} | body)
        print(f"{name}: {took:.2f} s; another client waited {waits.worst:.0f} ms at worst")


def _list(server: subjects.Running, token: str, people: int) -> None:
    """Print how long the first and the last pages of all profiles take."""
    times, cursor = [], ""
    while True:
        body = {"token": token, "db_id": 1, "limit": 1000, "from_id": cursor}
        took, answer = _ask(server, "/profiles/list", body)
        if not answer["data"]:
            break
        times.append(took)
        cursor = answer["next_from_id"]
    assert len(times) >= people // 1000
    first, last = statistics.median(times[:5]), statistics.median(times[-6:-1])
    print(f"a page of 1,000 of {people:,} profiles: {first * 1000:.0f} ms, at the end {last * 1000:.0f} ms")


if __name__ == "__main__":
    main()
