"""Rules on the fields of profiles and of subscriptions: how a value compares.

https://guides.altcraft.com/en/user-guide/segmentation names the operators in words; their wire names are
inferred. A field that a profile does not have differs from everything: `not_equal`, `not_contain` and
`not_in_data` hold for it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from emulator.altcraft.choosing import conditions
from emulator.altcraft.choosing.conditions import NEVER, Condition, Operand, Parameters
from emulator.altcraft.choosing.dates import bound, date_millis, date_text, days, period
from emulator.altcraft.choosing.items import ELSEWHERE
from emulator.altcraft.choosing.open_values import READ_AS, in_open, read_as
from emulator.altcraft.choosing.saying import Said, Scope
from emulator.altcraft.people.fields import WITH_COLUMNS, Field
from emulator.altcraft.people.matching import json_path
from emulator.altcraft.people.showing import DOMAIN_GROUPS
from emulator.altcraft.people.values import (
    READERS,
    Reader,
    enum_reader,
    read_domain,
    read_email,
    read_part_of_phone,
    read_phone,
)
from emulator.altcraft.tables.people import Channel, Resource
from emulator.sending.headers import domain_sql

NEGATIONS = {"not_equal": "equal", "not_exist": "exist", "not_contain": "contain", "not_in_data": "in_data"}

OF_ANY = frozenset({"equal", "exist", "empty", "not_empty", "contain", "in_data"})
OF_TEXTS = frozenset({"begin"})
OF_ORDERED = frozenset({"greater", "less", "between"})
OPERATORS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("unicode", "version", "email", "domain", "phones", "ip"), OF_ANY | OF_TEXTS),
    **dict.fromkeys(("int", "float"), OF_ANY | OF_ORDERED),
    "date": OF_ANY | OF_ORDERED | {"days"},
    "tags": OF_ANY | {"contain_all"},
    **dict.fromkeys(("object", "arr_object"), frozenset({"exist", "empty", "not_empty"})),
}
"""The operators of each type of field, without negations; types that are not here have those of any."""


def operators_of(type_: str) -> frozenset[str]:
    own = OPERATORS.get(type_, OF_ANY)
    return own | ELSEWHERE | {word for word, positive in NEGATIONS.items() if positive in own}


OF_ALL = frozenset[str]().union(*map(operators_of, (*OPERATORS, "enum")))
"""The operators of all types of fields together."""

LISTED = re.compile(r"[\r\n|]+")
"""The separators of a list of values in one text."""

USABLE_NAME = re.compile(r'[^"\x00-\x1f\\]+')
"""The names that a path of SQLite's JSON functions can have."""

TIMES = {
    "_createtime": Field("_createtime", "date", "Created"),
    "_updatetime": Field("_updatetime", "date", "Updated"),
}
"""The fields of profiles whose dates are kept as milliseconds."""

BESIDE = TIMES | WITH_COLUMNS
"""The fields of profiles that are not in the database's list."""

PROPERTY_TYPES = READERS.keys() - {"object", "arr_object", "sex", "status"}
FIELD_TYPES = READERS.keys() | {"email", "phones", "enum"}
"""All values of the `type` of rules on profiles' fields."""

ADDRESSES = {
    "email": ("email", "email"),
    "push": ("subscription_id", "unicode"),
    **dict.fromkeys(("sms", "whatsapp", "viber", "notify"), ("phone", "phones")),
}
"""The name of a subscription's address in rules, and its type, by channel."""

CHANNELS = frozenset[str](get_args(Channel))

Wrap = Callable[[Condition], Condition]


def on_profile(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on a field of profiles. Raises IncorrectRequest."""
    field, operand = _of_profile(said, scope)
    if said.rule.object_path:
        field, operand = _property(said, field, operand, scope.parameters)
    return _condition(said, field, operand, scope)


def _of_profile(said: Said, scope: Scope) -> tuple[Field, Operand]:
    """Return the field of a rule, with its operand. An undeclared field has the rule's type."""
    rule = said.rule
    undeclared = None if rule.name in BESIDE else scope.fields.undeclared(rule.name, rule.type)
    if undeclared:
        if rule.type not in READ_AS:
            raise said.refusal("type", f"must be one of {', '.join(sorted(READ_AS))}")
        return undeclared, in_open(undeclared, scope.parameters)
    field = BESIDE.get(rule.name) or scope.fields.fields.get(rule.name)
    if field is None or not USABLE_NAME.fullmatch(rule.name):
        raise said.refusal("name", f"{rule.name!r} is no field of database {scope.database_id}")
    if rule.type not in {field.type, field.shown_type}:
        raise said.refusal("type", f"must be {field.shown_type}, the type of {rule.name}")
    return field, conditions.of_profile(field, scope.parameters)


def _property(said: Said, field: Field, operand: Operand, parameters: Parameters) -> tuple[Field, Operand]:
    """Return the property at a rule's `object_path` as a field of `object_type`, with its operand."""
    path, type_ = said.rule.object_path, said.rule.object_type or "unicode"
    if field.type not in {"object", "arr_object"} or not USABLE_NAME.fullmatch(path):
        raise said.refusal("object_path", f"{field.name} has no property {path!r}")
    if type_ not in PROPERTY_TYPES:
        raise said.refusal("object_type", f"must be one of {', '.join(sorted(PROPERTY_TYPES))}")
    place = parameters.add("$" + "".join(json_path(part)[1:] for part in path.split(".")))
    if field.type == "object":
        value, kind = f"json_extract({operand.sql}, {place})", f"json_type({operand.sql}, {place})"
        read = read_as(type_, value, kind)
        known = f"{kind} IS NOT NULL"
        return Field(path, type_, path), Operand(read, known, is_list=type_ == "tags", stored=value)
    value, kind = f"json_extract(element.value, {place})", f"json_type(element.value, {place})"
    values = f"""(
        SELECT json_group_array({read_as(type_, value, kind)}) FROM json_each({operand.sql}) AS element
        WHERE {kind} IS NOT NULL
    )"""
    return Field(path, type_, path), Operand(values, f"{values} <> '[]'", is_list=True)


def on_subscription(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on subscriptions: that a profile has one that fits.

    A negation holds for profiles that have none that fits. Raises IncorrectRequest and ObjectNotFound.
    """
    channel = said.rule.type.removeprefix("subscription_")
    if channel not in CHANNELS:
        raise said.refusal("type", f"unknown family {said.rule.type!r}")
    resource_id = said.number_or_none("resource_id")
    resource = None if resource_id is None else scope.find(Resource, resource_id, "resource")
    field, operand = _of_subscription(said, scope, channel, resource)
    places = [f"subscription.channel = {scope.parameters.add(channel)}"]
    if resource_id is not None:
        places.append(f"subscription.resource_id = {scope.parameters.add(resource_id)}")

    def wrapped(condition: Condition) -> Condition:
        return f"""EXISTS (
            SELECT 1 FROM altcraft_subscription AS subscription
            WHERE subscription.profile_id = profile.id AND {" AND ".join(places)}
            AND NOT subscription.is_deleted AND {condition}
        )"""

    return _condition(said, field, operand, scope, wrapped)


def _of_subscription(
    said: Said, scope: Scope, channel: str, resource: Resource | None
) -> tuple[Field, Operand]:
    """Return the field of subscriptions that a rule is on, or its status, categories or address."""
    name = said.rule.name
    address, type_ = ADDRESSES.get(channel, ("phone", "unicode"))
    if name in {"status", "cats"}:
        type_ = "status" if name == "status" else "tags"
        return Field(name, type_, name), Operand(f"subscription.{name}", "1", is_list=name == "cats")
    if name == address:
        return Field(name, type_, name), Operand("subscription.address", "1")
    if name == "provider" and channel == "push":
        return Field(name, "unicode", name), Operand("subscription.provider", "1")
    field = scope.subscription_field(name, resource) if USABLE_NAME.fullmatch(name) else None
    if field is None:
        raise said.refusal("name", f"{name!r} is no field of subscriptions")
    return field, conditions.in_json("subscription.fields", field, scope.parameters)


def _condition(
    said: Said, field: Field, operand: Operand, scope: Scope, wrapped: Wrap = lambda condition: condition
) -> Condition:
    """Return the condition by a rule's operator and arguments. Raises IncorrectRequest."""
    field, operand, argument = _component(said, field, operand)
    operator = said.rule.operator
    if operator in ELSEWHERE:
        return NEVER
    if operator not in operators_of(field.type):
        raise said.unknown_operator()
    compared = _Comparison(said, field, operand, argument, scope)
    condition = wrapped(getattr(compared, NEGATIONS.get(operator, operator))())
    said.refuse_others()
    return conditions.negated(condition) if operator in NEGATIONS else condition


def _component(said: Said, field: Field, operand: Operand) -> tuple[Field, Operand, str]:
    """Return the part of a value that a rule's `compo` names, and the name of its argument."""
    compo = said.rule.compo
    if compo == "default":
        return field, operand, "value"
    if compo not in {"domain", "domaingroup"} or field.type != "email":
        raise said.refusal("compo", f"unknown component {compo!r} of {field.name}")
    sql = domain_sql(operand.sql)
    if compo == "domaingroup":
        groups = "".join(f" WHEN '{domain}' THEN '{group}'" for domain, group in DOMAIN_GROUPS.items())
        sql = f"CASE WHEN {operand.sql} IS NOT NULL THEN CASE {sql}{groups} ELSE 'other' END END"
    return Field(compo, "domain" if compo == "domain" else "unicode", compo), replace(operand, sql=sql), compo


class _Comparison:
    """The conditions of the operators, one method for each."""

    def __init__(self, said: Said, field: Field, operand: Operand, argument: str, scope: Scope) -> None:
        self._said = said
        self._field = field
        self._operand = operand
        self._argument = argument
        self._scope = scope
        self._parameters = scope.parameters
        self._reader = _reader(field)

    def equal(self) -> Condition:
        if self._field.type == "date":
            return conditions.within(self._operand, [self._period(self._needed())], self._parameters)
        return self._compared("=")

    def exist(self) -> Condition:
        return self._operand.known

    def empty(self) -> Condition:
        return conditions.empty(self._operand)

    def not_empty(self) -> Condition:
        return f"({self._operand.known} AND {conditions.negated(conditions.empty(self._operand))})"

    def contain(self) -> Condition:
        if self._field.type == "tags":
            return conditions.among(self._operand, self._listed(), self._parameters)
        return conditions.containing(self._operand, self._part(), self._parameters)

    def contain_all(self) -> Condition:
        each = (conditions.among(self._operand, [tag], self._parameters) for tag in self._listed())
        return conditions.joined(list(each), "and")

    def begin(self) -> Condition:
        part = self._part()
        if self._field.type == "phones":
            part = f"+{part.removeprefix('+')}"
        return conditions.beginning(self._operand, part, self._parameters)

    def in_data(self) -> Condition:
        if self._field.type == "date":
            periods = [self._period(part) for part in self._parts()]
            return conditions.within(self._operand, periods, self._parameters)
        return conditions.among(self._operand, self._listed(), self._parameters)

    def greater(self) -> Condition:
        return self._compared(">")

    def less(self) -> Condition:
        return self._compared("<")

    def between(self) -> Condition:
        """Return the condition that a value is from `from` to `to`, of which one may be left out."""
        if self._field.type == "date":
            ends = [self._date(bound(self._said, name)) for name in ("from", "to")]
        else:
            ends = [self._said.number_or_none(name, self._field.type) for name in ("from", "to")]
        return self._in_range(*ends)

    def days(self) -> Condition:
        """Return that a date is in the last or the next days."""
        last, following = days(self._said, "last"), days(self._said, "next")
        now = self._scope.now
        low = now if last is None else now - last
        high = now if following is None else now + following
        if last is None and following is None:
            raise self._said.refusal("value.last", "Field required")
        return self._in_range(self._date(date_text(low)), self._date(date_text(high)))

    def _in_range(self, low: Any, high: Any) -> Condition:
        if low is None and high is None:
            raise self._said.refusal("value.from", "Field required")
        ends = (
            [("<=", high)] if low is None else [(">=", low)] if high is None else [(">=", low), ("<=", high)]
        )
        names = [(operator, self._parameters.add(value)) for operator, value in ends]
        return self._operand.any(lambda one: " AND ".join(f"{one} {word} {name}" for word, name in names))

    def _compared(self, operator: str) -> Condition:
        value = self._needed()
        if self._field.type == "date":
            first, last = self._period(value)
            value = last if operator == ">" else first
        else:
            value = self._said.read(self._argument, self._reader, value)
        return conditions.compared(self._operand, operator, value, self._parameters)

    def _part(self) -> str:
        reader = read_part_of_phone if self._field.type == "phones" else READERS["unicode"]
        return str(self._said.read(self._argument, reader, self._needed()))

    def _needed(self) -> Any:
        return self._said.needed(self._argument)

    def _listed(self) -> list[Any]:
        """Return the values of a list, as they are stored. Raises IncorrectRequest."""
        return [self._said.read(self._argument, self._reader, part) for part in self._parts()]

    def _parts(self) -> list[Any]:
        """Return the values of an array, or of a text with separators. Raises IncorrectRequest."""
        found: list[Any] = []
        for value in self._said.values(self._argument):
            parts = [part.strip() for part in LISTED.split(value)] if isinstance(value, str) else [value]
            found += [part for part in parts if part != ""]
        if not found:
            raise self._said.refusal(f"value.{self._argument}", "Field required")
        return found

    def _period(self, value: Any) -> tuple[Any, Any]:
        """Return the first and the last date of a day or instant, as the field stores dates."""
        first, last = period(self._said, self._argument, value)
        return self._date(first), self._date(last)

    def _date(self, date: str | None) -> Any:
        """Return a date in the form in which the field has it."""
        return date_millis(date) if date and self._field.name in TIMES else date


def _reader(field: Field) -> Reader:
    """Return the reader of the single values that a field, or an item of its list, is compared with."""
    if field.type == "enum":
        return enum_reader(field.values or {})
    return READERS_OF_ITEMS.get(field.type) or READERS[field.type]


READERS_OF_ITEMS: Mapping[str, Reader] = {
    "email": read_email,
    "domain": read_domain,
    "phones": read_phone,
    "tags": READERS["unicode"],
}
"""The readers of single values that differ from the reader of the type."""
