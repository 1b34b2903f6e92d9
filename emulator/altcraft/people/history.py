"""The histories of people: events of their messages, and changes of their profiles.

https://guides.altcraft.com/en/developer-guide/profiles/action-history. Nothing is stored twice: events of
messages are read from the changes of their statuses.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlmodel import Session

from emulator.altcraft.people.showing import EVENT_SUFFIXES
from emulator.engine.clock import DAY, SECOND, Millis, iso_millis
from emulator.sending.mail import SOFT
from emulator.sending.outcomes import word_of
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
"""The history's action for each status of a message. A soft bounce is told apart by the outcome."""

STATUSES_SQL = "('" + "', '".join(ACTIONS) + "')"
"""These statuses as a list in SQL."""

OF_SEGMENTS = frozenset({"entered", "left"})
"""The history's actions for entering a static segment, and leaving it."""

FLAGGED = frozenset({"send", "deliv", "open", "click", "unsub"})
"""The actions of messages that profiles have flags of."""


def messages_of(people: str) -> str:
    """Return the FROM part of a statement for events of messages in the histories of profiles.

    A profile that was split off from another one has copies of the entries of that time.
    """
    return f"""(
        SELECT profile_id, message_id, NULL AS last_change FROM altcraft_sent WHERE profile_id {people}
        UNION ALL
        SELECT profile_id, message_id, last_change FROM altcraft_sent_copy WHERE profile_id {people}
    ) AS sent
    JOIN message ON message.id = sent.message_id
    JOIN status_change AS change ON change.message_id = message.id
        AND change.id <= coalesce(sent.last_change, change.id)
    """


def activity(session: Session, profile_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the time of profiles' last event of each kind: `{"<id>": {"_open_sms": "<date>"}}`."""
    found: dict[str, dict[str, str]] = {profile_id: {} for profile_id in profile_ids}
    ids = {"ids": json_text(list(profile_ids))}
    for profile_id, channel, status, at in look_up(session, _ACTIVITY, ids):
        action = ACTIONS.get(status)
        if action in FLAGGED and channel in EVENT_SUFFIXES:
            found[profile_id][f"_{action}{EVENT_SUFFIXES[channel]}"] = iso_millis(at)
    return found


_AMONG = "IN (SELECT value FROM json_each(:ids))"
_ACTIVITY = f"""
    SELECT sent.profile_id, message.channel, change.status, max(change.at)
    FROM {messages_of(_AMONG)}
    GROUP BY sent.profile_id, message.channel, change.status
"""


def count_actions(session: Session, profile_ids: Sequence[str]) -> int:
    """Return the number of entries in the histories of some profiles."""
    number: int = look_up(session, _COUNT, {"ids": json_text(list(profile_ids))}).fetchone()[0]
    return number


_COUNT = f"""
    SELECT (
        SELECT count(*) FROM altcraft_past WHERE profile_id {_AMONG}
    ) + (
        SELECT count(*) FROM {messages_of(_AMONG)}
        WHERE change.status IN {STATUSES_SQL}
    )
"""


class Period(NamedTuple):
    """A period from the instant `first` to `end`, which is excluded."""

    first: Millis
    end: Millis


class Place(NamedTuple):
    """A day in a profile's history. Places are ordered by `_xxh` and time."""

    xxh: str
    day: Millis
    """The first instant of the day."""


class Event(NamedTuple):
    """An entry of a profile's history: an event of a message, or a change of the profile."""

    xxh: str
    profile_id: str
    email: str | None
    action: str
    at: Millis
    event_id: str
    """24 hex digits, of which the first eight are the Unix second."""
    subscription_id: int | None
    details: Mapping[str, Any]
    """The details of a change of the profile."""
    sent_id: int | None = None
    """The number of the message."""
    channel: str | None = None
    campaign_id: int | None = None
    """The id of the mailing."""
    campaign_name: str | None = None
    """The mailing's name at that time, as `template_name` is the template's."""
    template_id: int | None = None
    template_name: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.xxh, self.at // DAY * DAY)


def events_of(session: Session, profile_id: str, period: Period) -> list[Event]:
    """Return a profile's history in a period, the oldest entry first."""
    where = {"profile": profile_id, "xxh": "", "since": 0, **period._asdict()}
    return [_event(row) for row in look_up(session, _OF_ONE, where)]


def events_from(
    session: Session, database_id: int, begin: Place, period: Period, limit: int
) -> tuple[list[Event], Place | None]:
    """Return a page of a database's histories, by `_xxh` and time, and the place of the next page.

    A page ends after the day of a profile in which it reaches the limit. The place is None at the end.
    """
    where = {"database": database_id, "xxh": begin.xxh, "since": begin.day, **period._asdict()}
    events: list[Event] = []
    with closing(look_up(session, _OF_MANY, where)) as rows:
        for event in map(_event, rows):
            if len(events) >= limit and event.place != events[-1].place:
                return events, event.place
            events.append(event)
    return events, None


def _event(row: Sequence[Any]) -> Event:
    """Return an event of a row of the statements below."""
    xxh, profile_id, email, name, at, source, number, _, subscription_id, told, sent_id, *about = row
    event_id = f"{at // SECOND:08x}{source:02x}{number:014x}"
    if sent_id is None:
        return Event(xxh, profile_id, email, name, at, event_id, subscription_id, from_json(told))
    channel, cause, campaign_id, campaign_name, template_id, template_name = about
    is_soft = name == "bounced" and word_of(cause or "") == SOFT
    return Event(
        xxh, profile_id, email, "softbounce" if is_soft else ACTIONS[name], at, event_id, subscription_id, {},
        sent_id, channel, campaign_id, campaign_name, template_id, template_name,
    )  # fmt: skip


_MESSAGES = """
    SELECT profile.xxh, profile.id, profile.email, change.status, change.at, {source}, {number}, change.id,
        sent.subscription_id, NULL, message.id, message.channel, change.detail, run.mailing_id, run.name,
        json_extract(run.templates,
            '$[' || (message.position % max(1, json_array_length(run.templates))) || '].message_id'),
        edition.name
    FROM altcraft_profile AS profile JOIN {table} AS sent ON sent.profile_id = profile.id
    JOIN message ON message.id = sent.message_id
    JOIN status_change AS change ON change.message_id = message.id {until}
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    LEFT JOIN altcraft_edition AS edition ON edition.id = json_extract(run.editions,
        '$[' || (message.position % max(1, json_array_length(run.editions))) || ']')
    WHERE {{people}} AND (profile.xxh > :xxh OR change.at >= :since)
    AND change.at >= :first AND change.at < :end AND change.status IN {statuses}
"""
_OWN = _MESSAGES.format(source=1, number="change.id", table="altcraft_sent", until="", statuses=STATUSES_SQL)
_COPIED = _MESSAGES.format(
    source=2,
    number="(sent.rowid << 28) | change.id",  # gives each copy an id of its own
    table="altcraft_sent_copy",
    until="AND change.id <= sent.last_change",
    statuses=STATUSES_SQL,
)
_ALL = f"""
    SELECT profile.xxh AS xxh, profile.id, profile.email, past.action, past.at AS at, 0 AS source,
        past.id AS number, past.place AS place, past.subscription_id, past.details,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM altcraft_profile AS profile JOIN altcraft_past AS past ON past.profile_id = profile.id
    WHERE {{people}} AND (profile.xxh > :xxh OR past.at >= :since) AND past.at >= :first AND past.at < :end
    AND past.action IN
        ('import', 'update', 'subscribe', 'confirmsub', 'web_version_save', 'goal', 'ordered', 'entered',
        'left')
    UNION ALL {_OWN} UNION ALL {_COPIED}
    ORDER BY xxh, at, place, source DESC, number
"""
"""A change stands after the event of a message that came before it at the same instant. The profiles come in
the order of an index, so a page costs the same in a database of any size."""
_OF_ONE = _ALL.format(people="profile.id = :profile")
_OF_MANY = _ALL.format(people="profile.database_id = :database AND profile.xxh >= :xxh")
