"""Who comes into static segments and leaves them: the history tells, and whether anything may start by it."""

from typing import Any

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_segments import by_hand, count, move, profile


def test_what_changes_nothing_is_no_event(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    for to in ("remove", "add", "add", "remove", "remove"):
        move(altcraft, segment, to=to)
    move(altcraft, segment, skip_triggers=True)
    assert moves(altcraft) == [("entered", segment, 0), ("left", segment, 0), ("entered", segment, 1)]
    assert count(altcraft, segment) == 1


def moves(altcraft: Altcraft) -> list[tuple[str, int, int]]:
    """Return what the history has of segments: what happened, in which, and whether silently."""
    columns = "action, json_extract(details, '$.segment_id'), is_silent"
    past = f"SELECT {columns} FROM altcraft_past WHERE profile_id = ? AND action IN ('entered', 'left')"  # noqa: S608 -- our own words
    return altcraft.emulator.query(past, profile(altcraft))


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
    assert moves(altcraft) == [("entered", segment, 0), ("left", segment, 1)]
