"""The events that providers would send to webhooks, for tests that have no listener."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session, col, or_, select

from emulator.control.values import shown
from emulator.providers import Provider
from emulator.sending.job_table import Job
from emulator.sending.messages import Message, StatusChange
from emulator.webhooks.announcing import Happening
from emulator.webhooks.events import Hooks

AT_ONCE = 500
"""How many entries of histories are read at once."""
MOST_READ = 20_000
"""How many entries one request looks into: events of a rare type may be far apart."""


class Event(BaseModel):
    """An event that a provider would send to webhooks, whether there are targets or not."""

    id: int = Field(description="Give the last one as `after` to go on from there")
    provider: str
    type: str = Field(examples=["email.delivered"])
    at: str
    message_id: int | None = Field(
        description="None where it is about no message: a contact, a received mail"
    )
    body: Any = Field(description="The body of a delivery of this event")


class EventList(BaseModel):
    events: list[Event]
    after: int = Field(description="The `after` of the next page")


def events_of(
    session: Session, providers: Sequence[Provider], type_: str | None, after: int, limit: int
) -> EventList:
    """Return the next `limit` events after the id `after`, and the others with the id of the last one."""
    hooks = {sender.provider: provider.hooks for provider in providers for sender in provider.senders}
    events = list[Event]()
    for _ in range(0, MOST_READ, AT_ONCE):
        rows = _entries(session, hooks, type_, after)
        for entry in rows:
            events += _events(hooks, session, type_, entry)
            after = entry[0].id or 0
            if len(events) >= limit:
                return EventList(events=events, after=after)
        if len(rows) < AT_ONCE:
            break
    return EventList(events=events, after=after)


Entry = tuple[StatusChange, Message | None, str | None, Happening | None]
"""An entry of the histories, with its message and the sender of that, or else with a happening."""


def _entries(session: Session, hooks: Mapping[str, Hooks], type_: str | None, after: int) -> Sequence[Entry]:
    """Return the next entries that may be events of a type."""
    own = {one.provider for one in hooks.values()}
    statement = (
        select(StatusChange, Message, Job.provider, Happening)
        .outerjoin(Message, col(Message.id) == StatusChange.message_id)
        .outerjoin(Job, col(Job.id) == Message.job_id)
        .outerjoin(Happening, col(Happening.change_id) == StatusChange.id)
        .where(col(StatusChange.id) > after)
        .where(or_(col(Job.provider).in_(list(hooks)), col(Happening.provider).in_(own)))
        .order_by(col(StatusChange.id))
        .limit(AT_ONCE)
    )
    statuses = [one.statuses(type_) for one in hooks.values()] if type_ is not None else [None]
    if None not in statuses:
        wanted = {status for some in statuses for status in some or ()}
        statement = statement.where(col(StatusChange.status).in_(wanted))
    return session.exec(statement).all()


def _events(hooks: Mapping[str, Hooks], session: Session, type_: str | None, entry: Entry) -> Iterator[Event]:
    change, message, sender, happening = entry
    own = hooks[sender] if sender is not None else None
    notices = own.notices(session, message, change) if own is not None and message is not None else ()
    provider = own.provider if own is not None else happening.provider if happening is not None else ""
    told = [(notice.type, notice.body) for notice in notices]
    if happening is not None:
        told.append((happening.type, json.loads(happening.body)))
    for its_type, body in told:
        if type_ in {None, its_type}:
            yield Event(
                id=change.id or 0,
                provider=provider,
                type=its_type,
                at=shown(change.at) or "",
                message_id=change.message_id,
                body=body,
            )
