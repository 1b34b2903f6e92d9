"""Queries select the same profiles in SQL and in plain Python, on any profiles."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlmodel import col, select
from xxhash import xxh64_hexdigest

from emulator.altcraft.choosing.queries import DEEPEST, bounded, query_of
from emulator.altcraft.people.showing import extended, shown_profile
from emulator.altcraft.tables.people import STATUSES, Database, Profile, Subscription
from emulator.app import make_providers
from emulator.settings import Settings
from emulator.storage.store import Store
from tests.altcraft.plain_queries import selects

DATABASE = Database(
    id=1,
    name="Customers",
    fields=[
        {"name": "score", "type": "int"},
        {"name": "rating", "type": "float"},
        {"name": "is_member", "type": "bool"},
        {"name": "level", "type": "enum", "values": {"bronze": 1, "silver": 2, "gold": 3}},
        {"name": "last_order", "type": "date"},
        {"name": "custom_tags", "type": "tags"},
        {"name": "address", "type": "object"},
        {"name": "orders", "type": "arr_object"},
    ],
    is_open=True,
)

Pair = tuple[Any, Any]
"""A value as clients write it, and as profiles show it."""


def same(*values: Any) -> list[Pair]:
    return [(value, value) for value in values]


TEXTS = same("Ann", "Omsk", "", "annE", "100%")
INTS = [*same(0, 1, 2, -5, 100), ("2", 2)]
DATES = [
    ("2024-05-01", "2024-05-01T00:00:00.000Z"),
    ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000Z"),
    ("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00.000Z"),
    ("1999-12-31T23:59:59.5Z", "1999-12-31T23:59:59.500Z"),
]
FLAGS = [*same(True, False), ("true", True)]
ANYTHING = same("a", "b", 1, 2.5, True, False, 0)
EMAILS = [(f"{name}@example.com".upper(), f"{name}@example.com") for name in ("ann", "bob", "cleo")]
PHONES = [("+7 900 000-00-01", "+79000000001"), ("79000000002", "+79000000002")]
LEVELS = [("silver", 2), *same(1, 3)]

SCALARS: dict[str, list[Pair]] = {
    "email": EMAILS,
    "_status": [("suspended", 5), *same(0, 5)],
    "_is_test": FLAGS,
    "_fname": TEXTS,
    "_sex": [("male", 1), ("Ж", 2), *same(0)],
    "score": INTS,
    "rating": same(0.5, 1, 2.25),
    "is_member": FLAGS,
    "level": LEVELS,
    "last_order": DATES,
    "_createtime": DATES,
    "subscriptions.resource_id": same(1, 24),
    "subscriptions.channel": same("email", "sms", "push"),
    "subscriptions.status": [("subscribed", 0), *same(0, 1, 4)],
    "subscriptions.priority": same(0, 1, 2),
    "subscriptions.is_delete": FLAGS,
    "subscriptions.email_data.email": EMAILS,
    "subscriptions.email_data.domain": same("example.com", "example.org"),
    "subscriptions.push_data.provider": same("google", "ios-apns"),
    "subscriptions.phone_data.phone": PHONES,
}
LISTS: dict[str, list[Pair]] = {
    "phones": PHONES,
    "custom_tags": same("cars", "cats"),
    "subscriptions.cats": same("news", "offers"),
}
LOOSE = (
    "address.city", "address.house", "address.parts.number", "orders.sum", "orders.lines.sku", "free",
    "free.a", "subscriptions.custom_fields.my_field", "subscriptions.custom_fields.level",
)  # fmt: skip
TYPED_TEXTS = ("_fname", "email", "custom_tags", "phones")

Said = tuple[dict[str, Any], dict[str, Any]]
"""A query as a client sends it, and with the values that profiles show."""


def both(pairs: list[Pair]) -> SearchStrategy[Pair]:
    return st.sampled_from(pairs)


def listed(pairs: SearchStrategy[Pair]) -> SearchStrategy[Pair]:
    return st.lists(pairs, max_size=3).map(lambda all_: ([one for one, _ in all_], [two for _, two in all_]))


def compared(pairs: list[Pair]) -> SearchStrategy[Pair]:
    """Draw a condition on a value: a plain value, or operators."""
    one = both(pairs)
    nothing = st.just((None, None))
    maybe = one | nothing
    plain = st.one_of(
        maybe.map(lambda pair: pair),
        *(_operator(name, maybe) for name in ("$eq", "$ne")),
        *(_operator(name, one) for name in ("$gt", "$gte", "$lt", "$lte")),
        *(_operator(name, listed(maybe)) for name in ("$in", "$nin", "$all")),
        _operator("$exists", both(same(True, False))),
        _operator("$size", both(same(0, 1, 2))),
    )
    joined = st.tuples(_operator("$gte", one), _operator("$lt", one)).map(_merged)
    return plain | joined | _operator("$not", joined | _operator("$in", listed(maybe)))


def _operator(name: str, value: SearchStrategy[Pair]) -> SearchStrategy[Pair]:
    return value.map(lambda pair: ({name: pair[0]}, {name: pair[1]}))


def _merged(pairs: tuple[Pair, ...]) -> Pair:
    return {k: v for one, _ in pairs for k, v in one.items()}, {
        k: v for _, two in pairs for k, v in two.items()
    }


def of_list(pairs: list[Pair]) -> SearchStrategy[Pair]:
    items = listed(both(pairs))
    return (
        compared(pairs)
        | items
        | _operator("$elemMatch", _operator("$in", items) | _operator("$ne", both(pairs)))
    )


def named(name: str, value: SearchStrategy[Pair]) -> SearchStrategy[Said]:
    return value.map(lambda pair: ({name: pair[0]}, {name: pair[1]}))


EXPRESSIONS = same("^A", "n", "[0-9]+", "s$", "(cat|car)s", "^$", "\\.com")


def regex() -> SearchStrategy[Pair]:
    return st.tuples(both(EXPRESSIONS), st.sampled_from(["", "i", "is", "m"])).map(
        lambda said: (
            {"$regex": said[0][0], "$options": said[1]},
            {"$regex": said[0][1], "$options": said[1]},
        )
    )


ABOUT_ONE = [
    named(name.removeprefix("subscriptions."), compared(pairs))
    for name, pairs in SCALARS.items()
    if name.startswith("subscriptions.")
]
LINE = st.one_of(
    named("sku", compared(same("a", "b"))),
    named("sum", compared(same(1, 2, 5))),
    named("lines", compared(ANYTHING)),
)
SIMPLE: SearchStrategy[Said] = st.one_of(
    *(named(name, compared(pairs)) for name, pairs in SCALARS.items()),
    *(named(name, of_list(pairs)) for name, pairs in LISTS.items()),
    *(named(name, compared(ANYTHING)) for name in LOOSE),
    *(named(name, regex()) for name in TYPED_TEXTS),
    named("free", regex()),
    named(
        "address.parts",
        _operator("$elemMatch", _operator("$gt", both(same(0, 1))) | _operator("$exists", both(same(True)))),
    ),
    named(
        "orders",
        _operator(
            "$elemMatch", st.lists(LINE, min_size=1, max_size=2).map(lambda all_: _merged(tuple(all_)))
        ),
    ),
    named(
        "subscriptions",
        _operator(
            "$elemMatch", st.lists(st.one_of(*ABOUT_ONE), max_size=3).map(lambda all_: _merged(tuple(all_)))
        ),
    ),
    named("subscriptions", _operator("$size", both(same(0, 1, 2)))),
    named("subscriptions", _operator("$exists", both(same(True, False)))),
    named("subscriptions", _operator("$not", _operator("$elemMatch", st.one_of(*ABOUT_ONE)))),
)


def _joined(inner: SearchStrategy[Said]) -> SearchStrategy[Said]:
    each = st.lists(inner, min_size=1, max_size=3).map(
        lambda all_: ([one for one, _ in all_], [two for _, two in all_])
    )
    return st.one_of(*(_operator(name, each) for name in ("$and", "$or", "$nor"))) | st.tuples(
        inner, inner
    ).map(_merged)


QUERIES = st.recursive(SIMPLE, _joined, max_leaves=6)


def stored(pairs: list[Pair]) -> SearchStrategy[Any]:
    return both(pairs).map(lambda pair: pair[1])


LOOSE_VALUE = stored(ANYTHING) | st.none() | st.lists(stored(ANYTHING), max_size=2)
NUMBERED = st.fixed_dictionaries({}, optional={"number": LOOSE_VALUE})
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **{
            name: stored(pairs) | st.none() if name != "_fname" else stored(pairs)
            for name, pairs in SCALARS.items()
            if name in {"_fname", "_sex", "score", "rating", "is_member", "level", "last_order"}
        },
        "custom_tags": st.lists(stored(LISTS["custom_tags"]), max_size=2, unique=True),
        "address": st.fixed_dictionaries(
            {},
            optional={
                "city": LOOSE_VALUE,
                "house": LOOSE_VALUE,
                "parts": NUMBERED | st.lists(NUMBERED | stored(ANYTHING), max_size=2),
            },
        ),
        "orders": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "sum": stored(same(1, 2, 5)),
                    "sku": stored(same("a", "b")),
                    "lines": st.lists(st.fixed_dictionaries({}, optional={"sku": LOOSE_VALUE}), max_size=2),
                },
            ),
            max_size=3,
        ),
        "free": LOOSE_VALUE | st.fixed_dictionaries({}, optional={"a": LOOSE_VALUE}),
    },
)
SUBSCRIPTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "resource_id": stored(same(1, 24)),
            "channel": stored(same("email", "sms", "push")),
            "status": stored(same(0, 1, 4)),
            "priority": stored(same(0, 1, 2)),
            "is_deleted": st.booleans(),
            "cats": st.lists(stored(LISTS["subscriptions.cats"]), max_size=2, unique=True),
            "fields": st.fixed_dictionaries(
                {}, optional={"my_field": LOOSE_VALUE, "level": stored(ANYTHING)}
            ),
            "place": st.integers(0, 1),
        }
    ),
    max_size=3,
    unique_by=lambda one: (one["resource_id"], one["channel"], one["place"]),
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.none() | stored(EMAILS),
            "phones": st.lists(stored(PHONES), max_size=2, unique=True),
            "status": stored(same(0, 5)),
            "is_test": st.booleans(),
            "fields": FIELDS,
            "created_at": st.sampled_from([0, 946684799500, 1714557600000, 1714521600000]),
            "subscriptions": SUBSCRIPTIONS,
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: (one["email"], id(one) if one["email"] is None else 0),
)
ADDRESSES = {
    "email": ["ann@example.com", "x@example.org"],
    "sms": ["+79000000001", "+79000000002"],
    "push": ["token-1", "token-2"],
}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    make_providers(Settings())
    store = Store()
    store.create_tables()
    yield store
    store.close()


def store_people(store: Store, people: list[dict[str, Any]]) -> None:
    store.execute("DELETE FROM altcraft_profile")
    store.execute("DELETE FROM altcraft_subscription")
    for number, one in enumerate(people):
        own = {name: value for name, value in one.items() if name != "subscriptions"}
        profile_id = f"{number:024x}"
        xxh = xxh64_hexdigest((one["email"] or profile_id).encode())
        store.session.add(
            Profile(number=number, id=profile_id, database_id=1, xxh=xxh, updated_at=own["created_at"], **own)
        )
        for said in one["subscriptions"]:
            place = said["place"]
            row = {name: value for name, value in said.items() if name != "place"}
            store.session.add(
                Subscription(
                    profile_id=profile_id,
                    database_id=1,
                    address=ADDRESSES[said["channel"]][place],
                    provider=["google", "ios-apns"][place] if said["channel"] == "push" else "",
                    hash_id=f"{place:08x}",
                    registered_at=0,
                    **row,
                )
            )
    store.session.flush()


def shown(store: Store) -> dict[str, dict[str, Any]]:
    """Return all profiles as responses show them, with statuses as numbers."""
    found = {}
    for profile in store.session.exec(select(Profile)):
        rows = store.session.exec(select(Subscription).where(col(Subscription.profile_id) == profile.id))
        subscriptions = [extended(row) | {"status": STATUSES.index(extended(row)["status"])} for row in rows]
        found[profile.id] = shown_profile(profile, {}) | {"subscriptions": subscriptions}
    return found


def depth(value: Any) -> int:
    """Return how deeply objects are nested."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, dict) + max(map(depth, inner), default=0)


def chosen(store: Store, query: dict[str, Any]) -> set[str]:
    selected = query_of(DATABASE, query)
    with bounded():
        return {one for (one,) in store.execute(selected.sql, dict(selected.parameters))}


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(people=PEOPLE, queries=st.lists(QUERIES, min_size=1, max_size=12))
def test_a_query_selects_what_plain_python_selects(
    store: Store, people: list[dict[str, Any]], queries: list[Said]
) -> None:
    store_people(store, people)
    profiles = shown(store)
    for sent, meant in queries:
        if depth(sent) > DEEPEST - 3:  # it may be refused
            continue
        expected = {number for number, profile in profiles.items() if selects(meant, profile)}
        assert chosen(store, sent) == expected, json.dumps(sent)
