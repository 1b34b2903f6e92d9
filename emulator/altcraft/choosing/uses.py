"""What needs a segment: active mailings and scenarios, runs under way, and segments that they need."""

from sqlmodel import Session, select

from emulator.altcraft.choosing.rules import referenced
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import ACTIVE
from emulator.storage.session import look_up


def is_segment_used(session: Session, segment_id: int) -> bool:
    """Return whether something that is active needs a segment, or one whose rules name it, however deep."""
    named = {one.id: referenced(one.items) for one in session.exec(select(Segment))}
    needed = set[int]()
    found = {number for (number,) in look_up(session, _SOURCES, {"active": ACTIVE})}
    while found:
        needed |= found
        found = set[int]().union(*(named.get(number, ()) for number in found)) - needed
    return segment_id in needed


_SOURCES = """
    SELECT data_id FROM altcraft_mailing
    WHERE data_type = 'segment' AND state IN (SELECT value FROM json_each(:active))
    UNION SELECT run.data_id FROM altcraft_mailing AS mailing
    JOIN altcraft_run AS run ON run.job_id = mailing.job_id
    WHERE run.data_type = 'segment' AND mailing.state IN ('running', 'draining')
    UNION SELECT json_extract(reacts_to, '$.segment_id') FROM altcraft_mailing
    WHERE trigger_type = 'action' AND state IN (SELECT value FROM json_each(:active))
    UNION SELECT coalesce(
        json_extract(node.value, '$.segment'), json_extract(node.value, '$.reacts_to.segment_id')
    )
    FROM altcraft_scenario AS scenario, json_each(scenario.nodes) AS node WHERE scenario.state = 'active'
"""
"""A launch may have another source than its mailing, and goes on where that was deactivated. Triggers and
start nodes may wait for who enters a segment; what needs none is null."""
