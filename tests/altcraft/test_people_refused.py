"""Values that no profile can have, and matches that can match no profile: refused, without changes."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft

ANN = "ann@example.com"
OPEN = 2
"""A database whose fields need not be declared."""


def ann(altcraft: Altcraft) -> Any:
    return altcraft.data("/profiles/get", db_id=1, email=ANN)


def update(altcraft: Altcraft, **data: Any) -> tuple[int, str]:
    answer = altcraft.call("/profiles/update", db_id=1, email=ANN, data=data).json()
    return answer["error"], answer["error_text"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1.1/profiles/add", {}),
        ("/api/contacts", {"Authorization": "Bearer live_emulator000000000000"}),
    ],
)
@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 310 + ".5"])
def test_a_number_that_no_double_holds_is_no_json(
    altcraft: Altcraft, path: str, headers: dict[str, str], number: str
) -> None:
    body = f'{{"token": "abcdefghijklmnqrstuvwxyz", "data": {{"address": {{"a": [{number}]}}}}}}'
    told = {"Content-Type": "application/json"} | headers
    answer = altcraft.emulator.http.post(path, content=body, headers=told).json()
    assert "JSON" in answer.get("error_text", "") or answer.get("message") == "Syntax error"
    assert altcraft.data("/profiles/list", db_id=1, query={"_city": "Omsk"})


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({"rating": 1e308}, {"rating": {"action": "incr", "value": 1e308}}),
        ({"LOYALTY_SCORE": 2**63 - 1}, {"LOYALTY_SCORE": {"action": "incr", "value": 1}}),
        ({}, {"address": {"action": "upsert", "value": 1, "submatch": ".".join("a" * 33)}}),
        ({}, {"address": {"action": "upsert", "value": 1, "submatch": ".".join("a" * 3000)}}),
    ],
)
def test_what_a_field_can_not_hold_after_a_change(
    altcraft: Altcraft, before: dict[str, Any], change: dict[str, Any]
) -> None:
    assert update(altcraft, **before)[0] == 0
    stored = ann(altcraft)
    (name,) = change
    assert update(altcraft, _fname="Other", **change) == (440, f'with field "{name}": Incorrect field')
    assert ann(altcraft) == stored


SUBSCRIBED = {"channel": "email", "email": "b2@example.com", "resource_id": 1}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"date": "2020-13-01T00:00:00Z"}, "date"),
        ({"reg_info": {"date": "2020-02-30T00:00:00Z"}}, "date"),
        ({"date": "1900-01-01T00:00:00Z"}, "date"),
        ({"ip": "not-an-ip"}, "ip"),
        ({"resource_id": True}, "resource_id"),
        ({"channel": "push", "push_data": {"subscription_id": "x", "provider": ["a"]}}, "push"),
    ],
)
def test_a_wrong_subscription_is_refused_alone(
    altcraft: Altcraft, wrong: dict[str, Any], reason: str
) -> None:
    listed = [{"email": "b1@example.com"}, {"email": "b2@example.com", "subscriptions": [SUBSCRIBED | wrong]}]
    first, second = altcraft.answer("/profiles/import_batch", db_id=1, data=listed)["result"]
    assert (first["error"], second["error"]) == (0, 440)
    assert f"subscriptions.{reason}" in second["error_text"]
    body = {"db_id": 1, "skip_invalid_subscriptions": True, "data": listed}
    assert [row["error"] for row in altcraft.answer("/profiles/import_batch", **body)["result"]] == [0, 0]


@pytest.mark.parametrize("value", [",", " , ", [], ""])
def test_tags_without_a_tag_match_nobody(altcraft: Altcraft, value: Any) -> None:
    whom = {"db_id": 1, "matching": "custom", "field_name": "custom_tags", "field_value": value}
    for path in ("/profiles/update", "/profiles/delete"):
        assert altcraft.call(path, **whom, data={"_fname": "Oops"}).json()["error"] == 400


def own_field(altcraft: Altcraft, value: Any, name: str = "my_field") -> Any:
    body = {"db_id": 1, "matching": "custom_sub", "field_name": name, "field_value": value}
    return altcraft.call("/profiles/get", **body).json()


def test_a_field_of_subscriptions_is_found_however_it_is_written(altcraft: Altcraft) -> None:
    own = {"channel": "email", "email": ANN, "resource_id": 1, "custom_fields": {"my_field": 5}}
    assert update(altcraft, subscriptions=[own])[0] == 0
    for value in (5, "5", 5.0):
        assert own_field(altcraft, value)["data"]["email"] == ANN
    whom = "<db_id>1</db_id><matching>custom_sub</matching><field_name>my_field</field_name>"
    found = altcraft.xml("/profiles/get", f"{whom}<field_value>5</field_value>").text
    assert "<error>0</error>" in found


@pytest.mark.parametrize("name", ["my_field", "no_such_field"])
@pytest.mark.parametrize("address", [ANN, "+79000000001"])
def test_an_address_is_no_value_of_a_field(altcraft: Altcraft, name: str, address: str) -> None:
    assert own_field(altcraft, address, name)["error"] == 404


def test_a_batch_finds_by_fields_of_subscriptions_what_it_has_written(altcraft: Altcraft) -> None:
    own = {"channel": "email", "email": ANN, "resource_id": 1}
    assert update(altcraft, subscriptions=[own | {"custom_fields": {"my_field": 1}}])[0] == 0
    listed = [
        {"field_value": 1, "subscriptions": [own | {"custom_fields": {"my_field": 2}}]},
        {"field_value": 2, "_fname": "Second"},
    ]
    whom = {"db_id": 1, "matching": "custom_sub", "field_name": "my_field"}
    rows = altcraft.answer("/profiles/update_batch", **whom, data=listed)["result"]
    assert [row["error"] for row in rows] == [0, 0]
    assert ann(altcraft)["_fname"] == "Second"


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({"a": [{"x": 1}]}, {"a": {"action": "upsert", "value": 2, "submatch": "x"}}, {"a": [{"x": 2}]}),
        ({"n": 5}, {"n": {"action": "incr", "value": 2}}, {"n": 7}),
        ({"t": ["cars"]}, {"t": {"action": "add", "value": ["cats"]}}, {"t": ["cars", "cats"]}),
        ({"t": ["cars"]}, {"t": {"action": "add", "value": "cats"}}, {"t": ["cars", "cats"]}),
        ({}, {"new": {"action": "set", "value": 7}}, {"new": 7}),
        ({}, {"o": {"action": "upsert", "value": 1, "submatch": "a.b"}}, {"o": {"a": {"b": 1}}}),
        ({"n": 5}, {"n": {"action": "upsert", "value": 1, "submatch": "a"}}, None),
        ({"o": {"l": [1]}}, {"o": {"action": "upsert", "value": 1, "submatch": "l.0"}}, None),
        ({"o": {"s": "x"}}, {"o": {"action": "upsert", "value": 1, "submatch": "s.a"}}, None),
        ({"o": {"s": ""}}, {"o": {"action": "upsert", "value": 1, "submatch": "s"}}, {"o": {"s": 1}}),
        ({"t": ["cars"]}, {"t": {"action": "upsert", "value": 1, "submatch": "a"}}, None),
        ({"s": "text"}, {"s": {"action": "incr", "value": 1}}, None),
        ({"n": 5}, {"n": {"action": "add", "value": ["a"]}}, None),
    ],
)  # fmt: skip
def test_fields_that_nobody_declared_change_as_others_do(
    altcraft: Altcraft, before: dict[str, Any], change: dict[str, Any], after: dict[str, Any] | None
) -> None:
    whom: dict[str, Any] = {"db_id": OPEN, "email": "open@example.com"}
    altcraft.answer("/profiles/import", **whom, data=before)
    answer = altcraft.call("/profiles/update", **whom, data=change).json()
    stored = altcraft.data("/profiles/get", **whom)
    if after is None:
        (name,) = change
        assert answer["error_text"] == f'with field "{name}": Incorrect field'
    assert {name: stored.get(name) for name in change} == (before if after is None else after)


@pytest.mark.parametrize(("data", "field"), [({"email": "bad"}, "email"), ({"phones": ["1"]}, "phones")])
def test_a_wrong_address_of_the_data_is_a_field_that_does_not_fit(
    altcraft: Altcraft, data: dict[str, Any], field: str
) -> None:
    refusal = (440, f'with field "{field}": Incorrect field')
    answer = altcraft.call("/profiles/import", db_id=1, data=data).json()
    assert (answer["error"], answer["error_text"]) == refusal
    [row] = altcraft.answer("/profiles/import_batch", db_id=1, data=[data])["result"]
    assert (row["error"], row["error_text"]) == refusal


@pytest.mark.parametrize(("field", "value"), [("email", "new@example.com"), ("phones", ["+79000000077"])])
def test_an_address_that_is_set_is_what_an_import_goes_by(altcraft: Altcraft, field: str, value: Any) -> None:
    data = {field: {"action": "set", "value": value}}
    ids = [altcraft.answer("/profiles/import", db_id=1, data=data)["profile_id"] for _ in range(2)]
    assert len(set(ids)) == 1


BATCHES = [
    ("/profiles/import_batch", {"db_id": 1}),
    ("/profiles/update_batch", {"db_id": 1}),
    ("/campaigns/triggers/import_and_start_batch", {"trigger_id": 60}),
    ("/campaigns/triggers/start_batch", {"trigger_id": 60}),
    ("/workflows/import_and_start_batch", {"workflow_id": 4}),
]


@pytest.mark.parametrize(("path", "body"), BATCHES)
@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"matching": "bad"}, "matching"), ({"matching": "custom", "field_name": "nope"}, "field_name")],
)
@pytest.mark.parametrize("data", [[], [{"email": ANN}]])
def test_what_a_batch_has_in_common_is_wrong_for_all_of_it(
    altcraft: Altcraft, path: str, body: dict[str, Any], wrong: dict[str, Any], named: str, data: Any
) -> None:
    answer = altcraft.call(path, **body, **wrong, data=data).json()
    assert (answer["error"], answer["error_text"].split(": ")[1]) == (400, named)
