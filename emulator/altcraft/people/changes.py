"""What happens to people, for everything that hears of it: their history, and what starts by it.

Triggers and scenarios start by changes. A request with `skip_triggers` makes the same changes, and they stand
in the history as silent ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text


class Change(NamedTuple):
    """Something that happened to a profile."""

    profile_id: str
    action: str
    """`import`, `update`, `subscribe`, `goal`, as the history names it."""
    subscription_id: int | None = None
    details: Mapping[str, Any] = {}
    """`fields` that were changed; what of a subscription is new: `channel`, `contact`, `sub`, `status`."""
    at: Millis | None = None
    """When it happened; None for now."""


def record(turn: Turn, changes: Iterable[Change], *, is_silent: bool = False) -> None:
    """Write changes into the history of their profiles; nothing starts by those that are silent."""
    rows = (
        (
            one.profile_id,
            one.action,
            turn.now if one.at is None else one.at,
            one.subscription_id,
            json_text(one.details),
            is_silent,
        )
        for one in changes
    )
    turn.store.execute_many(_RECORD, rows)


_RECORD = """
    INSERT INTO altcraft_past (profile_id, action, at, subscription_id, details, is_silent)
    VALUES (?, ?, ?, ?, ?, ?)
"""
