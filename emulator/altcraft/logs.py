"""The logs of mailings: their events, and how many profiles were left out, and why.

https://guides.altcraft.com/en/developer-guide/campaigns
"""

from emulator.altcraft.tables.mailings import LogEntry, Mailing
from emulator.engine.engine import Turn

DELETED = "a deleted profile"
"""The reason for leaving out profiles that were deleted before their message left."""


def note(
    turn: Turn, mailing: Mailing, message: str, *, state: str = "", value: str = "", level: str = "INFO"
) -> None:
    """Write a line into a mailing's log."""
    turn.session.add(
        LogEntry(mailing_id=mailing.id, at=turn.now, level=level, message=message, state=state, value=value)
    )


def note_left_out(turn: Turn, mailing: Mailing, reason: str, people: int) -> None:
    """Write into a mailing's log how many do not get it, and why."""
    note(turn, mailing, f"Left out because of {reason}: {people}")
