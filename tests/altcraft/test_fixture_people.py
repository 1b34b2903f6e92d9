"""People of a fixture are found by their e-mails, however these are written."""

from typing import Any

import pytest

from tests.altcraft.seeds import asked, seeded
from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen")


@pytest.mark.parametrize("members", [{"profiles": ["Ann@Example.com "]}, {"generate": {"count": 2}}])
def test_a_segment_has_whom_it_names(box: Sandbox, members: dict[str, Any]) -> None:
    if "generate" in members:
        members["generate"]["pattern"] = "CUSTOMER{n}@example.com"

    def generate(account: Any) -> None:
        account["databases"][0]["generate"] = {"count": 5, "pattern": "Customer{n}@example.com"}

    segment = {"id": 9, "name": "S", "database": 1} | members
    assert seeded(box, generate, segments=[segment]).status_code == 200
    expected = members["generate"]["count"] if "generate" in members else 1
    assert asked(box, "/segments/get", id=9)["count"] == expected


def test_a_segment_is_refreshed_at_midnight_whenever_its_sandbox_begins(emulator: Emulator) -> None:
    box = emulator.sandbox(fixtures="empty", clock="real")
    refresh_daily(box)
    box.control("POST", "/clock", json={"freeze": True, "advance": "1s"})
    for _ in range(2):
        answer = box.control("POST", "/clock", json={"next_event": True}).json()
        assert answer["now"].endswith("T00:00:00.000Z")
        assert [event["event"] for event in answer["events"]] == ["altcraft.segment_refresh"]


def test_a_segment_is_refreshed_at_midnight_where_the_clock_is_set_back_at_once(box: Sandbox) -> None:
    refresh_daily(box)
    box.control("POST", "/clock", json={"set": "2026-03-08T10:00:00Z"})
    fired = box.control("POST", "/clock", json={"set": "2026-03-09T00:00:00Z"}).json()["events"]
    refreshed = [event["at"] for event in fired if event["event"] == "altcraft.segment_refresh"]
    assert refreshed == ["2026-03-09T00:00:00.000Z"]


def refresh_daily(box: Sandbox) -> None:
    """Seed a sandbox with a segment that is refreshed daily."""
    city = {"type": "unicode", "operator": "exist", "name": "_city", "value": []}
    settled = {"list_id": 1, "condition": "and", "queries": [city]}
    segment = {"id": 9, "name": "S", "kind": "updatable", "refreshed_daily": True, "items": [settled]}
    assert seeded(box, segments=[segment]).status_code == 200


def test_whoever_is_written_out_is_not_generated_again(box: Sandbox) -> None:
    def generate(account: Any) -> None:
        account["databases"][0]["profiles"] += [
            "Customer1@Example.com",
            {"data": {"email": "Customer2@example.com"}},
        ]
        account["databases"][0]["generate"] = {"count": 3, "pattern": "customer{n}@example.com"}

    assert seeded(box, generate).status_code == 200
    assert asked(box, "/databases/wipe", id=1)["count_profile"] == 4 + 3


def test_relations_and_members_are_those_whom_they_name(box: Sandbox) -> None:
    def join(account: Any) -> None:
        program = account["loyalty_programs"][0]
        program["members"] = [{"profile": "Ann@Example.com"}]
        program["codes"] = [{"code": "C", "attached": ["ANN@example.com"]}]

    pair = {"a": "Ann@example.com", "b": "BOB+opened@example.com"}
    relation = {"id": 1, "name": "R", "database_a": 1, "database_b": 1, "pairs": [pair]}
    assert seeded(box, join, relations=[relation]).status_code == 200
