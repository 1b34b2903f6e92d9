"""A set of profiles, as a part of a SQL statement."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emulator.storage.sqlite import json_text


class Selected(NamedTuple):
    """A SELECT of the ids of profiles, with its parameters by name."""

    sql: str
    parameters: Mapping[str, Any] = {}


def those(profile_ids: Sequence[str]) -> Selected:
    """Return the set of some profiles."""
    return Selected("SELECT value FROM json_each(:those)", {"those": json_text(list(profile_ids))})


NOBODY = Selected("SELECT id FROM altcraft_profile WHERE 0")
