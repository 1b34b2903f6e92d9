"""The pasts of a fixture's mailings before the sandbox began, and the plans of their next starts."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.altcraft.sending import abort, begin_run, deactivate, mailing_about, settle
from emulator.altcraft.starts import PAST_ACTION, subject
from emulator.altcraft.tables.mailings import Mailing
from emulator.engine.clock import Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn

ACTIONS: Mapping[str, Callable[[Turn, Mailing], None]] = {
    "launch": begin_run,
    "deactivate": deactivate,
    "abort": abort,
    "plan": settle,
}


def plan_past(turn: Turn, mailing: Mailing, due: Millis, action: str) -> None:
    """Schedule the launch, deactivation or abortion of a fixture's mailing at `due`."""
    turn.schedule(due, PAST_ACTION, subject(mailing), rows=MANY_ROWS, action=action)


def plan_start(turn: Turn, mailing: Mailing) -> None:
    """Schedule the planning of a fixture's mailing for when a sandbox's own time has begun.

    Due events of a template are shifted with each sandbox's clock, so minutes of the day can not be planned
    in it.
    """
    turn.schedule(turn.now + 1, PAST_ACTION, subject(mailing), action="plan")


def events() -> dict[str, Handler]:
    return {PAST_ACTION: _on_action}


def _on_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    ACTIONS[details["action"]](turn, mailing_about(turn, about))
