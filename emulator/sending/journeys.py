"""Journeys: the ways of people through jobs that lead them from step to step: automations, scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Mapped
from sqlmodel import Session, func, or_, select

from emulator.engine.clock import Millis


@dataclass(frozen=True)
class Journeys:
    """The columns in which a provider stores the journeys through jobs of a kind, by their meaning."""

    number: Mapped[Any]
    """The order in which people entered."""
    job: Mapped[Any]
    person: Mapped[str]
    state: Mapped[str]
    states: Sequence[str]
    inside: str
    """The state of people who are on their way."""
    step: Mapped[Any]
    """The step where a person stands; after the end, empty or the last step."""
    entered_at: Mapped[Millis]
    people: type[Any]
    """The table of people."""
    known: Mapped[str]
    """The column of people's ids in that table."""
    address: Mapped[Any]


@dataclass(frozen=True)
class Step:
    """One step of a job."""

    key: str
    """Its id at the provider, or its name there."""
    type: str
    """What it does, in the provider's word."""


@dataclass(frozen=True)
class Traveller:
    """The journey of one person through a job."""

    number: int
    """Its place in the order in which people entered."""
    id: str
    """The person's id at the provider."""
    address: str | None
    """The person's address; None if the provider knows none, or the person was deleted."""
    state: str
    step: str | None
    entered_at: Millis


def by_state(session: Session, journeys: Journeys, job: Any) -> Mapping[str, int]:
    """Return how many journeys through a job are in each state."""
    counted = select(journeys.state, func.count()).where(journeys.job == job).group_by(journeys.state)
    return dict(session.exec(counted).all())


def by_step(session: Session, journeys: Journeys, job: Any) -> Mapping[str, int]:
    """Return how many people stand at each step of a job, without empty steps."""
    inside = select(journeys.step, func.count()).where(journeys.job == job, journeys.state == journeys.inside)
    return dict(session.exec(inside.group_by(journeys.step)).all())


def travellers(
    session: Session,
    journeys: Journeys,
    job: Any,
    person: str | None,
    state: str | None,
    *,
    after: int,
    limit: int,
) -> tuple[int, Sequence[Traveller]]:
    """Return how many journeys with a number above `after` match, and the first `limit` of them.

    `person` is an id or, in upper or lower case, an address; None matches any.
    """
    conditions = [journeys.job == job, journeys.number > after]
    if state is not None:
        conditions.append(journeys.state == state)
    if person is not None:
        named = select(journeys.known).where(func.lower(journeys.address) == person.lower())
        conditions.append(or_(journeys.person == person, journeys.person.in_(named)))
    total = session.exec(select(func.count(journeys.number)).where(*conditions)).one()
    first: Any = (
        select(journeys.person, journeys.address, journeys.state, journeys.step)
        .add_columns(journeys.entered_at, journeys.number)
        .join(journeys.people, journeys.known == journeys.person, isouter=True)
        .where(*conditions)
        .order_by(journeys.number)
        .limit(limit)
    )
    rows = session.exec(first).all()
    return total, [
        Traveller(number, id_, address, state, step or None, at)
        for id_, address, state, step, at, number in rows
    ]
