"""Updatable segments: their members are the profiles that the conditions chose at the last refresh.

They are refreshed when they are made, when a recount is asked for, and, if they are set so, daily at 00:00
UTC. https://guides.altcraft.com/en/developer-guide/segments/refresh-counters.
"""

from collections.abc import Mapping
from typing import Any

from emulator.altcraft.choosing.members import change_members
from emulator.altcraft.choosing.segments import chosen_by
from emulator.altcraft.tables.choosing import Segment
from emulator.engine.back import bring_forward
from emulator.engine.clock import DAY, Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.storage.sqlite import json_text

SUBJECT = "altcraft.segment:"
EVENT = "altcraft.segment_refresh"
BEGINNING = "altcraft.segment_plan"


def refresh(turn: Turn, segment: Segment) -> None:
    """Make the profiles that an updatable segment's conditions choose now its members."""
    chosen = chosen_by(turn.session, segment, turn.meant)
    ids = [profile_id for (profile_id,) in turn.store.execute(chosen.sql, dict(chosen.parameters))]
    turn.store.execute(_LEAVE, (segment.id, json_text(ids)))
    change_members(turn, segment, ids, is_member=True)
    segment.refreshed_at = turn.now


def plan(turn: Turn, segment: Segment) -> None:
    """Plan the next refresh of a segment that is refreshed daily; cancel that of any other segment."""
    forget(turn, segment)
    if segment.kind == "updatable" and segment.is_refreshed_daily:
        turn.schedule(_next(turn), EVENT, f"{SUBJECT}{segment.id}", rows=MANY_ROWS)


def plan_from_beginning(turn: Turn, segment: Segment) -> None:
    """Plan the first refresh of a fixture's segment for when a sandbox's own time has begun.

    Due events of a template are shifted with each sandbox's clock, so midnight can not be planned in it.
    """
    if segment.is_refreshed_daily:
        turn.schedule(turn.now + 1, BEGINNING, f"{SUBJECT}{segment.id}")


def go_back(turn: Turn, was: Millis) -> None:
    """Plan daily refreshes for the next midnight after the clock was set back."""
    bring_forward(turn, _next(turn), [EVENT])
    bring_forward(turn, turn.now + 1, [BEGINNING])


def _next(turn: Turn) -> Millis:
    return (turn.now // DAY + 1) * DAY


def forget(turn: Turn, segment: Segment) -> None:
    turn.cancel(f"{SUBJECT}{segment.id}")


def events() -> dict[str, Handler]:
    return {EVENT: _on_refresh, BEGINNING: _on_beginning}


def _on_refresh(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    segment = _segment(turn, about)
    refresh(turn, segment)
    plan(turn, segment)


def _on_beginning(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    plan(turn, _segment(turn, about))


def _segment(turn: Turn, about: str) -> Segment:
    return turn.session.get_one(Segment, int(about.removeprefix(SUBJECT)))


_LEAVE = """
    UPDATE altcraft_segment_member SET is_member = 0
    WHERE segment_id = ? AND is_member AND profile_id NOT IN (SELECT value FROM json_each(?))
"""
