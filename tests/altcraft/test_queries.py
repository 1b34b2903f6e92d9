"""Queries: the supported ones, how their values are read, and their limits."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.altcraft.choosing import queries
from emulator.altcraft.choosing.audience import Audience, reach
from emulator.altcraft.choosing.queries import DEEPEST, MOST_CONDITIONS, bounded, query_of
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.people import Profile, Subscription
from emulator.storage.store import Store
from tests.altcraft.test_query_sets import DATABASE, chosen, store

__all__ = ["store"]


def test_a_value_is_read_as_its_field_has_it(people: Store) -> None:
    assert chosen(people, {"level": "gold"}) == {"1"}
    assert chosen(people, {"_sex": "Ж", "_status": "subscribed"}) == {"1"}
    assert chosen(people, {"last_order": {"$gte": "2024-05-01T13:00:00+03:00"}}) == {"1"}
    assert chosen(people, {"_createtime": {"$lt": "1970-01-02"}}) == {"1", "2"}
    assert chosen(people, {"score": {"$gt": 9.5}}) == {"1"}
    assert chosen(people, {"phones": "8 (900) 000-00-01"}) == set()
    assert chosen(people, {"phones": "7 (900) 000-00-01"}) == {"1"}


def test_a_profile_is_chosen_by_what_it_shows_beside_its_fields(people: Store) -> None:
    assert chosen(people, {"_id": "1"}) == chosen(people, {"id": {"$in": ["1", "3"]}}) == {"1"}
    assert chosen(people, {"_emaildomain": "Example.com", "_domaingroup": "other"}) == {"1"}
    assert chosen(people, {"_md5": "9b9bd5f0ef7e8d57c1c6bf6cbb2aa9b1"}) == set()
    assert chosen(people, {"_md5": {"$exists": True}}) == {"1"}
    assert (
        chosen(people, {"_open_exist": True})
        == chosen(people, {"_open_sms_date": {"$exists": True}})
        == set()
    )
    assert chosen(people, {"_open_exist": False}) == {"1", "2"}


def test_a_query_on_one_subscription_says_so(people: Store) -> None:
    apart = {"subscriptions.channel": "email", "subscriptions.status": "unsubscribed"}
    together = {"subscriptions": {"$elemMatch": {"channel": "email", "status": 1}}}
    assert chosen(people, apart) == {"1"}
    assert chosen(people, together) == set()


def test_a_query_looks_at_the_subscriptions_of_the_resources_that_are_seen(people: Store) -> None:
    for resources, ids in ((None, {"1"}), ([24], {"1"}), ([1], set()), ([], set())):
        selected = query_of(DATABASE, {"subscriptions.channel": "sms"}, resources=resources)
        assert {one for (one,) in people.execute(selected.sql, dict(selected.parameters))} == ids


@pytest.mark.parametrize(
    ("expression", "options", "ids"),
    [
        ("^omsk$", "", set()),
        ("^omsk$", "i", {"1"}),
        ("^ o m [s] k $  # the town", "ix", {"1"}),
        ("one.two", "", set()),
        ("one.two", "s", {"2"}),
        ("^two", "m", {"2"}),
    ],
)
def test_options_of_regular_expressions(people: Store, expression: str, options: str, ids: set[str]) -> None:
    assert chosen(people, {"_city": {"$regex": expression, "$options": options}}) == ids


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"$where": "1"}, "query.$where: is no operator of queries; they have $all, $and,"),
        ({"_city": {"$near": 1}}, "query._city.$near: is no operator of queries"),
        ({"$not": {"_city": "Omsk"}}, "query.$not: the operator can not stand here"),
        ({"_city": {"$or": []}}, "query._city.$or: the operator can not stand here"),
        ({"_city": {"$options": "i"}}, "query._city.$options: the operator can not stand here"),
        ({"_city": {"$gt": "a", "b": 1}}, "query._city.b: is no operator of queries"),
        ({"_town": 1}, "query._town: is no field of the database"),
        ({"_city.x": 1}, "query._city.x: is no field of the database"),
        ({"subscriptions.colour": 1}, "query.subscriptions.colour: is no field of the database"),
        ({"a.a.a.a.a.a.a.a.a.a.a": 1}, "query.a.a.a.a.a.a.a.a.a.a.a: is no field of the database"),
        ({"$or": [{"score": "many"}]}, "query.$or.0.score: is no number"),
        ({"score": [1]}, "query.score: is no number"),
        ({"score": {"$in": [1, {"a": []}]}}, "query.score.$in: is no number"),
        ({"_fname": {"a": 1}}, "query._fname: is no text"),
        ({"level": "iron"}, "query.level: is no integer"),
        ({"last_order": "soon"}, "query.last_order: is no date"),
        ({"last_order": "2026-02-30"}, "query.last_order: is no date"),
        ({"last_order": "2026-02-03T25:00Z"}, "query.last_order: is no date"),
        ({"$and": {}}, "query.$and: must be an array of conditions"),
        ({"$or": []}, "query.$or: must be an array of conditions"),
        ({"$or": [1]}, "query.$or.0: must be an object"),
        ({"score": {"$in": 1}}, "query.score.$in: must be an array"),
        ({"score": {"$gt": None}}, "query.score.$gt: must be a text, a number or a date"),
        ({"score": {"$exists": 1}}, "query.score.$exists: is neither true nor false"),
        ({"score": {"$not": 1}}, "query.score.$not: must be an object of operators"),
        ({"custom_tags": {"$size": -1}}, "query.custom_tags.$size: must be a number of items"),
        ({"custom_tags": {"$elemMatch": 1}}, "query.custom_tags.$elemMatch: must be an object"),
        ({"subscriptions": "email"}, "query.subscriptions: subscriptions are compared by"),
        ({"score": {"$regex": "1"}}, "query.score.$regex: is for texts"),
        ({"_city": {"$regex": 1}}, "query._city.$regex: must be a text"),
        ({"_city": {"$regex": "("}}, "query._city.$regex: is not a regular expression"),
        ({"_city": {"$regex": "a(?=b)"}}, "query._city.$regex: uses a lookahead"),
        ({"_city": {"$regex": "a", "$options": "g"}}, "query._city.$options: must be of the letters i, m, s"),
        ({"_city": {"$regex": "a" * 1001}}, "query._city.$regex: is too long"),
        ({"free": 10**400}, "query.free: is out of range"),
        ({"$or": [{"score": 1}] * (MOST_CONDITIONS + 1)}, "query: has more than 200 conditions"),
        ({"_city": {"$all": ["a"] * (MOST_CONDITIONS + 1)}}, "query: has more than 200 conditions"),
    ],
)
def test_what_is_not_understood_is_refused(query: dict[str, Any], refusal: str) -> None:
    with pytest.raises(IncorrectRequest) as refused:
        query_of(DATABASE, query)
    assert str(refused.value).startswith(f"Incorrect request: {refusal}")


def deep(levels: int, around: Any) -> dict[str, Any]:
    query: dict[str, Any] = {"score": 1}
    while levels > 1:
        query = around(query)
        levels -= 1
    return query


@pytest.mark.parametrize(
    "around",
    [
        lambda query: {"$nor": [{"score": 1}, query]},
        lambda query: {"$and": [{"$or": [{"score": 1}]}, query]},
        lambda query: {"free": {"$elemMatch": {"a.b.c.d": {"$all": [1, 2]}} if "score" in query else query}},
        lambda query: {"free": {"$not": {"$elemMatch": query if "score" not in query else {"a.b.c.d": 1}}}},
    ],
)
def test_a_query_is_as_deep_as_sqlite_reads_it(people: Store, around: Any) -> None:
    refused = 0
    for levels in range(1, 2 * DEEPEST):
        try:
            selected = query_of(DATABASE, deep(levels, around))
        except IncorrectRequest as problem:
            refused += str(problem).endswith(f"is nested deeper than {DEEPEST} levels")
        else:
            reach(people.session, Audience(selected, "email", 1))
    assert refused


@pytest.mark.parametrize(
    "value", ["\0", "a\0b", {"\0": "\0"}, ["\0", None], 2**63, -(2**64), 1e308, "\U0010ffff", {}, []]
)
def test_any_value_is_compared(people: Store, value: Any) -> None:
    for query in (
        {"free": value},
        {"free": {"$in": [value]}},
        {"free.a": {"$ne": value}},
        {"subscriptions.custom_fields.x": value},
        {"orders": {"$elemMatch": {"a": value}}},
    ):
        chosen(people, query)


def test_any_name_is_looked_up(people: Store) -> None:
    for name in ("a'b", "$".join("ab"), "orders.0", 'address."x"'):
        chosen(people, {name: 1})


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\0b", ".", "..a", ""])
def test_a_name_that_no_field_can_have_is_refused(people: Store, name: str) -> None:
    with pytest.raises(IncorrectRequest, match="is no field of the database"):
        chosen(people, {name: 1})


def test_regular_expressions_cost_no_more_than_their_bound(
    people: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.patterns.MOST_STEPS", 10_000)
    selected = query_of(DATABASE, {"_city": {"$regex": "(a|b)*c"}})
    people.execute("UPDATE altcraft_profile SET fields = json_object('_city', ?)", ("ab" * 1000,))
    with pytest.raises(IncorrectRequest, match="it takes more than 10,000 steps"), bounded():
        people.execute(selected.sql, dict(selected.parameters)).fetchall()


@pytest.fixture
def people(store: Store) -> Iterator[Store]:
    """A store with two profiles: one with all fields, and one with almost none."""
    store.execute("DELETE FROM altcraft_profile")
    store.execute("DELETE FROM altcraft_subscription")
    common: dict[str, Any] = {"database_id": 1, "created_at": 0, "updated_at": 0}
    own = {"level": 3, "_sex": 2, "last_order": "2024-05-01T10:00:00.000Z", "score": 10, "_city": "Omsk"}
    ann = Profile(
        number=1, id="1", xxh="1", email="ann@example.com", phones=["+79000000001"], fields=own, **common
    )
    nobody = Profile(number=2, id="2", xxh="2", fields={"_city": "one\ntwo"}, **common)
    store.session.add_all([ann, nobody])
    for resource, channel, status in ((1, "email", 0), (24, "sms", 1)):
        store.session.add(
            Subscription(
                profile_id="1",
                database_id=1,
                resource_id=resource,
                channel=channel,
                address="x",
                hash_id="x",
                status=status,
                registered_at=0,
            )
        )
    store.session.flush()
    yield store
    store.session.rollback()


def test_the_operators_are_those_that_a_refusal_names() -> None:
    with pytest.raises(IncorrectRequest) as refused:
        query_of(DATABASE, {"$x": 1})
    assert str(refused.value).count("$") == 19
    assert queries.ORDERS.keys() <= set(str(refused.value).replace(",", "").split())
