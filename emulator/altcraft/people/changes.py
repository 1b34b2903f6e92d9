"""What happens to people, for everything that hears of it: their history, and what starts by it.

Triggers and scenarios start by changes; a request with `skip_triggers` makes the same changes silently.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text


class Change(NamedTuple):
    """Something that happened to a profile."""

    profile_id: str
    action: str
    """`import`, `update`, `subscribe`, as the history names it."""
    subscription_id: int | None = None
    details: Mapping[str, Any] = {}
    """`fields` that were changed; what of a subscription is new: `channel`, `contact`, `sub`, `status`."""


def record(turn: Turn, changes: list[Change]) -> None:
    """Write changes into the history of their profiles."""
    turn.store.execute_many(
        "INSERT INTO altcraft_past (profile_id, action, at, subscription_id, details) VALUES (?, ?, ?, ?, ?)",
        (
            (change.profile_id, change.action, turn.now, change.subscription_id, json_text(change.details))
            for change in changes
        ),
    )
