"""The received mails of a fixture's project."""

from pydantic import Field

from emulator.autosend.account.parts import HexId
from emulator.autosend.inbound import mailboxes, store
from emulator.autosend.values import Email, OneLine
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment
from emulator.sending.mime import Address, MailFile, read_mail, written_mail


class FileFixture(Fixture):
    name: OneLine
    type: str = Field("application/octet-stream", pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")
    content: str


class InboundFixture(Fixture):
    """A mail that came to a domain of the project; it is blocked if the domain does not receive mails."""

    id: HexId
    message_id: str = Field(pattern=r"^<[^<>\s]+>$")
    received: Moment
    from_email: Email
    from_name: OneLine | None = None
    to: Email
    subject: OneLine = ""
    text: str = ""
    html: str = ""
    files: list[FileFixture] = []

    def store(self, turn: Turn, project_id: str) -> None:
        raw = written_mail(
            message_id=self.message_id,
            at=self.received,
            sender=Address(self.from_email, self.from_name),
            to=[Address(self.to)],
            subject=self.subject,
            text=self.text,
            html=self.html,
            files=[MailFile(file.name, file.type, file.content.encode()) for file in self.files],
        )
        mailbox = next(one for one in mailboxes(turn.session, [self.to]) if one.project_id == project_id)
        store(turn, mailbox, raw, read_mail(raw), self.from_email, mail_id=self.id, at=self.received)
