"""The members of static and updatable segments."""

from collections.abc import Sequence

from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.tables.choosing import Segment
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text


def change_members(turn: Turn, segment: Segment, profile_ids: Sequence[str], *, is_member: bool) -> list[str]:
    """Add profiles to a segment, or remove them; return the profiles whose membership changed."""
    statement = _ENTER if is_member else _LEAVE
    rows = turn.store.execute(statement, (segment.id, json_text(list(profile_ids)))).fetchall()
    changed = {profile_id for (profile_id,) in rows}
    return [profile_id for profile_id in dict.fromkeys(profile_ids) if profile_id in changed]


def move_members(
    turn: Turn, segment: Segment, profile_ids: Sequence[str], *, is_member: bool, is_silent: bool
) -> None:
    """Add or remove profiles as `change_members` does, and record it in their histories."""
    action = "entered" if is_member else "left"
    changed = change_members(turn, segment, profile_ids, is_member=is_member)
    changes = (Change(one, action, details={"segment_id": segment.id}) for one in changed)
    record(turn, changes, is_silent=is_silent)


_ENTER = """
    INSERT INTO altcraft_segment_member (segment_id, profile_id, is_member)
    SELECT ?, value, 1 FROM json_each(?) WHERE true
    ON CONFLICT DO UPDATE SET is_member = 1 WHERE NOT is_member
    RETURNING profile_id
"""
_LEAVE = """
    UPDATE altcraft_segment_member SET is_member = 0
    WHERE segment_id = ? AND is_member AND profile_id IN (SELECT value FROM json_each(?))
    RETURNING profile_id
"""
