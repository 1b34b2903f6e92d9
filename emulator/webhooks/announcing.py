"""Deliveries that tell clients of entries in messages' histories, and of events about no message."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.engine.engine import Turn
from emulator.sending.messages import Message, Selection, StatusChange, note_place
from emulator.storage.columns import JsonOf
from emulator.storage.tables import Table
from emulator.webhooks.events import Delivery, Destination, Hooks, Notice, attempt_at, targets, tell

FILE = "file"
"""The type of a delivery that fetches a file."""


class Happening(Table, table=True):
    """An event that is about no message: a contact was created, a mail was received."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "webhook_happening"

    change_id: int = Field(primary_key=True)
    """The id of its entry among those of messages' histories."""
    provider: str
    scope: str
    """The part of the provider's account that it belongs to."""
    type: str
    body: Annotated[str, JsonOf(dict[str, Any])]
    """The content of the request's body, as JSON."""


def announce(turn: Turn, hooks: Hooks, selection: Selection, name: str, detail: str | None = None) -> None:
    """Store the deliveries for messages that reached a status just now, or for what their recipients did."""
    destinations = list(hooks.destinations(turn, selection.job_id, selection.channel))
    if not destinations:
        return
    for message in selection.messages(turn.session):
        change = StatusChange(message_id=message.id, status=name, at=turn.now, detail=detail)
        _tell_of(turn, hooks, destinations, message, change)


def announce_change(turn: Turn, hooks: Hooks, message: Message, change: StatusChange) -> None:
    """Store the deliveries for one entry of a message's history."""
    destinations = list(hooks.destinations(turn, message.job_id, message.channel))
    if destinations:
        _tell_of(turn, hooks, destinations, message, change)


def report(turn: Turn, hooks: Hooks, scope: str, notice: Notice) -> None:
    """Keep an event that is about no message, and store its deliveries."""
    place = note_place(turn, notice.type)
    turn.store.execute(_KEEP, (place, hooks.provider, scope, notice.type, json.dumps(notice.body)))
    for destination in targets(turn, hooks.provider, scope):
        tell(turn, hooks, destination, notice)


def fetch(turn: Turn, hooks: Hooks, url: str, name: str) -> None:
    """Fetch a file that a client has named, by a delivery: at once, with the retries of deliveries."""
    delivery = Delivery(
        id=turn.ids.number("webhook.delivery"),
        provider=hooks.provider,
        url=url,
        type=FILE,
        types=[FILE],
        name=name,
        body="",
        method="GET",
        created_at=turn.now,
    )
    turn.session.add(delivery)
    attempt_at(turn, delivery, turn.now, as_made=True)


def _tell_of(
    turn: Turn, hooks: Hooks, destinations: Sequence[Destination], message: Message, change: StatusChange
) -> None:
    for notice in hooks.notices(turn.session, message, change):
        for destination in destinations:
            tell(turn, hooks, destination, notice, message.id)


_KEEP = """
    INSERT INTO webhook_happening (change_id, provider, scope, type, body) VALUES (?, ?, ?, ?, ?)
"""
