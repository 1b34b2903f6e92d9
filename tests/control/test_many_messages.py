"""Searching many messages finds the same as looking at each one, and reads none that can not match."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox, in_process

PEOPLE = 2600
"""The number of recipients: more than two parts of an outline."""
OWN = "380991234567"
"""The phone of the single messages."""

NOON, LATER = "2026-03-15T14:30:00.000Z", "2026-03-15T15:30:00.000Z"


@pytest.fixture(scope="module")
def big() -> Iterator[Emulator]:
    with in_process() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def box(big: Emulator) -> Sandbox:
    """A sandbox with a campaign that is stopped halfway, between single messages."""
    box = big.sandbox("many", clock="frozen")
    send(box, "first")
    phones = [{"number": f"44794{number:07}"} for number in range(PEOPLE)]
    body = {"phones": phones, "sender": "my_agent", "options": {"text": "Hello"}}
    sent = box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs)
    assert sent.status_code == 200, sent.text
    campaign = sent.json()["data"]["id"]
    box.advance("30s")
    assert box.http.put(f"/api/campaigns/{campaign}/stop", headers=box.rcs).status_code == 200
    box.advance("1h")
    for number in range(11):
        send_mails(box, [f"Late{number}-{one}@example.net" for one in range(100)])
    send(box, "last")
    return box


def send_mails(box: Sandbox, addresses: list[str]) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "subject": "Hello",
        "html": "<p>Hello</p>",
        "recipients": [{"email": address} for address in addresses],
    }
    sent = box.http.post("/v1/mails/bulk", json=body, headers=box.autosend)
    assert sent.status_code == 200, sent.text


def send(box: Sandbox, reference: str) -> None:
    body = {
        "phone": {"number": OWN, "reference_id": reference},
        "sender": "my_agent",
        "options": {"text": "Hi"},
    }
    sent = box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    assert sent.status_code == 200, sent.text


def find(box: Sandbox, **params: Any) -> Any:
    answer = box.control("GET", "/messages", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def everything(box: Sandbox) -> list[Any]:
    found: list[Any] = find(box, limit=10_000)["messages"]
    return found


@pytest.fixture(scope="module")
def campaign(everything: list[Any]) -> str:
    return str(next(one["job"] for one in everything if one["recipient"].startswith("44794")))


SEARCHES: list[dict[str, Any]] = [
    {},
    {"recipient": OWN},
    {"recipient": "447940001234"},
    {"recipient": "4479400012"},
    {"recipient": "234"},
    {"recipient": "4"},
    {"recipient": "@EXAMPLE.com"},
    {"recipient": "nobody@example.org"},
    {"recipient": "lATE7-55@"},
    {"recipient": "234", "provider": "rcs", "channel": "rcs"},
    {"recipient": "234", "until": NOON},
    {"since": NOON},
    {"since": LATER},
    {"until": NOON},
    {"until": "2026-03-15T14:29:59.999Z"},
    {"since": NOON, "until": NOON},
    {"since": LATER, "recipient": "1"},
    {"since": LATER, "provider": "rcs"},
    {"provider": "rcs"},
    {"provider": "autosend"},
    {"channel": "rcs"},
    {"channel": "email", "provider": "altcraft"},
    {"status": "delivered"},
    {"status": "scheduled", "provider": "rcs"},
    {"status": "cancelled"},
    {"job": "autosend/campaign/60d5ec49f1b2c72d9c8b4567"},
    {"job": "CAMPAIGN"},
    {"job": "CAMPAIGN", "status": "delivered"},
    {"job": "CAMPAIGN", "recipient": "2599"},
    {"job": "rcs/campaign/99999"},
]


def matches(message: Any, wanted: dict[str, Any]) -> bool:
    tests: dict[str, Callable[[str], bool]] = {
        "recipient": lambda text: text.casefold() in message["recipient"].casefold(),
        "since": lambda time: message["created_at"] >= time,
        "until": lambda time: message["created_at"] <= time,
    }
    return all(
        tests[name](value) if name in tests else message[name] == value for name, value in wanted.items()
    )


@pytest.mark.slow
@pytest.mark.parametrize("wanted", SEARCHES, ids=str)
@pytest.mark.parametrize("place", ["all", "after the campaign began", "after the last part"])
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_search_finds_what_looking_at_each_finds(
    box: Sandbox, everything: list[Any], campaign: str, wanted: dict[str, Any], place: str, order: str
) -> None:
    wanted = {name: campaign if value == "CAMPAIGN" else value for name, value in wanted.items()}
    after = {"all": 0, "after the campaign began": everything[700]["id"]}.get(place, everything[-40]["id"])
    expected = [one for one in everything if one["id"] > after and matches(one, wanted)]
    found = find(box, after=after, order=order, limit=150, **wanted)
    assert found["total"] == len(expected)
    assert found["messages"] == (expected if order == "oldest" else expected[::-1])[:150]


@pytest.mark.slow
def test_what_is_sent_later_is_found_too(box: Sandbox) -> None:
    mine = box.http.post("/_emulator/sandboxes", json={"name": "later", "seed": 1, "clock": "frozen"})
    later = Sandbox(box.http, mine.json())
    assert find(later, recipient=OWN)["total"] == 0
    for number in range(11):
        send_mails(later, [f"n{number}-{one}@example.net" for one in range(100)])
        assert find(later, recipient=f"N{number}-99@example.net")["total"] == 1
    send(later, "own")
    assert find(later, recipient=OWN)["total"] == 1
    assert find(later, recipient="n1-99@")["total"] == 1


PLANNED = [
    *SEARCHES,
    {"id": "CAMPAIGN ID"},
    {"id": "447940001234"},
    {"id": "last"},
    {"recipient": OWN, "latest": "true"},
    {"text": "no such text"},
]

COUNTED = "SCAN message USING COVERING INDEX"
"""The step by which SQLite counts all messages, in the smallest index."""


@pytest.mark.slow
@pytest.mark.parametrize("wanted", PLANNED, ids=str)
def test_no_search_reads_or_sorts_all_messages(
    big: Emulator, box: Sandbox, campaign: str, wanted: dict[str, Any]
) -> None:
    names = {"CAMPAIGN": campaign, "CAMPAIGN ID": campaign.rpartition("/")[2]}
    find(box, limit=10, **{name: names.get(value, value) for name, value in wanted.items()})
    steps = plans(big, box, {name: names.get(value, value) for name, value in wanted.items()})
    assert any("message" in step for step in steps)
    slow = [step for step in steps if step.startswith(("SCAN message", "SCAN status_change", "USE TEMP"))]
    assert [step for step in slow if not step.startswith(COUNTED)] == []


@pytest.mark.parametrize("wanted", [{"status": "delivered"}, {"recipient": OWN, "status": "delivered"}])
def test_a_wait_does_not_read_the_whole_history(big: Emulator, box: Sandbox, wanted: dict[str, Any]) -> None:
    def wait() -> None:
        body = {"message": wanted, "count": 1}
        answer = box.control("POST", "/wait", json=body)
        assert answer.status_code == 200, answer.text

    steps = traced(big, box, wait)
    assert any("status_change" in step for step in steps)
    assert [step for step in steps if step.startswith(("SCAN message", "SCAN status_change"))] == []


def plans(big: Emulator, box: Sandbox, wanted: dict[str, Any]) -> list[str]:
    return traced(big, box, lambda: find(box, limit=10, **wanted))


def traced(big: Emulator, box: Sandbox, work: Any) -> list[str]:
    """Return the steps of SQLite's plans for the queries of messages that `work` runs."""
    connection = big.world.sandboxes[box.name].store.connection
    seen = list[str]()
    big.on_the_loop(lambda: connection.set_trace_callback(seen.append))
    work()
    big.on_the_loop(lambda: connection.set_trace_callback(None))
    asked = [one for one in seen if one.lstrip().startswith("SELECT") and "message" in one]
    return big.on_the_loop(
        lambda: [row[3] for one in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    )
