"""Due events that crashed: they are set aside, so that everything else goes on."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import select

from emulator.control.clock import ClockState, clock_state
from emulator.control.problems import Problem
from emulator.control.subjects import names_of
from emulator.control.values import Chosen, Providers, RowNumber, TheWorld, find_row
from emulator.engine.clock import iso_millis
from emulator.engine.due import FailedEvent


class FailedEventView(BaseModel):
    """A due event that crashed. Nothing of it happened."""

    id: int
    due: str = Field(description="When it was due", examples=["2026-03-15T14:32:00.000Z"])
    event: str = Field(examples=["autosend.release"])
    subject: str = Field(
        description="What it is about: the id of a job in /_emulator/jobs, or a word and an id",
        examples=["autosend/campaign/66a0c1d2e3f4a5b6c7d80005"],
    )
    details: str = Field(description="Its further data, as JSON", examples=['{"action":"stop"}'])
    failed_at: str = Field(description="When it was last tried", examples=["2026-03-15T14:32:00.000Z"])
    error: str = Field(examples=["KeyError: 'delayed'"])
    trace: str = Field(description="Where the emulator's code crashed: put it into a bug report")


class FailedEventList(BaseModel):
    total: int
    events: list[FailedEventView]


router = APIRouter(prefix="/_emulator/clock/failed", tags=["Clock"])


@router.get("", summary="List the events that crashed")
async def list_failed_events(sandbox: Chosen, providers: Providers) -> FailedEventList:
    """Return the due events that crashed, the first ones first. Each is a defect of the emulator."""
    with sandbox.turn() as turn:
        found = turn.session.exec(select(FailedEvent).order_by("id")).all()
        names = names_of(turn.session, providers, (event.subject for event in found))
        events = [_view(event, names[event.subject]) for event in found]
    return FailedEventList(total=len(events), events=events)


@router.post("/{number}/retry", summary="Run an event that crashed once more")
async def retry_failed_event(
    number: RowNumber, sandbox: Chosen, world: TheWorld, providers: Providers
) -> ClockState:
    """Run the event at the sandbox's current time. If it crashes again, it stays set aside: 409."""
    with sandbox.turn() as turn:
        find_row(turn, FailedEvent, number, "failed event")
    with sandbox.fired.answered() as fired, sandbox.usage.going_on():
        try:
            sandbox.retry(number)
        except Exception as error:
            raise Problem(409, f"Event {number} crashed again: {type(error).__name__}: {error}") from error
        await world.courier.attempt_all(sandbox)
    return clock_state(sandbox, providers, fired)


@router.delete("/{number}", summary="Drop an event that crashed", status_code=204)
async def drop_failed_event(number: RowNumber, sandbox: Chosen) -> None:
    """Forget the event: what it would have done never happens."""
    with sandbox.turn() as turn:
        turn.session.delete(find_row(turn, FailedEvent, number, "failed event"))


@router.delete("", summary="Drop all events that crashed", status_code=204)
async def drop_failed_events(sandbox: Chosen) -> None:
    """Forget all events that crashed."""
    with sandbox.turn() as turn:
        turn.store.execute("DELETE FROM failed_event")


def _view(event: FailedEvent, subject: str) -> FailedEventView:
    assert event.id is not None
    return FailedEventView(
        id=event.id,
        due=iso_millis(event.due),
        event=event.name,
        subject=subject,
        details=event.details,
        failed_at=iso_millis(event.failed_at),
        error=event.error,
        trace=event.trace,
    )
