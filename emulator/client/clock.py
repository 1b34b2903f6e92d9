"""The client of a sandbox's clock."""

import warnings
from datetime import datetime
from typing import Any

from emulator.client.connection import Scope, part
from emulator.client.given import given
from emulator.client.lines import outstanding_text
from emulator.client.shapes import ClockState, Duration, FailedEventList, Id, Instant
from emulator.client.warned import OutstandingWarning


class Clock:
    """The clock of a sandbox. Every change returns its new state, with the events that ran.

    It warns of webhooks that it does not wait for any longer, as what their receivers do comes too late.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def state(self) -> ClockState:
        state: ClockState = self._scope.ask("GET", "/clock")
        return state

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.state["now"])

    def freeze(self) -> ClockState:
        return self._change(freeze=True)

    def run(self, speed: float | None = None) -> ClockState:
        """Let the clock run: in real time, or at `speed` virtual seconds a second."""
        return self._change(freeze=False) if speed is None else self._change(speed=speed)

    def advance(self, duration: Duration) -> ClockState:
        """Move the clock on, and run the events that are due by then."""
        return self._change(advance=duration)

    def set(self, moment: Instant) -> ClockState:
        return self._change(set=moment)

    def to_next_event(self) -> ClockState:
        """Move the clock on to the next due event, if there is one."""
        return self._change(next_event=True)

    def until(
        self,
        *,
        status: str,
        message: Id | None = None,
        job: str | None = None,
        within: Duration | None = None,
    ) -> ClockState:
        """Move the clock on until a message or a job has a status.

        Raises AssertionError if that does not happen within `within`, 30 days by default.
        """
        __tracebackhide__ = True
        wanted = {"message": message, "job": job, "status": status, "within": within}
        said = {name: value for name, value in wanted.items() if value is not None}
        state = self._change(until=said)
        if not state["met"]:
            raise AssertionError(f"moved on to {state['now']} in vain: {said}")
        return state

    def failed(self) -> FailedEventList:
        """Return the due events that crashed and were set aside: each is a defect of the emulator."""
        found: FailedEventList = self._scope.ask("GET", "/clock/failed")["events"]
        return found

    def retry(self, number: Id) -> ClockState:
        """Run an event that crashed once more. Raises ControlError if it crashes again."""
        return _told(self._scope.ask("POST", f"/clock/failed/{part(number)}/retry"))

    def drop(self, number: Id) -> None:
        """Forget an event that crashed: what it would have done never happens."""
        self._scope.ask("DELETE", f"/clock/failed/{part(number)}")

    def _change(self, **change: Any) -> ClockState:
        return _told(self._scope.ask("POST", "/clock", body=given(change)))


def _told(state: ClockState) -> ClockState:
    """Return the state of a changed clock, with a warning of the webhooks that were not waited for."""
    if state["outstanding"]:
        text = (
            f"{outstanding_text(state['outstanding'])}: either there are very many, or their receiver has "
            "not responded, as it may run in the thread or the event loop that waits for the clock"
        )
        warnings.warn(text, OutstandingWarning, stacklevel=4)
    return state
