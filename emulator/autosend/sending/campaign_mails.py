"""The mail of a campaign, made when the sending begins, and its messages to contacts.

https://docs.autosend.com/marketing-emails/campaigns.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, select

from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.letters import UNVERIFIED_SENDER
from emulator.autosend.rendering import check_templates
from emulator.autosend.sending.delivery import MAILS, SUPPRESSED
from emulator.autosend.sending.mails import property_defaults
from emulator.autosend.tables.account import Domain, Sender
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.mails import Mail, Template
from emulator.autosend.templates import content_complaints, text_of
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.sending.mail import mail_outcome
from emulator.sending.messages import NewMessage
from emulator.storage.tables import insertion_order


def domain_of(session: Session, campaign: Campaign) -> Domain | None:
    """Return the domain that a campaign is sent from."""
    return sending_domain(session, campaign.project_id, campaign.from_email or "")


def problem(session: Session, campaign: Campaign, recipients: int) -> str | None:
    """Return why a campaign that is due can not be sent, None if it can."""
    if not recipients:
        return "The campaign has no recipients"
    if domain_of(session, campaign) is None:
        return UNVERIFIED_SENDER[1]
    problems = wording_problems(session, campaign)
    return problems[0][1] if problems else None


def wording_problems(session: Session, campaign: Campaign) -> list[tuple[str, str]]:
    """Return (field, message) for missing and malformed texts of a campaign: its subject and its template."""
    template = template_of(session, campaign)
    return check_templates(("subject", campaign.subject)) + (content_complaints(template) if template else [])


def template_of(session: Session, campaign: Campaign) -> Template | None:
    """Return a campaign's template, even if it was deleted after the campaign was scheduled."""
    key = (campaign.project_id, campaign.template_id)
    return session.get(Template, key) if campaign.template_id else None


def messages(contacts: Sequence[tuple[str, bool]]) -> Iterator[NewMessage]:
    """Yield a message to each contact; `contacts` are (address, whether it is suppressed)."""
    for position, (email, is_suppressed) in enumerate(contacts):
        status = SUPPRESSED if is_suppressed else MAILS.queued
        yield NewMessage(position, email, mail_outcome(email), status)


def mail_of(session: Session, campaign: Campaign, job: Job, now: Millis) -> Mail:
    """Return the mail that the campaign sends, made of its current settings and template."""
    template = template_of(session, campaign)
    return Mail(
        job_id=job.id,
        project_id=campaign.project_id,
        campaign_id=campaign.id,
        template_id=campaign.template_id,
        is_marketing=True,
        from_email=campaign.from_email or "",
        from_name=campaign.from_name or "",
        reply_to=campaign.reply_to or _reply_to(session, campaign),
        subject=campaign.subject,
        preview_text=campaign.preview_text,
        html=template.html if template else "",
        text=text_of(template) if template else "",
        defaults=property_defaults(session, campaign.project_id),
        new_domain_id=limited(domain_of(session, campaign), now),
        unsubscribe_group=campaign.unsubscribe_group_id,
        tracking_open=campaign.tracking_open,
        tracking_click=campaign.tracking_click,
    )


def _reply_to(session: Session, campaign: Campaign) -> str:
    """Return the address for replies of the campaign's stored sender; empty where it has none."""
    sender = session.get(Sender, campaign.from_sender_id) if campaign.from_sender_id else None
    return sender.reply_to if sender else ""


def default_sender(session: Session, project_id: str) -> Sender | None:
    """Return the project's first stored sender."""
    stored = select(Sender).where(Sender.project_id == project_id).order_by(insertion_order(Sender))
    return session.exec(stored).first()


def use_sender(campaign: Campaign, sender: Sender) -> None:
    """Let a campaign send from a stored sender."""
    campaign.from_sender_id = sender.id
    campaign.from_email, campaign.from_name = sender.email, sender.name


def settle_sender(session: Session, campaign: Campaign) -> None:
    """Let a campaign that names no sender send from the project's default one."""
    sender = default_sender(session, campaign.project_id) if campaign.from_email is None else None
    if sender is not None:
        use_sender(campaign, sender)


def keep_contacts(turn: Turn, campaign: Campaign, first_id: int, number: int) -> None:
    """Store the data of the contacts to whom `number` messages go; the ids of these begin with `first_id`."""
    turn.store.execute(_KEPT, (campaign.project_id, first_id, first_id + number))


_KEPT = """
    INSERT INTO autosend_recipient (message_id, name, role, data, contact)
    SELECT message.id, trim(first_name || ' ' || last_name), 'to', '{}', json_patch(json_patch(
        json_object('firstName', '', 'lastName', '', 'first_name', '', 'last_name', '', 'userId', '',
                    'mobile', ''), custom_fields),
        json_patch('{}', json_object(
            'firstName', nullif(first_name, ''), 'lastName', nullif(last_name, ''),
            'first_name', nullif(first_name, ''), 'last_name', nullif(last_name, ''),
            'userId', nullif(user_id, ''), 'mobile', nullif(mobile, ''))))
    FROM message CROSS JOIN autosend_contact ON project_id = ? AND email = recipient
    WHERE message.id >= ? AND message.id < ?
      AND (first_name || last_name || user_id || mobile != '' OR custom_fields != '{}')
"""
"""Stores the contact data of each recipient that has any. CROSS makes SQLite begin with the messages;
json_patch leaves out nulls, so that a custom field stands in for an empty field of the contact."""
