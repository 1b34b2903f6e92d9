"""Sets of profiles: those of a database, of a segment, or of both."""

from sqlmodel import Session

from emulator.altcraft.choosing.segments import people_of
from emulator.altcraft.choosing.selected import NOBODY, Selected
from emulator.altcraft.tables.choosing import Segment
from emulator.engine.clock import Millis


def of_database(database_id: int) -> Selected:
    return Selected(
        "SELECT id FROM altcraft_profile WHERE database_id = :in_database", {"in_database": database_id}
    )


def of_segment(session: Session, segment_id: int, now: Millis) -> Selected:
    """Return the people in a segment now; nobody if it is deleted."""
    segment = session.get(Segment, segment_id)
    return NOBODY if segment is None else people_of(session, segment, now)


def of_source(session: Session, kind: str, number: int, now: Millis) -> Selected:
    """Return the people of a source: a database (`list`) or a segment."""
    return of_segment(session, number, now) if kind == "segment" else of_database(number)


def within(people: Selected, database_id: int) -> Selected:
    """Return the people of a set who are in a database."""
    database = of_database(database_id)
    return Selected(f"{database.sql} AND id IN ({people.sql})", {**people.parameters, **database.parameters})
