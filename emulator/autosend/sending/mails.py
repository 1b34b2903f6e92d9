"""Mails to recipients who are named: how one is made of what a client sent, and put into the queue.

https://docs.autosend.com/api-reference/mails
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend.rendering import contact_values
from emulator.autosend.sending.delivery import CHANNEL, MAILS
from emulator.autosend.suppression import suppressed_among
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.contacts import Contact, ContactProperty
from emulator.autosend.tables.mails import Attachment, Mail, Recipient
from emulator.core.clock import Millis
from emulator.core.engine import Turn
from emulator.core.jobs import new_job
from emulator.core.messages import NewMessage, add_messages
from emulator.core.outcomes import mail_outcome


@dataclass(frozen=True)
class Addressee:
    """Somebody whom a mail goes to."""

    email: str
    name: str = ""
    role: str = "to"
    data: dict[str, Any] = field(default_factory=dict)
    """The values of variables for this one alone."""
    follows: bool = False
    """Whether this is a copy of the mail to the one before: kept back where that one is."""


@dataclass(frozen=True)
class Queued:
    """What was put into the queue."""

    job_id: int
    first_id: int
    """The message to the first addressee; the others follow in their order."""
    suppressed: tuple[bool, ...]
    """For each addressee, whether the mail is kept back."""


def send(
    turn: Turn,
    mail: Mail,
    addressees: Sequence[Addressee],
    *,
    attachments: Iterable[Attachment] = (),
    at: Millis | None = None,
    bypass_suppressions: bool = False,
    owner: str = "",
) -> Queued:
    """Put a mail to each addressee into the queue, to leave now or `at` a later time.

    Whoever is suppressed gets none; `mail` comes without its job, which is made here.
    """
    project = turn.session.get_one(Project, mail.project_id)
    kept_back = [False] * len(addressees) if bypass_suppressions else _kept_back(turn, mail, addressees)
    statuses = [_first_status(mail, is_kept_back=one) for one in kept_back]
    skipped = sum(1 for status in statuses if status != MAILS.queued)
    job = new_job(
        turn, MAILS.provider, CHANNEL, total=len(addressees), pace=project.pace, owner=owner, skipped=skipped
    )
    mail.job_id, mail.defaults = job.id, property_defaults(turn.session, project.id)
    turn.session.add(mail)
    for attachment in attachments:
        attachment.job_id = job.id
        turn.session.add(attachment)
    first_id = add_messages(turn, job.id, CHANNEL, _messages(addressees, statuses))
    turn.session.add_all(_recipients(turn.session, project.id, first_id, addressees))
    MAILS.start(turn, job, after=max(0, (at or turn.now) - turn.now))
    return Queued(job.id, first_id, tuple(kept_back))


def property_defaults(session: Session, project_id: str) -> dict[str, Any]:
    """Answer what the project's properties say for contacts without a value."""
    statement = select(ContactProperty).where(ContactProperty.project_id == project_id)
    return {one.name: one.default_value for one in session.exec(statement) if one.default_value is not None}


def _kept_back(turn: Turn, mail: Mail, addressees: Sequence[Addressee]) -> list[bool]:
    emails = [one.email for one in addressees]
    suppressed = suppressed_among(turn.session, mail.project_id, emails, mail.unsubscribe_group)
    answers: list[bool] = []
    first = False
    for one in addressees:
        own = one.email in suppressed
        first = first if one.follows else own
        answers.append(own or first)
    return answers


def _first_status(mail: Mail, *, is_kept_back: bool) -> str:
    if is_kept_back:
        return "suppressed"
    return "processed" if mail.is_test else MAILS.queued


def _messages(addressees: Sequence[Addressee], statuses: Sequence[str]) -> list[NewMessage]:
    return [
        NewMessage(position, one.email, mail_outcome(one.email), status)
        for position, (one, status) in enumerate(zip(addressees, statuses, strict=True))
    ]


def _recipients(
    session: Session, project_id: str, first_id: int, addressees: Sequence[Addressee]
) -> list[Recipient]:
    emails = {one.email for one in addressees}
    found = select(Contact).where(Contact.project_id == project_id, col(Contact.email).in_(emails))
    contacts = {contact.email: contact for contact in session.exec(found)}
    return [
        Recipient(
            message_id=first_id + place,
            name=one.name,
            role=one.role,
            data=one.data,
            contact=contact_values(contacts.get(one.email)),
        )
        for place, one in enumerate(addressees)
    ]
