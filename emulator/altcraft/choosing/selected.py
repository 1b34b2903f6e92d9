"""A set of profiles, as a part of a SQL statement."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Selected(NamedTuple):
    """A SELECT of the ids of profiles, with its parameters by name."""

    sql: str
    parameters: Mapping[str, Any] = {}


NOBODY = Selected("SELECT id FROM altcraft_profile WHERE 0")
