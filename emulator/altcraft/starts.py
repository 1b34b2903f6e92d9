"""When mailings start by their schedules next.

In the past of a fixture, a minutely mailing of years ago would have a million runs: it has been launched, and
has had its last starts.
"""

from itertools import islice

from emulator.altcraft.schedule import next_start, starts_between
from emulator.altcraft.tables.mailings import Mailing
from emulator.engine.clock import MINUTE, Millis
from emulator.engine.engine import Turn

LAST_STARTS = 100
"""How many of its last starts a mailing has had in the past of a fixture."""

STARTED = "altcraft.trigger"
"""The due event of a start of a trigger that waits."""

PAST_ACTION = "altcraft.mailing_action"
"""The due event of an action on a mailing in the past of a fixture."""


def subject(mailing: Mailing) -> str:
    return f"altcraft.mailing:{mailing.id}"


def following(turn: Turn, mailing: Mailing) -> Millis | None:
    """Return when the schedule of a mailing starts it next, None where it does not."""
    start = next_start(mailing.start_schedule, turn.now)
    if start is None or turn.past_until is None:
        return start
    end = _end_of_past(turn, mailing, turn.past_until)
    if start >= end - LAST_STARTS * MINUTE:
        return start
    last = list(islice(starts_between(mailing.start_schedule, turn.now, end), LAST_STARTS))
    return last[-1] if len(last) == LAST_STARTS else start


def _end_of_past(turn: Turn, mailing: Mailing, until: Millis) -> Millis:
    """Return the end of a mailing's past: its deactivation or abortion, or the beginning of the sandbox."""
    rows = turn.store.execute(_PLANNED, (subject(mailing), PAST_ACTION, turn.now))
    planned: Millis | None = rows.fetchone()[0]
    return until if planned is None else min(until, planned)


_PLANNED = "SELECT min(due) FROM due_event WHERE subject = ? AND name = ? AND due > ?"
