"""Profiles that join and leave static segments: their history, and what may start by it."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import delay, graph, states
from tests.altcraft.test_segments import ANN, added, by_hand, count, item, move, profile, rule
from tests.altcraft.test_trigger_launches import made, recipients
from tests.altcraft.test_triggers import TRIGGER


def test_what_changes_nothing_is_no_event(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    for to in ("remove", "add", "add", "remove", "remove"):
        move(altcraft, segment, to=to)
    move(altcraft, segment, skip_triggers=True)
    assert moves(altcraft, segment) == [("entered", 0), ("left", 0), ("entered", 1)]
    assert count(altcraft, segment) == 1


def moves(altcraft: Altcraft, segment: int) -> list[tuple[str, int]]:
    """Return the history's entries about a segment: the action, and whether it was silent."""
    return altcraft.emulator.query(MOVES, profile(altcraft), segment)


MOVES = """
    SELECT action, is_silent FROM altcraft_past
    WHERE profile_id = ? AND action IN ('entered', 'left') AND json_extract(details, '$.segment_id') = ?
"""


def test_a_profile_that_is_written_into_segments_comes_and_goes(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    written: dict[str, Any] = {
        "db_id": 1,
        "matching": "profile_id",
        "profile_id": profile(altcraft),
        "data": {},
    }
    altcraft.call("/profiles/update", **written, add_to_segments=[segment])
    altcraft.call("/profiles/update", **written, remove_from_segments=[segment], skip_triggers=True)
    assert moves(altcraft, segment) == [("entered", 0), ("left", 1)]


def test_the_history_of_a_profile_shows_its_segments(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    move(altcraft, segment)
    move(altcraft, segment, to="remove", skip_triggers=True)
    rows = altcraft.data("/subscribers/history_get", list_id=1, email=ANN)
    assert [row["action"] for row in rows if row.get("segment_id") == segment] == ["entered", "left"]


@pytest.mark.parametrize(("action", "starts"), [("entered", [1, 1]), ("left", [0, 1])])
def test_who_comes_or_goes_starts_a_trigger(altcraft: Altcraft, action: str, starts: list[int]) -> None:
    segment, other = by_hand(altcraft), by_hand(altcraft)
    trigger = made(altcraft, trigger_type="action", action=action, segment_id=segment)
    for to in ("add", "remove"):
        move(altcraft, other, to=to)
    assert recipients(altcraft, trigger) == []
    seen = []
    for to in ("add", "remove"):
        move(altcraft, segment, to=to)
        seen.append(len(recipients(altcraft, trigger)))
    assert seen == starts


@pytest.mark.parametrize(("action", "to"), [("entered", "add"), ("left", "remove")])
def test_nothing_starts_by_a_silent_move(altcraft: Altcraft, action: str, to: str) -> None:
    segment = by_hand(altcraft)
    if to == "remove":
        move(altcraft, segment)
    trigger = made(altcraft, trigger_type="action", action=action, segment_id=segment)
    move(altcraft, segment, to=to, skip_triggers=True)
    assert recipients(altcraft, trigger) == []


def test_a_profile_that_is_written_into_a_segment_starts_a_trigger(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    trigger = made(altcraft, trigger_type="action", action="entered", segment_id=segment)
    altcraft.answer("/profiles/import", db_id=1, email=ANN, data={}, add_to_segments=[segment])
    assert recipients(altcraft, trigger) == [ANN]


def test_who_comes_into_a_segment_enters_a_scenario(altcraft: Altcraft) -> None:
    segment, other = by_hand(altcraft), by_hand(altcraft)
    entering = {"action": "entered", "segment_id": segment}
    start = {"name": "In", "type": "start", "starts_by": "action", "reacts_to": entering, "resource_id": 0}
    graph(altcraft, start | {"next": "Wait"}, delay(), reacts=True)
    for number, entered in ((other, []), (segment, [("Wait", "inside")])):
        move(altcraft, number)
        altcraft.advance("1s")
        assert states(altcraft) == entered


def test_a_trigger_shows_the_segment_that_it_waits_for(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    trigger = made(altcraft, trigger_type="action", action="left", segment_id=segment)
    shown = altcraft.data("/campaigns/triggers/get", id=trigger)
    assert (shown["action"], shown["segment_id"]) == ("left", segment)
    opened = TRIGGER | {"id": trigger, "trigger_type": "action", "action": "open"}
    altcraft.data("/campaigns/triggers/update/", **opened)
    assert "segment_id" not in altcraft.data("/campaigns/triggers/get", id=trigger)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({}, (400, "Incorrect request: segment_id: Field required")),
        ({"segment_id": 99}, (404, "Object not found: segment 99")),
        ({"segment_id": 16}, (400, "Incorrect request: segment_id: segment 16 is not static")),
        ({"segment_id": 15}, (400, "Incorrect request: segment_id: segment 15 is not static")),
        ({"segment_id": 7}, (400, "Incorrect request: segment_id: segment 7 is not of database 1")),
    ],
)
def test_a_segment_that_nobody_enters_is_refused(
    altcraft: Altcraft, said: dict[str, Any], refusal: tuple[int, str]
) -> None:
    settings = TRIGGER | {"trigger_type": "action", "action": "entered"} | said
    assert altcraft.refused("/campaigns/triggers/add/", **settings) == refusal


def test_rules_ask_who_came_into_a_segment(altcraft: Altcraft) -> None:
    segment, other = by_hand(altcraft), by_hand(altcraft)
    move(altcraft, segment)
    move(altcraft, other, "bob+opened@example.com")
    came, left = (rule("action", "exist", action, segment_id=segment) for action in ("entered", "left"))
    anywhere = rule("action", "exist", "entered")
    assert [count(altcraft, added(altcraft, item(one))) for one in (came, left, anywhere)] == [1, 0, 2]


def test_a_segment_that_an_active_trigger_waits_for_is_in_use(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    trigger = made(altcraft, trigger_type="action", action="entered", segment_id=segment)
    refusal = (400, f"Incorrect request: segment {segment} is in use")
    assert altcraft.refused("/segments/delete", id=segment) == refusal
    altcraft.data("/campaigns/deactivate", id=trigger)
    altcraft.data("/segments/delete", id=segment)


def test_a_segment_that_an_active_scenario_starts_by_is_in_use(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    leaving = {"action": "left", "segment_id": segment}
    start = {"name": "In", "type": "start", "starts_by": "action", "reacts_to": leaving, "resource_id": 0}
    graph(altcraft, start, reacts=True)
    refusal = (400, f"Incorrect request: segment {segment} is in use")
    assert altcraft.refused("/segments/delete", id=segment) == refusal
