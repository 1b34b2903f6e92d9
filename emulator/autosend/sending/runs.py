"""Runs: the progress of a contact through an automation, step by step, on the sandbox's clock.

https://docs.autosend.com/api-reference/automations. A contact enters an automation once, or with
`allowReentry` again after it has left. It leaves after the last step, when it meets the exit criteria, when
it unsubscribes (suppression.py), or after `maxExecutionDays`. Inferred: a mail that can not be sent (the
sender's domain is not verified, its template says nothing, or the contact is suppressed) is skipped; a
contact that matches no branch goes to the next step of the branch step, and one that no longer matches a
branch that applies to all of its steps goes to the step where the branch merges, or leaves.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, func, select

from emulator.autosend.audience import fits, members
from emulator.autosend.criteria import ADDED, NO_LONGER_MET, criteria_now, list_of
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.filters import CUSTOM, EVENT_PROPERTY, condition
from emulator.autosend.rendering import check_templates
from emulator.autosend.sending.delivery import CHANNEL, MAILS
from emulator.autosend.sending.mails import Addressee, send
from emulator.autosend.sending.origins import origin_of
from emulator.autosend.tables.automations import Automation, Run, end_runs
from emulator.autosend.tables.contacts import Contact
from emulator.autosend.tables.mails import Mail, Template
from emulator.autosend.templates import content_complaints, find_template, text_of
from emulator.autosend.workflow import EVENT_PROPERTY_TRIGGER, Steps, delay_of
from emulator.engine.clock import DAY, Millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.job_table import Job
from emulator.sending.messages import StatusCount
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

NOTHING: Mapping[str, Any] = {}
STEP, OUT_OF_TIME = "autosend.automation.step", "autosend.automation.out_of_time"


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of runs."""
    return {STEP: _on_step, OUT_OF_TIME: _on_out_of_time}


def begin(
    turn: Turn, automation: Automation, contact_ids: Sequence[str], properties: Mapping[str, Any] = NOTHING
) -> None:
    """Start runs of contacts in an automation, except of those in it and those that may not enter again."""
    if not contact_ids:
        return
    given = (json_text(contact_ids), automation.id, automation.allow_reentry)
    barred = {contact_id for (contact_id,) in look_up(turn.session, _BARRED, given)}
    begun = [_begin(turn, automation, one, properties) for one in contact_ids if one not in barred]
    turn.session.add_all(begun)  # after all statements: each looks through the session's new rows first


def _begin(turn: Turn, automation: Automation, contact_id: str, properties: Mapping[str, Any]) -> Run:
    run = Run(
        id=turn.ids.number("autosend.automation.run"),
        automation_id=automation.id,
        contact_id=contact_id,
        waiting_since=turn.now,
        event_properties=dict(properties),
        started_at=turn.now,
    )
    turn.schedule(_last(automation, run), OUT_OF_TIME, run.subject)
    steps = Steps(automation.steps)
    _go(turn, run, steps, steps.first)
    return run


def _last(automation: Automation, run: Run) -> Millis:
    """Return when a run ends at the latest."""
    return run.started_at + automation.max_execution_days * DAY


def limit_time(turn: Turn, automation: Automation) -> None:
    """Schedule the ends of an automation's runs by its `max_execution_days`; runs that are older end now."""
    inside = active_runs(turn.session, automation)
    for run in inside:
        turn.cancel(run.subject, OUT_OF_TIME)
        turn.schedule(max(turn.now, _last(automation, run)), OUT_OF_TIME, run.subject)
    end_runs(turn, [run for run in inside if _last(automation, run) <= turn.now], "exited")


def runs_of(session: Session, automation: Automation, contact_ids: Sequence[str]) -> Sequence[Run]:
    """Return the runs of these contacts that have not ended, and those whose last mail still waits."""
    ids = [number for (number,) in look_up(session, _INSIDE, (json_text(contact_ids), automation.id))]
    if not ids:
        return ()
    return session.exec(select(Run).where(among(col(Run.id), ids)).order_by(col(Run.id))).all()


def active_runs(session: Session, automation: Automation) -> Sequence[Run]:
    statement = select(Run).where(Run.automation_id == automation.id, Run.state == "active")
    return session.exec(statement.order_by(col(Run.id))).all()


def hold(turn: Turn, automation: Automation) -> None:
    """Keep every contact of an automation at its current step, and its mails that wait in the queue."""
    for run in active_runs(turn.session, automation):
        turn.cancel(run.subject, STEP)
    for job in _waiting(turn.session, automation, "running"):
        MAILS.hold(turn, job)


def go_on(turn: Turn, automation: Automation) -> None:
    """Let every contact of an automation continue from its current step: at once if its wait is over.

    The mails that were held leave as soon as they may be sent.
    """
    for job in _waiting(turn.session, automation, "held"):
        MAILS.start(turn, job, after=0)
    steps = Steps(automation.steps)
    for run in active_runs(turn.session, automation):
        turn.cancel(run.subject, STEP)
        _plan(turn, run, steps)


def end_all(turn: Turn, automation: Automation) -> None:
    """End the runs of all contacts in an automation, and drop its mails that wait in the queue."""
    end_runs(turn, active_runs(turn.session, automation), "exited")
    for job in _waiting(turn.session, automation, "running", "held"):
        MAILS.stop(turn, job)


def _waiting(session: Session, automation: Automation, *states: str) -> Sequence[Job]:
    """Return the jobs of an automation's mails that are in one of these states."""
    of_it = select(Job).where(Job.owner == owner(automation), Job.provider == MAILS.provider)
    return session.exec(of_it.where(col(Job.state).in_(states)).order_by(col(Job.id))).all()


def run_counts(session: Session, automations: Sequence[Automation]) -> Mapping[str, Counter[str]]:
    """Return how many contacts entered automations, by the automations' ids and the states of the runs."""
    counted = select(Run.automation_id, Run.state, func.count()).where(
        among(col(Run.automation_id), [one.id for one in automations])
    )
    found = defaultdict[str, Counter[str]](Counter)
    for automation_id, state, number in session.exec(counted.group_by(Run.automation_id, Run.state)):
        found[automation_id][state] = number
    return found


def mail_counts(session: Session, automations: Sequence[Automation]) -> Mapping[str, Counter[str]]:
    """Return how many mails of automations ever had each status, by the automations' ids.

    Opens and clicks that are not tracked are left out.
    """
    ids = {owner(one): one.id for one in automations}
    counted = (
        select(Job.owner, StatusCount.status, func.sum(StatusCount.ever))
        .join(Job, col(Job.id) == StatusCount.job_id)
        .join(Mail, col(Mail.job_id) == StatusCount.job_id)
        .where(among(Job.owner, list(ids)), StatusCount.channel == CHANNEL)
        .where(or_(col(StatusCount.status) != "opened", col(Mail.tracking_open)))
        .where(or_(col(StatusCount.status) != "clicked", col(Mail.tracking_click)))
        .group_by(Job.owner, StatusCount.status)
    )
    found = defaultdict[str, Counter[str]](Counter)
    for name, status, number in session.exec(counted):
        found[ids[name]][status] = number
    return found


def scope(session: Session, automation: Automation) -> ColumnElement[bool]:
    """Return the SQL condition that a contact is in the list or segment that an automation is about."""
    named = list_of(automation.entry)
    if not named and automation.entry["type"] != ADDED:
        return true()
    return members(session, automation.project_id, [named or ""], of_few=True)


def meets(session: Session, automation: Automation, event: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the SQL condition that a contact meets the entry criteria of an automation now."""
    return and_(scope(session, automation), condition(criteria_now(automation.entry), event))


def event_of(automation: Automation, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that starts an automation, as conditions refer to it."""
    return {"name": automation.entry.get("eventName"), "properties": properties}


def owner(automation: Automation) -> str:
    """Return the automation's name in the control plane."""
    return f"autosend/automation/{automation.id}"


def _run_about(turn: Turn, about: str) -> Run | None:
    found: Run | None = turn.session.get(Run, int(about.removeprefix("autosend.run:")))
    return found


def _on_out_of_time(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    run = _run_about(turn, about)
    if run is not None:
        end_runs(turn, [run], "exited")


def _on_step(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    run = _run_about(turn, about)
    automation = turn.session.get(Automation, run.automation_id) if run else None
    if run is None or automation is None:
        return
    contact = turn.session.get(Contact, run.contact_id)
    step = Steps(automation.steps).find(run.step_id)
    if contact is None or step is None or _is_out(turn.session, automation, run, contact, step):
        end_runs(turn, [run], "exited")
    else:
        _take(turn, automation, run, contact, step)


def _is_out(
    session: Session, automation: Automation, run: Run, contact: Contact, step: Mapping[str, Any]
) -> bool:
    """Return whether the exit criteria let a contact leave before this step."""
    if automation.exit["type"] != NO_LONGER_MET or not step["checkExitCriteria"]:
        return False
    return not fits(session, contact, meets(session, automation, event_of(automation, run.event_properties)))


def _take(turn: Turn, automation: Automation, run: Run, contact: Contact, step: Mapping[str, Any]) -> None:
    """Execute a step, and move the contact to the next one."""
    steps, event = Steps(automation.steps), event_of(automation, run.event_properties)
    for arm in steps.arms(step):
        if arm["appliesTo"] == "all_branch_steps" and not _suits(turn.session, arm, contact, event):
            _go(turn, run, steps, arm.get("mergeStepId"), otherwise="exited")
            return
    if step["type"] == "email":
        _send(turn, automation, run, contact, step["email"])
    taken = next((one for one in steps.branches(step) if _suits(turn.session, one, contact, event)), None)
    _go(turn, run, steps, steps.entered(step, taken) if taken else steps.following(step))


def _go(turn: Turn, run: Run, steps: Steps, step_id: str | None, otherwise: str = "completed") -> None:
    """Move the contact to a step; without one, end the run in the state `otherwise`."""
    if step_id is None:
        end_runs(turn, [run], otherwise)
        return
    run.step_id, run.waiting_since = step_id, turn.now
    _plan(turn, run, steps)


def _plan(turn: Turn, run: Run, steps: Steps) -> None:
    step = steps.find(run.step_id) or {}
    turn.schedule(max(turn.now, run.waiting_since + delay_of(step)), STEP, run.subject)


def _suits(session: Session, branch: Mapping[str, Any], contact: Contact, event: Mapping[str, Any]) -> bool:
    criteria = branch.get("filterCriteria") or {}
    if branch["triggerType"] == EVENT_PROPERTY_TRIGGER:
        groups = [group | {"field": _event_field(group["field"])} for group in criteria.get("groups", ())]
        criteria = criteria | {"groups": groups}
    return fits(session, contact, condition(criteria, event))


def _event_field(field: str) -> str:
    """Return a field's name in conditions; a plain name means a property of the event (inferred)."""
    return field if field.startswith(("event.", CUSTOM)) else EVENT_PROPERTY + field


def _send(turn: Turn, automation: Automation, run: Run, contact: Contact, email: Mapping[str, Any]) -> None:
    mail = _mail(turn, automation, email)
    if mail is not None:
        mail.run_id = run.id
        send(turn, mail, [Addressee(contact.email, contact.name)], owner=owner(automation))


def _mail(turn: Turn, automation: Automation, email: Mapping[str, Any]) -> Mail | None:
    """Return the mail of an email step, None where its template, sender or verified domain is missing."""
    session, project = turn.session, automation.project_id
    template = template_of(session, project, email) if "templateId" in email else None
    origin = origin_of(session, project, email)
    if origin is None or (template is None and "templateId" in email):
        return None
    domain = sending_domain(session, project, origin.email)
    if domain is None:
        return None
    return Mail(
        job_id=0,
        project_id=project,
        automation_id=automation.id,
        template_id=template.id if template else None,
        is_marketing=True,
        from_email=origin.email,
        from_name=origin.name,
        reply_to=origin.reply_to,
        subject=email.get("subject") or (template.subject if template else ""),
        preview_text=email.get("previewText") or (template.preview_text if template else ""),
        html=template.html if template else email["htmlTemplate"],
        text=text_of(template) if template else "",
        new_domain_id=limited(domain, turn.now),
        unsubscribe_group=automation.unsubscribe_group,
        tracking_open=automation.tracking_open,
        tracking_click=automation.tracking_click,
    )


def template_of(session: Session, project_id: str, email: Mapping[str, Any]) -> Template | None:
    """Return the template that an email step names, None if it is gone, or no mail can be made of it."""
    found = find_template(session, project_id, email["templateId"])
    if found is None:
        return None
    subject = email.get("subject") or found.subject
    is_unfit = not subject.strip() or check_templates(("subject", subject)) or content_complaints(found)
    return None if is_unfit else found


_BARRED = """
    SELECT DISTINCT contact_id FROM autosend_automation_run INDEXED BY autosend_automation_run_contact
    WHERE contact_id IN (SELECT value FROM json_each(?)) AND automation_id = ?
      AND (state = 'active' OR NOT ?)
"""
_INSIDE = """
    SELECT id FROM autosend_automation_run AS run INDEXED BY autosend_automation_run_contact
    WHERE contact_id IN (SELECT value FROM json_each(?)) AND automation_id = ?
      AND (state = 'active' OR state = 'completed' AND EXISTS (
          SELECT 1 FROM autosend_mail AS mail JOIN job ON job.id = mail.job_id
          WHERE mail.run_id = run.id AND job.state IN ('running', 'held')))
"""
"""Without INDEXED BY, SQLite would search all runs of the automation for one contact's."""
