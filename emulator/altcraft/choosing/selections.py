"""Sets of profiles, as parts of SQL statements: those of a database or a segment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel import Session

from emulator.altcraft.tables.choosing import Segment


class Selected(NamedTuple):
    """A SELECT of the ids of profiles, with its parameters by name."""

    sql: str
    parameters: Mapping[str, Any] = {}


def of_database(database_id: int) -> Selected:
    return Selected(
        "SELECT id FROM altcraft_profile WHERE database_id = :in_database", {"in_database": database_id}
    )


def of_segment(session: Session, segment_id: int) -> Selected:
    """Return who is in a segment now: the members of static and updatable ones."""
    segment = session.get(Segment, segment_id)
    if segment is None:
        return NOBODY
    return Selected(
        "SELECT profile_id FROM altcraft_segment_member WHERE segment_id = :in_segment AND is_member",
        {"in_segment": segment_id},
    )


def of_source(session: Session, kind: str, number: int) -> Selected:
    """Return who is in a source: a database (`list`) or a segment."""
    return of_segment(session, number) if kind == "segment" else of_database(number)


NOBODY = Selected("SELECT id FROM altcraft_profile WHERE 0")
