"""Activates, pauses, resumes, changes and deletes automations.

https://docs.autosend.com/api-reference/automations. Inferred: a paused automation that becomes a draft keeps
its contacts.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend import criteria
from emulator.autosend.audience import find_list
from emulator.autosend.domains import sending_domain
from emulator.autosend.sending import runs
from emulator.autosend.sending.origins import origin_of
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.automations import (
    Automation,
    CannotActivateAutomation,
    EventDefinition,
    end_runs,
    move,
)
from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.engine.engine import Turn


def activate(turn: Turn, automation: Automation, action: str = "activate") -> None:
    """Activate an automation: contacts enter, and those in it continue. Raises CannotActivateAutomation."""
    move(automation, action, turn.now)
    if missing(turn.session, automation) is not None:
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
    """Delete an automation, with the runs of the contacts in it and its mails that have not left yet."""
    automation.deleted_at = turn.now
    runs.end_all(turn, automation)


def replace_steps(turn: Turn, automation: Automation, steps: list[dict[str, Any]]) -> None:
    """Replace the steps of an automation, and end the runs of contacts at a step that is gone."""
    kept = {step["stepId"] for step in steps}
    automation.steps = steps
    inside = runs.active_runs(turn.session, automation)
    end_runs(turn, [run for run in inside if run.step_id not in kept], "exited")


def set_settings(turn: Turn, automation: Automation, settings: Mapping[str, Any]) -> None:
    """Set settings of an automation; `settings` holds valid fields of AutomationSettings.

    `max_execution_days` also limits the runs under way, counted from their start: older ones end now.
    """
    automation.sqlmodel_update(dict(settings))
    automation.updated_at = turn.now
    runs.limit_time(turn, automation)


def missing(session: Session, automation: Automation) -> tuple[str | int, ...] | None:
    """Return the path of the first part that keeps an automation from being active, None if none does."""
    group, project = automation.unsubscribe_group, automation.project_id
    if not automation.steps:
        return ("steps",)
    if group and find_group(session, project, group) is None:
        return ("unsubscribe_group",)
    if not _can_be_entered(session, automation):
        return ("entry",)
    taken = [_can_be_taken(session, automation, step) for step in automation.steps]
    return None if all(taken) else ("steps", taken.index(False))


def _can_be_entered(session: Session, automation: Automation) -> bool:
    entry, project = automation.entry, automation.project_id
    named = criteria.list_of(entry)
    if named and not has_list(session, project, named):
        return False
    match entry["type"]:
        case criteria.ADDED:
            return bool(named)
        case criteria.EVENT:
            return find_event(session, project, entry["eventName"]) is not None
        case criteria.MATCHES:
            return bool(criteria.criteria_now(entry)["groups"])
        case criteria.CHANGED:
            return bool(criteria.changes(entry))
    return True


def has_list(session: Session, project_id: str, list_id: str) -> bool:
    """Return whether a project has a list or segment with this id; each has the global list."""
    return list_id == GLOBAL_LIST or find_list(session, project_id, list_id) is not None


def _can_be_taken(session: Session, automation: Automation, step: Mapping[str, Any]) -> bool:
    if step["type"] == "wait":
        return "delay" in step
    if step["type"] == "branch":
        return True
    email = step["email"]
    origin = origin_of(session, automation.project_id, email)
    if origin is None or sending_domain(session, automation.project_id, origin.email) is None:
        return False
    return "templateId" not in email or runs.template_of(session, automation.project_id, email) is not None


def find_event(session: Session, project_id: str, name: str) -> EventDefinition | None:
    """Return the event that a project has declared under a name, or None."""
    statement = select(EventDefinition).where(
        EventDefinition.project_id == project_id,
        EventDefinition.name == name,
        col(EventDefinition.deleted_at).is_(None),
    )
    return session.exec(statement).first()
