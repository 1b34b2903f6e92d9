"""Puts mails to named recipients into the queue.

https://docs.autosend.com/api-reference/mails
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session

from emulator.autosend.letters import Address
from emulator.autosend.sending.delivery import CHANNEL, MAILS, PROCESSED, SUPPRESSED
from emulator.autosend.suppression import suppressed_among
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.webhooks import FETCHED, HOOKS
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job, new_job
from emulator.sending.mail import mail_outcome
from emulator.sending.messages import NewMessage, add_messages
from emulator.storage.insertion import Insertion
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.webhooks.announcing import fetch


@dataclass(frozen=True)
class Addressee:
    """A recipient of a mail, in to, cc or bcc."""

    email: str
    name: str = ""
    role: str = "to"
    data: dict[str, Any] = field(default_factory=dict)
    """The values of variables for this recipient alone."""
    follows: bool = False
    """Whether this is a copy of the mail to the preceding `to`: with its values, and suppressed with it."""


def copies_to(cc: Iterable[Address] | None, bcc: Iterable[Address] | None) -> list[Addressee]:
    """Return the addressees of a mail's copies."""
    in_roles = [("cc", one) for one in cc or ()] + [("bcc", one) for one in bcc or ()]
    return [Addressee(one.email, one.name or "", role) for role, one in in_roles]


def with_copies(addressees: Sequence[Addressee]) -> list[Addressee]:
    """Return the addressees of one mail: those in cc and bcc follow the one in `to`, if there is only one."""
    if [one.role for one in addressees].count("to") != 1:
        return list(addressees)
    return [replace(one, follows=one.role != "to") for one in addressees]


@dataclass(frozen=True)
class Queued:
    """A mail that was put into the queue."""

    job_id: int
    first_id: int
    """The id of the message to the first addressee; the others have the ids that follow."""
    suppressed: tuple[bool, ...]
    """For each addressee, whether the mail is suppressed."""


def send(
    turn: Turn,
    mail: Mail,
    addressees: Sequence[Addressee],
    *,
    attachments: Iterable[Attachment] = (),
    at: Millis | None = None,
    owner: str = "",
) -> Queued:
    """Put a mail to each addressee into the queue, to be sent now or `at` a later time.

    Addressees that are suppressed, now or when the mail leaves the queue, get none. The job of `mail` is
    created here. `mail.new_domain_id` names the domain whose daily limit the mail counts towards.
    """
    session = turn.session
    project = session.get_one(Project, mail.project_id)
    kept_back = _kept_back(turn, mail, addressees)
    usual_status = PROCESSED if mail.is_test else MAILS.queued
    statuses = [SUPPRESSED if one else usual_status for one in kept_back]
    mail.defaults = property_defaults(session, project.id)
    skipped = sum(1 for status in statuses if status != MAILS.queued)
    job = new_job(
        turn, MAILS.provider, CHANNEL, total=len(addressees), pace=project.pace, owner=owner, skipped=skipped
    )
    mail.job_id = job.id
    session.add(mail)
    _attach(turn, job, attachments)
    new = [
        NewMessage(position, one.email, mail_outcome(one.email), status)
        for position, (one, status) in enumerate(zip(addressees, statuses, strict=True))
    ]
    if at is None or at <= turn.now:
        made = MAILS.make(turn, job, new)
        _add_recipients(turn, mail, addressees, made.first_id)
        MAILS.start_made(turn, job, made)
        return Queued(job.id, made.first_id, tuple(kept_back))
    first_id = add_messages(turn, job.id, CHANNEL, new, len(new))
    _add_recipients(turn, mail, addressees, first_id)
    MAILS.start(turn, job, after=at - turn.now)
    return Queued(job.id, first_id, tuple(kept_back))


def _attach(turn: Turn, job: Job, attachments: Iterable[Attachment]) -> None:
    """Store the attachments of a mail, and request the files of those that are given by an address."""
    for attachment in attachments:
        attachment.job_id = job.id
        turn.session.add(attachment)
        if attachment.url is not None:
            turn.session.flush()
            fetch(turn, HOOKS, attachment.url, f"{FETCHED}{attachment.id}")


def _add_recipients(turn: Turn, mail: Mail, addressees: Sequence[Addressee], first_id: int) -> None:
    """Store the data of addressees; the ids of their messages begin with `first_id`."""
    recipients, original = list[tuple[object, ...]](), first_id
    for number, one in enumerate(addressees, first_id):
        if one.follows:
            recipients.append((one.name, one.role, original, "{}", "{}"))
            continue
        original, contact = number, _contact_values(turn.session, mail.project_id, one.email)
        recipients.append((one.name, one.role, None, json_text(contact), json_text(one.data)))
    _RECIPIENTS.run(turn.store, first_id, (), recipients)


def property_defaults(session: Session, project_id: str) -> dict[str, Any]:
    """Return the default values of the project's properties, for contacts without a value, by name."""
    return dict(look_up(session, _DEFAULTS, (project_id,)).fetchall())


def _kept_back(turn: Turn, mail: Mail, addressees: Sequence[Addressee]) -> list[bool]:
    """Return for each addressee whether a suppression prevents the mail."""
    if mail.bypasses_suppressions:
        return [False] * len(addressees)
    emails = [one.email for one in addressees]
    suppressed = suppressed_among(turn.session, mail.project_id, emails, mail.unsubscribe_group)
    kept_back: list[bool] = []
    is_first_suppressed = False
    for one in addressees:
        is_suppressed = one.email in suppressed
        if not one.follows:
            is_first_suppressed = is_suppressed
        kept_back.append(is_suppressed or is_first_suppressed)
    return kept_back


def _contact_values(session: Session, project_id: str, email: str) -> dict[str, Any]:
    """Return the values of variables from the contact with an address; none if there is no such contact."""
    found = look_up(session, _CONTACT, (project_id, email)).fetchone()
    if found is None:
        return {}
    first_name, last_name, user_id, mobile, custom_fields = found
    own: dict[str, Any] = {
        "firstName": first_name,
        "lastName": last_name,
        "first_name": first_name,
        "last_name": last_name,
        "userId": user_id,
        "mobile": mobile,
    }
    custom: dict[str, Any] = json.loads(custom_fields)
    return own | custom | {name: value for name, value in own.items() if value}


_DEFAULTS = """
    SELECT name, default_value FROM autosend_contact_property
    WHERE project_id = ? AND default_value IS NOT NULL
"""
_CONTACT = """
    SELECT first_name, last_name, user_id, mobile, custom_fields FROM autosend_contact
    WHERE project_id = ? AND email = ?
"""
_RECIPIENTS = Insertion(
    "autosend_recipient", "message_id", (), ("name", "role", "copy_of", "contact", "data")
)
