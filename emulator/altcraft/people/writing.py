"""Stores profiles with their subscriptions, one or thousands at a time. All other rooms write people by it.

https://guides.altcraft.com/en/developer-guide/profiles/import. Profiles are looked up, changed and stored in
rounds, with as many statements for a thousand as for one. A round ends before a draft whose match may find
what the round writes, so a batch does the same as its profiles one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from emulator.altcraft.people import geo
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.drafts import FIELD_OF, Draft, SubscriptionDraft, addresses_of
from emulator.altcraft.people.fields import apply, check
from emulator.altcraft.people.matching import Match, find_each
from emulator.altcraft.people.rounds import Drafted, Written, rounds
from emulator.altcraft.people.rows import (
    PROFILE_NUMBERS,
    SUBSCRIPTION_NUMBERS,
    Person,
    Subscribed,
    store_people,
    stored_people,
    stored_subscriptions,
)
from emulator.altcraft.people.values import NO_EMAIL
from emulator.altcraft.refusals import (
    AlreadyExists,
    AltcraftError,
    IncorrectField,
    IncorrectRequest,
    InvalidField,
    ManyProfilesMatch,
    ProfileNotFound,
)
from emulator.altcraft.tables.people import Database, Resource
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

Mode = Literal["add", "import", "update", "merge"]
"""`add` always makes a profile, `import` finds or makes one, and `update` needs an existing one.

`merge` works like `import`, but counts as an update in the history and for triggers.
"""


@dataclass(frozen=True)
class Writing:
    """The settings of a request that writes profiles."""

    database: Database
    resources: Mapping[int, Resource]
    mode: Mode
    detect_geo: bool = False
    is_silent: bool = False
    """Whether the changes start no triggers and scenarios."""
    chain: int = 0
    """The chain of starts that led to the changes (`Run.chain`)."""


def write_profiles(turn: Turn, writing: Writing, drafts: Sequence[Draft | AltcraftError]) -> list[Written]:
    """Store profiles, each whole or not at all; return the outcome of each draft, in order."""
    written = [Written(error=draft) if isinstance(draft, AltcraftError) else Written() for draft in drafts]
    waiting = [
        (draft, place)
        for draft, place in zip(drafts, written, strict=True)
        if not isinstance(draft, AltcraftError)
    ]
    for together in rounds(waiting):
        rest: Sequence[Drafted] = together
        while rest:
            rest = _Round(turn, writing).write(rest)
    return written


def write_profile(turn: Turn, writing: Writing, draft: Draft) -> Written:
    """Store one profile. Raises AltcraftError before anything is stored."""
    (written,) = write_profiles(turn, writing, [draft])
    if written.error is not None:
        raise written.error
    return written


class _Round:
    """Writes drafts together."""

    def __init__(self, turn: Turn, writing: Writing) -> None:
        self._turn = turn
        self._writing = writing
        self._database_id = writing.database.id
        self._people: dict[str, Person] = {}
        self._owners: dict[str, str] = {}
        """The ids of the profiles that have e-mails, by e-mail."""

    def write(self, drafts: Sequence[Drafted]) -> Sequence[Drafted]:
        """Write drafts up to one whose profile got other addresses in this round; return it and the rest."""
        found = find_each(
            self._turn.session, self._database_id, (draft.match for draft, _ in drafts if draft.match)
        )
        self._load([ids[0] for ids in found.values() if len(ids) == 1], drafts)
        self._reserve(drafts)
        number = len(drafts)
        for place, (draft, written) in enumerate(drafts):
            ids = found.get(draft.match, []) if draft.match else []
            if any(one in self._people and self._people[one].is_readdressed for one in ids):
                number = place
                break
            try:
                self._write(draft, ids, written)
            except AltcraftError as error:
                written.error = error.kept()
        store_people(self._turn, self._database_id, self._people.values())
        changes = (change for _, written in drafts[:number] for change in written.changes)
        record(self._turn, changes, is_silent=self._writing.is_silent, chain=self._writing.chain)
        return drafts[number:]

    def _load(self, ids: Sequence[str], drafts: Sequence[tuple[Draft, Written]]) -> None:
        """Read the profiles with these ids, and the owners of the e-mails that drafts write."""
        self._people = {one.id: one for one in stored_people(self._turn, ids)}
        if any(draft.subscriptions for draft, _ in drafts):
            for profile_id, subscribed in stored_subscriptions(self._turn, ids):
                self._people[profile_id].subscriptions[subscribed.place] = subscribed
        emails = {draft.own.get("email") for draft, _ in drafts}
        wanted = [email for email in emails if email]
        rows = look_up(self._turn.session, _OWNERS, (self._database_id, json_text(wanted)))
        self._owners = dict(tuple[str, str](row) for row in rows)

    def _reserve(self, drafts: Sequence[tuple[Draft, Written]]) -> None:
        """Take ids for all profiles and subscriptions that may be new: many at once cost little."""
        ids, number = self._turn.ids, len(drafts)
        subscriptions = sum(len(draft.subscriptions) + 1 for draft, _ in drafts)
        self._ids = iter(ids.hexes("altcraft.profile", number))
        self._numbers = count(ids.reserve(PROFILE_NUMBERS, number))
        self._hashes = iter(ids.hexes("altcraft.subscription", subscriptions, 8))
        self._subscription_numbers = count(ids.reserve(SUBSCRIPTION_NUMBERS, subscriptions))

    def _write(self, draft: Draft, found: Sequence[str], written: Written) -> None:
        """Apply a draft to a found or a new profile. Raises AltcraftError before anything changes."""
        mode = self._writing.mode
        if len(found) > 1:
            assert draft.match
            raise ManyProfilesMatch(draft.match.shown)
        if not found and draft.match and (mode == "update" or draft.match.mode == "profile_id"):
            raise ProfileNotFound(draft.match.shown)
        if not found and draft.match:
            draft = self._with_match(draft, draft.match)
        old = self._people[found[0]] if found else None
        person = old or self._new()
        before = person.email
        changed = self._change(person, draft)
        changes = self._subscribe(person, draft.subscriptions)
        self._people[person.id] = person
        if before and before != person.email:
            self._owners.pop(before, None)
        if person.email:
            self._owners[person.email] = person.id
        written.profile_id, written.is_new = person.id, old is None
        is_import = mode in {"add", "import"}
        if is_import or changed:
            action = "import" if is_import else "update"
            details: dict[str, Any] = {"fields": sorted(changed)} | ({"is_new": True} if old is None else {})
            written.changes.append(Change(person.id, action, details=details))
        written.changes += changes

    def _new(self) -> Person:
        return Person(next(self._ids), next(self._numbers), None, [], 0, False, {}, is_new=True)

    def _with_match(self, draft: Draft, match: Match) -> Draft:
        """Return the draft of a new profile with the values of its match. Raises AltcraftError."""
        values, subscriptions = draft.values, draft.subscriptions
        if match.mode == "custom":
            value = list(match.value) if isinstance(match.value, tuple) else match.value
            values = {match.field: value} | values
        elif match.mode.endswith("_sub"):
            subscriptions = [self._subscription_of(match), *subscriptions]
        return Draft(match, addresses_of(match) | draft.own, values, draft.changes, subscriptions)

    def _subscription_of(self, match: Match) -> SubscriptionDraft:
        """Return the subscription that a new profile gets from its match. Raises AltcraftError."""
        resource = self._writing.resources.get(match.resource_id or 0)
        if resource is None:
            raise IncorrectRequest("resource_id", "Field required")
        channel, address, provider = _address_of(match)
        if self._database_id not in resource.databases:
            raise InvalidField("subscriptions.resource_id", "resource not found")
        if channel not in resource.channels:
            raise InvalidField("subscriptions.channel", "channel not allowed")
        if address == NO_EMAIL:
            raise InvalidField("subscriptions.email", "wrong address")
        return SubscriptionDraft(resource.id, channel, address, provider)

    def _change(self, person: Person, draft: Draft) -> set[str]:
        """Change columns and fields; return the names of the fields that differ.

        Raises AlreadyExists and IncorrectField before anything is changed.
        """
        own = draft.own
        _check_changes(person, draft)
        email = own.get("email")
        if email and self._owners.get(email, person.id) != person.id:
            raise AlreadyExists("profile", f"email={email}")
        changed = {FIELD_OF[name] for name, value in own.items() if getattr(person, name) != value}
        for name, value in own.items():
            setattr(person, name, value)
        person.is_readdressed = person.is_readdressed or not changed.isdisjoint({"email", "phones"})
        changed |= apply(person.fields, draft.values, draft.changes)
        if self._writing.detect_geo:
            changed |= geo.fill(person.fields)
        person.is_changed = person.is_changed or bool(changed)
        return changed

    def _subscribe(self, person: Person, drafts: Sequence[SubscriptionDraft]) -> list[Change]:
        """Write subscriptions of a profile; return the changes for its history."""
        changes = []
        for draft in drafts:
            old = person.subscriptions.get(draft.place)
            there = [one for one in person.subscriptions.values() if not one.is_deleted]
            is_new = old is None or old.is_deleted
            details = {
                "channel": all(one.place[1] != draft.channel for one in there),
                "contact": all(one.place[2] != draft.address for one in there),
                "sub": is_new,
            }
            subscribed = old or self._new_subscription(person, draft)
            status = subscribed.status
            self._fill(subscribed, draft)
            if draft.priority is None and old is None:
                self._rank(person, subscribed)
            person.subscriptions[draft.place] = subscribed
            details["status"] = not is_new and subscribed.status != status
            if is_new or details["status"]:
                changes.append(Change(person.id, "subscribe", subscribed.id, details))
        return changes

    def _new_subscription(self, person: Person, draft: SubscriptionDraft) -> Subscribed:
        turn = self._turn
        return Subscribed(
            id=next(self._subscription_numbers),
            place=draft.place,
            provider=draft.provider,
            status=0,
            priority=0,
            fields={},
            cats=[],
            is_deleted=False,
            hash_id=next(self._hashes),
            registered_at=turn.now,
            ip="",
            url="",
            is_new=True,
        )

    @staticmethod
    def _fill(subscribed: Subscribed, draft: SubscriptionDraft) -> None:
        """Apply a draft to a subscription; a deleted one is restored."""
        said = {
            "provider": draft.provider or None,
            "status": draft.status,
            "priority": draft.priority,
            "cats": draft.cats,
            "registered_at": draft.registered_at,
            "ip": draft.ip,
            "url": draft.url,
            "is_deleted": False,
        }
        for name, value in said.items():
            if value is not None and getattr(subscribed, name) != value:
                setattr(subscribed, name, value)
                subscribed.is_changed = True
        if apply(subscribed.fields, draft.values, draft.changes):
            subscribed.is_changed = True

    def _rank(self, person: Person, subscribed: Subscribed) -> None:
        """Give a new subscription the lowest priority, or the highest if its resource raises it."""
        others = person.subscriptions.values()
        if not self._writing.resources[subscribed.place[0]].raises_priority:
            subscribed.priority = max((one.priority for one in others), default=-1) + 1
            return
        for one in others:
            one.priority, one.is_changed = one.priority + 1, True


def _check_changes(person: Person, draft: Draft) -> None:
    """Raise IncorrectField or InvalidField for a change that a field's value does not allow.

    The value is stored, or comes from an earlier subscription of the same draft.
    """
    check(person.fields, draft.changes)
    if not any(one.changes for one in draft.subscriptions):
        return
    held: dict[tuple[int, str, str], dict[str, Any]] = {}
    for one in draft.subscriptions:
        old = person.subscriptions.get(one.place)
        values = held.setdefault(one.place, dict(old.fields) if old else {})
        try:
            apply(values, one.values, one.changes)
        except IncorrectField as problem:
            raise InvalidField(problem.values[0], "failed convert custom field") from problem


def _address_of(match: Match) -> tuple[str, str, str]:
    """Return the channel, the address and the provider of a match by subscriptions.

    Raises ProfileNotFound for a match by their fields, which is not enough to make a subscription.
    """
    match match.mode:
        case "email_sub":
            return "email", match.value, ""
        case "phone_sub":
            return "sms", match.value, ""
        case "push_sub":
            provider, address = match.value
            return "push", address, provider
        case "email_phone_sub":
            email, phone = match.value
            return "email" if email else "sms", email or phone, ""
    raise ProfileNotFound(match.shown)


_OWNERS = """
    SELECT email, id FROM altcraft_profile
    WHERE database_id = ? AND email IN (SELECT value FROM json_each(?))
"""
