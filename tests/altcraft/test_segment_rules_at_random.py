"""Compiled rules choose the same people as a plain evaluation of the rules, for any people and rules."""

from collections.abc import Callable
from hashlib import md5
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.altcraft.choosing import refreshing
from emulator.altcraft.choosing.items import Item, stored
from emulator.altcraft.choosing.members import change_members
from emulator.altcraft.choosing.segments import Checking, people_of
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.writing import Writing, write_profiles
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database, Resource
from emulator.engine.clock import DAY, FROZEN_START, iso_millis
from emulator.engine.engine import Turn
from emulator.storage.ids import Identifiers
from emulator.storage.store import Store

pytestmark = pytest.mark.slow

FIELDS: list[dict[str, Any]] = [
    {"name": "score", "type": "int"},
    {"name": "rating", "type": "float"},
    {"name": "is_member", "type": "bool"},
    {"name": "level", "type": "enum", "values": {"bronze": 1, "silver": 2}},
    {"name": "seen", "type": "date"},
    {"name": "marks", "type": "tags"},
    {"name": "home", "type": "object"},
    {"name": "orders", "type": "arr_object"},
]
TYPES = {field["name"]: field["type"] for field in FIELDS} | {"_city": "unicode"}
NOW = FROZEN_START
STATIC, DYNAMIC, UPDATABLE, ASKED = 1, 2, 3, 4

TEXTS = st.sampled_from(["", "Omsk", "omsk", "Tomsk", "Straße", "STRASSE", "a|b"])
NUMBERS = st.integers(-2, 3)
FLOATS = st.sampled_from([-1.5, 0.0, 0.5, 2.0])
TAGS = st.lists(st.sampled_from(["cars", "cats", "Cars"]), unique=True, max_size=3)
DATES = st.integers(-4, 4).map(lambda days: iso_millis(NOW + days * DAY))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "unicode": TEXTS,
    "int": NUMBERS,
    "float": FLOATS,
    "bool": st.booleans(),
    "enum": st.sampled_from([1, 2]),
    "date": DATES,
    "tags": TAGS,
    "object": st.fixed_dictionaries({}, optional={"town": TEXTS, "floor": NUMBERS}),
    "arr_object": st.lists(st.fixed_dictionaries({}, optional={"sum": NUMBERS}), max_size=3),
}
SUBSCRIPTIONS = st.fixed_dictionaries(
    {
        "resource_id": st.sampled_from([1, 2]),
        "channel": st.sampled_from(["email", "sms"]),
        "status": st.sampled_from(["subscribed", "unsubscribed"]),
        "cats": st.lists(st.sampled_from(["news", "offers"]), unique=True, max_size=2),
        "custom_fields": st.fixed_dictionaries({}, optional={"my_field": NUMBERS}),
    }
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "fields": st.fixed_dictionaries(
                {}, optional={name: VALUES[kind] for name, kind in TYPES.items()}
            ),
            "domain": st.sampled_from(["example.com", "yahoo.com", None]),
            "phones": st.lists(st.sampled_from(["+79000000001", "+79000000002"]), unique=True, max_size=2),
            "subscriptions": st.lists(
                SUBSCRIPTIONS, unique_by=lambda one: (one["resource_id"], one["channel"]), max_size=3
            ),
            "membership": st.sampled_from([None, True, False]),
        }
    ),
    max_size=12,
)

ORDERED = ("greater", "less")
COMMON = ("equal", "not_equal", "in_data", "not_in_data", "exist", "not_exist", "empty", "not_empty")
OF_TYPES = {
    "unicode": (*COMMON, "contain", "not_contain", "begin"),
    "int": (*COMMON, *ORDERED, "between"),
    "float": (*COMMON, *ORDERED, "between"),
    "bool": COMMON,
    "enum": COMMON,
    "date": (*COMMON, *ORDERED, "between", "days"),
    "tags": (*COMMON, "contain", "not_contain", "contain_all"),
}


def argument(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


@st.composite
def on_value(draw: st.DrawFn, /, kind: str, **rest: Any) -> dict[str, Any]:
    """Draw an operator for a type, with its arguments."""
    operator = draw(st.sampled_from(OF_TYPES[kind]))
    single = st.sampled_from(["cars", "cats"]) if kind == "tags" else VALUES[kind]
    more = rest.pop("more", {})
    said: dict[str, Any]
    match operator:
        case "exist" | "not_exist" | "empty" | "not_empty":
            said = {}
        case "in_data" | "not_in_data" | "contain_all":
            said = {"value": draw(st.lists(single.filter(lambda one: one not in {"", "a|b"}), min_size=1))}
        case "contain" | "not_contain" if kind == "tags":
            said = {"value": draw(st.lists(single, min_size=1))}
        case "between":
            said = {"from": draw(single), "to": draw(single)}
        case "days":
            said = {draw(st.sampled_from(["last", "next"])): draw(st.integers(0, 3))}
        case _:
            said = {"value": draw(single)}
    return {"type": kind, "operator": operator, "value": argument(**said, **more), **rest}


def subscription_rules() -> st.SearchStrategy[dict[str, Any]]:
    more = st.sampled_from([{}, {"resource_id": 1}])
    kinds = st.sampled_from([("cats", "tags"), ("my_field", "int")])
    of_fields = st.tuples(kinds, more).flatmap(
        lambda pair: on_value(pair[0][1], name=pair[0][0], more=pair[1])
    )
    channels = st.sampled_from(["subscription_email", "subscription_sms"])
    on_fields = st.builds(lambda rule, type_: rule | {"type": type_}, of_fields, channels)
    on_status = st.builds(
        lambda type_, operator, status, resource: {
            "type": type_,
            "name": "status",
            "operator": operator,
            "value": argument(value=status, **resource),
        },
        channels,
        st.sampled_from(["equal", "not_equal"]),
        st.sampled_from(["subscribed", 1]),
        more,
    )
    return on_fields | on_status


FIELD_RULES = st.sampled_from([(name, kind) for name, kind in TYPES.items() if kind in OF_TYPES]).flatmap(
    lambda pair: on_value(pair[1], name=pair[0])
)
PROPERTY_RULES = st.sampled_from(
    [
        ("home", "object", "town", "unicode"),
        ("home", "object", "floor", "int"),
        ("orders", "arr_object", "sum", "int"),
    ]
).flatmap(
    lambda of: on_value(of[3], name=of[0]).map(
        lambda rule: rule | {"type": of[1], "object_path": of[2], "object_type": of[3]}
    )
)
EMAIL_RULES = st.builds(
    lambda compo, operator: {
        "type": "email",
        "name": "email",
        "compo": compo[0],
        "operator": operator,
        "value": argument(**dict([compo])),
    },
    st.sampled_from([("domain", "yahoo.com"), ("domaingroup", "Yahoo! (US)"), ("domaingroup", "other")]),
    st.sampled_from(["equal", "not_equal"]),
)
STATIC_RULES = st.sampled_from(["exist", "once", "never", "past"]).map(
    lambda operator: {"type": "statseg", "operator": operator, "value": argument(segment_id=STATIC)}
)
NESTED_RULES = st.builds(
    lambda operator, number: {"type": "dynseg", "operator": operator, "value": argument(segment_id=number)},
    st.sampled_from(["exist", "not_exist"]),
    st.sampled_from([DYNAMIC, UPDATABLE]),
)
PLAIN_RULES = FIELD_RULES | PROPERTY_RULES | EMAIL_RULES | STATIC_RULES | subscription_rules()
WORDS = st.sampled_from(["and", "or"])


def groups(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    children = st.lists(rules, min_size=1, max_size=3)
    bare = st.builds(lambda child, word: {"child": child, "condition": word}, children, WORDS)
    own = st.builds(lambda rule, group: rule | group, PLAIN_RULES, bare)
    return bare | own


def items(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda queries, word, part: {"list_id": 1, "condition": word, "queries": queries} | part,
        st.lists(st.recursive(rules, groups, max_leaves=4), min_size=1, max_size=3),
        WORDS,
        st.sampled_from([{}, {}, {"percent_to": 50}, {"percent_from": 30, "limit": 2}, {"limit": 1}]),
    )


class World:
    """A store with a database, two resources and segments, and the same people as plain objects."""

    def __init__(self) -> None:
        store = Store()
        store.create_tables()
        self.turn = Turn(store, Identifiers(store.session.numbers, 1), NOW)
        own = [{"name": "my_field", "type": "int"}]
        self.database = Database(id=1, name="People", fields=FIELDS)
        self.resources = {
            number: Resource(
                id=number,
                name="Blog",
                channels=["email", "sms"],
                databases=[1],
                fields=own,
                categories=["news", "offers"],
            )
            for number in (1, 2)
        }
        self.segments = {
            STATIC: Segment(id=STATIC, name="By hand", database_id=1),
            DYNAMIC: Segment(id=DYNAMIC, name="Live", is_static=False),
            UPDATABLE: Segment(id=UPDATABLE, name="At times"),
            ASKED: Segment(id=ASKED, name="Asked for", is_static=False),
        }
        self.turn.session.add_all([self.database, *self.resources.values(), *self.segments.values()])
        self.people: dict[str, Any] = {}

    def fill(self, people: list[dict[str, Any]]) -> None:
        for table in ("profile", "subscription", "segment_member", "phone_number", "past"):
            self.turn.store.execute(f"DELETE FROM altcraft_{table}")  # noqa: S608 -- our own tables
        drafting = Drafting(self.database, self.resources)
        drafts = [drafting.draft(self._data(number, one)) for number, one in enumerate(people)]
        written = write_profiles(self.turn, Writing(self.database, self.resources, "add"), drafts)
        assert not any(one.error for one in written)
        self.people = {one.profile_id: person for one, person in zip(written, people, strict=True)}
        once = [number for number, one in self.people.items() if one["membership"] is not None]
        change_members(self.turn, self.segments[STATIC], once, is_member=True)
        left = [number for number in once if not self.people[number]["membership"]]
        change_members(self.turn, self.segments[STATIC], left, is_member=False)

    @staticmethod
    def _data(number: int, person: dict[str, Any]) -> dict[str, Any]:
        subscriptions = [
            one | ({"email": "a@example.com"} if one["channel"] == "email" else {"phone": "+79000000001"})
            for one in person["subscriptions"]
        ]
        email = {"email": f"person{number}@{person['domain']}"} if person["domain"] else {}
        said = {name: value for name, value in person["fields"].items() if name != "_city" or value != ""}
        emptied = {"_city": ""} if person["fields"].get("_city") == "" else {}
        return email | said | emptied | {"phones": person["phones"], "subscriptions": subscriptions}

    def put(self, segment_id: int, item: dict[str, Any]) -> None:
        wanted = [Item.model_validate(item)]
        Checking(self.turn.session, NOW, lambda _: True, segment_id).check(wanted)
        self.segments[segment_id].items = stored(wanted)

    def chosen(self, segment_id: int) -> set[str]:
        people = people_of(self.turn.session, self.segments[segment_id], NOW)
        rows = self.turn.store.execute(people.sql, dict(people.parameters)).fetchall()
        assert len(rows) == len(set(rows))
        return {profile_id for (profile_id,) in rows}


class Plain:
    """The evaluation of the same rules, one person and one rule after the other."""

    def __init__(self, people: dict[str, Any]) -> None:
        self.people = people
        self.segments: dict[int, set[str]] = {}

    def choose(self, segment_id: int, item: dict[str, Any]) -> set[str]:
        join = all if item["condition"] == "and" else any
        matching = [
            number for number in self.people if join(self._holds(rule, number) for rule in item["queries"])
        ]
        matching.sort(key=lambda number: md5(number.encode(), usedforsecurity=False).hexdigest())
        low, high = item.get("percent_from", 0), item.get("percent_to", 100)
        part = [
            one
            for place, one in enumerate(matching)
            if low * len(matching) <= 100 * place < high * len(matching)
        ]
        self.segments[segment_id] = set(part[: item.get("limit") or None])
        return self.segments[segment_id]

    def _holds(self, rule: dict[str, Any], number: str) -> bool:
        if "child" not in rule:
            return self._own(rule, number)
        nested = [self._holds(one, number) for one in rule["child"]]
        own = [self._own(rule, number)] if "type" in rule else []
        return (all if rule["condition"] == "and" else any)([*own, *nested])

    def _own(self, rule: dict[str, Any], number: str) -> bool:
        person, operator = self.people[number], rule["operator"]
        said = {one["name"]: one["value"] for one in rule["value"]}
        if rule["type"] == "statseg":
            membership = person["membership"]
            states: dict[str, bool] = {
                "exist": membership is True,
                "once": membership is not None,
                "never": membership is None,
                "past": membership is False,
            }
            return states[operator]
        if rule["type"] == "dynseg":
            is_in = number in self.segments[said["segment_id"]]
            return is_in if operator == "exist" else not is_in
        if operator in {"not_equal", "not_in_data", "not_contain", "not_exist"}:
            return not self._own(rule | {"operator": operator.removeprefix("not_")}, number)
        if rule["type"].startswith("subscription_"):
            return any(
                self._compares(operator, said, value, exists=exists)
                for value, exists in self._of_subscriptions(rule, said, person)
            )
        value, exists = self._value(rule, person)
        return self._compares(operator, said, value, exists=exists)

    @staticmethod
    def _of_subscriptions(rule: dict[str, Any], said: dict[str, Any], person: Any) -> list[tuple[Any, bool]]:
        wanted = [
            one
            for one in person["subscriptions"]
            if rule["type"] == f"subscription_{one['channel']}"
            and one["resource_id"] == said.get("resource_id", one["resource_id"])
        ]
        if rule["name"] == "status":
            numbers = {"subscribed": 0, "unsubscribed": 1}
            said["value"] = numbers.get(said["value"], said["value"])
            return [(numbers[one["status"]], True) for one in wanted]
        if rule["name"] == "cats":
            return [(one["cats"], True) for one in wanted]
        return [(one["custom_fields"].get("my_field"), "my_field" in one["custom_fields"]) for one in wanted]

    @staticmethod
    def _value(rule: dict[str, Any], person: Any) -> tuple[Any, bool]:
        if rule["type"] == "email":
            group = "Yahoo! (US)" if person["domain"] == "yahoo.com" else "other"
            known = person["domain"] is not None
            return (group if rule["compo"] == "domaingroup" else person["domain"]) if known else None, known
        value = person["fields"].get(rule["name"])
        if rule.get("object_path"):
            path = rule["object_path"]
            if rule["type"] == "arr_object":
                values = [one[path] for one in value or [] if path in one]
                return values, bool(values)
            return (value or {}).get(path), path in (value or {})
        return value, rule["name"] in person["fields"]

    @staticmethod
    def _compares(operator: str, said: dict[str, Any], value: Any, *, exists: bool) -> bool:
        own: Any = said.get("value", said.get("domain", said.get("domaingroup")))
        is_empty = exists and value in ("", [], {}, None)
        each = value if isinstance(value, list) else [value] if exists else []
        match operator:
            case "exist":
                return exists
            case "empty" | "not_empty":
                return exists and is_empty == (operator == "empty")
            case "contain_all":
                return set(own) <= set(each)
            case "contain" if isinstance(own, list):
                return not set(own).isdisjoint(each)
            case "days":
                low = iso_millis(NOW - said.get("last", 0) * DAY)
                high = iso_millis(NOW + said.get("next", 0) * DAY)
                return any(low <= one <= high for one in each)
        tests: dict[str, Callable[[Any], bool]] = {
            "equal": lambda one: one == own,
            "in_data": lambda one: one in own,
            "contain": lambda one: own.casefold() in one.casefold(),
            "begin": lambda one: one.casefold().startswith(own.casefold()),
            "greater": lambda one: one > own,
            "less": lambda one: one < own,
            "between": lambda one: said["from"] <= one <= said["to"],
        }
        return any(tests[operator](one) for one in each)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(PEOPLE, items(PLAIN_RULES), items(PLAIN_RULES), items(PLAIN_RULES | NESTED_RULES))
def test_the_compiled_rules_choose_the_same_people(
    world: World,
    people: list[dict[str, Any]],
    live: dict[str, Any],
    at_times: dict[str, Any],
    asked: dict[str, Any],
) -> None:
    world.fill(people)
    plain = Plain(world.people)
    for segment_id, item in ((DYNAMIC, live), (UPDATABLE, at_times), (ASKED, asked)):
        world.put(segment_id, item)
        if segment_id == UPDATABLE:
            refreshing.refresh(world.turn, world.segments[UPDATABLE])
        assert world.chosen(segment_id) == plain.choose(segment_id, item)
