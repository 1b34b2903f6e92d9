"""Reading messages: their rows, with what their providers know of them."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from emulator.control.values import Providers, shown
from emulator.engine.engine import Turn
from emulator.providers import Provider, senders_of
from emulator.sending.codes import codes_in
from emulator.sending.content import LONGEST_TITLE, Content
from emulator.sending.identity import Envelope
from emulator.sending.job_table import Job
from emulator.sending.jobs import JobSender
from emulator.sending.mailbox import history_of
from emulator.sending.messages import Message as Row
from emulator.sending.messages import messages_with
from emulator.sending.outcomes import word_of
from emulator.sending.source import source
from emulator.sending.texts import in_words, links_in, visible_text


class Message(BaseModel):
    """The summary of a message."""

    id: int
    provider: str = Field(examples=["autosend"])
    channel: str = Field(examples=["email"])
    job: str | None = Field(description="The job that it belongs to; null for a single message")
    provider_id: str | None = Field(
        description="Its id at the provider, as responses and webhooks have it; null where they have none",
        examples=["66b1c2d30000000000000007"],
    )
    provider_ids: dict[str, str] = Field(
        description="This id, and those of its campaign, batch or launch, by the provider's names for them",
        examples=[{"emailId": "66b1c2d30000000000000007", "campaignId": "60d5ec49f1b2c72d9c8b4567"}],
    )
    recipient: str = Field(examples=["ann@example.com"])
    role: Literal["to", "cc", "bcc"] | None = Field(
        description="How the recipient stands in a mail", examples=["cc"]
    )
    reference: str | None = Field(description="The client's own id of it")
    status: str = Field(examples=["delivered"])
    outcome: str = Field(
        description="What becomes of it, in a word that rules take; `forced` where a test set its status, "
        "`withheld` where it may not leave",
        examples=["delivered"],
    )
    subject: str = Field(description="What a reader sees first: the subject of a mail, the text of others")
    created_at: str
    sent_at: str | None
    delivered_at: str | None


class StatusAt(BaseModel):
    status: str
    at: str
    detail: str | None = Field(
        description="What more there is to tell: the address of a link that was clicked, the outcome by "
        "which a mail was deferred or bounced where that is not the usual one"
    )


class AttachedFile(BaseModel):
    name: str
    content_type: str
    size: int | None = Field(description="In bytes; null for a file that is kept elsewhere")
    url: str | None
    description: str = Field(description="What the client says of it")
    content_id: str = Field(description="The name by which the HTML shows it, as `cid:…`")


class Party(BaseModel):
    email: str
    name: str | None


class MessageDetail(Message):
    """A message with its content and its history."""

    sender: str
    to: list[Party] = Field(description="All recipients of the mail, each of whom has a message of their own")
    cc: list[Party]
    bcc: list[Party]
    text: str
    html: bool = Field(description="Whether it has HTML, which is at /messages/{id}/html")
    payload: dict[str, Any] | None = Field(description="The content that the client sent, if more than text")
    headers: dict[str, str] = Field(description="The headers of a mail beside the usual ones")
    attachments: list[AttachedFile] = Field(description="The files of a mail")
    links: list[str] = Field(description="The addresses that it links to")
    codes: list[str] = Field(description="One-time codes in it", examples=[["482915"]])
    history: list[StatusAt] = Field(description="The statuses that it reached")
    statuses: list[str] = Field(
        description="The statuses that it can be set to",
        examples=[["bounced", "delivered", "failed", "sent"]],
    )


class Reader:
    """Reads messages from the database, with the content that their providers give them."""

    def __init__(self, turn: Turn, providers: Providers, origin: str) -> None:
        self.session = turn.session
        self._origin = origin
        self._providers = {provider.name: provider for provider in providers}
        self._senders = senders_of(providers)

    def job(self, row: Row) -> Job:
        return self.session.get_one(Job, row.job_id)

    def sender(self, row: Row) -> JobSender:
        return self._senders[self.job(row).provider]

    def status(self, row: Row) -> str:
        return self.sender(row).shown_status(self.job(row).state, row.status)

    def provider(self, row: Row) -> Provider:
        return self._providers[self.sender(row).family]

    def content(self, row: Row) -> Content:
        return self.provider(row).content(self.session, row, self.job(row), self._origin)

    def subject(self, row: Row) -> str:
        subject_of = self.provider(row).subject
        return subject_of(self.session, row) if subject_of else title_of(self.content(row))

    def source(self, row: Row) -> bytes | None:
        """Return the raw source of a mail as its recipient gets it, None for a message that is no mail."""
        content = self.content(row)
        return None if content.envelope is None else source(row, content, content.envelope)

    def messages(self, ids: Sequence[int]) -> list[Message]:
        """Return the messages with these ids, in this order."""
        rows = {row.id: row for row in messages_with(self.session, ids)}
        return [self.message(rows[number]) for number in ids if number in rows]

    def message(self, row: Row) -> Message:
        return Message(**self._fields(row, self.subject(row)))

    def detail(self, row: Row) -> MessageDetail:
        content = self.content(row)
        return MessageDetail(
            **self._fields(row, title_of(content)),
            sender=content.sender,
            **_parties(content.envelope or NOBODY),
            text=content.text,
            html=content.html is not None,
            payload=content.payload,
            headers=dict(content.headers),
            attachments=[AttachedFile.model_validate(vars(file)) for file in content.attachments],
            links=_links(content),
            codes=_codes(content),
            statuses=statuses_of(self.sender(row), row),
            history=[
                StatusAt(status=change.status, at=shown(change.at) or "", detail=change.detail)
                for change in history_of(self.session, row)
            ],
        )

    def _fields(self, row: Row, subject: str) -> dict[str, Any]:
        identity = self.provider(row).identity(self.session, row)
        return {
            "id": row.id,
            "provider_id": identity.id,
            "provider_ids": dict(identity.others),
            "role": identity.role,
            "provider": self.sender(row).family,
            "channel": row.channel,
            "job": self.job(row).owner or None,
            "recipient": row.recipient,
            "reference": row.reference,
            "status": self.status(row),
            "outcome": word_of(row.outcome).removeprefix(f"{row.channel}."),
            "subject": subject,
            "created_at": shown(row.created_at) or "",
            "sent_at": shown(row.sent_at),
            "delivered_at": shown(row.delivered_at),
        }


NOBODY = Envelope(None)


def title_of(content: Content) -> str:
    """Return the title of a message in lists: its subject, or the beginning of its text."""
    return content.text[:LONGEST_TITLE] if content.subject is None else content.subject


def statuses_of(sender: JobSender, row: Row) -> list[str]:
    """Return the statuses that a message can be set to, sorted: those that its outcomes lead to."""
    steps = {step.status for one in sender.scripts(row).values() for step in one.steps}
    return sorted(steps - sender.marks)


def _parties(envelope: Envelope) -> dict[str, list[Party]]:
    by_role = {"to": envelope.to, "cc": envelope.cc, "bcc": envelope.bcc}
    return {role: [Party(**vars(one)) for one in those] for role, those in by_role.items()}


def _links(content: Content) -> list[str]:
    found = links_in(content.html or "", content.text, content.payload)
    return list(dict.fromkeys((*found, *content.links)))


def _codes(content: Content) -> list[str]:
    """Return the one-time codes of a message. The word that tells a code may be in the subject."""
    if content.codes is not None:
        return list(content.codes)
    said = {in_words(content.text), visible_text(content.html or "")} - {""}
    return codes_in(*(f"{content.subject or ''} {text}" for text in sorted(said) or [""]))
