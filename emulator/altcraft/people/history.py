"""What happened to people: their messages, and what was done to their profiles.

https://guides.altcraft.com/en/developer-guide/profiles/action-history. Nothing is written twice: what
became of messages is read from the history of their statuses.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from emulator.altcraft.people.showing import CHANNELS
from emulator.engine.clock import iso_millis
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

ACTIONS: Mapping[str, str] = {
    "sent": "send",
    "delivered": "deliv",
    "opened": "open",
    "clicked": "click",
    "unsubscribed": "unsub",
    "complained": "complaint",
    "bounced": "hardbounce",
}
"""What the history calls a status that a message reached. A soft bounce differs in its outcome."""

FLAGGED = frozenset({"send", "deliv", "open", "click", "unsub"})
"""The actions of messages that profiles have flags of."""


def activity(session: Session, profile_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return when each kind of event last happened to profiles: `{"<id>": {"_open_sms": "<date>"}}`."""
    found: dict[str, dict[str, str]] = {profile_id: {} for profile_id in profile_ids}
    for profile_id, channel, status, at in look_up(session, _ACTIVITY, (json_text(list(profile_ids)),)):
        action = ACTIONS.get(status)
        if action in FLAGGED and channel in CHANNELS:
            found[profile_id][f"_{action}{CHANNELS[channel]}"] = iso_millis(at)
    return found


_ACTIVITY = """
    SELECT sent.profile_id, message.channel, change.status, max(change.at)
    FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id
    JOIN status_change AS change ON change.message_id = message.id
    WHERE sent.profile_id IN (SELECT value FROM json_each(?))
    GROUP BY sent.profile_id, message.channel, change.status
"""


def count_actions(session: Session, profile_ids: Sequence[str]) -> int:
    """Return how many actions the history of some profiles has."""
    number: int = look_up(session, _COUNT, {"ids": json_text(list(profile_ids))}).fetchone()[0]
    return number


_COUNT = """
    SELECT (
        SELECT count(*) FROM altcraft_past WHERE profile_id IN (SELECT value FROM json_each(:ids))
    ) + (
        SELECT count(*) FROM altcraft_sent AS sent
        JOIN status_change AS change ON change.message_id = sent.message_id
        WHERE sent.profile_id IN (SELECT value FROM json_each(:ids))
        AND change.status IN
            ('sent', 'delivered', 'opened', 'clicked', 'unsubscribed', 'complained', 'bounced')
    )
"""
