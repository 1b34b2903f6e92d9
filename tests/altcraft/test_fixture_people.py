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


@pytest.mark.parametrize(("raises", "shown"), [(False, [0, 1, 2]), (True, [1, 2, 0])])
def test_subscriptions_of_a_profile_have_priorities_in_turn(
    box: Sandbox, *, raises: bool, shown: list[int]
) -> None:
    def subscribe(account: Any) -> None:
        account["resources"][3]["raises_priority"] = raises
        account["databases"][0]["subscribe"] = [
            {"resource": 1, "channels": ["email"]},
            {"resource": 26, "channels": ["push"]},
            {"resource": 36, "channels": ["sms"]},
        ]

    assert seeded(box, subscribe).status_code == 200
    subscriptions = asked(box, "/profiles/get", db_id=1, email="ann@example.com")["subscriptions"]
    assert [one["priority"] for one in subscriptions] == shown


def test_what_is_wrong_with_the_value_of_a_generated_field_is_told(box: Sandbox) -> None:
    def generate(*values: Any) -> Any:
        people = {"count": 3, "pattern": "g{n}@example.com", "fields": {"CRM_ID": [1, *values]}}
        return lambda account: account["databases"][0].update(generate=people)

    place = "databases.0.generate.fields.CRM_ID.1"
    answer = seeded(box, generate({"action": "incr", "value": 2}))
    assert f"{place}: is to change a value, and there is none" in answer.text
    assert f'{place}: with field \\"CRM_ID\\": Incorrect field' in seeded(box, generate("one")).text


@pytest.mark.parametrize("again", ["ann@example.com", "Ann@Example.com", " ann@example.com"])
def test_a_repeated_pair_is_named(box: Sandbox, again: str) -> None:
    pairs = [{"a": one, "b": "bob+opened@example.com"} for one in ("ann@example.com", again)]
    relation = {"id": 1, "name": "R", "database_a": 1, "database_b": 1, "pairs": pairs}
    answer = seeded(box, relations=[relation])
    assert "relations.0.pairs.1: the same two are there before" in answer.text


def test_properties_of_relations_are_read_as_requests_have_them(box: Sandbox) -> None:
    def related(**weights: Any) -> Any:
        pair = {"a": "ann@example.com", "b": "bob+opened@example.com", "weights": weights}
        relation = {"id": 1, "name": "R", "database_a": 1, "database_b": 1, "pairs": [pair]}
        return seeded(box, relations=[relation])

    assert related(visits="12", is_friend="true", note="x", nothing="").status_code == 200
    (shown,) = asked(box, "/relations/get", rel_id=1, email="ann@example.com")
    values = {name: one["value"] for name, one in shown["props"].items()}
    assert values == {"visits": 12, "is_friend": True, "note": "x"}
    assert "relations.0.pairs.0.weights.visits: is out of range" in related(visits=2**63).text


def test_the_history_tells_of_subscriptions_and_segments(box: Sandbox) -> None:
    def generate(account: Any) -> None:
        account["databases"][0]["generate"] = {"count": 1, "pattern": "customer{n}@example.com"}

    people = ["ann@example.com", "customer1@example.com"]
    segment = {"id": 9, "name": "S", "database": 1, "profiles": [*people, "Ann@example.com"]}
    assert seeded(box, generate, segments=[segment]).status_code == 200
    period = {"list_id": 1, "date_from": "2020-01-01", "date_to": "2030-01-01"}
    ann, generated = (asked(box, "/subscribers/history_get", email=one, **period) for one in people)
    assert [one["action"] for one in ann] == ["import", "subscribe", "entered"]
    assert ann[1]["subscription"]["email"] == "ann@example.com"
    assert ann[2]["segment_id"] == 9
    assert generated == []
