"""What needs segments, templates, virtual senders and mailings: active mailings and scenarios above all.

A trigger that was deactivated still sends what has waited before: it reads its template then.
"""

from sqlmodel import Session, select

from emulator.altcraft.choosing.rules import referenced
from emulator.altcraft.starts import STARTED
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import ACTIVE, Mailing
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


def is_template_used(session: Session, template_id: int) -> bool:
    """Return whether an active mailing sends a template, one of an active scenario, or a start that waits."""
    return look_up(session, _SENDING, (template_id, ACTIVE, STARTED)).fetchone() is not None


def is_virtual_sender_used(session: Session, sender_id: int) -> bool:
    """Return whether an active mailing is sent by a virtual sender, one of an active scenario, or a start."""
    return look_up(session, _SENT_BY, (sender_id, ACTIVE, STARTED)).fetchone() is not None


def is_in_scenario(session: Session, mailing: Mailing) -> bool:
    """Return whether an active scenario sends a mailing."""
    return bool(look_up(session, f"SELECT ? IN ({_OF_SCENARIOS})", (mailing.id,)).fetchone()[0])


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
_OF_SCENARIOS = """
    SELECT json_extract(node.value, '$.mailing')
    FROM altcraft_scenario AS scenario, json_each(scenario.nodes) AS node
    WHERE scenario.state = 'active' AND json_extract(node.value, '$.type') = 'campaign'
"""
_IS_NEEDED = f"""(
    mailing.state IN (SELECT value FROM json_each(?)) OR mailing.id IN ({_OF_SCENARIOS})
    OR 'altcraft.mailing:' || mailing.id IN (SELECT subject FROM due_event WHERE name = ?)
    OR mailing.id IN (SELECT mailing_id FROM altcraft_held_start)
)"""
_SENDING = f"""
    SELECT 1 FROM altcraft_mailing AS mailing, json_each(mailing.content) AS item
    WHERE json_extract(item.value, '$.message_id') = ? AND {_IS_NEEDED} LIMIT 1
"""
_SENT_BY = f"""
    SELECT 1 FROM altcraft_mailing AS mailing WHERE mailing.virtual_sender_id = ? AND {_IS_NEEDED} LIMIT 1
"""
