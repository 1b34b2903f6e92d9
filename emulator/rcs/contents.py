"""The content of messages: that of all messages of a job, or a content of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlmodel import Session, select

from emulator.engine.engine import Turn
from emulator.rcs.tables.campaigns import Dispatch, FallbackContent, OwnContent
from emulator.sending.messages import Message
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among


@dataclass(frozen=True)
class Own:
    """The content of one recipient's own; None for the parts that are the same for all."""

    text: str | None = None
    options: Mapping[str, Any] | None = None
    sender: str | None = None
    tariff_code: int | None = None
    links: tuple["NewLink", ...] = ()
    """The short links in the text, which are still to be stored."""
    unsubscribe: str | None = None
    """The slug of the unsubscribe link in it, which is still to be stored."""


@dataclass(frozen=True)
class NewLink:
    """A short link in the text of a message."""

    domain_id: str
    slug: str
    link: str
    placeholder: str
    """The placeholder that the link replaces in the text."""
    address: str
    """The link as the text shows it."""


class Recipient(NamedTuple):
    """A recipient of a message."""

    phone: str
    reference: str | None = None
    own: Own | None = None
    """The content that this recipient alone gets."""


class Said(NamedTuple):
    """The content of a message."""

    sender: str
    text: str
    options: dict[str, Any] | None


def store_own(turn: Turn, first_id: int, owns: Sequence[Own | None]) -> None:
    """Store the own contents of messages, whose ids are consecutive, from `first_id` on."""
    rows = [
        (first_id + index, own.sender, own.text, _written(own.options))
        for index, own in enumerate(owns)
        if own is not None
    ]
    turn.store.execute_many(_ADD, rows)


def store_fallbacks(turn: Turn, first_id: int, owns: Sequence[Own | None]) -> None:
    """Store the own contents of substitutes for messages whose ids are consecutive, from `first_id` on."""
    rows = [
        (first_id + index, own.text, _written(own.options))
        for index, own in enumerate(owns)
        if own is not None
    ]
    turn.store.execute_many(_ADD_FALLBACK, rows)


def fallbacks_of(session: Session, messages: Sequence[Message]) -> dict[int, Own]:
    """Return the own contents of messages' substitutes, by the ids of the messages."""
    ids = [message.id for message in messages]
    found = session.exec(select(FallbackContent).where(among(FallbackContent.message_id, ids)))
    return {one.message_id: Own(one.text, one.options) for one in found}


def _written(options: Mapping[str, Any] | None) -> str | None:
    return None if options is None else json_text(options)


def said_by(session: Session, messages: Sequence[Message]) -> dict[int, Said]:
    """Return the contents of messages, by their ids."""
    jobs = {message.job_id for message in messages}
    dispatches = {job_id: session.get_one(Dispatch, job_id) for job_id in jobs}
    personal = [message for message in messages if _may_have_own(dispatches[message.job_id])]
    own = _own_of(session, personal) if personal else {}
    return {
        message.id: _said(dispatches[message.job_id], message, own.get(message.id)) for message in messages
    }


def said(session: Session, message: Message) -> Said:
    """Return the content of a message."""
    return said_by(session, [message])[message.id]


def _may_have_own(dispatch: Dispatch) -> bool:
    return dispatch.is_personal or dispatch.fallback_finish is not None


def _own_of(session: Session, messages: Sequence[Message]) -> dict[int, OwnContent]:
    ids = [message.id for message in messages]
    found = session.exec(select(OwnContent).where(among(OwnContent.message_id, ids)))
    return {own.message_id: own for own in found}


def _said(dispatch: Dispatch, message: Message, own: OwnContent | None) -> Said:
    if message.parent_id is None:
        shared = Said(dispatch.sender, dispatch.text or "", dispatch.options)
    else:
        shared = Said(dispatch.fallback_sender or "", dispatch.fallback_text, dispatch.fallback_options)
    if own is None:
        return shared
    return Said(
        shared.sender if own.sender is None else own.sender,
        shared.text if own.text is None else own.text,
        shared.options if own.options is None else own.options,
    )


_ADD = "INSERT INTO rcs_own_content (message_id, sender, text, options) VALUES (?, ?, ?, ?)"
_ADD_FALLBACK = "INSERT INTO rcs_fallback_content (message_id, text, options) VALUES (?, ?, ?)"
