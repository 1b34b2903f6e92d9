"""Received mails: the projects that receive one, its thread, and the headers of a reply.

https://docs.autosend.com/api-reference/inbound-emails. The webhook is the signal to fetch a mail's source and
attachments: they are available when it is sent. Inferred: with the header `X-Emulator-Source: 5s` the mail's
source is available five seconds after its arrival; a mail to a domain that is not set up to receive is stored
as blocked, and webhooks are not notified; verdicts are `PASS` unless the mail has a header such as
`X-Emulator-Spam-Verdict: FAIL`; a mail is processed at once, or, with its source, after ten seconds with the
header `X-Emulator-Status: PROCESSING`; with `FAILED`, it stays failed, and webhooks are not notified.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend.refusals import refusal
from emulator.autosend.tables.account import Domain, Project
from emulator.autosend.tables.inbound import InboundMail, InboundRecipient, InboundSource, Verdicts
from emulator.autosend.tables.mails import Mail
from emulator.autosend.webhooks import email_id, message_of_header, tell_project
from emulator.engine.clock import SECOND, Millis, iso_millis
from emulator.engine.engine import Handler, Turn
from emulator.sandbox.fixtures import length_of
from emulator.sending.headers import in_one_line
from emulator.sending.messages import Message
from emulator.sending.mime import Address, MailFile, ReadMail, read_mail
from emulator.storage.tables import insertion_order

RawMimeNotAvailable = refusal(
    404, "", "Raw MIME is not yet available for this message", name="RawMimeNotAvailable"
)

PROCESSED, UNVERIFIED, UNROUTED = "PROCESSED", "BLOCKED_UNVERIFIED", "BLOCKED_UNROUTED"
PROCESSING, FAILED = "PROCESSING", "FAILED"
BLOCKED = (UNVERIFIED, UNROUTED)
STATUSES = (PROCESSED, *BLOCKED)
"""The statuses of a mail to a domain, from the best to the worst."""
PROCESS, GIVE_SOURCE = IN_THE_BACKGROUND = ("autosend.process_inbound", "autosend.inbound_source")
"""The due events of received mails."""
PROCESSED_AFTER = 10 * SECOND
SUBJECT = "autosend.inbound:"
LONGEST_TEXT = 100_000
"""How many characters of text and of HTML are stored (inferred)."""
LONGEST_SUBJECT = 998
MOST_REFERENCES = 50
SOME_ORIGIN = "http://emulator.invalid"
"""The placeholder of the emulator's address in the links of a stored mail; reading the mail replaces it."""
_WRITTEN_ORIGIN = re.compile("(?:=\r?\n)?".join(map(re.escape, SOME_ORIGIN)).encode())
"""The placeholder in a mail's source, where quoted-printable may end the line anywhere within it."""


@dataclass
class Mailbox:
    """The recipients of a mail that belong to one project."""

    project_id: str
    domain_name: str
    status: str
    recipients: list[str] = field(default_factory=list)


def receive(turn: Turn, raw: bytes, sender: str, recipients: Sequence[str]) -> list[str]:
    """Store a mail for each project that has the domain of a recipient; return the ids of what is stored."""
    said = read_mail(raw)
    stored = [
        store(turn, mailbox, raw, said, sender.lower()) for mailbox in mailboxes(turn.session, recipients)
    ]
    for mail in stored:
        if mail.status == PROCESSED:
            _tell(turn, mail)
        elif mail.status == PROCESSING:
            turn.schedule(turn.now + PROCESSED_AFTER, PROCESS, f"{SUBJECT}{mail.id}")
    return [mail.id for mail in stored]


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of received mails."""
    return {PROCESS: _on_processed, GIVE_SOURCE: _on_source}


def _on_source(turn: Turn, subject: str, _: Mapping[str, Any]) -> None:
    source = turn.session.get_one(InboundSource, subject.removeprefix(SUBJECT))
    source.is_available = True


def _on_processed(turn: Turn, subject: str, _: Mapping[str, Any]) -> None:
    mail = turn.session.get_one(InboundMail, subject.removeprefix(SUBJECT))
    mail.status = PROCESSED
    _tell(turn, mail)


def is_received(session: Session, address: str) -> bool:
    """Return whether any project has enabled receiving at an address's domain."""
    domain = address.rpartition("@")[2].lower()
    return any(status != UNROUTED for _, status in _receivers(session, domain))


def mailboxes(session: Session, recipients: Iterable[str]) -> Iterator[Mailbox]:
    """Yield a mailbox for each project that has the domain of one of these addresses."""
    found: dict[str, Mailbox] = {}
    for address in dict.fromkeys(address.strip().lower() for address in recipients):
        domain = address.rpartition("@")[2]
        for project_id, status in _receivers(session, domain):
            box = found.setdefault(project_id, Mailbox(project_id, domain, status))
            if STATUSES.index(status) < STATUSES.index(box.status):
                box.domain_name, box.status = domain, status
            box.recipients.append(address)
    yield from found.values()


def _receivers(session: Session, domain: str) -> Iterator[tuple[str, str]]:
    """Yield the ids of the projects that have a domain, each with the status of a mail to it."""
    for project in session.exec(select(Project).where(Project.inbound_domain == domain)):
        yield project.id, PROCESSED
    statement = select(Domain).where(Domain.name == domain).order_by(insertion_order(Domain))
    for one in session.exec(statement):
        if one.inbound_enabled_at is None:
            yield one.project_id, UNROUTED
        else:
            yield one.project_id, UNVERIFIED if one.inbound_verified_at is None else PROCESSED


def store(
    turn: Turn,
    mailbox: Mailbox,
    raw: bytes,
    said: ReadMail,
    sender: str,
    *,
    mail_id: str | None = None,
    at: Millis | None = None,
) -> InboundMail:
    """Store a mail for one project."""
    mail = _made(turn, mailbox, said, sender, mail_id or turn.ids.hex("autosend.inbound"))
    mail.received_at = turn.now if at is None else at
    _find_thread(turn.session, mail, said)
    turn.session.add(mail)
    addressed = {one["email"] for one in mail.to + mail.cc + mail.bcc}
    turn.session.add_all(InboundRecipient(mail_id=mail.id, email=email) for email in sorted(addressed))
    available_at = mail.received_at + _source_after(mail, said)
    is_available = available_at <= turn.now
    turn.session.add(InboundSource(mail_id=mail.id, raw=raw, is_available=is_available))
    if not is_available:
        turn.schedule(available_at, GIVE_SOURCE, f"{SUBJECT}{mail.id}")
    return mail


def _made(turn: Turn, mailbox: Mailbox, said: ReadMail, sender: str, mail_id: str) -> InboundMail:
    author = next(iter(said.addresses("from")), Address(sender))
    to, cc = said.addresses("to"), said.addresses("cc")
    named = {one.email for one in to + cc}
    return InboundMail(
        id=mail_id,
        project_id=mailbox.project_id,
        message_id=next(iter(said.message_ids("message-id")), f"<{mail_id}@inbound.autosend.email>"),
        domain_name=mailbox.domain_name,
        status=_status(mailbox, said),
        sender_email=author.email,
        sender_name=author.name,
        to=_listed(to),
        cc=_listed(cc),
        bcc=_listed(Address(email) for email in mailbox.recipients if email not in named),
        reply_to=_listed(said.addresses("reply-to")),
        subject=said.headers.get("subject", "")[:LONGEST_SUBJECT],
        text=said.text[:LONGEST_TEXT],
        html=said.html[:LONGEST_TEXT],
        headers=said.headers,
        attachments=[_attachment(turn, file) for file in said.files],
        verdicts={name: _verdict(said, name) for name in Verdicts.model_fields},
        thread_id=mail_id,
        received_at=turn.now,
    )


def _listed(addresses: Iterable[Address]) -> list[dict[str, str | None]]:
    return [{"email": one.email, "name": one.name} for one in addresses]


def _attachment(turn: Turn, file: MailFile) -> dict[str, str | int]:
    return {
        "id": turn.ids.hex("autosend.inbound.attachment"),
        "filename": file.name,
        "contentType": file.content_type,
        "size": len(file.content),
    }


def _status(mailbox: Mailbox, said: ReadMail) -> str:
    wanted = said.headers.get("x-emulator-status", "").upper()
    return wanted if mailbox.status == PROCESSED and wanted in {PROCESSING, FAILED} else mailbox.status


def _source_after(mail: InboundMail, said: ReadMail) -> Millis:
    """Return how long after a mail's arrival its source becomes available."""
    processed_after = PROCESSED_AFTER if mail.status == PROCESSING else 0
    with suppress(ValueError):
        return max(processed_after, length_of(said.headers.get("x-emulator-source")))
    return processed_after


def _verdict(said: ReadMail, name: str) -> str:
    wanted = said.headers.get(f"x-emulator-{name}-verdict", "").upper()
    return wanted if re.fullmatch("[A-Z_]{1,30}", wanted) else "PASS"


def _find_thread(session: Session, mail: InboundMail, said: ReadMail) -> None:
    """Find the mail that this one is a reply to, and store its id and its thread."""
    answered = said.message_ids("in-reply-to")[:1]
    references = said.message_ids("references")
    mail.in_reply_to = answered[0] if answered else None
    mail.mail_ids = references[-MOST_REFERENCES:]
    for place in dict.fromkeys([*answered, *reversed(mail.mail_ids)]):
        earlier = _earlier(session, mail.project_id, place)
        ours = _our_mail(session, mail.project_id, place)
        if earlier is not None:
            mail.in_reply_to_inbound, mail.thread_id = earlier.id, earlier.thread_id
        elif ours is not None:
            mail.in_reply_to_mail, mail.thread_id = ours
        else:
            continue
        return


def _earlier(session: Session, project_id: str, place: str) -> InboundMail | None:
    statement = select(InboundMail).where(
        InboundMail.project_id == project_id, InboundMail.message_id == place
    )
    return session.exec(statement.order_by(col(InboundMail.received_at).desc())).first()


def _our_mail(session: Session, project_id: str, place: str) -> tuple[str, str] | None:
    """Return the id and the thread of the mail that the project sent with a Message-ID, or None."""
    found = _sent(session, project_id, place)
    if found is None:
        return None
    own, answered = found
    thread = own
    for _ in range(MOST_REFERENCES):
        earlier = _earlier(session, project_id, answered)
        if earlier is not None:
            return own, earlier.thread_id
        before = _sent(session, project_id, answered)
        if before is None:
            break
        thread, answered = before
    return own, thread


def _sent(session: Session, project_id: str, place: str) -> tuple[str, str] | None:
    """Return the id of the mail that the project sent with a Message-ID, and the Message-ID it answers."""
    number = message_of_header(place)
    message = session.get(Message, number) if number is not None else None
    mail = session.get(Mail, message.job_id) if message is not None else None
    if mail is None or message is None or mail.project_id != project_id:
        return None
    headers = {name.lower(): value for name, value in mail.headers.items()}
    return email_id(message.id), headers.get("in-reply-to", "").strip()


def _tell(turn: Turn, mail: InboundMail) -> None:
    attachments = [
        {
            "attachmentId": file["id"],
            "attachmentIndex": index,
            "filename": file["filename"],
            "contentType": file["contentType"],
            "size": file["size"],
        }
        for index, file in enumerate(mail.attachments)
    ]
    data = {
        "inboundEmailId": mail.id,
        "from": mail.sender,
        "to": mail.to,
        "cc": mail.cc,
        "subject": mail.subject,
        "attachments": attachments,
        "spamVerdict": mail.verdicts["spam"],
        "virusVerdict": mail.verdicts["virus"],
        "receivedAt": iso_millis(mail.received_at),
        **({"threadId": mail.thread_id} if mail.is_answer else {}),
        "inReplyToEmailActivityId": mail.in_reply_to_mail,
        "inReplyToInboundEmailId": mail.in_reply_to_inbound,
    }
    tell_project(turn, mail.project_id, "email.received", data)


def source_of(session: Session, mail: InboundMail) -> bytes:
    """Return the raw bytes of a mail. Raises RawMimeNotAvailable before they are available."""
    source = session.get_one(InboundSource, mail.id)
    if not source.is_available:
        raise RawMimeNotAvailable
    return source.raw


def source_at(raw: bytes, origin: str) -> bytes:
    """Return the source of a mail, with its links to the emulator leading to `origin`."""
    return _WRITTEN_ORIGIN.sub(lambda _: origin.encode(), raw)


def text_at(text: str, origin: str) -> str:
    """Return a text or a header of a mail, with its links to the emulator leading to `origin`."""
    return text.replace(SOME_ORIGIN, origin)


def attachment_place(mail: InboundMail, name: str) -> int | None:
    """Return the index of the attachment that a client names by its id or by its index, or None."""
    if name.isascii() and name.isdecimal() and len(name) < 6:  # noqa: PLR2004 -- no mail has as many
        return int(name) if int(name) < len(mail.attachments) else None
    ids = [file["id"] for file in mail.attachments]
    bare = name.removeprefix("att_")
    return ids.index(bare) if bare in ids else None


def attachment_content(raw: bytes, place: int) -> bytes:
    """Return the content of the attachment with this index."""
    return read_mail(raw).files[place].content


def reply_subject(mail: InboundMail) -> str:
    """Return the subject of a reply: with `Re:`, but never twice."""
    subject = in_one_line(mail.subject)
    if re.match(r"\s*re\s*:", subject, re.IGNORECASE):
        return subject
    return f"Re: {subject}"[:LONGEST_SUBJECT]


def reply_headers(mail: InboundMail) -> dict[str, str]:
    """Return the headers that make a mail a reply to this one, in the same thread."""
    others = [place for place in mail.mail_ids if place != mail.message_id]
    return {"In-Reply-To": mail.message_id, "References": " ".join([*others, mail.message_id])}
