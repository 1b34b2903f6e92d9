"""The tables of due events, and of those that crashed."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.columns import JsonOf
from emulator.storage.tables import Table

JsonObject = Annotated[str, JsonOf(dict[str, Any])]


class DueEvent(Table, table=True):
    """Something that will happen at `due` unless it is cancelled."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "due_event"

    id: int | None = Field(default=None, primary_key=True)
    due: Millis = Field(index=True)
    name: str
    subject: str = Field(index=True)
    details: JsonObject
    rows: int = 1
    """About how many rows it changes."""
    is_dated: bool = False
    """Whether it is due at a moment of the calendar, wherever the sandbox begins."""
    early: Millis | None = None
    """How much earlier it is due than it was scheduled for; None if it is not."""


class FailedEvent(Table, table=True):
    """A due event that crashed. Nothing of it happened, and it waits until it is retried or dropped."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "failed_event"

    id: int | None = Field(default=None, primary_key=True)
    due: Millis
    name: str
    subject: str
    details: JsonObject
    failed_at: Millis
    """The sandbox's time at the last try."""
    error: str
    """The exception of the last try: `KeyError: 'delayed'`."""
    trace: str
    """The traceback of the last try."""
