"""Lets contacts into automations, and out of them, when they change, join lists or have events.

https://docs.autosend.com/automations/create: a contact enters an active automation when a change makes it
meet the entry criteria, not if it met them before. With the exit criteria `entry_criteria_no_longer_met` it
leaves at once when it no longer meets them (changelog of 2025-12-29), also while the automation is paused
(inferred).

Contacts that change together are checked together, by a few statements for each automation; if no automation
reacts to changes, by one statement in all.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from emulator.autosend.criteria import (
    ADDED,
    CHANGED,
    CREATED,
    EVENT,
    MATCHES,
    NO_LONGER_MET,
    SCOPED,
    changes,
    is_any_enough,
    list_of,
)
from emulator.autosend.filters import condition
from emulator.autosend.sending import runs
from emulator.autosend.tables.automations import Automation, Run, end_runs
from emulator.autosend.tables.contacts import Contact, ContactList
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

Ways: TypeAlias = Sequence[tuple[Sequence[str], ColumnElement[bool]]]
"""Ways into an automation: the ids of contacts, who enter if they meet the condition after the change."""


@dataclass(frozen=True)
class Watched:
    """Contacts of a project that are about to change, and the automations that the change may concern."""

    contact_ids: Sequence[str]
    automations: Sequence[Automation]
    ways: Mapping[str, Ways]
    """The ways into active automations, by the automation's id."""


def watch(turn: Turn, project_id: str, contact_ids: Sequence[str]) -> Watched:
    """Return which ways into automations a change of these contacts may open. Call it before the change."""
    session = turn.session
    found = _automations(session, _WATCHING, project_id)
    ways = {one.id: _ways(session, one, contact_ids) for one in found if one.status == "active"}
    return Watched(contact_ids, found, ways)


def changed(turn: Turn, watched: Watched) -> None:
    """Let changed contacts leave and enter automations; `watched` comes from `watch`, before the change."""
    _let_all_out(turn, watched.automations, watched.contact_ids)
    for automation in watched.automations:
        ways = watched.ways.get(automation.id, ())
        entering = {
            contact_id for waiting, opened in ways for contact_id in _matching(turn.session, waiting, opened)
        }
        runs.begin(turn, automation, [one for one in watched.contact_ids if one in entering])


def property_deleted(turn: Turn, project_id: str, contact_ids: Sequence[str]) -> None:
    """Let contacts that have lost a property leave automations. Nobody enters: no contact was updated."""
    _let_all_out(turn, _automations(turn.session, _WATCHING, project_id), contact_ids)


def has_watchers(session: Session, project_id: str) -> bool:
    """Return whether changes of a project's contacts may concern an automation."""
    return bool(look_up(session, _WATCHING, (project_id,)).fetchone())


def list_deleted(turn: Turn, one: ContactList) -> None:
    """End all runs of the automations on a deleted list or segment whose exit criteria ask for it."""
    for automation in _automations(turn.session, _WATCHING, one.project_id):
        if automation.exit["type"] == NO_LONGER_MET and list_of(automation.entry) == one.id:
            runs.end_all(turn, automation)


def contact_created(turn: Turn, contact: Contact) -> None:
    """Let a new contact enter the automations that new contacts start, and those whose criteria it meets."""
    for automation in _active(turn.session, contact.project_id, CREATED, ADDED, MATCHES):
        _enter(turn, automation, contact, {})


def event_sent(
    turn: Turn, project_id: str, event_name: str, contact: Contact, properties: Mapping[str, Any]
) -> None:
    """Let the contact of an event enter the automations that start with the event."""
    for automation in _active(turn.session, project_id, EVENT):
        if automation.entry.get("eventName") == event_name:
            _enter(turn, automation, contact, properties)


def contact_deleted(turn: Turn, contact: Contact) -> None:
    """End the runs of a contact in all automations, because the contact is deleted."""
    inside = look_up(turn.session, _UNDER_WAY, (contact.id,)).fetchall()
    end_runs(turn, [turn.session.get_one(Run, number) for (number,) in inside], "exited")


def _enter(turn: Turn, automation: Automation, contact: Contact, properties: Mapping[str, Any]) -> None:
    meets = runs.meets(turn.session, automation, runs.event_of(automation, properties))
    runs.begin(turn, automation, _matching(turn.session, [contact.id], meets), properties)


def _ways(session: Session, automation: Automation, contact_ids: Sequence[str]) -> Ways:
    """Return the ways into an automation that a coming change may open to contacts.

    Contacts outside of the list or segment may join it; those that do not meet the criteria may come to meet
    them. Of several properties that are to change, each is a way of its own if one change is enough.
    """
    entry, scope = automation.entry, runs.scope(session, automation)
    meets = runs.meets(session, automation, runs.event_of(automation, {}))
    if entry["type"] == ADDED:
        return [(_matching(session, contact_ids, ~scope), meets)]
    if entry["type"] == MATCHES:
        return [(_matching(session, contact_ids, ~meets), meets)]
    if entry["type"] != CHANGED:
        return []
    steps = [(and_(condition(old), ~condition(new)), condition(new)) for old, new in changes(entry)]
    if is_any_enough(entry):
        return [(_matching(session, contact_ids, before), and_(scope, after)) for before, after in steps]
    return [(_matching(session, contact_ids, and_(*(before for before, _ in steps))), meets)] if steps else []


def _let_all_out(turn: Turn, automations: Sequence[Automation], contact_ids: Sequence[str]) -> None:
    for automation in automations:
        if automation.exit["type"] == NO_LONGER_MET:
            _let_out(turn, automation, contact_ids)


def _let_out(turn: Turn, automation: Automation, contact_ids: Sequence[str]) -> None:
    """End the runs of those of the contacts that no longer meet the entry criteria."""
    together = defaultdict[str, list[Run]](list)
    for run in runs.runs_of(turn.session, automation, contact_ids):
        together[json_text(run.event_properties)].append(run)
    for inside in together.values():
        event = runs.event_of(automation, inside[0].event_properties)
        meets = runs.meets(turn.session, automation, event)
        staying = set(_matching(turn.session, [run.contact_id for run in inside], meets))
        end_runs(turn, [run for run in inside if run.contact_id not in staying], "exited")


def _matching(session: Session, contact_ids: Sequence[str], holds: ColumnElement[bool]) -> Sequence[str]:
    """Return the ids of those of the contacts that meet a condition."""
    if not contact_ids:
        return ()
    return session.exec(select(Contact.id).where(among(col(Contact.id), contact_ids), holds)).all()


def _active(session: Session, project_id: str, *types: str) -> list[Automation]:
    """Return the active automations of a project whose entry criteria are of these types."""
    found = _automations(session, _ACTIVE, project_id)
    return [automation for automation in found if automation.entry["type"] in types]


def _automations(session: Session, statement: str, project_id: str) -> list[Automation]:
    ids = look_up(session, statement, (project_id,)).fetchall()
    return [session.get_one(Automation, number) for (number,) in ids]


_UNDER_WAY = "SELECT id FROM autosend_automation_run WHERE contact_id = ? AND state = 'active' ORDER BY id"
_ACTIVE = """
    SELECT id FROM autosend_automation
    WHERE project_id = ? AND status = 'active' AND deleted_at IS NULL ORDER BY priority, rowid
"""
_WATCHING = f"""
    SELECT id FROM autosend_automation
    WHERE project_id = ? AND deleted_at IS NULL AND (
        json_extract(exit, '$.type') = '{NO_LONGER_MET}'
        OR status = 'active' AND json_extract(entry, '$.type') IN ({", ".join(map(repr, sorted(SCOPED)))})
    ) ORDER BY priority, rowid
"""  # noqa: S608 -- our own names
"""Selects the automations that contacts may enter or leave by a change."""
