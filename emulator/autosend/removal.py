"""Finds what uses a sender or a list, and deletes a domain with everything that depends on it.

https://docs.autosend.com/api-reference/domains/delete, and the changelog of 2026-09-17: its senders are
deleted, campaigns that send from it are stopped, and its active automations are paused. Inferred: queued
single mails are dropped too.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from emulator.autosend.audience import DEEPEST, lists_of
from emulator.autosend.criteria import list_of
from emulator.autosend.domains import subject
from emulator.autosend.sending.automations import pause
from emulator.autosend.sending.campaigns import abort
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.sending.origins import origin_of
from emulator.autosend.tables.account import Domain, DomainDay, Sender
from emulator.autosend.tables.automations import Automation
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.contacts import ContactList
from emulator.autosend.tables.mails import Mail, Template
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job

STOPPED = ("scheduled", "sending", "sending_gradual", "paused")
"""The statuses of campaigns that still have to send; deleting their domain stops them."""


def delete_domain(turn: Turn, domain: Domain) -> None:
    """Delete a domain and its senders, and stop everything that sends from it."""
    for automation in _automations_from(turn.session, domain):
        pause(turn, automation)
    for campaign in _campaigns_from(turn.session, domain):
        abort(turn, campaign)
    for job in _waiting_from(turn.session, domain):
        MAILS.stop(turn, job)
    for sender in _senders_at(turn.session, domain):
        _delete_sender(turn.session, sender)
    for day in turn.session.exec(select(DomainDay).where(DomainDay.domain_id == domain.id)).all():
        turn.session.delete(day)
    turn.cancel(subject(domain))
    turn.session.delete(domain)


def _delete_sender(session: Session, sender: Sender) -> None:
    """Delete a sender; templates that use it have no sender afterwards."""
    for template in session.exec(select(Template).where(Template.sender_id == sender.id)).all():
        template.sender_id = None
    session.delete(sender)


def _senders_at(session: Session, domain: Domain) -> list[Sender]:
    found = select(Sender).where(Sender.project_id == domain.project_id)
    return [sender for sender in session.exec(found) if _is_at(domain, sender.email)]


def _campaigns_from(session: Session, domain: Domain) -> list[Campaign]:
    running = select(Campaign).where(
        Campaign.project_id == domain.project_id, col(Campaign.status).in_(STOPPED)
    )
    return [campaign for campaign in session.exec(running) if _is_at(domain, campaign.from_email)]


def _waiting_from(session: Session, domain: Domain) -> Sequence[Job]:
    """Return the jobs, except those of campaigns, that still have mails from a domain in the queue."""
    waiting = (
        select(Job).join(Mail, col(Mail.job_id) == Job.id).where(col(Job.state).in_(("running", "held")))
    )
    own = waiting.where(Job.provider == MAILS.provider, Mail.project_id == domain.project_id)
    return session.exec(own.where(col(Mail.from_email).iendswith(f"@{domain.name}"))).all()


def users_of(session: Session, sender: Sender) -> str | None:
    """Return what uses a sender and keeps it from being deleted, None if nothing does.

    https://docs.autosend.com/api-reference/senders/delete: templates, and active campaigns and automations.
    """
    templates = select(Template.id).where(Template.sender_id == sender.id, col(Template.deleted_at).is_(None))
    campaigns = select(Campaign.id).where(
        Campaign.from_sender_id == sender.id, col(Campaign.status).in_(STOPPED)
    )
    if session.exec(templates).first() is not None:
        return "templates"
    if session.exec(campaigns).first() is not None:
        return "active campaigns"
    automations = _active_automations(session, sender.project_id)
    is_used = any(sender.email in _addresses(session, one) for one in automations)
    return "active automations" if is_used else None


def is_list_used(session: Session, one: ContactList) -> bool:
    """Return whether an active automation refers to a list or segment, or to a segment inside of it."""
    used = {one.id}
    segments = [inside for inside in lists_of(session, one.project_id) if inside.parent_id]
    for _ in range(DEEPEST):
        used |= {inside.id for inside in segments if inside.parent_id in used}
    automations = _active_automations(session, one.project_id)
    return any(list_of(automation.entry) in used for automation in automations)


def _automations_from(session: Session, domain: Domain) -> list[Automation]:
    return [
        automation
        for automation in _active_automations(session, domain.project_id)
        if any(_is_at(domain, address) for address in _addresses(session, automation))
    ]


def _active_automations(session: Session, project_id: str) -> Sequence[Automation]:
    active = select(Automation).where(
        Automation.project_id == project_id,
        Automation.status == "active",
        col(Automation.deleted_at).is_(None),
    )
    return session.exec(active).all()


def _addresses(session: Session, automation: Automation) -> list[str]:
    """Return the addresses that the email steps of an automation send from."""
    emails = [step["email"] for step in automation.steps if step["type"] == "email"]
    origins = [origin_of(session, automation.project_id, email) for email in emails]
    return [origin.email for origin in origins if origin is not None]


def _is_at(domain: Domain, address: str | None) -> bool:
    return address is not None and address.rpartition("@")[2].lower() == domain.name
