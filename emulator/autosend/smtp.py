"""The SMTP relay: checks logins, and turns messages into queued or received mails.

The documentation names hosts, ports and credentials; otherwise the limits of the API apply. The replies are
those of RFC 5321 and RFC 4954 (inferred). emulator/server/relay.py handles the sockets.
"""

from asyncio import to_thread
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from emulator.autosend.dialect import Grant
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.inbound import is_received, receive
from emulator.autosend.keys import is_good
from emulator.autosend.letters import (
    MAX_HEADER,
    MAX_HEADER_NAME,
    MAX_HTML,
    MOST_ATTACHMENTS,
    MOST_HEADERS,
    MOST_RECIPIENTS,
    RESERVED,
    UNVERIFIED_SENDER,
    is_refused_file,
    is_too_long,
)
from emulator.autosend.rates import RATE, count_use
from emulator.autosend.refusals import PlanUpgradeRequired
from emulator.autosend.rendering import check_mail
from emulator.autosend.sending.mails import Addressee, send, with_copies
from emulator.autosend.smtp_watching import entry_of, instead, judged, write_down
from emulator.autosend.tables.account import Domain, Organization, Project, tracking_of
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.values import MAX_SUBJECT, is_email
from emulator.autosend.webhooks import email_id
from emulator.engine.engine import Turn
from emulator.gateway.policy import MEBIBYTE
from emulator.sandbox.directory import Claim, Directory
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.headers import formatted, in_one_line, is_one_line
from emulator.sending.mime import Address, MailFile, ReadMail, read_mail
from emulator.watching.journal import Entry

MOST_BYTES = 25 * MEBIBYTE
LARGE = MEBIBYTE // 4
"""The size, in bytes, up to which a message is read at once, and not on another thread."""
USER = "autosend"

_STANDARD = """
    accept-language autocrypt auto-submitted comments delivered-to disposition-notification-to errors-to
    feedback-id importance in-reply-to keywords mail-followup-to mail-reply-to organization
    original-message-id precedence priority references return-receipt-to sensitivity thread-index
    thread-topic user-agent x-mailer x-msmail-priority x-priority
"""
STANDARD = frozenset(_STANDARD.split())
"""Headers that mail programs and servers add themselves, in lower case (RFC 4021, and other usual ones)."""
STANDARD_BEGINNINGS = ("arc-", "authentication-results", "list-", "received-", "resent-")

QUEUED = "250 2.0.0 Ok: queued as {}"
KNOWN = "250 2.1.5 Recipient ok"
LOGIN_REQUIRED = "530 5.7.0 Authentication required"
NOT_KNOWN = "535 5.7.8 Authentication credentials invalid"


class Refused(Exception):  # noqa: N818 -- a reply, like the refusals of the API
    """A negative SMTP reply: code, extended code and text."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(frozen=True)
class Posted:
    """A message with its envelope."""

    key: str | None
    """The password that the client logged in with, None without a login."""
    client: str
    """The address of the client."""
    message: bytes
    sender: str
    recipients: Sequence[str]


class SmtpRelay:
    """Checks the credentials and accepts the messages of SMTP clients, for all sandboxes."""

    def __init__(
        self,
        directory: Directory,
        errors: Mapping[str, type[ProviderError]],
        *,
        enforce_rate_limit: bool,
    ) -> None:
        self._directory = directory
        self._errors = errors
        self._enforce_rate_limit = enforce_rate_limit

    async def knows(self, user: str, password: str) -> bool:
        """Return whether a client may log in. The user is `autosend` or an address, as in the samples."""
        claim = self._claim(password)
        if claim is None or not (user.lower() == USER or is_email(user)):
            return False
        await claim.sandbox.ready()
        with claim.sandbox.turn() as turn:
            return is_good(turn.session, claim.grant.key)

    async def check_recipient(self, key: str | None, address: str, number: int) -> str:
        """Return the reply that accepts an address as recipient `number` of a mail. Raises Refused.

        `key` is the password that the client logged in with. A client that did not log in can only write to
        receiving addresses of the default sandbox.
        """
        if not is_email(address):
            raise Refused("553 5.1.3 The recipient is no address")
        if number > MOST_RECIPIENTS:
            raise Refused(f"452 4.5.3 At most {MOST_RECIPIENTS} recipients")
        claim, sandbox = self._sender(key)
        await sandbox.ready()
        with sandbox.turn() as turn:
            if key is None and not is_received(turn.session, address):
                raise Refused(LOGIN_REQUIRED)
            if claim is not None and not is_good(turn.session, claim.grant.key):
                raise Refused(NOT_KNOWN)
        return KNOWN

    async def accept(self, posted: Posted) -> str:
        """Take a message, and return the reply, with the emailId, or else the id of the received mail.

        If the author is not at a verified domain, recipients at receiving addresses of the account receive
        the message; to all others it is sent. The journal gets an entry in any case. Raises Refused and Lost.
        """
        claim, sandbox = self._sender(posted.key)
        entry = entry_of(posted.key or "", posted.client, posted.message, posted.sender, posted.recipients)
        await sandbox.ready()
        generation = sandbox.generation
        try:
            reply = await self._replied(sandbox, claim, posted, entry)
        except BaseException as failure:  # also if the client disconnects meanwhile
            if sandbox.generation == generation:
                write_down(sandbox, entry, failure.reply if isinstance(failure, Refused) else "")
            raise
        write_down(sandbox, entry, reply)
        return reply

    async def _replied(self, sandbox: Sandbox, claim: Claim | None, posted: Posted, entry: Entry) -> str:
        """Return the reply to a message, or that of a fault rule in its place."""
        rule = judged(sandbox, entry)
        if rule is None:
            return await self._taken(sandbox, claim, posted)
        reply = await self._taken(sandbox, claim, posted) if rule.executed else None
        other = await instead(sandbox, rule, entry, self._errors)
        if other is not None:
            raise Refused(other)
        return reply or await self._taken(sandbox, claim, posted)

    async def _taken(self, sandbox: Sandbox, claim: Claim | None, posted: Posted) -> str:
        """Store a message and return the reply; a large one is read and stored aside, as that takes long."""
        is_large = len(posted.message) > LARGE
        said = await to_thread(read_mail, posted.message) if is_large else read_mail(posted.message)
        if not said.is_whole:
            raise Refused("554 5.6.0 The message can not be read")
        await sandbox.ready()
        store = partial(self._stored, sandbox, claim, posted, said)
        if is_large:
            return await sandbox.long_turn(store)
        with sandbox.turn() as turn:
            return store(turn)

    def _stored(
        self, sandbox: Sandbox, claim: Claim | None, posted: Posted, said: ReadMail, turn: Turn
    ) -> str:
        message, sender, recipients = posted.message, posted.sender, posted.recipients
        if claim is None:
            ids = receive(turn, message, sender, recipients)
            if not ids:  # the domain was deleted after its recipient was accepted
                raise Refused(LOGIN_REQUIRED)
            return QUEUED.format(ids[0])
        _check_standing(turn.session, claim.grant)
        used = count_use(sandbox, posted.key or "", turn.now)
        if self._enforce_rate_limit and used > RATE:
            raise Refused("450 4.7.0 Rate limit exceeded")
        project_id, author = claim.grant.project_id, _author(said, sender)
        domain = sending_domain(turn.session, project_id, author.email)
        inside = [one for one in recipients if domain is None and is_received(turn.session, one)]
        outside = [one for one in recipients if one not in inside]
        ids = [_queue(turn, project_id, said, author, domain, outside)] if outside else []
        ids += receive(turn, message, sender, inside) if inside else []
        return QUEUED.format(ids[0])

    def _sender(self, key: str | None) -> tuple[Claim | None, Sandbox]:
        """Return the claim and the sandbox of a login; without one, None and the default sandbox.

        Raises Refused for a key that has become unknown.
        """
        if key is None:
            return None, self._directory.default
        claim = self._claim(key)
        if claim is None:
            raise Refused(NOT_KNOWN)
        return claim, claim.sandbox

    def _claim(self, key: str) -> Claim | None:
        """Return the claim of an SMTP key, None for an unknown key and for a key of the API."""
        claim = self._directory.find("autosend", key)
        if claim is None or (claim.grant.key == key and not claim.grant.is_smtp):
            return None
        return claim


def _check_standing(session: Session, grant: Grant) -> None:
    """Raise Refused if a password is no longer valid, or if the subscription has expired."""
    if not is_good(session, grant.key):
        raise Refused(NOT_KNOWN)
    if session.get_one(Organization, grant.organization_id).subscription == "expired":
        raise Refused(f"554 5.7.1 {PlanUpgradeRequired.text}")


def _author(said: ReadMail, sender: str) -> Address:
    """Return the author of a mail: the `From` header's first address, else the envelope's; empty for none."""
    named = said.addresses("from") if "from" in said.headers else [Address(sender.lower())]
    return named[0] if named else Address("")


def _queue(
    turn: Turn,
    project_id: str,
    said: ReadMail,
    author: Address,
    domain: Domain | None,
    recipients: Sequence[str],
) -> str:
    """Put a mail from a domain into the queue, and return its emailId. Raises Refused."""
    project = turn.session.get_one(Project, project_id)
    _check(said, author, domain)
    mail = Mail(
        job_id=0,
        project_id=project.id,
        from_email=author.email,
        from_name=author.name or "",
        reply_to=next((formatted(one.email, one.name) for one in said.addresses("reply-to")), ""),
        subject=said.headers.get("subject", ""),
        html=said.html.replace("\r\n", "\n"),
        text=said.text.replace("\r\n", "\n"),
        headers=_own_headers(said),
        new_domain_id=limited(domain, turn.now),
        **tracking_of(project),
    )
    for _, complaint in check_mail(mail, [{}]):
        raise Refused(f"554 5.6.0 {in_one_line(complaint)}")
    files = [_attachment(file) for file in said.files]
    return email_id(send(turn, mail, _addressees(said, recipients), attachments=files).first_id)


def _attachment(file: MailFile) -> Attachment:
    return Attachment(
        job_id=0,
        file_name=file.name,
        content_type=file.content_type,
        content=file.content,
        content_id=file.content_id,
    )


def _own_headers(said: ReadMail) -> dict[str, str]:
    """Return the headers of a mail that AutoSend does not set itself, with names in the usual case."""
    return {
        "-".join(word.capitalize() for word in name.split("-")): value
        for name, value in said.headers.items()
        if name not in RESERVED and not name.startswith("content-")
    }


def _check(said: ReadMail, author: Address, domain: Domain | None) -> None:
    """Raise Refused for the first error in a message."""
    if not is_email(author.email):
        raise Refused("550 5.1.7 The sender is no address")
    if not all(is_email(one.email) for one in said.addresses("reply-to")):
        raise Refused("550 5.1.7 The reply address is no address")
    if domain is None:
        raise Refused(f"550 5.7.1 {UNVERIFIED_SENDER[1]}")
    for complaint in _complaints(said):
        raise Refused(f"554 5.6.0 {complaint}")


def _complaints(said: ReadMail) -> Iterator[str]:
    if len(said.headers.get("subject", "")) > MAX_SUBJECT:
        yield f"The subject has more than {MAX_SUBJECT} characters"
    if is_too_long(said.html) or is_too_long(said.text):
        yield f"A text has more than {MAX_HTML // MEBIBYTE} MB"
    if len(said.files) > MOST_ATTACHMENTS:
        yield f"At most {MOST_ATTACHMENTS} attachments"
    if any(is_refused_file(file.name) for file in said.files):
        yield "The type of an attachment is not allowed"
    if not all(map(is_one_line, _header_texts(said))):
        yield "Subjects, names and file names have one line"
    yield from _header_complaints(_own_headers(said))


def _header_texts(said: ReadMail) -> Iterator[str]:
    """Yield the texts of a message that become headers of the mail: subject, names and file names."""
    yield said.headers.get("subject", "")
    for header in ("from", "to", "cc", "reply-to"):
        yield from (one.name or "" for one in said.addresses(header))
    yield from (file.name for file in said.files)


def _header_complaints(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the errors in the headers. Standard headers do not count towards the limits of custom ones."""
    custom = {name: value for name, value in headers.items() if not _is_standard(name.lower())}
    if len(custom) > MOST_HEADERS:
        yield f"At most {MOST_HEADERS} headers"
    if any(len(name) > MAX_HEADER_NAME for name in custom):
        yield f"Names have up to {MAX_HEADER_NAME} characters"
    too_long = any(len(value) > MAX_HEADER for value in custom.values())
    if too_long or not all(map(is_one_line, headers.values())):
        yield f"Values have up to {MAX_HEADER} characters, in one line"


def _is_standard(name: str) -> bool:
    return name in STANDARD or name.startswith(STANDARD_BEGINNINGS)


def _addressees(said: ReadMail, recipients: Sequence[str]) -> list[Addressee]:
    """Return the addressees of a message; a recipient that no header names gets a blind copy."""
    named = {one.email: (one.name or "", role) for role in ("cc", "to") for one in said.addresses(role)}
    found = [
        Addressee(email, *named.get(email, ("", "bcc")))
        for email in dict.fromkeys(address.lower() for address in recipients)
    ]
    found.sort(key=lambda one: ("to", "cc", "bcc").index(one.role))
    return with_copies(found)
