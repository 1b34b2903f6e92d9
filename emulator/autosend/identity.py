"""How AutoSend's clients know a mail: by its ids, its recipients and its texts."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from emulator.autosend.letters import MOST_RECIPIENTS
from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.tables.mails import Mail, Recipient
from emulator.autosend.webhooks import email_id, ids_of, message_id, message_of_header
from emulator.sending.identity import NOTHING_NAMED, Envelope, Identity, Named, Wording
from emulator.sending.messages import Message
from emulator.sending.mime import Address
from emulator.sending.texts import MOST_READ
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

COST_OF_LOOPS = 200_000
"""The assumed cost of rendering a mail with loops for a search, in characters; most cost less."""


def identity(session: Session, message: Message) -> Identity:
    """Return a mail's `emailId`, the ids of its campaign, template and so on, and its recipient's role."""
    own, recipient = email_id(message.id), session.get(Recipient, message.id)
    others = {"emailId": own, **ids_of(session.get_one(Mail, message.job_id))}
    return Identity(own, others, recipient.role if recipient else "to")


def named(session: Session, text: str) -> Named:
    """Return the mails of an `emailId`, a `Message-ID`, or the id of a batch, campaign or automation."""
    number = message_id(text) or message_of_header(text)
    if number is None:
        return Named(jobs=[job_id for (job_id,) in look_up(session, _JOBS, {"id": text})])
    message = session.get(Message, number)
    is_ours = message is not None and session.get(Mail, message.job_id) is not None
    return Named(messages=[number]) if is_ours else NOTHING_NAMED


def wordings(session: Session, job_ids: Sequence[int]) -> Mapping[tuple[int, str], Wording]:
    """Return the texts of the jobs' mails, before variables are filled in."""
    found = look_up(session, _WORDINGS, {"jobs": json_text(job_ids), "most": MOST_READ})
    return {
        (job_id, CHANNEL): Wording(
            subject, text, html, is_personal=bool(is_personal), cost=COST_OF_LOOPS if has_blocks else 0
        )
        for job_id, subject, text, html, is_personal, has_blocks in found
    }


def envelope(session: Session, mail: Mail, message: Message) -> Envelope:
    """Return the sender of a mail, and all of its recipients."""
    parties = list(_parties(session, mail, message))
    by_role = {
        role: [Address(email, name or None) for email, name, its_role in parties if its_role == role]
        for role in ("to", "cc", "bcc")
    }
    return Envelope(Address(mail.from_email, mail.from_name or None), **by_role)


def _parties(session: Session, mail: Mail, message: Message) -> Sequence[tuple[str, str, str]]:
    """Return address, name and role of each recipient of the mail that a message is a copy of.

    A campaign has one mail for each recipient; so has a batch, where the copies of a mail follow it.
    """
    parties = (
        select(Message.position, Message.recipient, Recipient.name, Recipient.role)
        .join(Recipient, col(Recipient.message_id) == Message.id, isouter=True)
        .where(Message.job_id == message.job_id, Message.channel == message.channel)
        .order_by(col(Message.position))
    )
    is_of_many = bool(mail.campaign_id or mail.batch_id)
    if is_of_many:
        ends = message.position - MOST_RECIPIENTS, message.position + MOST_RECIPIENTS
        parties = parties.where(col(Message.position).between(*ends))
    found = [
        (position, (email, name or "", role or "to")) for position, email, name, role in session.exec(parties)
    ]
    if not is_of_many:
        return [party for _, party in found]
    begins = [position for position, (_, _, role) in found if role == "to"]
    first = max((position for position in begins if position <= message.position), default=0)
    after = min((position for position in begins if position > message.position), default=None)
    return [party for position, party in found if first <= position and (after is None or position < after)]


_JOBS = """
    SELECT job_id FROM autosend_mail WHERE batch_id = :id
    UNION SELECT job_id FROM autosend_mail WHERE campaign_id = :id
    UNION SELECT job_id FROM autosend_mail WHERE automation_id = :id
"""

_WORDINGS = """
    SELECT job_id, subject, coalesce(nullif(text, ''), preview_text), substr(html, 1, :most),
           NOT is_literal AND (instr(subject, '{{') OR instr(html, '{{') OR instr(text, '{{')
                               OR instr(preview_text, '{{')),
           instr(html, '{{#') OR instr(text, '{{#')
    FROM autosend_mail WHERE job_id IN (SELECT value FROM json_each(:jobs))
"""
