"""Messages: one view of all messages that providers sent, or have still to send."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from emulator.control.problems import Problem
from emulator.control.values import (
    Chosen,
    Number,
    Order,
    Origin,
    Providers,
    Wanted,
    instant,
    provider_named,
    shown,
)
from emulator.control.watching import MOST_SHOWN, Watch
from emulator.engine.engine import Turn
from emulator.providers import Provider, senders_of
from emulator.sandbox.world import DEFAULT_SANDBOX
from emulator.sending.content import Content
from emulator.sending.jobs import Job, JobSender
from emulator.sending.mailbox import Search, find_messages, history_of
from emulator.sending.messages import Message as Row
from emulator.sending.outcomes import route, without_group
from emulator.sending.steering import MoveRefusedError

HTML_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The Content-Security-Policy of a mail's HTML: it can be displayed, and do nothing else."""


class Message(BaseModel):
    """The summary of a message."""

    id: int
    provider: str = Field(examples=["autosend"])
    channel: str = Field(examples=["email"])
    job: str | None = Field(description="The job that it belongs to; null for a single message")
    recipient: str = Field(examples=["ann@example.com"])
    reference: str | None = Field(description="The client's own id of it")
    status: str = Field(examples=["delivered"])
    outcome: str = Field(description="What becomes of it", examples=["delivered"])
    subject: str = Field(description="What a reader sees first: the subject of a mail, the text of others")
    created_at: str
    sent_at: str | None
    delivered_at: str | None


class StatusAt(BaseModel):
    status: str
    at: str


class AttachedFile(BaseModel):
    name: str
    content_type: str
    size: int | None = Field(description="In bytes; null where it stands elsewhere")
    url: str | None
    description: str = Field(description="What the client says of it")


class MessageDetail(Message):
    """A message with its content and its history."""

    sender: str
    text: str
    html: bool = Field(description="Whether it has HTML, which is at /messages/{id}/html")
    payload: dict[str, Any] | None = Field(description="What the client sent, of more than text")
    headers: dict[str, str] = Field(description="Of a mail, beside the usual ones")
    attachments: list[AttachedFile] = Field(description="The files of a mail")
    history: list[StatusAt] = Field(description="The statuses that it reached")


class MessageList(BaseModel):
    total: int = Field(description="How many messages are meant; `messages` holds the first of them")
    messages: list[Message]


class ForcedStatus(Wanted):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "bounced"}]})

    status: str = Field(max_length=50)
    force: bool = Field(False, description="Set the status even where no other leads there")


class MessageFilters(Wanted):
    """The messages to match. A field that is left out matches any."""

    provider: str | None = None
    recipient: str | None = Field(None, description="A part of it, in whatever case")
    status: str | None = None
    channel: str | None = None
    job: str | None = Field(None, examples=["autosend/campaign/60d5ec49f1b2c72d9c8b4567"])
    since: AwareDatetime | None = Field(None, description="Made at this time or later")
    until: AwareDatetime | None = Field(None, description="Made at this time or before")
    after: Number = Field(0, description="Whose id is greater")

    def search(self, providers: Sequence[Provider]) -> Search:
        return Search(
            senders=tuple(senders_of(providers).values()),
            provider=self.provider,
            channel=self.channel,
            job=self.job,
            recipient=self.recipient,
            status=self.status,
            since=None if self.since is None else instant("since", self.since),
            until=None if self.until is None else instant("until", self.until),
            after=self.after,
        )


class MessagePage(MessageFilters):
    sandbox: str = Field(DEFAULT_SANDBOX, description="The sandbox that it is about")
    order: Order = Field("oldest", description="Which come first")
    limit: int = Field(100, ge=1, le=10_000)


router = APIRouter(prefix="/_emulator/messages", tags=["Messages"])


@router.get("", summary="Search the messages")
async def list_messages(
    filters: Annotated[MessagePage, Query()], sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageList:
    """Return messages of all providers, in the order in which they were made, or the newest first."""
    if filters.provider is not None:
        provider_named(providers, filters.provider)
    with sandbox.turn() as turn:
        total, rows = find_messages(
            turn.session,
            filters.search(providers),
            filters.limit,
            newest_first=filters.order == "newest",
        )
        reader = Reader(turn, providers, origin)
        messages = [reader.message(row) for row in rows]
    return MessageList(total=total, messages=messages)


@router.get("/{message_id}", summary="Read a message")
async def read_message(
    message_id: Number, sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageDetail:
    """Return a message with its content and the statuses that it reached."""
    with sandbox.turn() as turn:
        return Reader(turn, providers, origin).detail(_find(turn, message_id))


@router.get("/{message_id}/html", summary="Look at a message's HTML", response_class=Response)
async def message_html(message_id: Number, sandbox: Chosen, providers: Providers, origin: Origin) -> Response:
    """Return a mail's HTML as its recipient sees it. It can not run scripts or load anything."""
    with sandbox.turn() as turn:
        html = Reader(turn, providers, origin).content(_find(turn, message_id)).html
    if html is None:
        raise Problem(404, f"Message {message_id} has no HTML.")
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": HTML_POLICY})


@router.post("/{message_id}/status", summary="Force a message's status")
async def force_message(
    message_id: Number, wanted: ForcedStatus, sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageDetail:
    """Set a message's status now, by way of the statuses that lead to it. No other follows by itself.

    A message that has the status already goes through no other.
    """
    with sandbox.turn() as turn:
        reader = Reader(turn, providers, origin)
        row = _find(turn, message_id)
        sender, job = reader.sender(row), reader.job(row)
        sender.force(turn, job, row, _way(sender, row, wanted))
        return reader.detail(_find(turn, message_id))


class Reader:
    """Reads messages from the database, with the content that their providers give them."""

    def __init__(self, turn: Turn, providers: Providers, origin: str) -> None:
        self._session = turn.session
        self._origin = origin
        self._providers = {provider.name: provider for provider in providers}
        self._senders = senders_of(providers)

    def job(self, row: Row) -> Job:
        return self._session.get_one(Job, row.job_id)

    def sender(self, row: Row) -> JobSender:
        return self._senders[self.job(row).provider]

    def status(self, row: Row) -> str:
        return self.sender(row).shown_status(self.job(row).state, row.status)

    def provider(self, row: Row) -> Provider:
        return self._providers[self.sender(row).family]

    def content(self, row: Row) -> Content:
        return self.provider(row).content(self._session, row, self.job(row), self._origin)

    def message(self, row: Row) -> Message:
        subject_of = self.provider(row).subject
        subject = subject_of(self._session, row) if subject_of else _subject(self.content(row))
        return Message(**self._fields(row, subject))

    def detail(self, row: Row) -> MessageDetail:
        content = self.content(row)
        return MessageDetail(
            **self._fields(row, _subject(content)),
            sender=content.sender,
            text=content.text,
            html=content.html is not None,
            payload=content.payload,
            headers=dict(content.headers),
            attachments=[AttachedFile(**asdict(file)) for file in content.attachments],
            history=[
                StatusAt(status=change.status, at=shown(change.at) or "")
                for change in history_of(self._session, row)
            ],
        )

    def _fields(self, row: Row, subject: str) -> dict[str, Any]:
        return {
            "id": row.id,
            "provider": self.sender(row).family,
            "channel": row.channel,
            "job": self.job(row).owner or None,
            "recipient": row.recipient,
            "reference": row.reference,
            "status": self.status(row),
            "outcome": without_group(row.outcome),
            "subject": subject,
            "created_at": shown(row.created_at) or "",
            "sent_at": shown(row.sent_at),
            "delivered_at": shown(row.delivered_at),
        }


def _subject(content: Content) -> str:
    """Return what a message is called in a list."""
    return content.text[:200] if content.subject is None else content.subject


class MessageWatch(Watch):
    """Waits for messages that match, by the statuses that they have, or had."""

    criteria: MessageFilters

    def _find(self, *, status: bool) -> tuple[int, list[Message]]:
        search = self.criteria.search(self.scene.providers)
        wanted = replace(search, status=None, reached=search.status if status else None)
        with self.scene.sandbox.turn() as turn:
            total, rows = find_messages(turn.session, wanted, MOST_SHOWN)
            reader = Reader(turn, self.scene.providers, str(self.scene.request.base_url))
            return total, [reader.message(row) for row in rows]

    async def look(self) -> int:
        return self._find(status=True)[0]

    def matched(self) -> list[Message]:
        return self._find(status=True)[1]

    async def arrived(self) -> list[Message]:
        """Return the messages that match all criteria but the status, whatever their status is."""
        return self._find(status=False)[1]


def _find(turn: Turn, message_id: int) -> Row:
    row = turn.session.get(Row, message_id)
    if row is None:
        raise Problem(404, f"There is no message {message_id} in this sandbox.")
    return row


def _way(sender: JobSender, row: Row, wanted: ForcedStatus) -> list[str]:
    """Return the statuses to go through; none to the one that the message has. Raises MoveRefusedError."""
    is_possible = wanted.status in _statuses(sender, row)
    if is_possible and wanted.status == row.status:
        return []
    way = route(sender.scripts(row), sender.queued, row.status, wanted.status)
    if way is not None:
        return way
    if wanted.force and is_possible:
        return [wanted.status]
    raise MoveRefusedError(_refusal(sender, row, wanted.status))


def _statuses(sender: JobSender, row: Row) -> set[str]:
    steps = {step.status for one in sender.scripts(row).values() for step in one.steps}
    return steps - sender.marks


def _refusal(sender: JobSender, row: Row, status: str) -> str:
    scripts = sender.scripts(row)
    reached = [
        one for one in sorted(_statuses(sender, row)) if route(scripts, sender.queued, row.status, one)
    ]
    if status not in _statuses(sender, row):
        known = ", ".join(sorted(_statuses(sender, row)))
        return f"{status!r} is no status of these messages; there are {known}."
    ways = ", ".join(reached) or "nothing"
    return f"No statuses lead from {row.status} to {status}. Possible: {ways}; force=true sets it."
