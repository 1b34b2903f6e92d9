"""The clock of a sandbox: real, frozen, or at a chosen speed."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request

from emulator.control.finding import find_message
from emulator.control.problems import Problem
from emulator.control.subjects import names_of
from emulator.control.values import (
    Chosen,
    Duration,
    Moment,
    PlainNumber,
    Providers,
    TheWorld,
    Wanted,
    check_kind,
    check_word,
    instant,
    invalid,
    milliseconds,
)
from emulator.engine.clock import LATEST, MAX_SPEED, Clock, Millis, Mode, iso_millis
from emulator.engine.engine import Turn
from emulator.engine.firing import Firing
from emulator.providers import Provider, senders_of
from emulator.sandbox.moving import move_on, set_back
from emulator.sandbox.parts import kinds_of
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.identity import Named
from emulator.sending.job_table import Job
from emulator.sending.mailbox import find_messages
from emulator.sending.messages import Message
from emulator.sending.search import Search
from emulator.sending.steering import find_job


class FiredEvent(BaseModel):
    """A due event that ran."""

    at: str = Field(examples=["2026-03-15T14:32:00.000Z"])
    event: str = Field(examples=["autosend.release"])
    subject: str = Field(
        description="What it was about: the id of a job in /_emulator/jobs, or a word and an id",
        examples=["autosend/campaign/66a0c1d2e3f4a5b6c7d80005"],
    )


class ClockState(BaseModel):
    """The state of a sandbox's clock."""

    now: str = Field(examples=["2026-03-15T14:30:00.000Z"])
    mode: Mode = Field(examples=["frozen"])
    speed: float = Field(examples=[0.0], description="Virtual seconds in a real second; 0 when frozen")
    next_event: str | None = Field(description="When something is due next; null where nothing waits")
    met: bool | None = Field(None, description="Whether what `until` asks for has happened")
    fired: int = Field(
        0, description="How many due events ran since the previous change of the clock, and by this one"
    )
    events: list[FiredEvent] = Field([], description="These events, in order; at most the first 1000")
    failed: int = Field(
        0, description="How many events crashed and wait in /_emulator/clock/failed to be retried or dropped"
    )
    outstanding: int = Field(
        0, description="How many webhook deliveries are due by now and were not waited for any longer"
    )


class Until(Wanted):
    """The condition up to which the clock moves on: a message or a job reaches a status."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"job": "autosend/campaign/60d5ec49f1b2c72d9c8b4567", "status": "sent"}]
        }
    )

    message: str | None = Field(
        None,
        max_length=1000,
        coerce_numbers_to_str=True,
        description="A message's id: the emulator's, the provider's or the client's, if it is unambiguous",
    )
    job: str | None = Field(None, max_length=200, description="A job by its id in /_emulator/jobs")
    status: str = Field(max_length=50)
    within: Duration = Field("30d", description="How far the clock moves on at most")

    @model_validator(mode="after")
    def _is_about_one(self) -> "Until":
        if (self.message is None) == (self.job is None):
            raise ValueError("say either message or job")
        return self


class ClockChange(Wanted):
    """The changes to the clock: any of the fields, applied in this order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"freeze": True, "advance": "2m"}]})

    freeze: bool | None = Field(None, description="true stops the clock, false lets it run in real time")
    speed: Annotated[float, Field(gt=0, le=MAX_SPEED), PlainNumber] | None = Field(
        None, description="Virtual seconds in a real second"
    )
    set: Moment | None = Field(None, description="The time to put the clock to")
    advance: Duration | None = Field(None, description="How far to move on: 500ms, 90s, 15m, 2h, 3d, 1d12h")
    next_event: bool = Field(False, description="Move on to the next event that is due, if there is one")
    until: Until | None = Field(None, description="Move on from event to event until this has happened")

    @model_validator(mode="after")
    def _says_something(self) -> "ClockChange":
        if all(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("say at least one of freeze, speed, set, advance, next_event, until")
        if self.freeze and self.speed is not None:
            raise ValueError("a frozen clock has no speed: say freeze or speed")
        return self

    def paced(self, clock: Clock) -> Clock:
        """Return the clock with the wanted speed, at the same time."""
        if self.freeze is not None:
            clock = clock.at_speed(0.0 if self.freeze else 1.0)
        return clock if self.speed is None else clock.at_speed(self.speed)

    def target(self, now: Millis) -> Millis | None:
        """Return the time to put the clock to, if any; `now` is its time after the changes under way."""
        wanted = None if self.set is None else instant("set", self.set)
        if self.advance is not None:
            wanted = min((now if wanted is None else wanted) + milliseconds(self.advance), LATEST)
        return wanted


router = APIRouter(prefix="/_emulator/clock", tags=["Clock"])


@router.get("", summary="Read the clock")
async def read_clock(sandbox: Chosen, providers: Providers) -> ClockState:
    """Return the sandbox's current time, the speed of its clock, and when the next event is due."""
    sandbox.catch_up()
    return clock_state(sandbox, providers, Firing())


@router.post("", summary="Freeze, advance or set the clock")
async def change_clock(
    change: ClockChange, sandbox: Chosen, world: TheWorld, providers: Providers, request: Request
) -> ClockState:
    """Change the sandbox's clock, and run the events that are due by its new time, from one to the next.

    Webhooks of an event are delivered before the next event, so that what their receivers do takes effect.
    Deliveries that are under way already are waited for up to 5 seconds: their receiver may be the client.
    If the client goes away, the clock still moves as far as it was told, but no further for `until`.
    """
    until = change.until
    is_met = None if until is None else _awaited(until, sandbox, providers)
    clock = change.paced(sandbox.clock)
    target = change.target(max(clock.now(), sandbox.bound_for or 0))
    with sandbox.fired.answered() as fired, sandbox.usage.going_on():
        if target is None or target >= clock.now():
            sandbox.set_clock(clock)
        else:
            set_back(sandbox, clock.set_to(target), world.going_back)
        await move_on(sandbox, world.courier, sandbox.clock.now() if target is None else target)
        if change.next_event and sandbox.next_due is not None:
            await move_on(sandbox, world.courier, sandbox.next_due)
        if until is not None and is_met is not None:
            limit = min(sandbox.clock.now() + milliseconds(until.within), LATEST)
            await move_on(sandbox, world.courier, limit, partial(_is_over, is_met, request))
        met = None if is_met is None else is_met()
    outstanding = world.courier.outstanding(sandbox)
    return clock_state(sandbox, providers, fired, met=met, outstanding=outstanding)


async def _is_over(is_met: Callable[[], bool], request: Request) -> bool:
    return is_met() or await request.is_disconnected()


def _awaited(until: Until, sandbox: Sandbox, providers: Sequence[Provider]) -> Callable[[], bool]:
    """Return a function that tells whether a condition is met. Raises Problem for one that never can be."""
    with sandbox.turn() as turn:
        if until.message is not None:
            row, senders = _message(turn, providers, until.message), senders_of(providers)
            sender = senders[turn.session.get_one(Job, row.job_id).provider]
            known = sorted(sender.statuses_in(sender.scripts(row)))
            check_word("until.status", until.status, known, "a status that it can have")
            search = Search(senders=tuple(senders.values()), reached=until.status, named=Named([row.id or 0]))
            return partial(_is_reached, sandbox, search)
        job, kinds = until.job or "", kinds_of(providers)
        check_kind("until.job", job, (one.word for one in kinds))
        found = find_job(turn.session, kinds, job)
        if found is None:
            raise invalid("until.job", "there is no such job")
        kind, row = found
        check_word("until.status", until.status, kind.lifecycle(row).states, "a state that it can have")
    return partial(_is_in_state, sandbox, providers, until)


def _message(turn: Turn, providers: Sequence[Provider], message_id: str) -> Message:
    try:
        return find_message(turn, providers, message_id)
    except Problem as problem:
        raise invalid("until.message", problem.detail) from problem


def _is_reached(sandbox: Sandbox, search: Search) -> bool:
    with sandbox.turn() as turn:
        return bool(find_messages(turn.session, search, 1, with_total=False).ids)


def _is_in_state(sandbox: Sandbox, providers: Sequence[Provider], until: Until) -> bool:
    with sandbox.turn() as turn:
        found = find_job(turn.session, kinds_of(providers), until.job or "")
        return found is not None and found[0].state(found[1]) == until.status


def clock_state(
    sandbox: Sandbox,
    providers: Sequence[Provider],
    fired: Firing,
    *,
    met: bool | None = None,
    outstanding: int = 0,
) -> ClockState:
    clock, due = sandbox.clock, sandbox.next_due
    return ClockState(
        now=iso_millis(clock.now()),
        mode=clock.mode,
        speed=clock.speed,
        next_event=None if due is None else iso_millis(due),
        met=met,
        fired=fired.number,
        events=_fired(sandbox, providers, fired),
        failed=sandbox.failed,
        outstanding=outstanding,
    )


def _fired(sandbox: Sandbox, providers: Sequence[Provider], fired: Firing) -> list[FiredEvent]:
    if not fired.events:
        return []
    with sandbox.turn() as turn:
        names = names_of(turn.session, providers, (one.subject for one in fired.events))
    return [
        FiredEvent(at=iso_millis(one.at), event=one.name, subject=names[one.subject]) for one in fired.events
    ]
