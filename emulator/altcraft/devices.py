"""Apps' changes of the push subscriptions of their devices, and of the profiles of these.

https://github.com/altcraft/android-sdk. The JWT of an app names the profile; without one, the device's
subscription does. An app can ask for a change without waiting for it, which is then made a second later.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import FIELDS, Match, by_id, find_each, match_of
from emulator.altcraft.people.values import SUBSCRIBED, SUSPENDED, UNSUBSCRIBED
from emulator.altcraft.people.writing import Mode, Writing, write_profile
from emulator.altcraft.refusals import (
    AltcraftError,
    IncorrectField,
    IncorrectRequest,
    InvalidField,
    ManyProfilesMatch,
    ProfileNotFound,
)
from emulator.altcraft.tables.people import Database, Resource, Subscription
from emulator.engine.back import go_on
from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

PUSH_SUB = "push_sub"


class Device(NamedTuple):
    """A device that gets pushes."""

    provider: str
    token: str


class Whom(NamedTuple):
    """The profile that an app means: by the match of its JWT, or by its device's subscription."""

    resource_id: int
    matching: Mapping[str, Any] | None
    """The claim `matching` of the JWT; None without a JWT."""
    device: Device | None = None

    @property
    def is_somebody(self) -> bool:
        return self.matching is not None or self.device is not None


class Found(NamedTuple):
    """A profile in a database, or the place of a new one."""

    resource: Resource
    database: Database
    match: Match | None
    """The match, whose values a new profile gets; None if they are written anyway."""
    profile_id: str | None
    """None for a new profile."""

    def existing(self) -> str:
        """Return the id of the profile. Raises ProfileNotFound."""
        if self.profile_id is None:
            raise ProfileNotFound(self.match.shown if self.match else "")
        return self.profile_id


def find(session: Session, whom: Whom) -> Found:
    """Return the profile that an app means, or its place. Raises IncorrectRequest, ManyProfilesMatch.

    Without a JWT, all databases of the resource are searched in order. A new profile goes into the first one.
    """
    resource = session.get_one(Resource, whom.resource_id)
    places = [(one, _match(whom, one)) for one in _databases(session, resource, whom)]
    for database, match in places:
        ids = find_each(session, database.id, [match])[match]
        if len(ids) > 1:
            raise ManyProfilesMatch(match.shown)
        if ids:
            return Found(resource, database, match, ids[0])
    return Found(resource, *places[0], None)


def mode_of(session: Session, whom: Whom) -> str:
    """Return the mode of the match of an app. Raises IncorrectRequest."""
    resource = session.get_one(Resource, whom.resource_id)
    return PUSH_SUB if whom.matching is None else _match(whom, _databases(session, resource, whom)[0]).mode


def _databases(session: Session, resource: Resource, whom: Whom) -> list[Database]:
    """Return the databases in which the profile can be. Raises IncorrectRequest."""
    numbers = list(resource.databases)
    named = whom.matching.get("db_id") if whom.matching else None
    if named is not None:
        numbers = [number for number in numbers if str(number) == str(named)]
    found = [one for number in numbers if (one := session.get(Database, number)) is not None]
    if not found:
        reason = "the resource has no databases" if named is None else "is no database of the resource"
        raise IncorrectRequest("db_id", reason)
    if whom.matching is not None and named is None and len(found) > 1:
        raise IncorrectRequest("db_id", "Field required")
    return found


def _match(whom: Whom, database: Database) -> Match:
    if whom.matching is not None:
        said = {name: value for name, value in whom.matching.items() if name in {*FIELDS, "matching"}}
        return match_of(said, of_database(database))
    if whom.device is None:
        raise IncorrectRequest("subscription_id", "Field required")
    return Match(PUSH_SUB, tuple(whom.device), "", whom.resource_id)


def subscription_of(session: Session, found: Found, device: Device | None = None) -> Subscription | None:
    """Return a profile's push subscription to the resource: that of a device, or the newest one.

    A device without a token stands for the newest one of its provider.
    """
    wanted = select(Subscription).where(
        Subscription.profile_id == found.profile_id,
        Subscription.resource_id == found.resource.id,
        Subscription.channel == "push",
        col(Subscription.is_deleted).is_(False),
    )
    if device and device.token:
        wanted = wanted.where(Subscription.address == device.token)
    if device and device.provider:
        wanted = wanted.where(Subscription.provider == device.provider)
    return session.exec(
        wanted.order_by(col(Subscription.registered_at).desc(), col(Subscription.id).desc())
    ).first()


def write(
    turn: Turn,
    found: Found,
    fields: Mapping[str, Any],
    subscriptions: Iterable[Mapping[str, Any]] = (),
    *,
    is_silent: bool = False,
) -> str:
    """Store fields and subscriptions of a found or new profile; return its id. Raises AltcraftError."""
    if "subscriptions" in fields:
        raise IncorrectField("subscriptions")
    resources = {one.id: one for one in turn.session.exec(select(Resource))}
    drafting = Drafting(found.database, resources)
    draft = drafting.draft(fields, _match_to_write(found))
    draft.subscriptions += [drafting.subscription(said) for said in subscriptions]
    mode: Mode = "import" if found.profile_id is None else "update"
    writing = Writing(found.database, resources, mode, is_silent=is_silent)
    return write_profile(turn, writing, draft).profile_id


def _match_to_write(found: Found) -> Match | None:
    """Return the match by which a profile is written."""
    if found.profile_id is not None:
        return by_id(found.profile_id)
    match = found.match
    return match._replace(resource_id=found.resource.id) if match and match.mode.endswith("_sub") else match


def subscribe(turn: Turn, whom: Whom, said: Mapping[str, Any]) -> Found:
    """Write the subscription of a device, with fields of its profile. Raises AltcraftError."""
    found, device = find(turn.session, whom), Device(said["provider"], said["subscription_id"])
    old = subscription_of(turn.session, found, device) if found.profile_id else None
    subscription: dict[str, Any] = {
        "resource_id": whom.resource_id,
        "channel": "push",
        **{name: said.get(name) for name in ("provider", "subscription_id", "status")},
        "custom_fields": said.get("fields") or {},
        "cats": _categories(found.resource, old.cats if old else [], said.get("cats")),
    }
    if found.match and found.match.mode == PUSH_SUB and found.match.value[1] == device.token:
        found = found._replace(match=None)
    is_silent = bool(said.get("skip_triggers"))
    fields = said.get("profile_fields") or {}
    profile_id = write(turn, found, fields, [subscription], is_silent=is_silent)
    if said.get("replace"):
        others = _others(turn.session, device.token, profile_id, found.database.id)
        subscribed = [one for one in others if one.status != UNSUBSCRIBED]
        _restatus(turn, subscribed, UNSUBSCRIBED, is_silent=is_silent)
    return found._replace(profile_id=profile_id)


def _categories(resource: Resource, old: list[str], said: Mapping[str, bool] | None) -> list[str] | None:
    """Return a subscription's categories, after switching the named ones on or off."""
    if said is None:
        return None
    if not said.keys() <= set(resource.categories):
        raise InvalidField("subscriptions.cats", "category not found in resource")
    kept = [name for name in old if name not in said]
    return [*kept, *(name for name, is_active in said.items() if is_active)]


def change_token(turn: Turn, whom: Whom, said: Mapping[str, Any]) -> Found:
    """Change the token of a subscription to its device's new one. Raises AltcraftError."""
    old, new = said.get("old"), Device(*said["new"])
    found = find(turn.session, whom)
    profile_id = found.existing()
    subscription = subscription_of(turn.session, found, Device("", old[1])) if old else None
    if subscription is not None and subscription.address != new.token:
        place = {"profile": profile_id, "resource": found.resource.id, "token": new.token}
        # A subscription that has the new token already is the same device's: it is deleted first.
        turn.store.execute(_MAKE_ROOM, place)
    if subscription is not None:
        turn.store.execute(_CHANGE_TOKEN, (*new, subscription.id))
    return found


def unsuspend(turn: Turn, whom: Whom, said: Mapping[str, Any]) -> Found | None:
    """Assign a device to one profile: suspend the subscriptions of others, and resubscribe its own.

    Returns None if the profile does not exist. Raises AltcraftError.
    """
    found, device = find(turn.session, whom), Device(said["provider"], said["subscription_id"])
    if said.get("replace", True):
        others = _others(turn.session, device.token, found.profile_id)
        _restatus(turn, [one for one in others if one.status == SUBSCRIBED], SUSPENDED)
    if found.profile_id is None:
        return None
    own = _with_token(turn.session, device.token).where(Subscription.profile_id == found.profile_id)
    suspended = own.where(Subscription.status == SUSPENDED, Subscription.provider == device.provider)
    _restatus(turn, list(turn.session.exec(suspended)), SUBSCRIBED)
    return found


def update(turn: Turn, whom: Whom, said: Mapping[str, Any]) -> Found:
    """Change fields of a profile. Raises AltcraftError."""
    found = find(turn.session, whom)
    found.existing()
    is_silent = bool(said.get("skip_triggers"))
    write(turn, found, said.get("profile_fields") or {}, is_silent=is_silent)
    return found


def _with_token(session: Session, token: str) -> Any:
    """Select the subscriptions, in any database, of the device with a token."""
    databases = list(session.exec(select(Database.id)))
    return select(Subscription).where(
        among(Subscription.database_id, databases),
        Subscription.channel == "push",
        Subscription.address == token,
        col(Subscription.is_deleted).is_(False),
    )


def _others(
    session: Session, token: str, profile_id: str | None, database_id: int | None = None
) -> list[Subscription]:
    """Return other profiles' subscriptions with a token, in one database or in all."""
    found = list[Subscription](session.exec(_with_token(session, token)))
    return [one for one in found if one.profile_id != profile_id and database_id in {None, one.database_id}]


def _restatus(turn: Turn, subscriptions: list[Subscription], status: int, *, is_silent: bool = False) -> None:
    """Set the status of subscriptions, and record the changes in the histories of their profiles."""
    details = {"channel": False, "contact": False, "sub": False, "status": True}
    ids = [one.id for one in subscriptions]
    changes = (Change(one.profile_id, "subscribe", one.id, details) for one in subscriptions)
    record(turn, changes, is_silent=is_silent)
    turn.store.execute(_RESTATUS, (status, json_text(ids)))


ACTIONS: Mapping[str, Callable[[Turn, Whom, Mapping[str, Any]], Found | None]] = {
    "subscribe": subscribe,
    "change_token": change_token,
}
"""The changes that apps can ask for without waiting."""


BY_AND_BY = "altcraft.app"


def later(turn: Turn, action: str, whom: Whom, said: Mapping[str, Any]) -> None:
    """Schedule one of `ACTIONS` for a second from now."""
    about = f"altcraft.resource:{whom.resource_id}"
    turn.schedule(
        turn.now + SECOND,
        BY_AND_BY,
        about,
        action=action,
        matching=whom.matching,
        device=whom.device,
        said=said,
    )


def events() -> dict[str, Handler]:
    return {BY_AND_BY: _on_app}


def go_back(turn: Turn, was: Millis) -> None:
    """Move scheduled changes back with the clock, so that apps wait no longer for them."""
    go_on(turn, was, [BY_AND_BY])


def _on_app(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Make the change that an app asked for. A refusal is dropped, since nobody waits for it."""
    device = Device(*details["device"]) if details["device"] else None
    whom = Whom(int(about.removeprefix("altcraft.resource:")), details["matching"], device)
    try:
        ACTIONS[details["action"]](turn, whom, details["said"])
    except AltcraftError:
        return


_MAKE_ROOM = """
    DELETE FROM altcraft_subscription
    WHERE profile_id = :profile AND resource_id = :resource AND channel = 'push' AND address = :token
"""
_CHANGE_TOKEN = "UPDATE altcraft_subscription SET provider = ?, address = ? WHERE id = ?"  # noqa: S105 -- SQL
_RESTATUS = "UPDATE altcraft_subscription SET status = ? WHERE id IN (SELECT value FROM json_each(?))"
