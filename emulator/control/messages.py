"""Messages: one view of all messages that providers sent, or have still to send."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlmodel import Session
from starlette.responses import Response

from emulator.control.finding import Finder, find_message
from emulator.control.problems import Problem
from emulator.control.reading import Message, MessageDetail, Reader, statuses_of
from emulator.control.values import (
    Chosen,
    Moment,
    Number,
    Order,
    Origin,
    Providers,
    Wanted,
    Whole,
    check_kind,
    check_part,
    check_provider,
    check_word,
    instant,
    named_or_all,
)
from emulator.control.watching import MOST_SHOWN, Scene, Watch
from emulator.engine.engine import Turn
from emulator.gateway.origin import origin_of
from emulator.providers import Provider, senders_of
from emulator.sandbox.parts import kinds_of
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import DEFAULT_SANDBOX
from emulator.sending.jobs import JobSender
from emulator.sending.messages import Message as Row
from emulator.sending.outcomes import route
from emulator.sending.search import Search
from emulator.sending.steering import MoveRefusedError

HTML_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The Content-Security-Policy of a mail's HTML: it can be displayed, and do nothing else."""

MessageId = Annotated[
    str,
    Path(
        description="The emulator's, the provider's or the client's own, if it is unambiguous", examples=["1"]
    ),
]


class NearMessage(Message):
    """A message that does not match, and which of the criteria it does not meet."""

    misses: list[str] = Field(examples=[["recipient", "status"]])


class MessageList(BaseModel):
    total: int = Field(description="How many messages match; `messages` holds the first of them")
    unsearched: int = Field(
        0, description="How many were not searched, because too many have words of their own"
    )
    messages: list[Message]


class ForcedStatus(Wanted):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "bounced", "force": True}]})

    status: str = Field(max_length=50)
    force: bool = Field(False, description="Set the status even where no other leads there")


class MessageFilters(Wanted):
    """The messages to match. A field that is left out matches any."""

    id: str | None = Field(
        None,
        max_length=1000,
        coerce_numbers_to_str=True,
        description="The emulator's, the provider's (of a message, batch, campaign, launch) or the client's",
    )
    provider: str | None = None
    recipient: str | None = Field(None, description="A part of it, in whatever case")
    status: str | None = None
    channel: str | None = None
    subject: str | None = Field(None, max_length=1000, description="A part of it, in whatever case")
    text: str | None = Field(
        None, max_length=1000, description="A part of what a reader sees: subject, text, HTML, cards"
    )
    job: str | None = Field(None, description="By its id in /_emulator/jobs: `rcs/campaign/3`")
    since: Moment | None = Field(None, description="Made at this time or later")
    until: Moment | None = Field(None, description="Made at this time or before")
    after: Number = Field(0, description="Only those with a greater id")
    latest: bool = Field(False, description="Only the latest of those that match")

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

    def finder(self, sandbox: Sandbox, providers: Sequence[Provider], origin: str) -> Finder:
        return Finder(sandbox, providers, origin, id_=self.id, subject=self.subject, text=self.text)


def check_filters(providers: Sequence[Provider], criteria: MessageFilters, place: str = "") -> None:
    """Raise Problem for criteria that no message can meet, such as a misspelt word, or that all meet."""
    check_provider(providers, criteria.provider, f"{place}provider")
    asked = named_or_all(providers, criteria.provider)
    channels = (channel for one in asked for channel in one.channels)
    check_word(f"{place}channel", criteria.channel, channels, "a channel of messages there")
    statuses = sorted({status for one in asked for status in one.statuses()})
    check_word(f"{place}status", criteria.status, statuses, "a status of messages there")
    for part in ("recipient", "subject", "text"):
        check_part(f"{place}{part}", getattr(criteria, part))
    if criteria.job is not None:
        check_kind(f"{place}job", criteria.job, (one.word for one in kinds_of(providers)))


class MessagePage(MessageFilters):
    sandbox: str = Field(DEFAULT_SANDBOX, description="The name of the sandbox")
    order: Order = Field("oldest", description="Which come first")
    limit: Whole = Field(100, ge=1, le=10_000)


router = APIRouter(prefix="/_emulator/messages", tags=["Messages"])


MANY = 50
"""More messages than these are read on another thread, so that other sandboxes' clients go on meanwhile."""


@router.get("", summary="Search the messages", response_model=MessageList)
async def list_messages(
    filters: Annotated[MessagePage, Query()], sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageList | Response:
    """Return messages of all providers, in the order in which they were made, or the newest first."""
    check_filters(providers, filters)
    finder, search = filters.finder(sandbox, providers, origin), filters.search(providers)
    if filters.latest:
        found = await finder.latest(search)
    else:
        found = await finder.find(search, filters.limit, newest_first=filters.order == "newest")

    def read(turn: Turn) -> MessageList:
        messages = Reader(turn, providers, origin).messages(found.ids)
        return MessageList(total=found.total, unsearched=found.unsearched, messages=messages)

    if len(found.ids) > MANY:
        return Response(await sandbox.long_turn(partial(_as_json, read)), media_type="application/json")
    with sandbox.turn() as turn:
        return read(turn)


@router.get("/{message_id}", summary="Read a message")
async def read_message(
    message_id: MessageId, sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageDetail:
    """Return a message with its content and the statuses that it reached."""
    with sandbox.turn() as turn:
        return Reader(turn, providers, origin).detail(find_message(turn, providers, message_id))


@router.get(
    "/{message_id}/html",
    summary="Look at a message's HTML",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def message_html(
    message_id: MessageId, sandbox: Chosen, providers: Providers, origin: Origin
) -> Response:
    """Return a mail's HTML as its recipient sees it. It can not run scripts or load anything."""
    with sandbox.turn() as turn:
        html = Reader(turn, providers, origin).content(find_message(turn, providers, message_id)).html
    if html is None:
        raise Problem(404, f"Message {message_id[:80]} has no HTML.")
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": HTML_POLICY})


@router.get(
    "/{message_id}/raw",
    summary="Download a mail's source",
    response_class=Response,
    responses={200: {"content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def message_source(
    message_id: MessageId, sandbox: Chosen, providers: Providers, origin: Origin
) -> Response:
    """Return the raw source of a mail (RFC 5322) as its recipient gets it: headers, texts, attachments."""
    with sandbox.turn() as turn:
        row = find_message(turn, providers, message_id)
        source = Reader(turn, providers, origin).source(row)
    if source is None:
        raise Problem(404, f"Message {message_id[:80]} is no mail: it has no source.")
    headers = {
        "Content-Disposition": f'attachment; filename="{row.id}.eml"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(source, media_type="message/rfc822", headers=headers)


@router.post("/{message_id}/status", summary="Force a message's status")
async def force_message(
    message_id: MessageId, wanted: ForcedStatus, sandbox: Chosen, providers: Providers, origin: Origin
) -> MessageDetail:
    """Set a message's status now, by way of the statuses that lead to it. No further one follows by itself.

    A message that has the status already goes through no other one.
    """
    with sandbox.turn() as turn:
        reader = Reader(turn, providers, origin)
        row = find_message(turn, providers, message_id)
        sender, job = reader.sender(row), reader.job(row)
        sender.force(turn, job, row, _way(turn.session, sender, row, wanted))
        return reader.detail(find_message(turn, providers, message_id))


class MessageWatch(Watch):
    """Waits for messages that match. A status matches if a message has it, or has had it."""

    criteria: MessageFilters
    check = staticmethod(check_filters)

    def __init__(self, scene: Scene, criteria: MessageFilters, field: str, count: int) -> None:
        super().__init__(scene, criteria, field, count)
        self._origin = origin_of(scene.request)
        self._finder = criteria.finder(scene.sandbox, scene.providers, self._origin)
        search = criteria.search(scene.providers)
        self._search = replace(search, status=None, reached=search.status)
        self._ids = list[int]()

    async def look(self) -> int:
        found = await self._finder.find(self._search, self.most, newest_first=True)
        self._ids = found.ids
        return found.total

    async def matched(self) -> list[Message]:
        ids = self._ids[:1] if self.criteria.latest else self._ids

        def read(turn: Turn) -> list[Message]:
            return self._reader(turn).messages(ids[::-1])

        if len(ids) > MANY:
            return await self.scene.sandbox.long_turn(read)
        with self.scene.sandbox.turn() as turn:
            return read(turn)

    async def arrived(self) -> list[NearMessage]:
        """Return the messages that do not match, the closest first."""
        near = await self._finder.near(self._search, MOST_SHOWN)
        with self.scene.sandbox.turn() as turn:
            messages = {message.id: message for message in self._reader(turn).messages(list(near))}
        return [
            NearMessage(**messages[id_].model_dump(), misses=near[id_]) for id_ in near if id_ in messages
        ]

    def _reader(self, turn: Turn) -> Reader:
        return Reader(turn, self.scene.providers, self._origin)


def _as_json(read: Callable[[Turn], MessageList], turn: Turn) -> bytes:
    """Return a list as JSON, written piece by piece: pydantic would hold all threads until all is written."""
    found = read(turn)
    rest = found.model_dump(exclude={"messages"})
    pieces = [message.model_dump_json().encode() for message in found.messages]
    return to_json(rest)[:-1] + b',"messages":[' + b",".join(pieces) + b"]}"


def _way(session: Session, sender: JobSender, row: Row, wanted: ForcedStatus) -> list[str]:
    """Return the statuses that a message goes through to the wanted one; none if it has that already.

    Raises Problem for an unknown status, and MoveRefusedError if none lead there, or if the provider can not
    report the wanted one of such a message. On the way to another status, such statuses are left out.
    """
    possible = statuses_of(sender, row)
    if wanted.status not in sender.statuses_in(sender.outcomes):
        check_word("status", wanted.status, possible, "a status that it can be set to")
    if wanted.status in possible:
        if wanted.status == row.status:
            return []
        way = route(sender.scripts(row), sender.queued, row.status, wanted.status)
        barrier = sender.barrier(session, row, wanted.status)
        if barrier is not None and not wanted.force:
            raise MoveRefusedError(f"Message {row.id} {barrier}; force=true sets {wanted.status}.")
        if way is not None:
            told = (one for one in way[:-1] if sender.barrier(session, row, one) is None)
            return [*told, wanted.status]
        if wanted.force:
            return [wanted.status]
    raise MoveRefusedError(_refusal(sender, row, wanted.status))


def _refusal(sender: JobSender, row: Row, status: str) -> str:
    scripts, statuses = sender.scripts(row), statuses_of(sender, row)
    reached = [one for one in statuses if route(scripts, sender.queued, row.status, one)]
    if status not in statuses:
        return f"{status!r} is no status that such a message can be set to; there are {', '.join(statuses)}."
    ways = ", ".join(reached) or "nothing"
    return f"No statuses lead from {row.status} to {status}. Possible: {ways}; force=true sets it."
