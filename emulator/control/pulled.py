"""The events that providers would send to webhooks, for tests that have no listener."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from emulator.control.values import shown
from emulator.providers import Provider
from emulator.sending.jobs import Job
from emulator.sending.messages import Message, StatusChange


class Event(BaseModel):
    """An event that a provider would send to webhooks, whether there are any or not."""

    id: int = Field(description="Give the last one as `after` to go on from there")
    provider: str
    type: str = Field(examples=["email.delivered"])
    at: str
    message_id: int
    body: Any = Field(description="What a delivery of it has in its body")


class EventList(BaseModel):
    events: list[Event]
    after: int = Field(description="The `after` of the next page")


def events_of(
    session: Session, providers: Sequence[Provider], type_: str | None, after: int, limit: int
) -> EventList:
    """Return the events of up to `limit` status changes after the one with the id `after`."""
    hooks = {sender.provider: provider.hooks for provider in providers for sender in provider.senders}
    statement = (
        select(StatusChange, Message, Job.provider)
        .join(Message, col(Message.id) == StatusChange.message_id)
        .join(Job, col(Job.id) == Message.job_id)
        .where(col(StatusChange.id) > after, col(Job.provider).in_(list(hooks)))
        .order_by(col(StatusChange.id))
        .limit(limit)
    )
    changes = session.exec(statement).all()
    told = (
        (hooks[name].provider, change, notice)
        for change, message, name in changes
        for notice in hooks[name].notices(session, message, change)
        if type_ in {None, notice.type}
    )
    events = [
        Event(
            id=change.id or 0,
            provider=provider,
            type=notice.type,
            at=shown(change.at) or "",
            message_id=change.message_id,
            body=notice.body,
        )
        for provider, change, notice in told
    ]
    return EventList(events=events, after=max([after, *(change.id or 0 for change, _, _ in changes)]))
