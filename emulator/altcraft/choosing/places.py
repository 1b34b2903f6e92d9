"""The names in a query, and the values that they lead to, as SQL.

A name is a field of a profile, a property within a field that holds objects (`address.city`), or a property
of the subscriptions, as profiles show them in their extended form: `subscriptions.email_data.email`. What
has no value, or null, does not exist.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.altcraft.choosing.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    Operand,
    Parameters,
    nested,
    of_profile,
)
from emulator.altcraft.choosing.dates import date_millis, read_bound
from emulator.altcraft.choosing.open_values import in_open
from emulator.altcraft.people.fields import WITH_COLUMNS, Field, FieldList
from emulator.altcraft.people.history import ACTIONS, messages_of
from emulator.altcraft.people.showing import DOMAIN_GROUPS, EVENT_SUFFIXES, EVENTS
from emulator.altcraft.people.values import READERS, Reader, read_domain, read_id, read_phone
from emulator.sending.headers import domain_sql
from emulator.storage.sqlite import json_text

MOST_PARTS = 10
"""The most parts of a name, which dots separate."""

Within = Callable[[Condition], Condition]


@dataclass(frozen=True)
class Place:
    """The value or values that a name leads to."""

    operand: Operand
    type: str = ""
    """The type of the field, or of its items if it is a list; empty if it is not declared."""
    read: Reader | None = None
    """Converts a client's value for comparisons; None if the type is not declared, so that values decide."""

    @property
    def exists(self) -> Condition:
        one = self.operand
        return one.known if one.kind else one.within(f"{one.stored or one.sql} IS NOT NULL")

    @property
    def listed(self) -> str:
        """The SQL of the list as JSON, `[]` if the value is no list; an empty text if it never is one."""
        one = self.operand
        if one.kind:
            return f"CASE {one.kind} WHEN 'array' THEN {one.sql} ELSE '[]' END"
        return one.sql if one.is_list else ""

    def sized(self, number: str) -> Condition:
        """Return the condition that the value is a list of so many items."""
        one = self.operand
        is_list = f"{one.kind} = 'array'" if one.kind else f"{one.sql} IS NOT NULL"
        return (
            one.within(f"{is_list} AND json_array_length({self.listed}) = {number}") if self.listed else NEVER
        )

    def items(self, parameters: Parameters) -> "Items | None":
        """Return the items of the list; None if the value never is a list."""
        if not self.listed:
            return None
        item = f"item{parameters.next_table()}"

        def within(condition: Condition) -> Condition:
            rows = f"SELECT 1 FROM json_each({self.listed}) AS {item} WHERE {condition}"
            return self.operand.within(f"EXISTS ({rows})")

        kind = f"{item}.type" if self.operand.kind or self.type == "arr_object" else ""
        itself = Place(
            Operand(f"{item}.value", f"{item}.type <> 'null'", kind=kind),
            "" if kind else self.type,
            None if kind else self.read,
        )
        is_object = f"{item}.type = 'object'"
        own = f"CASE {item}.type WHEN 'object' THEN {item}.value ELSE '{{}}' END"
        return Items(InObject(own, parameters), itself, is_object, within)


@dataclass(frozen=True)
class Items:
    """The items of a list, any of which is meant."""

    names: "Names"
    """The names within an item that is an object."""
    itself: Place | None
    is_object: Condition
    within: Within


class Names(Protocol):
    """A set of names that a query, or a part of it, may use."""

    def find(self, name: str) -> "Place | Subscriptions | None":
        """Return the place of a name, None for one that nothing has."""


class InObject:
    """The members of an object in a list."""

    def __init__(self, json: str, parameters: Parameters) -> None:
        self._json, self._parameters = json, parameters

    def find(self, name: str) -> Place | None:
        return Place(nested(self._json, name.split("."), self._parameters))


class OfProfiles:
    """The fields of a database's profiles, with their subscriptions."""

    def __init__(
        self,
        fields: FieldList,
        parameters: Parameters,
        resources: Sequence[int] | None,
        types: Mapping[str, str],
    ) -> None:
        self._fields, self._parameters = fields, parameters
        self._resources, self._types = resources, types

    def find(self, name: str) -> "Place | Subscriptions | None":
        head, _, rest = name.partition(".")
        if head == "subscriptions":
            subscriptions = Subscriptions(self._parameters, self._resources)
            return subscriptions.names(subscriptions.within).find(rest) if rest else subscriptions
        field = WITH_COLUMNS.get(head) or self._fields.fields.get(head)
        if field is not None:
            return self._of_field(field, rest)
        if name in OF_ITS_OWN:
            return OF_ITS_OWN[name]
        undeclared = self._fields.undeclared(name, self._types[name]) if name in self._types else None
        if undeclared is not None:
            return Place(in_open(undeclared, self._parameters), undeclared.type, reader_of(undeclared))
        if self._fields.get(head) is None or head.startswith("_"):
            return None
        return Place(nested("profile.fields", name.split("."), self._parameters))

    def _of_field(self, field: Field, rest: str) -> Place | None:
        if rest and field.type not in {"object", "arr_object"}:
            return None
        operand = of_profile(field, self._parameters, rest.split(".") if rest else ())
        return Place(operand) if rest else Place(operand, field.type, reader_of(field))


class Subscriptions:
    """The subscriptions of a profile, of some resources or of all."""

    def __init__(self, parameters: Parameters, resources: Sequence[int] | None) -> None:
        self._parameters = parameters
        self._seen = ""
        if resources is not None:
            listed = parameters.add(json_text(list(resources)))
            self._seen = f" AND subscription.resource_id IN (SELECT value FROM json_each({listed}))"

    @property
    def _rows(self) -> str:
        table = "altcraft_subscription AS subscription"
        return f"FROM {table} WHERE subscription.profile_id = profile.id{self._seen}"

    def within(self, condition: Condition) -> Condition:
        return f"EXISTS (SELECT 1 {self._rows} AND {condition})"

    @property
    def exists(self) -> Condition:
        return self.within(ALWAYS)

    def sized(self, number: str) -> Condition:
        return f"(SELECT count(*) {self._rows}) = {number}"

    def names(self, within: Within) -> "OfSubscription":
        return OfSubscription(self._parameters, within)

    def items(self, parameters: Parameters) -> Items:
        return Items(self.names(str), None, ALWAYS, self.within)


class OfSubscription:
    """The properties of a subscription in its extended form."""

    def __init__(self, parameters: Parameters, within: Within) -> None:
        self._parameters, self._within = parameters, within

    def find(self, name: str) -> Place | None:
        head, _, rest = name.partition(".")
        if head == "custom_fields":
            if rest:
                return Place(nested("subscription.fields", rest.split("."), self._parameters, self._within))
            return self._place("subscription.fields", "object")
        known = OF_SUBSCRIPTIONS.get(name)
        return self._place(*known) if known else None

    def _place(self, sql: str, type_: str) -> Place:
        known = self._within(f"{sql} IS NOT NULL")
        operand = Operand(sql, known, is_list=type_ == "tags", within=self._within)
        return Place(operand, type_, COMPARED.get(type_) or READERS[type_])


def reader_of(field: Field) -> Reader:
    """Return the reader of the values that a field is compared with."""
    return COMPARED.get(field.type) or field.reader


def _number(value: Any) -> int | float:
    """Return a number. It may have a fraction, even for a field of integers. Raises ValueError."""
    for read in (READERS["int"], READERS["float"]):
        with suppress(ValueError):
            number: int | float = read(value)
            return number
    raise ValueError("is no number")


def _email(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")  # noqa: TRY004 -- the contract's error
    return value.strip().lower()


def _profile_id(value: Any) -> str:
    return read_id(READERS["unicode"](value))


def _moment(value: Any) -> int:
    return date_millis(read_bound(value))


def _object(value: Any) -> str:
    return json_text(READERS["object"](value))


COMPARED: Mapping[str, Reader] = {
    "date": read_bound,
    "int": _number,
    "float": _number,
    "email": _email,
    "domain": read_domain,
    "phones": read_phone,
    "phone": read_phone,
    "tags": READERS["unicode"],
    "object": _object,
    "arr_object": _object,
    "moment": _moment,
    "profile_id": _profile_id,
}
"""The readers of clients' values that differ from the reader of the type."""


def _derived(sql: str, type_: str = "unicode") -> Place:
    return Place(Operand(sql, f"{sql} IS NOT NULL"), type_, COMPARED.get(type_) or READERS[type_])


def _group(domain: str) -> str:
    groups = " ".join(f"WHEN '{name}' THEN '{group}'" for name, group in DOMAIN_GROUPS.items())
    return f"CASE {domain} {groups} ELSE 'other' END"


def _activity() -> dict[str, Place]:
    """Return the places of a profile's flags: whether each event happened, and when it last did."""
    statuses = {action: status for status, action in ACTIONS.items()}
    found = {}
    for event in EVENTS:
        for channel, suffix in EVENT_SUFFIXES.items():
            last = _LAST.format(channel=channel, status=statuses.get(event, ""))
            found[f"_{event}{suffix}_date"] = _derived(last, "moment")
            found[f"_{event}{suffix}_exist"] = _derived(f"({last} IS NOT NULL)", "bool")
    return found


_LAST = f"""(
    SELECT max(change.at) FROM {messages_of("= profile.id")}
    WHERE message.channel = '{{channel}}' AND change.status = '{{status}}'
)"""

OF_ITS_OWN: Mapping[str, Place] = {
    "id": _derived("profile.id", "profile_id"),
    "_id": _derived("profile.id", "profile_id"),
    "_xxh": _derived("profile.xxh"),
    "_createtime": _derived("profile.created_at", "moment"),
    "_updatetime": _derived("profile.updated_at", "moment"),
    "_md5": _derived("md5(profile.email)"),
    "_emaildomain": _derived(domain_sql("profile.email"), "domain"),
    "_domaingroup": _derived(
        f"CASE WHEN profile.email IS NOT NULL THEN {_group(domain_sql('profile.email'))} END"
    ),
    **_activity(),
}
"""The places of what profiles show beside the fields of their database."""


def _on(channels: str, sql: str) -> str:
    return f"CASE WHEN subscription.channel {channels} THEN {sql} END"


_EMAIL, _PUSH = "= 'email'", "= 'push'"
_ADDRESS = "subscription.address"

OF_SUBSCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "resource_id": ("subscription.resource_id", "int"),
    "channel": ("subscription.channel", "unicode"),
    "status": ("subscription.status", "status"),
    "priority": ("subscription.priority", "int"),
    "cats": ("subscription.cats", "tags"),
    "is_delete": ("subscription.is_deleted", "bool"),
    "hash_id": ("subscription.hash_id", "unicode"),
    "email_data.email": (_on(_EMAIL, _ADDRESS), "email"),
    "email_data.domain": (_on(_EMAIL, domain_sql(_ADDRESS)), "domain"),
    "email_data.domain_group": (_on(_EMAIL, _group(domain_sql(_ADDRESS))), "unicode"),
    "email_data.md5": (_on(_EMAIL, f"md5({_ADDRESS})"), "unicode"),
    "push_data.provider": (_on(_PUSH, "subscription.provider"), "unicode"),
    "push_data.subscription_id": (_on(_PUSH, _ADDRESS), "unicode"),
    "phone_data.phone": (_on("NOT IN ('email', 'push', 'telegram_bot')", _ADDRESS), "phone"),
    "cc_data.id": (_on("= 'telegram_bot'", _ADDRESS), "unicode"),
    "reg_info.date": ("subscription.registered_at", "moment"),
    "reg_info.ip": ("nullif(subscription.ip, '')", "unicode"),
    "reg_info.url": ("nullif(subscription.url, '')", "unicode"),
}
"""The SQL and the type of each property of a subscription."""
