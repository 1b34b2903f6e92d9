"""The received mails of a fixture's project."""

from pydantic import Field

from emulator.autosend.account.parts import HexId
from emulator.autosend.inbound import PROCESSED, Mailbox, store
from emulator.autosend.values import Email, OneLine
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment
from emulator.sending.mime import Address, MailFile, read_mail, written_mail


class FileFixture(Fixture):
    name: OneLine
    type: str = Field("application/octet-stream", pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")
    content: str


class InboundFixture(Fixture):
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


def load_inbound(turn: Turn, project_id: str, fixtures: list[InboundFixture]) -> None:
    for fixture in fixtures:
        raw = written_mail(
            message_id=fixture.message_id,
            at=fixture.received,
            sender=Address(fixture.from_email, fixture.from_name),
            to=[Address(fixture.to)],
            subject=fixture.subject,
            text=fixture.text,
            html=fixture.html,
            files=[MailFile(file.name, file.type, file.content.encode()) for file in fixture.files],
        )
        mailbox = Mailbox(project_id, fixture.to.rpartition("@")[2], PROCESSED, [fixture.to])
        said = read_mail(raw)
        store(turn, mailbox, raw, said, fixture.from_email, mail_id=fixture.id, at=fixture.received)
