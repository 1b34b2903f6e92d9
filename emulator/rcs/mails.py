"""E-mails: how they go out, and how the control plane shows them. They cost nothing, and nothing reads them.

github.com/bsgworld/go-sdk v2/api/openapi.yaml
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from emulator.engine.clock import SECOND
from emulator.engine.engine import Handler, Turn
from emulator.rcs.tables.mails import InlinePart, Mail, MailTemplate
from emulator.sending.content import AttachedFile, Content
from emulator.sending.headers import in_one_line
from emulator.sending.identity import NOTHING_NAMED, Envelope, Identity, Named, Wording
from emulator.sending.job_table import Job, new_job
from emulator.sending.jobs import JobSender
from emulator.sending.mail import NO_HTML, NO_LINK, SendsMails, mail_outcome, told
from emulator.sending.messages import Message, NewMessage, Selection, add_messages
from emulator.sending.mime import Address
from emulator.sending.outcomes import Outcome
from emulator.sending.texts import MOST_READ, link_places
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

EMAIL = "email"
"""The channel of e-mails."""

VARIABLE = re.compile(r"\{\{[ \t]*([^{}\s]+)[ \t]*\}\}")
NAMED_ADDRESS = re.compile(r"([^<>]*)<([^<>]+)>")


class MailSender(SendsMails, JobSender):
    """The sender of e-mails, for which there are no callbacks."""

    provider = "rcs.email"
    contents = Mail
    queued = "accepted"

    def script(self, turn: Turn, job: Job, selection: Selection) -> Outcome:
        """Return the outcome of the selected e-mails, without the opens and clicks that they do not allow."""

        def barrier(status: str) -> str | None:
            return _lacking(turn.session.get_one(Mail, job.id), status)

        return told(super().script(turn, job, selection), barrier)

    def barrier(self, session: Session, message: Message, status: str) -> str | None:
        return _lacking(session.get_one(Mail, message.job_id), status)


def _lacking(mail: Mail, status: str) -> str | None:
    """Return why an e-mail can not be opened or clicked, None where it can."""
    if status == "opened":
        return None if mail.html else NO_HTML
    return NO_LINK if status == "clicked" and not any(link_places(mail.html or "")) else None


MAILS = MailSender()


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of e-mails."""
    return MAILS.events()


@dataclass(frozen=True)
class Part:
    """A part of an e-mail that its HTML shows by `cid:…`."""

    name: str
    cid: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """The content of an e-mail, checked but not stored."""

    sender: str
    subject: str
    html: str | None
    text: str | None
    parts: Sequence[Part] = ()
    template_id: int | None = None


def send(turn: Turn, letter: Letter, to: Sequence[str]) -> str:
    """Send an e-mail to some addresses, all at once; return its id."""
    job = new_job(turn, MAILS.provider, EMAIL, total=len(to), pace=len(to))
    mail = Mail(
        job_id=job.id,
        message_id=turn.ids.hex("rcs.mail"),
        sender=letter.sender,
        template_id=letter.template_id,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
    )
    turn.session.add(mail)
    turn.session.add_all(InlinePart(job_id=job.id, **vars(part)) for part in letter.parts)
    new = (
        NewMessage(position, address, mail_outcome(address), MAILS.queued)
        for position, address in enumerate(to)
    )
    add_messages(turn, job.id, EMAIL, new, len(to))
    MAILS.start(turn, job, after=SECOND)
    return mail.message_id


def letter_of(
    template: MailTemplate,
    values: Mapping[str, str],
    *,
    sender: str,
    subject: str | None,
    parts: Sequence[Part],
) -> Letter:
    """Return an e-mail made from a template, with its variables filled in."""
    return Letter(
        sender,
        in_one_line(filled(subject or template.subject, values)),
        None if template.html is None else filled(template.html, values),
        None if template.text is None else filled(template.text, values),
        parts,
        template.id,
    )


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in. Those without a value stay."""
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def address_of(sender: str) -> Address:
    """Return the address and the name of a sender."""
    found = NAMED_ADDRESS.fullmatch(sender.strip())
    if found is None:
        return Address(sender.strip())
    return Address(found[2].strip(), found[1].strip().strip('"') or None)


def content(session: Session, message: Message) -> Content:
    """Return the content of an e-mail."""
    mail = session.get_one(Mail, message.job_id)
    parts = select(InlinePart).where(InlinePart.job_id == mail.job_id).order_by(col(InlinePart.id))
    together = select(Message.recipient).where(Message.job_id == mail.job_id)
    addresses = session.exec(together.order_by(col(Message.position)))
    return Content(
        sender=mail.sender,
        subject=mail.subject,
        text=mail.text or "",
        html=mail.html,
        attachments=[_attached(part) for part in session.exec(parts)],
        envelope=Envelope(address_of(mail.sender), [Address(address) for address in addresses]),
    )


def identity(session: Session, message: Message) -> Identity:
    """Return the id of an e-mail, which all of its messages share."""
    own = session.get_one(Mail, message.job_id).message_id
    return Identity(own, {"message_id": own}, "to")


def named(session: Session, text: str) -> Named:
    """Return the messages of the e-mail with this id."""
    job_id = session.exec(select(Mail.job_id).where(Mail.message_id == text)).first()
    return NOTHING_NAMED if job_id is None else Named(jobs=[job_id])


def wordings(session: Session, job_ids: Sequence[int]) -> Iterator[tuple[tuple[int, str], Wording]]:
    """Yield the wordings of jobs' e-mails."""
    values = {"jobs": json_text(job_ids), "most": MOST_READ}
    for job_id, subject, text, html in look_up(session, _WORDINGS, values):
        yield (job_id, EMAIL), Wording(subject, text, html)


def _attached(part: InlinePart) -> AttachedFile:
    return AttachedFile(
        part.name,
        part.content_type,
        len(part.content),
        content=part.content,
        content_id=part.cid,
    )


_WORDINGS = """
    SELECT job_id, subject, coalesce(text, ''), coalesce(substr(html, 1, :most), '')
    FROM rcs_mail WHERE job_id IN (SELECT value FROM json_each(:jobs))
"""
