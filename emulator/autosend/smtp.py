"""The SMTP relay: who may log in, and what a message becomes that was handed in there.

The documentation names hosts, ports and credentials, and the limits of the API for the rest. The
replies are those of RFC 5321 and RFC 4954 (inferred). Sockets are emulator/relay.py's business.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from emulator.autosend.hooks import email_id
from emulator.autosend.letters import (
    MAX_HTML,
    MAX_SUBJECT,
    MOST_ATTACHMENTS,
    MOST_RECIPIENTS,
    header_complaints,
    is_refused_file,
    sender_complaints,
)
from emulator.autosend.mime import Letter, read_letter
from emulator.autosend.sending.mails import Addressee, send
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.wire import RATE, count_use, is_email
from emulator.core.directory import Claim, Directory
from emulator.core.engine import Turn
from emulator.core.provider import MEBIBYTE

MOST_BYTES = 25 * MEBIBYTE
USER = "autosend"

QUEUED = "250 2.0.0 Ok: queued as {}"
GREETED = "250 2.1.0 Sender ok"
KNOWN = "250 2.1.5 Recipient ok"
NOT_KNOWN = "535 5.7.8 Authentication credentials invalid"


class Refused(Exception):  # noqa: N818 -- a reply, like the refusals of the API
    """A reply that says no: code, extended code and text."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class SmtpRelay:
    """What the relay does with credentials and messages, for all sandboxes."""

    def __init__(self, directory: Directory, *, enforce_rate_limit: bool) -> None:
        self._directory = directory
        self._enforce_rate_limit = enforce_rate_limit

    def knows(self, user: str, password: str) -> bool:
        """Answer whether a client may log in: as `autosend`, or with an address as the samples do."""
        is_a_user = user.lower() == USER or is_email(user)
        return is_a_user and self._claim(password) is not None

    def check_sender(self, key: str | None) -> str:
        """Answer whether a mail may begin; `key` is what its sender logged in with. Raises Refused."""
        if key is None:  # a mail from outside: its place is here once there is something that receives it
            raise Refused("530 5.7.0 Authentication required")
        return GREETED

    def check_recipient(self, address: str, number: int) -> str:
        """Answer whether recipient `number` of a mail may be this address. Raises Refused."""
        if not is_email(address):
            raise Refused("553 5.1.3 The recipient is no address")
        if number > MOST_RECIPIENTS:
            raise Refused(f"452 4.5.3 At most {MOST_RECIPIENTS} recipients")
        return KNOWN

    def accept(self, key: str, message: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Put a message into the queue; answer the reply, which names its emailId. Raises Refused."""
        claim = self._claim(key)
        if claim is None:
            raise Refused(NOT_KNOWN)
        letter = read_letter(message)
        if letter is None:
            raise Refused("554 5.6.0 The message can not be read")
        with claim.sandbox.turn() as turn:
            used = count_use(claim.sandbox, key, turn.now)
            if self._enforce_rate_limit and used > RATE:
                raise Refused("450 4.7.0 Rate limit exceeded")
            return QUEUED.format(_queue(turn, claim.grant.project_id, letter, sender, recipients))

    def _claim(self, key: str) -> Claim | None:
        """Answer what an SMTP key opens; a key of the API opens nothing here."""
        claim = self._directory.find("autosend", key)
        if claim is None or (claim.grant.key == key and not claim.grant.is_smtp):
            return None
        return claim


def _queue(turn: Turn, project_id: str, letter: Letter, sender: str, recipients: Sequence[str]) -> str:
    from_email = (letter.sender.email or sender).lower()
    project = turn.session.get(Project, project_id)
    if project is None:
        raise Refused(NOT_KNOWN)
    _check(turn.session, project_id, letter, from_email)
    mail = Mail(
        job_id=0,
        project_id=project.id,
        from_email=from_email,
        from_name=letter.sender.name,
        reply_to=letter.reply_to,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        headers=letter.headers,
        tracking_open=project.tracking_open,
        tracking_click=project.tracking_click,
    )
    files = [Attachment(job_id=0, **vars(file)) for file in letter.files]
    return email_id(send(turn, mail, _addressees(letter, recipients), attachments=files).first_id)


def _check(session: Session, project_id: str, letter: Letter, from_email: str) -> None:
    """Raises Refused for the first thing that is wrong with a message."""
    if not is_email(from_email):
        raise Refused("550 5.1.7 The sender is no address")
    for _, complaint in sender_complaints(session, project_id, from_email):
        raise Refused(f"550 5.7.1 {complaint}")
    for complaint in _complaints(letter):
        raise Refused(f"554 5.6.0 {complaint}")


def _complaints(letter: Letter) -> Iterator[str]:
    if len(letter.subject) > MAX_SUBJECT:
        yield f"The subject has more than {MAX_SUBJECT} characters"
    if max(len(letter.html), len(letter.text)) > MAX_HTML:
        yield f"A text has more than {MAX_HTML // MEBIBYTE} MB"
    if len(letter.files) > MOST_ATTACHMENTS:
        yield f"At most {MOST_ATTACHMENTS} attachments"
    if any(is_refused_file(file.file_name) for file in letter.files):
        yield "The type of an attachment is not allowed"
    for _, complaint in header_complaints(letter.headers):
        yield complaint


def _addressees(letter: Letter, recipients: Sequence[str]) -> list[Addressee]:
    """Answer whom a message goes to: whoever no header names gets a blind copy.

    Copies follow the one whom the mail is for, where there is only one.
    """
    found = [
        Addressee(email, *letter.addressed.get(email, ("", "bcc")))
        for email in dict.fromkeys(address.lower() for address in recipients)
    ]
    found.sort(key=lambda one: ("to", "cc", "bcc").index(one.role))
    if [one.role for one in found].count("to") != 1:
        return found
    return [Addressee(one.email, one.name, one.role, follows=one.role != "to") for one in found]
