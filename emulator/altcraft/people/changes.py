"""What happens to people, for everything that hears of it: their history, and what starts by it.

Triggers and scenarios start by changes. A request with `skip_triggers` makes the same changes, and they stand
in the history as silent ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text


class Change(NamedTuple):
    """Something that happened to a profile."""

    profile_id: str
    action: str
    """`import`, `update`, `subscribe`, `ordered`, as the history names it."""
    subscription_id: int | None = None
    details: Mapping[str, Any] = {}
    """`fields` that were changed; what of a subscription is new: `channel`, `contact`, `sub`, `status`."""


def record(turn: Turn, changes: Iterable[Change], *, is_silent: bool = False) -> None:
    """Write changes into the history of their profiles; nothing starts by those that are silent."""
    turn.store.execute_many(
        _RECORD,
        (
            (one.profile_id, one.action, turn.now, one.subscription_id, json_text(one.details), is_silent)
            for one in changes
        ),
    )


_RECORD = """
    INSERT INTO altcraft_past (profile_id, action, at, subscription_id, details, is_silent)
    VALUES (?, ?, ?, ?, ?, ?)
"""
