"""The live feed: a stream of what happens in a sandbox, as server-sent events."""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse

from emulator.control.values import Chosen, Number, TheWorld, check_word
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import World
from emulator.watching.feed import KINDS, Feed, Happening, Listener
from emulator.watching.redaction import Redactor

HEARTBEAT = 15.0
"""Seconds without an event until the stream sends a comment, to show that it is alive."""

CHUNK = 64 * 1024
"""How many bytes are sent at a time: when a client is slow, the next ones wait until it has read some."""

EXAMPLE = """\
id: 7
event: request
data: {"number":12,"at":"2026-03-15T14:30:00.000Z","provider":"autosend","method":"GET","status":200}

"""
MEDIA_TYPE = "text/event-stream"
STREAM = {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}}

router = APIRouter(prefix="/_emulator/feed", tags=["Feed"])


async def _types(
    types: Annotated[str, Query(description="Types, separated by commas: `request,message`")] = ",".join(
        KINDS
    ),
) -> frozenset[str]:
    named = [name for name in types.replace(" ", "").split(",") if name] or [types]
    for name in named:
        check_word("types", name, KINDS, "a type of events here")
    return frozenset(named)


@router.get(
    "",
    summary="Follow what happens",
    response_class=Response,
    responses={200: {"description": "Events as they happen, until the client leaves", "content": STREAM}},
)
async def follow(
    world: TheWorld,
    sandbox: Chosen,
    types: Annotated[frozenset[str], Depends(_types)],
    last_event_id: Annotated[
        Number | None, Header(description="Go on after this event, if it is still known")
    ] = None,
) -> Response:
    """Stream requests, transitions, messages and deliveries as they happen.

    An event `dropped` says that some events were lost: the client was too slow, or away for too long.
    """
    events = _stream(world, sandbox, types, last_event_id)
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache"})


async def _stream(
    world: World, sandbox: Sandbox, types: frozenset[str], last: int | None
) -> AsyncIterator[bytes]:
    feed = sandbox.feed
    missed, is_all = ([], True) if last is None else feed.since(last)
    listener = feed.listen()
    try:
        yield _comment(f"what happens in {sandbox.name}")
        if not is_all:
            yield _dropped(None)
        for chunk in await _as_events(missed, types, feed, world.redactor(sandbox)):
            yield chunk
        async for happenings in _happenings(feed, listener):
            if listener.dropped:
                yield _dropped(listener.dropped)
                listener.dropped = 0
            if not happenings:
                yield _comment("still here")
            for chunk in await _as_events(happenings, types, feed, world.redactor(sandbox)):
                yield chunk
    finally:
        feed.leave(listener, may_come_back=True)


async def _happenings(feed: Feed, listener: Listener) -> AsyncIterator[list[Happening]]:
    """Yield the happenings as they come, an empty list at each heartbeat, until the feed is over."""
    while not feed.is_over:
        yield await listener.hear(HEARTBEAT)


async def _as_events(
    happenings: Iterable[Happening], types: frozenset[str], feed: Feed, redactor: Redactor
) -> Iterator[bytes]:
    """Return happenings of these types as server-sent events, in chunks."""
    chosen = [one for one in happenings if one.kind in types]
    await feed.show(chosen, partial(_event, redactor))
    return _chunks(one.shown or b"" for one in chosen)


def _chunks(events: Iterable[bytes]) -> Iterator[bytes]:
    chunk, size = list[bytes](), 0
    for event in events:
        chunk.append(event)
        size += len(event)
        if size >= CHUNK:
            yield b"".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield b"".join(chunk)


def _event(redactor: Redactor, happening: Happening) -> bytes:
    data = to_json(_redacted(happening, redactor))
    return b"event: %b\ndata: %b\nid: %d\n\n" % (happening.kind.encode(), data, happening.number)


def _redacted(happening: Happening, redactor: Redactor) -> dict[str, Any]:
    """Return a happening's data with credentials hidden, also URL-encoded ones in the query of a request."""
    data: dict[str, Any] = redactor.data(happening.data)
    if happening.kind == "request":
        data["query"] = redactor.query(happening.data["query"].encode("latin-1"))
    return data


def _dropped(number: int | None) -> bytes:
    """Return the event `dropped` with the number of lost events, None if it is unknown."""
    return b"event: dropped\ndata: %b\n\n" % to_json({"number": number})


def _comment(text: str) -> bytes:
    return f": {text}\n\n".encode()
