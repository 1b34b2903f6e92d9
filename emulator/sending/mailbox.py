"""Searches for captured messages: the sent and the queued ones of all providers and channels."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from heapq import nsmallest
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, case, col, func, literal, or_, select

from emulator.sending.identity import Named
from emulator.sending.job_table import Job, sends_for
from emulator.sending.messages import Message, StatusChange, StatusCount
from emulator.sending.outline import Bounds, IdRange, Region, outline_of
from emulator.sending.search import Search
from emulator.storage.session import look_up
from emulator.storage.tables import among

MOST_JOBS = 5000
"""How many jobs a search may be about; with more, the outline is not asked for them."""

MOST_COMPARED = 1000
"""How many near misses are compared by their recipients."""


class Hits(NamedTuple):
    """The result of a search."""

    total: int
    """How many messages match; if no total was asked for, how many `ids` there are."""
    ids: list[int]


def find_messages(
    session: Session, search: Search, limit: int, *, newest_first: bool = False, with_total: bool = True
) -> Hits:
    """Return the ids of the first `limit` messages that match, the oldest first, and how many match.

    With `newest_first`, the order is reversed.
    """
    region = _region(session, search)
    found = _first(session, select(Message.id), search, region, limit, newest_first=newest_first)
    return Hits(_total(session, search, region) if with_total else len(found), found)


def _region(session: Session, search: Search) -> Region:
    """Return the region of ids in which messages can match."""
    jobs, wanted = None, search.conditions_of_jobs()
    if wanted:
        found = session.exec(select(Job.id).where(*wanted).limit(MOST_JOBS + 1)).all()
        jobs = sorted(found) if len(found) <= MOST_JOBS else None
    bounds = Bounds(search.after, search.since, search.until, jobs, search.recipient)
    return outline_of(session).within(bounds)


def _first(
    session: Session, statement: Any, search: Search, region: Region, limit: int, *, newest_first: bool
) -> list[Any]:
    """Return the first `limit` rows of a SELECT of messages that match."""
    conditions, found = search.conditions(), list[Any]()
    order = col(Message.id).desc() if newest_first else col(Message.id)
    ranges = region.ranges()
    for place in ranges[::-1] if newest_first else ranges:
        matching = statement.where(*conditions, _within(place)).order_by(order)
        found += session.exec(matching.limit(limit - len(found)))
        if len(found) == limit:
            break
    return found


def _total(session: Session, search: Search, region: Region) -> int:
    """Return how many messages match."""
    if search.is_of_places and region.parts:
        known, ranges = region.parted()
        return known + _number(session, search, ranges)
    if search.is_of_jobs and _is_counted(session, search, region.bounds):
        if not search.after:
            return _counted(session, search)
        if _is_early(session, search.after):
            return _counted(session, search) - _number(session, search, [(0, search.after)])
    return _number(session, search, region.ranges())


def _is_counted(session: Session, search: Search, bounds: Bounds) -> bool:
    """Return whether counting by the counters of jobs is less work than by messages."""
    if bounds.jobs is not None or not search.criteria():
        return True
    jobs, messages = look_up(session, _SIZES, ()).fetchone()
    return bool(jobs * 2 < messages)


def _is_early(session: Session, message_id: int) -> bool:
    """Return whether a message's id is in the first half of all."""
    oldest, newest = look_up(session, _ENDS, ()).fetchone()
    return newest is not None and message_id - oldest < newest - message_id


def _counted(session: Session, search: Search) -> int:
    """Return how many messages match, by the counters of their jobs; `after` is not heeded."""
    conditions = search.conditions_of_counts()
    if not conditions:
        return session.exec(select(func.count()).select_from(Message)).one()
    counters = select(func.coalesce(func.sum(StatusCount.now), 0)).select_from(Job)
    joined = counters.join(StatusCount, col(StatusCount.job_id) == Job.id)
    return int(session.exec(joined.where(*conditions)).one())


def _number(session: Session, search: Search, ranges: Sequence[IdRange]) -> int:
    """Return how many messages with ids in these ranges match."""
    matching = select(func.count()).select_from(Message).where(*search.conditions())
    return sum(session.exec(matching.where(_within(place))).one() for place in ranges)


def _within(place: IdRange) -> ColumnElement[bool]:
    return col(Message.id).between(*place)


class Place(NamedTuple):
    """The place of a message: its id, job, channel and sender, without its content."""

    id: int
    job_id: int
    channel: str
    sender: str
    """The `provider` of its sender, as its job has it."""


def places_below(session: Session, search: Search, below: int | None, most: int) -> list[Place]:
    """Return the places of the latest `most` messages that match and have a smaller id than `below`."""
    sender = select(Job.provider).where(Job.id == Message.job_id).scalar_subquery()
    statement = select(Message.id, Message.job_id, Message.channel, sender)
    if below is not None:
        statement = statement.where(col(Message.id) < below)
    region = _region(session, search)
    return [Place(*row) for row in _first(session, statement, search, region, most, newest_first=True)]


def referred_to(session: Session, reference: str) -> list[int]:
    """Return the ids of the messages that have this reference of the client."""
    return list(session.exec(select(Message.id).where(Message.reference == reference)))


def jobs_named(session: Session, name: str) -> list[int]:
    """Return the ids of the jobs whose owner or cause has this name in the control plane."""
    return list(session.exec(select(Job.id).where(sends_for(name)).order_by(col(Job.id))))


def owners_of(session: Session, named: Named) -> set[str]:
    """Return the names of the owners and causes of the messages' jobs; single messages have none."""
    of_messages = select(Message.job_id).where(among(Message.id, named.messages))
    names = select(Job.owner, Job.cause).where(or_(among(Job.id, named.jobs), col(Job.id).in_(of_messages)))
    return {name for pair in session.exec(names.distinct()) for name in pair} - {""}


def near_misses(
    session: Session, search: Search, most: int, *, with_matches: bool = False
) -> list[tuple[Message, list[str]]]:
    """Return up to `most` messages that do not match, with the criteria that they miss, the closest first.

    Among those that miss equally many, the most similar recipients come first, then the latest. With
    `with_matches`, messages that match come before all others.
    """
    criteria = search.criteria()
    flags = [case((condition, 0), else_=1) for condition in criteria.values()]
    missed = sum(flags, literal(0))
    statement = (
        select(Message, *flags)
        .where(col(Message.id) > search.after, missed >= (0 if with_matches else 1))
        .order_by(missed, col(Message.id).desc())
        .limit(MOST_COMPARED)
    )
    rows: Sequence[Any] = session.exec(statement).all()
    found = [(row, list(compress(criteria, missing))) for row, *missing in map(_listed, rows)]
    wanted = SequenceMatcher(b=(search.recipient or "").casefold())
    return nsmallest(most, found, key=lambda pair: (len(pair[1]), -_likeness(wanted, pair[0].recipient)))


def _listed(row: Any) -> Sequence[Any]:
    """Return a row as a sequence: a SELECT of one column gives the bare value."""
    return [row] if isinstance(row, Message) else row


def _likeness(wanted: SequenceMatcher[str], recipient: str) -> float:
    wanted.set_seq1(recipient.casefold())
    return wanted.ratio()


def history_of(session: Session, message: Message) -> list[StatusChange]:
    """Return the history of a message: the statuses that it reached and what its recipient did, in order."""
    changes = select(StatusChange).where(StatusChange.message_id == message.id)
    return list(session.exec(changes.order_by(col(StatusChange.id))))


_SIZES = "SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM message)"

_ENDS = "SELECT (SELECT min(id) FROM message), (SELECT max(id) FROM message)"
