"""Whom jobs left out, and why: their recipients without a message, and those whose message was not to leave.

Who gets no message at all is known only while a job chooses its recipients, and stored here. Messages that
were made tell it themselves: a kind of job says which of them did not leave because of their recipients.
"""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from sqlmodel import Field, Index, Session, text

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.outcomes import FORCED
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import Table, json_list

MOST_NAMED = 100
"""How many of those who were left out are named; the others are counted."""

IDS = "left_out"
"""The kind of number of the rows' ids."""


class LeftOut(Table, table=True):
    """Those to whom a job made no message, for one reason at one moment."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "left_out"
    __table_args__ = (Index("ix_left_out_cause", "cause", sqlite_where=text("cause != ''")),)

    id: int = Field(primary_key=True)
    owner: str = Field(index=True)
    """The job, as the control plane names it: `altcraft/mailing/15`."""
    cause: str = ""
    """What made it send, as the control plane names it: `altcraft/scenario/4`; empty if not known."""
    at: Millis
    reason: str
    number: int = Field(ge=1)
    named: list[str] = json_list()
    """The first of them: the address, or the id at the provider of somebody who has none."""


class Unsent(NamedTuple):
    """The messages of a kind of jobs that did not leave because their recipients were not to get them."""

    statuses: Sequence[str]
    reason: str
    """The expression in SQL of the reason, for a `message`."""
    condition: str = "true"
    """A further condition in SQL of these messages."""


class Somebody(NamedTuple):
    """One recipient who was left out."""

    at: Millis
    recipient: str
    reason: str


class Summary(NamedTuple):
    """Whom a job left out."""

    reasons: Mapping[str, int]
    """How many, by the reason."""
    first: Sequence[Somebody]
    """The first of them, in the order of time."""


def leave_out(turn: Turn, owner: str, reason: str, recipients: Sequence[str], *, cause: str = "") -> LeftOut:
    """Store that a job makes no messages to these recipients, one or more, and why."""
    row = LeftOut(
        id=turn.ids.number(IDS),
        owner=owner,
        cause=cause,
        at=turn.now,
        reason=reason,
        number=len(recipients),
        named=list(recipients[:MOST_NAMED]),
    )
    turn.session.add(row)
    return row


def forget_left_out(turn: Turn, owner: str) -> None:
    """Forget whom a job left out that begins anew."""
    turn.store.execute("DELETE FROM left_out WHERE owner = ?", (owner,))


def left_out_by(session: Session, name: str, job_ids: Sequence[int], unsent: Unsent | None) -> Summary:
    """Return whom the job with this name in the control plane left out; `job_ids` are its rows of `Job`."""
    reasons, first = _without_message(session, name)
    if unsent is not None:
        parameters = {"jobs": json_text(job_ids)}
        for reason, number in look_up(session, _counted(unsent), parameters):
            reasons[reason] = reasons.get(reason, 0) + number
        first += [Somebody(*row) for row in look_up(session, _first(unsent), parameters)]
    return Summary(reasons, sorted(first, key=lambda one: one.at)[:MOST_NAMED])


def _without_message(session: Session, name: str) -> tuple[dict[str, int], list[Somebody]]:
    reasons: dict[str, int] = dict(look_up(session, _REASONS, (name,)).fetchall())
    first = list[Somebody]()
    for at, reason, named in look_up(session, _NAMED, (name,)):
        first += [Somebody(at, recipient, reason) for recipient in json.loads(named)]
    return reasons, first


def _counted(unsent: Unsent) -> str:
    """Return the SELECT of the reasons for messages of the jobs `:jobs`, with their numbers."""
    return f"SELECT {unsent.reason} AS reason, count(*) {_messages(unsent)} GROUP BY 1 ORDER BY 1"


def _first(unsent: Unsent) -> str:
    """Return the SELECT of the first of these messages: time, recipient and reason."""
    return f"""
        SELECT coalesce(
            (SELECT max(at) FROM status_change WHERE message_id = message.id), message.created_at
        ), recipient, {unsent.reason}
        FROM message WHERE id IN (
            SELECT message.id {_messages(unsent)} ORDER BY message.id LIMIT {MOST_NAMED}
        ) ORDER BY id
    """  # noqa: S608 -- our own words


def _messages(unsent: Unsent) -> str:
    """Return the FROM and WHERE of a SELECT of these messages; jobs without any are not looked through."""
    statuses = ", ".join(map(repr, unsent.statuses))
    return f"""
        FROM job CROSS JOIN message ON message.job_id = job.id AND message.channel = job.channel
        WHERE job.id IN (
            SELECT job_id FROM status_count
            WHERE job_id IN (SELECT value FROM json_each(:jobs)) AND status IN ({statuses}) AND now > 0
        ) AND message.status IN ({statuses}) AND message.outcome <> '{FORCED}' AND {unsent.condition}
    """  # noqa: S608 -- the same


_OF = "(owner = ?1 OR (cause = ?1 AND cause != ''))"
_REASONS = f"SELECT reason, sum(number) FROM left_out WHERE {_OF} GROUP BY reason ORDER BY min(id)"  # noqa: S608 -- the same
_NAMED = f"SELECT at, reason, named FROM left_out WHERE {_OF} ORDER BY id LIMIT {MOST_NAMED}"  # noqa: S608 -- the same
