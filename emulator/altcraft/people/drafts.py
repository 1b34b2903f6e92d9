"""Profiles and subscriptions as clients describe them, checked against the lists of fields, not stored yet.

https://guides.altcraft.com/en/developer-guide/objects/Profile-data-object_3116008 and
…/objects/Subscription-status_2195807. Subscriptions come in two shapes: with the address beside the channel
(`email`), and with channel data of its own (`email_data`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emulator.altcraft.people import fields
from emulator.altcraft.people.fields import FieldChange, FieldList
from emulator.altcraft.people.matching import Match
from emulator.altcraft.people.values import (
    NO_EMAIL,
    READERS,
    is_said,
    read_email,
    read_phone,
    read_phones,
    read_status,
    whole,
)
from emulator.altcraft.refusals import AltcraftError, IncorrectField, InvalidField
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import read_moment
from emulator.engine.clock import Millis

COLUMNS = frozenset({"email", "phones", "_status", "_is_test", "subscriptions"})
"""The members of a profile's data that are not stored in its fields."""

PHONED = frozenset({"whatsapp", "viber", "notify"})
"""The channels whose address is the phone in `cc_data`."""

ADDRESSES = (
    ("email_data", "email", ("email",)),
    ("push_data", "subscription_id", ("push",)),
    ("phone_data", "phone", ("sms",)),
    ("phone_data", "phone", PHONED),
    ("cc_data", "phone", PHONED),
    ("cc_data", "id", ("telegram_bot",)),
)
"""The object and the name of each kind of addresses, and its channels, the likeliest first."""

FIRST_YEAR = "1970"
"""The year of the clock's earliest instant."""

UNCHANGED = -1
"""The value of a status or a priority that leaves the subscription's own unchanged."""

LOWEST_PRIORITY = 2**31 - 1


class SubscriptionDraft(NamedTuple):
    """A subscription to write. Fields that are None are left unchanged."""

    resource_id: int
    channel: str
    address: str
    provider: str = ""
    status: int | None = None
    priority: int | None = None
    values: Mapping[str, Any] = {}
    changes: tuple[FieldChange, ...] = ()
    cats: list[str] | None = None
    registered_at: Millis | None = None
    ip: str | None = None
    url: str | None = None

    @property
    def place(self) -> tuple[int, str, str]:
        """The resource, channel and address, which tell a profile's subscriptions apart."""
        return self.resource_id, self.channel, self.address


@dataclass(slots=True)
class Draft:
    """A profile to be written."""

    match: Match | None = None
    """The match that finds the profile; None for a new profile."""
    own: dict[str, Any] = field(default_factory=dict)
    """The given columns: `email`, `phones`, `status`, `is_test`."""
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[FieldChange] = field(default_factory=list)
    subscriptions: list[SubscriptionDraft] = field(default_factory=list)


def addresses_of(match: Match) -> dict[str, Any]:
    """Return the columns for the own addresses that a new profile gets from its match."""
    match match.mode:
        case "email" | "email_profile":
            return {"email": None if match.value == NO_EMAIL else match.value}
        case "phone":
            return {"phones": [match.value]}
        case "email_phone":
            email, phone = match.value
            own = {"email": email} if email and email != NO_EMAIL else {}
            return own | ({"phones": [phone]} if phone else {})
    return {}


class Drafting:
    """Makes drafts of clients' data, for one database."""

    def __init__(
        self, database: Database, resources: Mapping[int, Resource], *, skips_invalid: bool = False
    ) -> None:
        self.database = database
        self.fields = fields.of_database(database)
        self._resources = {number: one for number, one in resources.items() if database.id in one.databases}
        self._of_resources: dict[int, FieldList] = {}
        self._skips_invalid = skips_invalid

    def draft(self, data: Mapping[str, Any], match: Match | None = None) -> Draft:
        """Return a profile that is described by `data`. Raises AltcraftError."""
        values, changes = self.fields.read(data, COLUMNS)
        own = {} if COLUMNS.isdisjoint(data) else _own(data)
        listed = data.get("subscriptions")
        return Draft(match, own, values, changes, self._subscriptions(listed) if listed else [])

    @staticmethod
    def check_email(value: Any) -> None:
        """Raise IncorrectField for a value that can not be the e-mail of a profile."""
        _own({"email": value})

    def _subscriptions(self, listed: Any) -> list[SubscriptionDraft]:
        found = []
        for said in listed if isinstance(listed, list) else [listed]:
            try:
                found.append(self.subscription(said))
            except AltcraftError:
                if not self._skips_invalid:
                    raise
        return found

    def subscription(self, said: Any) -> SubscriptionDraft:
        """Return a subscription as a client describes it. Raises InvalidField."""
        if not isinstance(said, dict):
            raise InvalidField("subscriptions", "is no object")
        resource = self._resource(said)
        channel = channel_of(said, resource)
        address, provider = address_of(said, channel)
        values, changes = self._custom_fields(resource, said.get("custom_fields") or {})
        info = _part(said, "reg_info")
        return SubscriptionDraft(
            resource.id,
            channel,
            address,
            provider,
            _status(said.get("status")),
            _priority(said.get("priority")),
            values,
            tuple(changes),
            _categories(said.get("cats"), resource),
            _moment(info.get("date")),
            _ip(info),
            _text_of(info, "url"),
        )

    def _custom_fields(self, resource: Resource, said: Any) -> tuple[dict[str, Any], list[FieldChange]]:
        """Return a subscription's fields to set, and their other changes. Raises InvalidField."""
        if not isinstance(said, dict):
            raise InvalidField("custom_fields", "failed convert custom field")
        if resource.id not in self._of_resources:
            self._of_resources[resource.id] = fields.of_resource(resource)
        try:
            return self._of_resources[resource.id].read(said, frozenset())
        except IncorrectField as problem:
            raise InvalidField(problem.values[0], "failed convert custom field") from problem

    def _resource(self, said: Mapping[str, Any]) -> Resource:
        resource = self._resources.get(resource_number(said))
        if resource is None:
            raise InvalidField("subscriptions.resource_id", "resource not found")
        return resource


def resource_number(said: Mapping[str, Any]) -> int:
    """Return the `resource_id` of a subscription, 0 for a value that can be no id."""
    try:
        return int(READERS["int"](said.get("resource_id")))
    except ValueError:
        return 0


def channel_of(said: Mapping[str, Any], resource: Resource) -> str:
    """Return the channel of a subscription; without `channel`, the one that the given address belongs to.

    Raises InvalidField for a channel that the resource does not have, and if it is not unique.
    """
    named = said.get("channel")
    if is_said(named):
        meant = [named] if named in resource.channels else []
    else:
        meant = next(filter(None, _channels_by_address(said, resource)), [])
    if len(meant) != 1:
        raise InvalidField("subscriptions.channel", "channel not allowed")
    return str(meant[0])


def _channels_by_address(said: Mapping[str, Any], resource: Resource) -> Iterator[list[str]]:
    """Yield, for each kind of address that is given, the resource's channels of that kind."""
    for part, name, channels in ADDRESSES:
        if is_said(_part(said, part).get(name)):
            yield [one for one in channels if one in resource.channels]


def address_of(said: Mapping[str, Any], channel: str) -> tuple[str, str]:
    """Return the address of a subscription in either shape, and the provider of a push one.

    Raises InvalidField.
    """
    try:
        if channel == "push":
            data = _part(said, "push_data")
            provider = data.get("provider")
            return _needed(data.get("subscription_id")), _needed(provider) if is_said(provider) else ""
        if channel == "email":
            email = read_email(_part(said, "email_data").get("email"))
            return _needed(email), ""
        if channel == "telegram_bot":
            return _needed(_part(said, "cc_data").get("id")), ""
        is_extended = channel not in PHONED or isinstance(said.get("phone_data"), dict)
        return read_phone(_part(said, "phone_data" if is_extended else "cc_data").get("phone")), ""
    except ValueError as problem:
        raise InvalidField(f"subscriptions.{channel}", "wrong address") from problem


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the members of a subscription, with those of the object `name` in place of equal names."""
    part = said.get(name)
    own = part if isinstance(part, dict) else {}
    return {**said, **{one: value for one, value in own.items() if is_said(value)}}


def _needed(value: Any) -> str:
    value = whole(value)
    if not is_said(value) or isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("is missing")
    return str(value)


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns to set by a profile's data. Raises IncorrectField."""
    own: dict[str, Any] = {}
    for name, column, read, emptied in _COLUMNS:
        value = data.get(name)
        if value is None:
            continue
        if isinstance(value, dict):
            action = fields.action_of(value)
            if action not in {"set", "unset"} or (name == "email" and action == "unset"):
                raise IncorrectField(name)
            value = value.get("value") if action == "set" else ""
        try:
            own[column] = read(value) if is_said(value) else emptied
        except (ValueError, TypeError) as problem:
            raise IncorrectField(name) from problem
    return own


_COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("email", "email", read_email, None),
    ("phones", "phones", read_phones, []),
    ("_status", "status", read_status, 0),
    ("_is_test", "is_test", fields.WITH_COLUMNS["_is_test"].read, False),
)

FIELD_OF: Mapping[str, str] = {column: name for name, column, *_ in _COLUMNS}
"""The name of the field that each column holds."""


def _status(value: Any) -> int | None:
    if not is_said(value) or value == UNCHANGED or value == str(UNCHANGED):
        return None
    try:
        return read_status(value)
    except ValueError as problem:
        raise InvalidField("subscriptions.status", "wrong status") from problem


def _priority(value: Any) -> int | None:
    if not is_said(value) or value == UNCHANGED or value == str(UNCHANGED):
        return None
    try:
        number = READERS["int"](value)
    except ValueError as problem:
        raise InvalidField("subscriptions.priority", "is no integer") from problem
    if not 0 <= number <= LOWEST_PRIORITY:
        raise InvalidField("subscriptions.priority", "is out of range")
    return int(number)


def _categories(value: Any, resource: Resource) -> list[str] | None:
    if value is None:
        return None
    listed = [value] if isinstance(value, str) else value
    wanted = [one for one in listed if one != ""] if isinstance(listed, list) else [listed]
    if any(one not in resource.categories for one in wanted):
        raise InvalidField("subscriptions.cats", "category not found in resource")
    return list(dict.fromkeys(wanted))


def _moment(value: Any) -> Millis | None:
    if not is_said(value):
        return None
    try:
        moment = read_moment(value)
    except ValueError as problem:
        raise InvalidField("subscriptions.date", "is no date") from problem
    if str(value) < FIRST_YEAR:
        raise InvalidField("subscriptions.date", f"is before {FIRST_YEAR}")
    return moment


def _ip(said: Mapping[str, Any]) -> str | None:
    value = said.get("ip")
    if not is_said(value):
        return None
    try:
        return str(READERS["ip"](value))
    except ValueError as problem:
        raise InvalidField("subscriptions.ip", "is no IP address") from problem


def _text_of(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) and value else None
