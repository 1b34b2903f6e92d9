"""Reads many profiles, as responses and files show them, by a few statements."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from emulator.altcraft.people.fields import WITH_COLUMNS, FieldList
from emulator.altcraft.people.history import activity
from emulator.altcraft.people.showing import EVENT_SUFFIXES, EVENTS, extended, shown_profile
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.people import Profile, Subscription
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

AT_ONCE = 1000
"""The number of profiles that are read together."""

FLAGS = frozenset(
    f"_{event}{suffix}_{kind}"
    for event in EVENTS
    for suffix in EVENT_SUFFIXES.values()
    for kind in ("exist", "date")
)
"""The names of profiles' flags: whether each event happened, and when it last did."""

OF_THEIR_OWN = frozenset(
    {"id", "_xxh", "_md5", "_emaildomain", "_domaingroup", "_createtime", "_updatetime", "subscriptions"}
)
"""The names that profiles show beside the fields of their database and the flags."""


def check_shown(names: Collection[str], fields: FieldList) -> None:
    """Raise IncorrectRequest for a name that profiles of a database never show.

    `_id` is allowed, as another name of `id`.
    """
    for name in names:
        known = name == "_id" or name in OF_THEIR_OWN or name in FLAGS or name in WITH_COLUMNS
        if not known and fields.get(name) is None:
            raise IncorrectRequest("fields", f"{name[:100]} is no field of the database")


def read_profiles(
    session: Session,
    profile_ids: Sequence[str],
    names: Collection[str] = (),
    resources: Collection[int] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield profiles in the order of their ids, with their subscriptions in the extended form.

    Args:
        session: The session.
        profile_ids: Their ids.
        names: What is to be shown of them; empty for everything.
        resources: The resources whose subscriptions are to be shown; None for all.
    """
    for start in range(0, len(profile_ids), AT_ONCE):
        ids = profile_ids[start : start + AT_ONCE]
        profiles = _profiles(session, ids)
        happened = activity(session, ids) if not names or not FLAGS.isdisjoint(names) else {}
        subscriptions: Mapping[str, list[Subscription]] = {}
        if not names or "subscriptions" in names:
            subscriptions = read_subscriptions(session, ids, resources)
        for number in ids:
            shown = shown_profile(profiles[number], happened.get(number, {}))
            shown["subscriptions"] = [extended(one) for one in subscriptions.get(number, ())]
            yield {name: value for name, value in shown.items() if name in names} if names else shown


def _profiles(session: Session, ids: Sequence[str]) -> dict[str, Profile]:
    return {
        number: Profile(
            number=0,
            id=number,
            database_id=0,
            email=email,
            phones=json.loads(phones),
            status=status,
            is_test=bool(is_test),
            xxh=xxh,
            fields=json.loads(fields),
            created_at=created_at,
            updated_at=updated_at,
        )
        for number, email, phones, status, is_test, xxh, fields, created_at, updated_at in look_up(
            session, _PROFILES, (json_text(ids),)
        )
    }


def read_subscriptions(
    session: Session, ids: Sequence[str], resources: Collection[int] | None
) -> dict[str, list[Subscription]]:
    """Return the subscriptions of profiles to some resources, None for all, in the order of their making."""
    found: dict[str, list[Subscription]] = {}
    seen = None if resources is None else json_text(list(resources))
    for row in look_up(session, _SUBSCRIPTIONS, (json_text(ids), seen)):
        said = dict(zip(_COLUMNS, row, strict=True))
        said |= {name: json.loads(said[name]) for name in ("fields", "cats")}
        said["is_deleted"] = bool(said["is_deleted"])
        one = Subscription(database_id=0, **said)
        found.setdefault(one.profile_id, []).append(one)
    return found


_PROFILES = """
    SELECT id, email, phones, status, is_test, xxh, fields, created_at, updated_at FROM altcraft_profile
    WHERE id IN (SELECT value FROM json_each(?))
"""
_COLUMNS = (
    "id", "profile_id", "resource_id", "channel", "address", "provider", "status", "priority", "fields",
    "cats", "is_deleted", "hash_id", "registered_at", "ip", "url",
)  # fmt: skip
_SUBSCRIPTIONS = f"""
    SELECT {", ".join(_COLUMNS)} FROM altcraft_subscription
    WHERE profile_id IN (SELECT value FROM json_each(?1))
    AND (?2 IS NULL OR resource_id IN (SELECT value FROM json_each(?2))) ORDER BY id
"""  # noqa: S608 -- our own columns
