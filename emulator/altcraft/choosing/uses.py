"""Uses of segments, templates, virtual senders and mailings, which must not be deleted while they are used.

Active mailings and scenarios use them, and so do the waiting starts of a deactivated trigger.
"""

from sqlmodel import Session, select

from emulator.altcraft.choosing.rules import referenced
from emulator.altcraft.starts import STARTED
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import ACTIVE, Mailing
from emulator.storage.session import look_up


def is_segment_used(session: Session, segment_id: int) -> bool:
    """Return whether an active mailing, scenario or run uses a segment, directly or by others' rules."""
    named = {one.id: referenced(one.items) for one in session.exec(select(Segment))}
    needed = set[int]()
    found = {number for (number,) in look_up(session, _SOURCES, {"active": ACTIVE})}
    while found:
        needed |= found
        found = set[int]().union(*(named.get(number, ()) for number in found)) - needed
    return segment_id in needed


def is_template_used(session: Session, template_id: int) -> bool:
    """Return whether a mailing that is active, in an active scenario or about to start sends a template."""
    return look_up(session, _SENDING, (template_id, ACTIVE, STARTED)).fetchone() is not None


def is_virtual_sender_used(session: Session, sender_id: int) -> bool:
    """Return whether such a mailing is sent by a virtual sender, as in `is_template_used`."""
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
"""The segments in use: of active mailings and current runs, of the events that start triggers, and of nodes.
NULL stands for none."""
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
