"""Deleting people, with all that hangs on them. Their messages stay: they were sent."""

from collections.abc import Sequence

from emulator.altcraft.people.history import count_actions
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text


def delete_profiles(turn: Turn, profile_ids: Sequence[str]) -> tuple[int, int]:
    """Delete profiles with their subscriptions, segments, scenarios, relations, loyalty data and history.

    Return how many entries of histories and how many profiles were deleted.
    """
    actions = count_actions(turn.session, profile_ids)
    ids = (json_text(list(profile_ids)),)
    for statement in _DELETIONS:
        turn.store.execute(statement, ids)
    return actions, turn.store.execute(_DELETE, ids).rowcount


_DELETIONS = (
    "DELETE FROM altcraft_subscription WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_phone_number WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_segment_member WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_passage WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_past WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_sent WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_sent_copy WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_related WHERE profile_a IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_related WHERE profile_b IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_promo_attachment WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_loyalty_member WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_reached_tier WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_points_account WHERE profile_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM altcraft_points_transaction WHERE profile_id IN (SELECT value FROM json_each(?))",
)
_DELETE = "DELETE FROM altcraft_profile WHERE id IN (SELECT value FROM json_each(?))"
