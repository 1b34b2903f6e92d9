"""The logs of mailings: their events, and how many profiles were left out, and why.

https://guides.altcraft.com/en/developer-guide/campaigns
"""

from collections.abc import Sequence

from sqlmodel import Session

from emulator.altcraft.tables.mailings import LogEntry, Mailing, scenario_name
from emulator.engine.engine import Turn
from emulator.sending.left_out import LeftOut, leave_out

DELETED = "a deleted profile"
"""The reason for leaving out profiles that were deleted before their message left."""


def note(
    turn: Turn, mailing: Mailing, message: str, *, state: str = "", value: str = "", level: str = "INFO"
) -> None:
    """Write a line into a mailing's log."""
    turn.session.add(
        LogEntry(mailing_id=mailing.id, at=turn.now, level=level, message=message, state=state, value=value)
    )


def note_left_out(
    turn: Turn, mailing: Mailing, reason: str, recipients: Sequence[str], scenario_id: int | None = None
) -> None:
    """Write into a mailing's log how many get no message of it, and why; its job tells who.

    `scenario_id` is that of the scenario that sends it.
    """
    cause = "" if scenario_id is None else scenario_name(scenario_id)
    row = leave_out(turn, mailing.job_name, reason, recipients, cause=cause)
    entry = LogEntry(mailing_id=mailing.id, at=turn.now, level="INFO", state="", value="", left_out=row.id)
    turn.session.add(entry)


def message_of(session: Session, entry: LogEntry) -> str:
    """Return the words of a line."""
    if entry.left_out is None:
        return entry.message
    told = session.get_one(LeftOut, entry.left_out)
    return left_out_message(told.reason, told.number)


def left_out_message(reason: str, people: int) -> str:
    return f"Left out because of {reason}: {people}"
