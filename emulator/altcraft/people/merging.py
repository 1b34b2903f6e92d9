"""Merging several profiles into one, and splitting one into several.

https://guides.altcraft.com/en/developer-guide/profiles/41484440 and …/profiles/41484445. The sources stay.
A destination keeps its own values. Sources fill its empty fields, in their order, if its database has the
field and the value fits. Only one profile can have an e-mail, so the source that it comes from loses it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from emulator.altcraft.people import fields
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.drafts import LOWEST_PRIORITY, Draft, SubscriptionDraft, addresses_of
from emulator.altcraft.people.matching import Match, find_each
from emulator.altcraft.people.rows import Person, Subscribed, stored_people, stored_subscriptions
from emulator.altcraft.people.writing import Writing, write_profile
from emulator.altcraft.refusals import IncorrectField, ManyProfilesMatch
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text

Place = tuple[int, str, str]
"""The resource, the channel and the address of a subscription."""


@dataclass(frozen=True)
class Copied:
    """What destinations get beside fields. An empty filter of subscriptions lets all of them pass."""

    subscriptions: bool = True
    history: bool = True
    static_segments: bool = False
    resources: Sequence[int] = ()
    channels: Sequence[str] = ()
    statuses: Sequence[int] = ()

    def takes(self, one: Subscribed) -> bool:
        """Return whether a subscription is copied."""
        resource, channel, _ = one.place
        return (
            self.subscriptions
            and not one.is_deleted
            and (not self.resources or resource in self.resources)
            and (not self.channels or channel in self.channels)
            and (not self.statuses or one.status in self.statuses)
        )


class Destination(NamedTuple):
    """A profile that sources are merged into, with a draft of values that win over those of the sources."""

    writing: Writing
    draft: Draft


class Joined(NamedTuple):
    """A destination that has been written."""

    profile_id: str
    robbed: list[str]
    """The sources that lost their e-mail to it."""


def merge(turn: Turn, source_ids: Sequence[str], destination: Destination, copied: Copied) -> str:
    """Merge profiles into one, making it if there is none; return its id. Raises AltcraftError."""
    joined = _join(turn, _read(turn, source_ids), destination, copied)
    others = [one for one in source_ids if one != joined.profile_id]
    if copied.history:
        _move_history(turn, others, joined.profile_id)
    if copied.static_segments:
        _move_memberships(turn, others, [joined.profile_id])
    _note_losses(turn, joined.robbed, is_silent=destination.writing.is_silent)
    return joined.profile_id


def split(turn: Turn, source_id: str, destinations: Sequence[Destination], copied: Copied) -> list[str]:
    """Split a profile into others, making those that do not exist; return their ids.

    Each gets fields, subscriptions and a copy of the history. The e-mail goes to the first one without an
    e-mail, as only one profile can have it. Raises AltcraftError.
    """
    all_joined = [_join(turn, _read(turn, [source_id]), one, copied) for one in destinations]
    others = [one.profile_id for one in all_joined if one.profile_id != source_id]
    if copied.history:
        for profile_id in others:
            _copy_history(turn, source_id, profile_id)
    if copied.static_segments:
        _move_memberships(turn, [source_id], others)
    is_silent = destinations[0].writing.is_silent
    _note_losses(turn, [robbed for one in all_joined for robbed in one.robbed], is_silent=is_silent)
    return [one.profile_id for one in all_joined]


def _read(turn: Turn, profile_ids: Sequence[str]) -> list[Person]:
    """Return profiles with their subscriptions, in the order of their ids."""
    found = {one.id: one for one in stored_people(turn, profile_ids)}
    for profile_id, subscribed in stored_subscriptions(turn, profile_ids):
        found[profile_id].subscriptions[subscribed.place] = subscribed
    return [found[one] for one in profile_ids]


def _join(turn: Turn, people: Sequence[Person], destination: Destination, copied: Copied) -> Joined:
    """Write what a destination gets from sources; it may be one of them. Raises AltcraftError."""
    writing, draft = destination
    target = _target(turn, writing, draft.match)
    sources = [one for one in people if target is None or one.id != target.id]
    own = _own(sources, target, draft)
    email = own.get("email")
    robbed = [one for one in sources if email and one.email == email]
    for one in robbed:
        turn.store.execute(_FORGET_EMAIL, (replace(one, email=None).xxh, turn.now, one.id))
    filled = Draft(
        draft.match,
        own,
        _values(sources, target, destination),
        draft.changes,
        [*_subscriptions(sources, target, writing, copied), *draft.subscriptions],
    )
    return Joined(write_profile(turn, writing, filled).profile_id, [one.id for one in robbed])


def _target(turn: Turn, writing: Writing, match: Match | None) -> Person | None:
    """Return the stored destination; None if it does not exist yet. Raises ManyProfilesMatch."""
    assert match
    found = find_each(turn.session, writing.database.id, [match])[match]
    if len(found) > 1:
        raise ManyProfilesMatch(match.shown)
    return _read(turn, found)[0] if found else None


def _own(sources: Sequence[Person], target: Person | None, draft: Draft) -> dict[str, Any]:
    """Return the columns that a destination gets."""
    assert draft.match
    given = addresses_of(draft.match)
    if target is not None:
        given = {"email": target.email, "phones": target.phones}
    gaps: dict[str, Any] = {}
    if not given.get("email"):
        gaps["email"] = next((one.email for one in sources if one.email), None)
    if not given.get("phones"):
        gaps["phones"] = next((one.phones for one in sources if one.phones), [])
    if target is None and sources:
        gaps |= {"status": sources[0].status, "is_test": sources[0].is_test}
    return gaps | draft.own


def _values(sources: Sequence[Person], target: Person | None, destination: Destination) -> dict[str, Any]:
    """Return the fields that a destination gets."""
    writing, draft = destination
    known = fields.of_database(writing.database)
    has = dict(target.fields) if target else {}
    if target is None and draft.match and draft.match.mode == "custom":
        has[draft.match.field] = draft.match.value
    found: dict[str, Any] = {}
    for source in sources:
        for name, value in source.fields.items():
            if _is_empty(has.get(name)) and not _is_empty(value) and name not in found:
                found |= _fitting(known, name, value)
    return found | draft.values


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _fitting(known: fields.FieldList, name: str, value: Any) -> dict[str, Any]:
    """Return a field in the database's stored form; nothing if it has no such field, or a wrong value."""
    try:
        return known.read({name: value}, frozenset())[0]
    except IncorrectField:
        return {}


def _subscriptions(
    sources: Sequence[Person], target: Person | None, writing: Writing, copied: Copied
) -> list[SubscriptionDraft]:
    """Return the subscriptions to write: copies of the sources', and the destination's own that gain by them.

    Copies get lower priorities than the destination's own, source by source, so it is still sent to as
    before.
    """
    joined: dict[Place, SubscriptionDraft] = {}
    behind = _end_of(target.subscriptions.values()) if target else 0
    for source in sources:
        taken = [one for one in source.subscriptions.values() if _is_taken(one, writing, copied)]
        for one in taken:
            own = target.subscriptions.get(one.place) if target else None
            if one.place in joined:
                joined[one.place] = _gain(joined[one.place], one)
            elif own is None:
                joined[one.place] = _copy(one, behind)
            elif not own.is_deleted:
                kept = SubscriptionDraft(*one.place, values=own.fields, cats=own.cats)
                joined[one.place] = _gain(kept, one)
        behind += _end_of(taken)
    return list(joined.values())


def _is_taken(one: Subscribed, writing: Writing, copied: Copied) -> bool:
    """Return whether a subscription is copied: its resource has to have the destination's database."""
    resource = writing.resources.get(one.place[0])
    return resource is not None and writing.database.id in resource.databases and copied.takes(one)


def _end_of(subscriptions: Iterable[Subscribed]) -> int:
    """Return the priority that follows those of some subscriptions, 0 without any."""
    return max((one.priority for one in subscriptions), default=-1) + 1


def _copy(one: Subscribed, behind: int) -> SubscriptionDraft:
    return SubscriptionDraft(
        *one.place,
        provider=one.provider,
        status=one.status,
        priority=min(behind + one.priority, LOWEST_PRIORITY),
        values=one.fields,
        cats=one.cats,
        registered_at=one.registered_at,
        ip=one.ip or None,
        url=one.url or None,
    )


def _gain(draft: SubscriptionDraft, one: Subscribed) -> SubscriptionDraft:
    """Return a draft with a subscription's categories added, and its fields where the draft has none."""
    gained = {name: value for name, value in one.fields.items() if _is_empty(draft.values.get(name))}
    cats = list(dict.fromkeys([*(draft.cats or []), *one.cats]))
    return draft._replace(values={**draft.values, **gained}, cats=cats)


def _move_history(turn: Turn, source_ids: Sequence[str], profile_id: str) -> None:
    """Move the histories and messages of sources to a destination, except their orders."""
    place = {"sources": json_text(list(source_ids)), "to": profile_id}
    turn.store.execute(_MOVE_PAST, place)
    turn.store.execute(_MOVE_SENT, place)
    turn.store.execute(_TAKE_COPIES, place)
    turn.store.execute(_LEAVE_COPIES, place)
    turn.store.execute(_FORGET_PAST_TWICE, place)
    turn.store.execute(_FORGET_SENT_TWICE, place)


def _copy_history(turn: Turn, source_id: str, profile_id: str) -> None:
    """Copy the history and the events of messages of a source to a destination."""
    place = {"source": source_id, "to": profile_id}
    turn.store.execute(_COPY_PAST, place)
    turn.store.execute(_COPY_SENT, place)


def _move_memberships(turn: Turn, source_ids: Sequence[str], profile_ids: Sequence[str]) -> None:
    """Move memberships of static segments from sources to destinations in the segments' databases."""
    place = {"sources": json_text(list(source_ids)), "to": json_text(list(profile_ids))}
    turn.store.execute(_ENTER, place)
    turn.store.execute(_LEAVE, place)


def _note_losses(turn: Turn, profile_ids: Sequence[str], *, is_silent: bool) -> None:
    changes = (Change(one, "update", details={"fields": ["email"]}) for one in profile_ids)
    record(turn, changes, is_silent=is_silent)


_FORGET_EMAIL = "UPDATE altcraft_profile SET email = NULL, xxh = ?, updated_at = ? WHERE id = ?"

_COPY_OF = """(
    SELECT copy.id FROM altcraft_subscription AS old JOIN altcraft_subscription AS copy
    ON copy.profile_id = :to AND copy.resource_id = old.resource_id
    AND copy.channel = old.channel AND copy.address = old.address
    WHERE old.id = {table}.subscription_id
)"""
_MOVE = """
    UPDATE {table} SET profile_id = :to, subscription_id = coalesce({copy}, subscription_id)
    WHERE profile_id IN (SELECT value FROM json_each(:sources))
"""
_MOVE_PAST, _MOVE_SENT = (
    _MOVE.format(table=table, copy=_COPY_OF.format(table=table))
    for table in ("altcraft_past", "altcraft_sent")
)
_MOVE_PAST += "AND action <> 'ordered'"
_UP_TO_THE_LATEST = "ON CONFLICT DO UPDATE SET last_change = max(last_change, excluded.last_change)"
_TAKE_COPIES = f"""
    INSERT INTO altcraft_sent_copy (profile_id, message_id, subscription_id, last_change)
    SELECT :to, message_id, coalesce({_COPY_OF.format(table="sent")}, subscription_id), last_change
    FROM altcraft_sent_copy AS sent WHERE profile_id IN (SELECT value FROM json_each(:sources))
    {_UP_TO_THE_LATEST}
"""  # noqa: S608 -- statements of our own
_LEAVE_COPIES = "DELETE FROM altcraft_sent_copy WHERE profile_id IN (SELECT value FROM json_each(:sources))"
_FORGET_PAST_TWICE = """
    DELETE FROM altcraft_past WHERE profile_id = :to AND copy_of IS NOT NULL AND id NOT IN (
        SELECT min(id) FROM altcraft_past WHERE profile_id = :to GROUP BY coalesce(copy_of, id)
    )
"""
_FORGET_SENT_TWICE = """
    DELETE FROM altcraft_sent_copy WHERE profile_id = :to AND message_id IN (
        SELECT message_id FROM altcraft_sent WHERE profile_id = :to
    )
"""
"""Entries that were copied by a split are in the history once after a merge."""
_COPY_PAST = f"""
    INSERT INTO altcraft_past (profile_id, action, at, subscription_id, details, is_silent, place, copy_of)
    SELECT :to, action, at, coalesce({_COPY_OF.format(table="altcraft_past")}, subscription_id), details,
        is_silent, place, coalesce(copy_of, id)
    FROM altcraft_past WHERE profile_id = :source AND action <> 'ordered' AND coalesce(copy_of, id) NOT IN (
        SELECT coalesce(copy_of, id) FROM altcraft_past WHERE profile_id = :to
    ) ORDER BY id
"""  # noqa: S608 -- statements of our own
_COPY_SENT = f"""
    INSERT INTO altcraft_sent_copy (profile_id, message_id, subscription_id, last_change)
    SELECT :to, message_id, coalesce({_COPY_OF.format(table="sent")}, subscription_id), last_change
    FROM (
        SELECT message_id, subscription_id, (SELECT coalesce(max(id), 0) FROM status_change) AS last_change
        FROM altcraft_sent WHERE profile_id = :source
        UNION ALL SELECT message_id, subscription_id, last_change
        FROM altcraft_sent_copy WHERE profile_id = :source
    ) AS sent
    WHERE message_id NOT IN (SELECT message_id FROM altcraft_sent WHERE profile_id = :to)
    {_UP_TO_THE_LATEST}
"""  # noqa: S608 -- the same
"""Entries that were copied before are not copied again, except later events of messages."""
_STATIC = "SELECT id FROM altcraft_segment WHERE is_static AND items = '[]'"
_ENTER = f"""
    INSERT INTO altcraft_segment_member (segment_id, profile_id, is_member)
    SELECT DISTINCT member.segment_id, profile.id, 1
    FROM altcraft_segment_member AS member
    JOIN altcraft_segment AS segment ON segment.id = member.segment_id
    JOIN altcraft_profile AS profile ON profile.database_id = segment.database_id
    WHERE member.profile_id IN (SELECT value FROM json_each(:sources)) AND member.is_member
    AND profile.id IN (SELECT value FROM json_each(:to)) AND segment.id IN ({_STATIC})
    ON CONFLICT DO UPDATE SET is_member = 1
"""  # noqa: S608 -- statements of our own
_LEAVE = f"""
    UPDATE altcraft_segment_member SET is_member = 0
    WHERE profile_id IN (SELECT value FROM json_each(:sources)) AND is_member
    AND segment_id IN ({_STATIC}) AND segment_id IN (
        SELECT entered.segment_id FROM altcraft_segment_member AS entered
        WHERE entered.profile_id IN (SELECT value FROM json_each(:to)) AND entered.is_member
    )
"""  # noqa: S608 -- the same
