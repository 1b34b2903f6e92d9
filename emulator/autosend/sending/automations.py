"""Starts automations for contacts, and activates, pauses, resumes, changes and deletes automations.

https://docs.autosend.com/api-reference/automations. Inferred: a contact that is created with a property that
an automation waits for enters it; a paused automation that becomes a draft keeps its contacts.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend.audience import find_list, fits
from emulator.autosend.filters import condition
from emulator.autosend.sending import runs
from emulator.autosend.sending.origins import origin_of
from emulator.autosend.tables.automations import (
    Automation,
    CannotActivateAutomation,
    EventDefinition,
    Run,
    move,
)
from emulator.autosend.tables.contacts import Contact
from emulator.autosend.templates import find_template
from emulator.autosend.workflow import asks_for_changes, criteria_before, criteria_now
from emulator.engine.engine import Turn
from emulator.storage.session import look_up

MATCHES, CHANGES = "contact_property_matches_with", "contact_property_changes_from_to"


def contact_created(turn: Turn, contact: Contact) -> None:
    """Let a new contact enter the automations that new contacts start."""
    _enter(turn, _started_by(turn.session, contact.project_id, "contact_created", MATCHES), contact)


def joined_list(turn: Turn, contact: Contact, list_id: str) -> None:
    """Let a contact that was added to a list enter the automations of that list."""
    started = _started_by(turn.session, contact.project_id, "contact_added_to_list")
    _enter(turn, [one for one in started if one.entry.get("contactListId") == list_id], contact)


def could_enter(turn: Turn, contact: Contact) -> list[Automation]:
    """Return the automations whose criteria a contact may meet after a change. Call it before the change."""
    return [
        automation
        for automation in _started_by(turn.session, contact.project_id, MATCHES, CHANGES)
        if fits(turn.session, contact, condition(criteria_before(automation.entry)))
        and not fits(turn.session, contact, condition(criteria_now(automation.entry)))
    ]


def contact_changed(turn: Turn, contact: Contact, before: Collection[Automation]) -> None:
    """Let a contact enter the automations of `before`, from `could_enter`, whose criteria it meets now."""
    _enter(turn, before, contact)


def event_sent(
    turn: Turn, project_id: str, event_name: str, contact: Contact, properties: Mapping[str, Any]
) -> None:
    """Let a contact to whom an event happened enter the automations of that event."""
    started = _started_by(turn.session, project_id, "event_trigger")
    named = [one for one in started if one.entry.get("eventName") == event_name]
    _enter(turn, named, contact, properties)


def contact_deleted(turn: Turn, contact: Contact) -> None:
    """End the runs of a contact in all automations, because the contact is deleted."""
    inside = select(Run).where(Run.contact_id == contact.id, Run.state == "active")
    for run in turn.session.exec(inside).all():
        runs.end(turn, run, "exited")


def activate(turn: Turn, automation: Automation, action: str = "activate") -> None:
    """Activate an automation: contacts enter, and those in it continue. Raises CannotActivateAutomation."""
    move(automation, action, turn.now)
    if not _is_complete(turn.session, automation):
        raise CannotActivateAutomation
    automation.active_at = turn.now
    runs.go_on(turn, automation)


def resume(turn: Turn, automation: Automation) -> None:
    """Resume an automation: each contact continues after its last completed step."""
    activate(turn, automation, "resume")


def pause(turn: Turn, automation: Automation) -> None:
    """Pause an automation: no contact enters, and those in it stay at their step."""
    move(automation, "pause", turn.now)
    runs.hold(turn, automation)


def delete(turn: Turn, automation: Automation) -> None:
    """Delete an automation, and end the runs of the contacts in it."""
    automation.deleted_at = turn.now
    for run in runs.active_runs(turn.session, automation):
        runs.end(turn, run, "exited")


def replace_steps(turn: Turn, automation: Automation, steps: list[dict[str, Any]]) -> None:
    """Replace the steps of an automation, and end the runs of contacts at a step that is gone."""
    kept = {step["stepId"] for step in steps}
    automation.steps = steps
    for run in runs.active_runs(turn.session, automation):
        if run.step_id not in kept:
            runs.end(turn, run, "exited")


def _is_complete(session: Session, automation: Automation) -> bool:
    """Return whether an automation has all that it needs to be active."""
    return (
        bool(automation.steps)
        and _can_be_entered(session, automation)
        and all(_can_be_taken(session, automation, step) for step in automation.steps)
    )


def _can_be_entered(session: Session, automation: Automation) -> bool:
    entry, project = automation.entry, automation.project_id
    match entry["type"]:
        case "contact_added_to_list":
            return find_list(session, project, entry.get("contactListId", "")) is not None
        case "event_trigger":
            return find_event(session, project, entry["eventName"]) is not None
        case "contact_property_matches_with":
            return bool(criteria_now(entry)["groups"])
        case "contact_property_changes_from_to":
            return asks_for_changes(entry)
    return True


def _can_be_taken(session: Session, automation: Automation, step: Mapping[str, Any]) -> bool:
    if step["type"] == "wait":
        return "delay" in step
    if step["type"] == "branch":
        return True
    email = step["email"]
    if origin_of(session, automation.project_id, email) is None:
        return False
    named = email.get("templateId")
    return named is None or find_template(session, automation.project_id, named) is not None


def find_event(session: Session, project_id: str, name: str) -> EventDefinition | None:
    """Return the event that a project has declared under a name, or None."""
    statement = select(EventDefinition).where(
        EventDefinition.project_id == project_id,
        EventDefinition.name == name,
        col(EventDefinition.deleted_at).is_(None),
    )
    return session.exec(statement).first()


def _started_by(session: Session, project_id: str, *types: str) -> list[Automation]:
    """Return the active automations of a project whose entry criteria are of these types."""
    ids = look_up(session, _ACTIVE, (project_id,)).fetchall()
    active: list[Automation] = [session.get_one(Automation, number) for (number,) in ids]
    return [automation for automation in active if automation.entry["type"] in types]


def _enter(
    turn: Turn,
    started: Collection[Automation],
    contact: Contact,
    properties: Mapping[str, Any] | None = None,
) -> None:
    given = properties or {}
    for automation in started:
        event = {"name": automation.entry.get("eventName"), "properties": given}
        if runs.is_in(turn.session, automation, contact, event):
            runs.begin(turn, automation, contact, given)


_ACTIVE = """
    SELECT id FROM autosend_automation
    WHERE project_id = ? AND status = 'active' AND deleted_at IS NULL ORDER BY rowid
"""
