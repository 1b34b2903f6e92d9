"""The contact book in sets: members of lists, and values of contact fields."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from math import floor

from emulator import spelling
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text

NUMBER = re.compile(r"-?[0-9]{1,30}([.][0-9]{1,30})?")
DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?"
)
"""Matches a date, with or without a time, that SQLite's date functions read, too."""


def as_number(text: str) -> float | None:
    """Return the number that a text stands for; None if it is none."""
    return float(text) if NUMBER.fullmatch(text) else None


def as_second(text: str) -> int | None:
    """Return a date in seconds since 1970, in UTC if it has no zone; None if the text is no date."""
    if not DATE.fullmatch(text):
        return None
    try:
        moment = spelling.moment(text)
    except ValueError:
        return None
    # SQLite rounds to milliseconds, too.
    return floor(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), 3))


def suits(field_type: str, value: str) -> bool:
    """Return whether a field of this type (`text`, `date` or `number`) can have a value."""
    if field_type == "number":
        return as_number(value) is not None
    return field_type == "text" or as_second(value) is not None


def attach(turn: Turn, contact_ids: Sequence[int], list_ids: Sequence[int]) -> None:
    """Put every contact into every list."""
    turn.store.execute(_ATTACH, (json_text(list_ids), json_text(contact_ids)))


def detach(turn: Turn, contact_ids: Sequence[int], list_ids: Sequence[int]) -> None:
    """Take every contact out of every list."""
    turn.store.execute(_DETACH, (json_text(list_ids), json_text(contact_ids)))


def delete_contacts(turn: Turn, contact_ids: Sequence[int]) -> None:
    """Delete contacts with their values, and take them out of all lists. Their stop-list records stay."""
    for statement in _DELETIONS:
        turn.store.execute(statement, (json_text(contact_ids),))


def delete_list(turn: Turn, list_id: int) -> None:
    """Empty a list; its contacts stay in the book."""
    turn.store.execute("DELETE FROM rcs_list_member WHERE list_id = ?", (list_id,))


def delete_values(turn: Turn, field_ids: Sequence[int]) -> None:
    """Delete the values of fields from all contacts."""
    turn.store.execute(_DELETE_VALUES, (json_text(field_ids),))


def set_values(turn: Turn, contact_id: int, values: Mapping[int, str]) -> None:
    """Set values of a contact by field; an empty one is removed."""
    for field_id, value in values.items():
        if value:
            turn.store.execute(_SET_VALUE, (contact_id, field_id, value))
        else:
            turn.store.execute(_UNSET_VALUE, (contact_id, field_id))


_ATTACH = """
    INSERT OR IGNORE INTO rcs_list_member (list_id, contact_id)
    SELECT list.value, contact.value FROM json_each(?) AS list, json_each(?) AS contact
"""
_DETACH = """
    DELETE FROM rcs_list_member WHERE list_id IN (SELECT value FROM json_each(?))
    AND contact_id IN (SELECT value FROM json_each(?))
"""
_DELETIONS = (
    "DELETE FROM rcs_list_member WHERE contact_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM rcs_contact_value WHERE contact_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM rcs_contact WHERE id IN (SELECT value FROM json_each(?))",
)
_DELETE_VALUES = "DELETE FROM rcs_contact_value WHERE field_id IN (SELECT value FROM json_each(?))"
_SET_VALUE = "INSERT OR REPLACE INTO rcs_contact_value (contact_id, field_id, value) VALUES (?, ?, ?)"
_UNSET_VALUE = "DELETE FROM rcs_contact_value WHERE contact_id = ? AND field_id = ?"
