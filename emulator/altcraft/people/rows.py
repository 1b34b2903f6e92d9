"""Profiles and subscriptions while they are changed: read in sets, and stored in sets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json
from xxhash import xxh64_hexdigest

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

PROFILE_NUMBERS = "altcraft.profile_number"
SUBSCRIPTION_NUMBERS = "altcraft.subscription_number"


@dataclass
class Subscribed:
    """A subscription while it is changed."""

    id: int
    place: tuple[int, str, str]
    """Its resource, channel and address."""
    fields: dict[str, Any]
    cats: list[str]
    provider: str
    status: int
    priority: int
    is_deleted: bool
    hash_id: str
    registered_at: int
    ip: str
    url: str
    is_new: bool = False
    is_changed: bool = False


@dataclass
class Person:
    """A profile while it is changed."""

    id: str
    number: int
    email: str | None
    phones: list[str]
    status: int
    is_test: bool
    fields: dict[str, Any]
    subscriptions: dict[tuple[int, str, str], Subscribed] = field(default_factory=dict)
    is_new: bool = False
    is_changed: bool = False
    is_readdressed: bool = False
    """Whether its e-mail or its phones are others than stored."""

    @property
    def xxh(self) -> str:
        return xxh64_hexdigest((self.email or self.id).encode())


def stored_people(turn: Turn, profile_ids: Sequence[str]) -> list[Person]:
    """Return some profiles, without their subscriptions."""
    rows = look_up(turn.session, _PEOPLE, (json_text(profile_ids),))
    return [
        Person(profile_id, number, email, from_json(phones), status, bool(is_test), from_json(stored))
        for profile_id, number, email, phones, status, is_test, stored in rows
    ]


def store_people(turn: Turn, database_id: int, people: Iterable[Person]) -> None:
    """Store those of a database's profiles that are new or changed, with their subscriptions."""
    store, now, people = turn.store, turn.now, list(people)
    new = [one for one in people if one.is_new]
    changed = [one for one in people if one.is_changed and not one.is_new]
    readdressed = [one for one in changed if one.is_readdressed]
    # An e-mail that moves from one profile to another is freed before it is taken.
    store.execute_many(_FREE, [(one.id,) for one in readdressed])
    store.execute_many(_ADD, [(one.number, one.id, database_id, now, now, *_own(one)) for one in new])
    store.execute_many(_UPDATE, [(now, *_own(one), one.id) for one in changed])
    store.execute_many(_DROP_PHONES, [(one.id,) for one in readdressed])
    store.execute_many(
        _ADD_PHONE, [(database_id, phone, one.id) for one in [*new, *readdressed] for phone in one.phones]
    )
    subscriptions = [(one.id, sub) for one in people for sub in one.subscriptions.values()]
    _store_subscriptions(turn, database_id, subscriptions)


def _own(one: Person) -> tuple[Any, ...]:
    return one.email, json_text(one.phones), one.status, one.is_test, one.xxh, json_text(one.fields)


def stored_subscriptions(turn: Turn, profile_ids: Sequence[str]) -> list[tuple[str, Subscribed]]:
    """Return the subscriptions of some profiles, with the id of the profile of each."""
    rows = look_up(turn.session, _SUBSCRIPTIONS, (json_text(profile_ids),))
    return [(profile_id, _subscribed(*row)) for profile_id, *row in rows]


def _subscribed(
    number: int, resource_id: int, channel: str, address: str, stored: str, cats: str, *rest: Any
) -> Subscribed:
    return Subscribed(number, (resource_id, channel, address), from_json(stored), from_json(cats), *rest)


def _store_subscriptions(
    turn: Turn, database_id: int, subscriptions: Sequence[tuple[str, Subscribed]]
) -> None:
    """Write the new and the changed ones of some subscriptions, each with its profile's id."""
    new = [(profile_id, one) for profile_id, one in subscriptions if one.is_new]
    turn.store.execute_many(
        _ADD_SUBSCRIPTION,
        [
            (one.id, profile_id, database_id, *one.place, one.hash_id, *_columns(one))
            for profile_id, one in new
        ],
    )
    turn.store.execute_many(
        _UPDATE_SUBSCRIPTION,
        [(*_columns(one), one.id) for _, one in subscriptions if one.is_changed and not one.is_new],
    )


def _columns(one: Subscribed) -> tuple[Any, ...]:
    return (
        one.provider, one.status, one.priority, json_text(one.fields), json_text(one.cats), one.is_deleted,
        one.registered_at, one.ip, one.url,
    )  # fmt: skip


_PEOPLE = """
    SELECT id, number, email, phones, status, is_test, fields FROM altcraft_profile
    WHERE id IN (SELECT value FROM json_each(?))
"""
_SUBSCRIPTIONS = """
    SELECT profile_id, id, resource_id, channel, address, fields, cats,
        provider, status, priority, is_deleted, hash_id, registered_at, ip, url
    FROM altcraft_subscription WHERE profile_id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_FREE = "UPDATE altcraft_profile SET email = NULL WHERE id = ?"
_ADD = """
    INSERT INTO altcraft_profile
    (number, id, database_id, created_at, updated_at, email, phones, status, is_test, xxh, fields)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
    UPDATE altcraft_profile
    SET updated_at = ?, email = ?, phones = ?, status = ?, is_test = ?, xxh = ?, fields = ? WHERE id = ?
"""
_DROP_PHONES = "DELETE FROM altcraft_phone_number WHERE profile_id = ?"
_ADD_PHONE = "INSERT INTO altcraft_phone_number (database_id, phone, profile_id) VALUES (?, ?, ?)"
_ADD_SUBSCRIPTION = """
    INSERT INTO altcraft_subscription
    (id, profile_id, database_id, resource_id, channel, address, hash_id,
     provider, status, priority, fields, cats, is_deleted, registered_at, ip, url)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_SUBSCRIPTION = """
    UPDATE altcraft_subscription
    SET provider = ?, status = ?, priority = ?, fields = ?, cats = ?, is_deleted = ?,
        registered_at = ?, ip = ?, url = ?
    WHERE id = ?
"""


def go_back(turn: Turn, was: Millis) -> None:
    """Move registrations that are later than now to just before it, after the clock was set back.

    They keep their order, and the next registration is the newest of its profile.
    """
    turn.store.execute(_JUST_BEFORE, {"now": turn.now, "was": was})


_JUST_BEFORE = """
    UPDATE altcraft_subscription SET registered_at = max(0, :now - later.place)
    FROM (
        SELECT id, dense_rank() OVER (PARTITION BY profile_id ORDER BY registered_at DESC) AS place
        FROM altcraft_subscription WHERE registered_at > :now AND registered_at <= :was
    ) AS later
    WHERE altcraft_subscription.id = later.id
"""
