"""Messages: one row for each, their status history, and counters that are updated with every change.

Statuses are the provider's own words. Status changes are made to a `Selection`, a whole
range of a job at a time, so a batch of 1,000 costs as many statements as a batch of 1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

from sqlmodel import Field, Index, Session, col, select

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.insertion import Insertion
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import Table, among, index_of_known

MESSAGE_IDS = "message"
"""The kind of number of messages' ids."""


class Message(Table, table=True):
    """One message to one recipient on one channel."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "message"
    __table_args__ = (
        Index("message_place", "job_id", "channel", "position"),
        index_of_known("message", "reference"),
        index_of_known("message", "parent_id"),
    )

    id: int = Field(primary_key=True)
    job_id: Annotated[int, RowOf("job")]
    position: int
    """Its place in its job, from 0."""
    channel: Annotated[str, OneOf()]
    recipient: str = Field(min_length=1)
    reference: str | None = None
    """The client's own id for the message."""
    parent_id: int | None = None
    """The id of the message that this one replaces."""
    status: Annotated[str, OneOf()]
    outcome: str
    country: str | None = None
    price: int = 0
    """The price in ten-millionths of the account's currency."""
    created_at: Millis
    sent_at: Millis | None = None
    delivered_at: Millis | None = None


class StatusChange(Table, table=True):
    """One entry of a message's history: it reached a status, or its recipient did something.

    An entry without a message gives another event its place among them, in the order of time.
    """

    KEPT: ClassVar[bool] = False
    __tablename__ = "status_change"

    id: int | None = Field(default=None, primary_key=True)
    message_id: Annotated[int, RowOf("message")] | None = Field(index=True)
    status: Annotated[str, OneOf()]
    at: Millis
    detail: str | None = None
    """A detail of the entry, such as the address of the link that was clicked."""


class StatusCount(Table, table=True):
    """How many messages of a job and channel are in a status now, and how many ever were."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "status_count"
    __table_args__ = {"sqlite_with_rowid": False}

    job_id: Annotated[int, RowOf("job")] = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    now: int
    ever: int


@dataclass(frozen=True)
class Tally:
    """The counters of a job's channel, by status."""

    now: Mapping[str, int]
    ever: Mapping[str, int]


class NewMessage(NamedTuple):
    """The values of a message that is still to be stored."""

    position: int
    recipient: str
    outcome: str
    status: str
    reference: str | None = None
    parent_id: int | None = None
    country: str | None = None
    price: int = 0


class Selection(NamedTuple):
    """The messages of a job on a channel, at positions `first` to `last`, of one outcome, in one status."""

    job_id: int
    channel: str
    first: int
    last: int
    outcome: str
    status: str

    def in_status(self, status: str) -> "Selection":
        """Return the same messages in another status."""
        return self._replace(status=status)

    def messages(self, session: Session) -> list[Message]:
        """Return the selected messages, ordered by position."""
        statement = (
            select(Message)
            .where(Message.job_id == self.job_id, Message.channel == self.channel)
            .where(col(Message.position).between(self.first, self.last))
            .where(Message.outcome == self.outcome, Message.status == self.status)
            .order_by(col(Message.position))
        )
        return list(session.exec(statement))

    def of(self, session: Session, holds: Callable[[Message], bool]) -> list["Selection"]:
        """Return selections of the messages for which `holds` returns true."""
        messages = self.messages(session)
        places = [message.position for message in messages if holds(message)]
        if len(places) == len(messages):
            return [self]
        return [self._replace(first=place, last=place) for place in places]


def messages_with(session: Session, message_ids: Sequence[int]) -> list[Message]:
    """Return the messages with these ids, ordered by id."""
    return list(session.exec(select(Message).where(among(Message.id, message_ids)).order_by(col(Message.id))))


def add_messages(turn: Turn, job_id: int, channel: str, new: Iterable[NewMessage], number: int) -> int:
    """Store `number` messages of a job; return the id of the first. Ids are consecutive, in the order given.

    Pass very many as an iterator: a list of them would hold up all threads when it is deleted.
    """
    first_id, statuses = turn.ids.reserve(MESSAGE_IDS, number), Counter[str]()
    _MESSAGES.run(turn.store, first_id, (job_id, channel, turn.now, None), _counted(new, statuses))
    assert statuses.total() == number
    for status, came in statuses.items():
        turn.store.execute(_COUNT, (job_id, channel, status, came))
    return first_id


def add_as_left(turn: Turn, selection: Selection, new: Sequence[NewMessage], was: str, *, sent: bool) -> int:
    """Store messages in the status of `selection`, as if each had just come there from the status `was`.

    Returns the id of the first, as `add_messages` does. With `sent`, their `sent_at` is the current time.
    """
    status, items = selection.status, [one._replace(status=selection.status) for one in new]
    first_id = turn.ids.reserve(MESSAGE_IDS, len(items))
    shared = (selection.job_id, selection.channel, turn.now, turn.now if sent else None)
    _MESSAGES.run(turn.store, first_id, shared, items)
    _NOTES.run(turn.store, first_id, (status, turn.now), [()] * len(items))
    turn.store.execute(_COUNT_LEFT, (selection.job_id, selection.channel, status, len(items), was))
    return first_id


def _counted(new: Iterable[NewMessage], statuses: Counter[str]) -> Iterator[NewMessage]:
    for message in new:
        statuses[message.status] += 1
        yield message


def change_status(
    turn: Turn,
    selection: Selection,
    status: str,
    *,
    waiting: bool,
    sent: bool,
    delivered: bool,
    detail: str | None = None,
    again: int = 0,
) -> int:
    """Change the selected messages to `status`, with history and counters; return how many there were.

    `again` says how many had the status before: they are not counted again among those that ever had it. With
    `sent` and `delivered`, also set the columns `sent_at` and `delivered_at` to the current time. A message
    that goes back to being sent, or to `waiting`, loses the times of later statuses.
    """
    turn.store.execute(_RECORD, (*selection, status, turn.now, detail))
    changed = turn.store.execute(_CHANGE, (*selection, status, turn.now, sent, delivered, waiting)).rowcount
    if changed:
        moved = (selection.job_id, selection.channel, status, changed, selection.status)
        turn.store.execute(_COUNT_MOVE, (*moved, changed - again))
    return changed


def number_with(turn: Turn, selection: Selection, status: str) -> int:
    """Return how many of the selected messages have had a status since they were sent."""
    number: int = turn.store.execute(_WITH, (*selection, status)).fetchone()[0]
    return number


def take_out(
    turn: Turn, job_id: int, channel: str, message_ids: Sequence[int], was: str, status: str
) -> None:
    """Change some messages of a job from the status `was` to `status`, with history and counters."""
    values = {"ids": json_text(message_ids), "status": status, "at": turn.now}
    turn.store.execute(_RECORD_SOME, values)
    turn.store.execute(_CHANGE_SOME, values)
    number = len(message_ids)
    turn.store.execute(_COUNT_MOVE, (job_id, channel, status, number, was, number))


def price_of(turn: Turn, selection: Selection) -> int:
    """Return the total price of the selected messages, in ten-millionths of the account's currency."""
    total: int = turn.store.execute(_PRICE, selection).fetchone()[0]
    return total


def first_position(turn: Turn, selection: Selection) -> int | None:
    """Return the position of the first selected message, None if there is none."""
    found: int | None = turn.store.execute(_FIRST, selection).fetchone()[0]
    return found


def record_mark(turn: Turn, selection: Selection, mark: str) -> None:
    """Add what recipients did (`mark`) to the history of the selected messages; their status stays."""
    turn.store.execute(_RECORD, (*selection, mark, turn.now, None))


def note_again(
    turn: Turn, message: Message, status: str, detail: str | None, *, is_first: bool
) -> StatusChange:
    """Add what a recipient did to a message's history; its status, this one or a later one, stays.

    With `is_first`, the message is counted among those that ever had the status.
    """
    turn.store.execute(_NOTE, (message.id, status, turn.now, detail))
    if is_first:
        turn.store.execute(_COUNT_EVER, (message.job_id, message.channel, status))
    return StatusChange(message_id=message.id, status=status, at=turn.now, detail=detail)


def note_place(turn: Turn, name: str) -> int:
    """Add an entry that is about no message to the histories, for its place in the order; return its id."""
    place = turn.store.execute(_NOTE, (None, name, turn.now, None)).lastrowid
    assert place is not None
    return place


def reached(session: Session, message_id: int, until: int | None = None) -> list[tuple[str, Millis]]:
    """Return the statuses of a message's history with their times, the earliest first.

    With `until`, the entry with that id is the last one.
    """
    return look_up(session, _REACHED, (message_id, until)).fetchall()


def tally_of(session: Session, job_id: int | None, channel: str) -> Tally:
    """Return the counters of a job's channel; empty ones without a job or without messages on the channel."""
    counts = look_up(session, _COUNTS, (job_id, channel)).fetchall()
    return Tally(
        now={status: now for status, now, _ in counts}, ever={status: ever for status, _, ever in counts}
    )


def counts_now(session: Session, job_id: int) -> list[tuple[str, str, int]]:
    """Return how many messages of a job are in each status now: channel, status and number above 0."""
    return look_up(session, _COUNTS_NOW, (job_id,)).fetchall()


def outcomes_of(
    turn: Turn, job_id: int, channel: str, first: int, last: int, status: str | None = None
) -> list[str]:
    """Return the distinct outcomes of the messages at these positions; with `status`, only of those in it."""
    rows = turn.store.execute(_OUTCOMES, (job_id, channel, first, last, status, status))
    return [name for (name,) in rows]


def recipients_of(
    turn: Turn, job_id: int, channel: str, first: int, last: int, status: str
) -> list[tuple[int, str]]:
    """Return the id and the recipient of each message at these positions that is in `status`."""
    return turn.store.execute(_RECIPIENTS, (job_id, channel, first, last, status)).fetchall()


def position_after(
    turn: Turn, job_id: int, channel: str, first: int, last: int, status: str, number: int
) -> int | None:
    """Return the position of the message that follows `number` others in `status`, None if there is none."""
    found = turn.store.execute(_POSITION, (job_id, channel, first, last, status, number)).fetchone()
    return found[0] if found else None


def set_outcome(turn: Turn, message_id: int, outcome: str) -> None:
    """Give a message another outcome."""
    turn.store.execute("UPDATE message SET outcome = ? WHERE id = ?", (outcome, message_id))


_SELECTED = """
    job_id = ?1 AND channel = ?2 AND position BETWEEN ?3 AND ?4 AND outcome = ?5 AND status = ?6
"""

_MESSAGES = Insertion("message", "id", ("job_id", "channel", "created_at", "sent_at"), NewMessage._fields)
_NOTES = Insertion("status_change", "message_id", ("status", "at"))

_RECORD = f"""
    INSERT INTO status_change (message_id, status, at, detail)
    SELECT id, ?7, ?8, ?9 FROM message WHERE {_SELECTED} ORDER BY position
"""

_CHANGE = f"""
    UPDATE message
    SET status = ?7,
        sent_at = CASE WHEN ?9 THEN ?8 WHEN ?11 THEN NULL ELSE sent_at END,
        delivered_at = CASE WHEN ?10 THEN ?8 WHEN ?9 OR ?11 THEN NULL ELSE delivered_at END
    WHERE {_SELECTED}
"""

_PRICE = f"SELECT coalesce(sum(price), 0) FROM message WHERE {_SELECTED}"

_WITH = f"""
    SELECT count(*) FROM message WHERE {_SELECTED}
      AND EXISTS (
          SELECT 1 FROM status_change AS change
          WHERE change.message_id = message.id AND change.status = ?7 AND change.at >= message.sent_at
      )
"""

_FIRST = f"SELECT min(position) FROM message WHERE {_SELECTED}"

_NOTE = "INSERT INTO status_change (message_id, status, at, detail) VALUES (?, ?, ?, ?)"

_REACHED = """
    SELECT status, at FROM status_change WHERE message_id = ?1 AND (?2 IS NULL OR id <= ?2) ORDER BY id
"""

_RECORD_SOME = """
    INSERT INTO status_change (message_id, status, at) SELECT value, :status, :at FROM json_each(:ids)
"""

_CHANGE_SOME = "UPDATE message SET status = :status WHERE id IN (SELECT value FROM json_each(:ids))"

_ADDING = "ON CONFLICT DO UPDATE SET now = now + excluded.now, ever = ever + excluded.ever"

_COUNT = f"""
    INSERT INTO status_count (job_id, channel, status, now, ever) VALUES (?, ?, ?, ?4, ?4) {_ADDING}
"""

_COUNT_EVER = f"""
    INSERT INTO status_count (job_id, channel, status, now, ever) VALUES (?, ?, ?, 0, 1) {_ADDING}
"""

_COUNT_MOVE = f"""
    INSERT INTO status_count (job_id, channel, status, now, ever)
    VALUES (?1, ?2, ?3, ?4, ?6), (?1, ?2, ?5, -?4, 0) {_ADDING}
"""

_COUNT_LEFT = f"""
    INSERT INTO status_count (job_id, channel, status, now, ever)
    VALUES (?1, ?2, ?3, ?4, ?4), (?1, ?2, ?5, 0, ?4) {_ADDING}
"""

_COUNTS = "SELECT status, now, ever FROM status_count WHERE job_id = ? AND channel = ?"

_COUNTS_NOW = "SELECT channel, status, now FROM status_count WHERE job_id = ? AND now > 0"

_OUTCOMES = """
    SELECT DISTINCT outcome FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? AND (? IS NULL OR status = ?)
    ORDER BY outcome
"""

_POSITION = """
    SELECT position FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? AND status = ?
    ORDER BY position LIMIT 1 OFFSET ?
"""

_RECIPIENTS = """
    SELECT id, recipient FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? AND status = ?
    ORDER BY position
"""
