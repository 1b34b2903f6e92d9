"""Queries to external databases: they are stored and shown, and no SQL is run."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft

AUTHORS = {
    "id": 1,
    "name": "Authors",
    "shortname": "authors",
    "description": "",
    "connector_id": 2,
    "column": "author",
    "sql": "SELECT author FROM books",
    "cache_time_min": 35,
    "groups_id": [0],
    "groups": [{"id": 0, "name": "main"}],
    "parameters": [],
}
NEEDED = {"name": "Readers", "shortname": "readers", "connector_id": 2, "column": "reader"}
CITY = {"name": "CITY", "type": "string", "title": "City", "options_type": "query"}
PLACE = "/datatables/query_segments"


def added(altcraft: Altcraft, **body: Any) -> int:
    return int(altcraft.data(f"{PLACE}/add/", **NEEDED | body)["saved_id"])


def query(altcraft: Altcraft, number: int) -> Any:
    return altcraft.data(f"{PLACE}/get/", id=number)


def count(altcraft: Altcraft) -> int:
    return int(altcraft.answer(f"{PLACE}/list/")["total_count"])


def test_a_query_is_shown_as_it_was_added(altcraft: Altcraft) -> None:
    body: dict[str, Any] = {
        "description": "Whoever reads",
        "sql": "SELECT reader FROM loans WHERE city = CITY",
        "cache_time_min": 5,
        "groups_id": [2, 0],
        "parameters": [CITY],
    }
    number = added(altcraft, **body)
    assert number == 2
    groups = [{"id": 2, "name": "subaccount"}, {"id": 0, "name": "main"}]
    assert query(altcraft, number) == NEEDED | body | {"id": 2, "groups": groups}


def test_a_query_needs_only_some_of_its_fields(altcraft: Altcraft) -> None:
    shown = query(altcraft, added(altcraft, description="", parameters=None, groups_id=[]))
    assert shown == NEEDED | {
        "id": 2,
        "description": "",
        "sql": "",
        "cache_time_min": 0,
        "groups_id": [0],
        "groups": [{"id": 0, "name": "main"}],
        "parameters": [],
    }


def test_queries_are_listed(altcraft: Altcraft) -> None:
    added(altcraft, groups_id=[2])
    answer = altcraft.answer(f"{PLACE}/list/")
    assert answer["data"][0] == AUTHORS
    assert [row["id"] for row in answer["data"]] == [1, 2]
    assert (answer["next_from_id"], answer["total_count"]) == (3, 2)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"from_id": 2}, [2]),
        ({"limit": 1}, [1]),
        ({"groups": ["subaccount"]}, [2]),
        ({"groups_id": [0]}, [1]),
        ({"groups_id": [0], "groups": ["subaccount"]}, []),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, object], ids: list[int]) -> None:
    added(altcraft, groups_id=[2])
    assert [row["id"] for row in altcraft.data(f"{PLACE}/list/", **filters)] == ids


def test_an_update_keeps_what_is_left_out(altcraft: Altcraft) -> None:
    saved = altcraft.data(f"{PLACE}/update/", id="1", **NEEDED)
    assert saved == {"saved_id": 1}
    assert query(altcraft, 1) == AUTHORS | NEEDED


def test_an_update_replaces_lists_whole(altcraft: Altcraft) -> None:
    number = added(altcraft, parameters=[CITY, CITY | {"name": "YEAR"}], groups_id=[0, 2])
    altcraft.data(f"{PLACE}/update/", id=number, **NEEDED, parameters=[CITY], groups_id=[1])
    shown = query(altcraft, number)
    assert (shown["parameters"], shown["groups_id"]) == ([CITY], [1])
    altcraft.data(f"{PLACE}/update/", id=number, **NEEDED, parameters=[], groups_id=[])
    shown = query(altcraft, number)
    assert (shown["parameters"], shown["groups_id"]) == ([], [0])


def test_a_short_name_belongs_to_one_query(altcraft: Altcraft) -> None:
    refusal = (409, "Already exists: query authors")
    assert altcraft.refused(f"{PLACE}/add/", **NEEDED | {"shortname": "authors"}) == refusal
    number = added(altcraft)
    assert altcraft.refused(f"{PLACE}/update/", id=number, **NEEDED | {"shortname": "authors"}) == refusal
    assert query(altcraft, number)["shortname"] == "readers"
    assert altcraft.data(f"{PLACE}/update/", id=number, **NEEDED) == {"saved_id": number}


def test_a_short_name_is_taken_in_groups_that_the_token_does_not_see_too(altcraft: Altcraft) -> None:
    body = NEEDED | {"shortname": "authors"}
    refusal = altcraft.refused(f"{PLACE}/add/", token=SUBACCOUNT, **body)
    assert refusal == (409, "Already exists: query authors")


def test_a_deleted_query_is_gone_and_its_id_is_not_used_again(altcraft: Altcraft) -> None:
    number = added(altcraft)
    assert altcraft.answer(f"{PLACE}/delete/", id=number) == SUCCESS
    for path in ("get", "delete"):
        refusal = altcraft.refused(f"{PLACE}/{path}/", id=number)
        assert refusal == (404, f"Object not found: query {number}")
    assert added(altcraft) == number + 1


LARGEST = 2**63 - 1
BEGINNINGS = {400: "Incorrect request", 404: "Object not found"}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"name": None}, 400, "name: Field required"),
        ({"shortname": ""}, 400, "shortname: Field required"),
        ({"column": None}, 400, "column: Field required"),
        ({"connector_id": None}, 400, "connector_id: Field required"),
        ({"connector_id": 9}, 404, "connector 9"),
        ({"connector_id": 10**20}, 400, f"connector_id: Input should be less than or equal to {LARGEST}"),
        ({"name": ["x"]}, 400, "name: Input should be a valid string"),
        ({"sql": {"a": 1}}, 400, "sql: Input should be a valid string"),
        ({"cache_time_min": -1}, 400, "cache_time_min: Input should be greater than or equal to 0"),
        ({"cache_time_min": 1.5}, 400, "cache_time_min: Input should be a valid integer"),
        ({"groups_id": ["main"]}, 400, "groups_id.0: Input should be a valid integer"),
        ({"groups_id": [0, 7]}, 404, "group 7"),
        (
            {"parameters": ["CITY"]},
            400,
            "parameters.0: Input should be a valid object",
        ),
        ({"parameters": [CITY, {"type": "string"}]}, 400, "parameters.1.name: Field required"),
        ({"parameters": [CITY | {"title": 7}]}, 400, "parameters.0.title: Input should be a valid string"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, body: dict[str, object], code: int, text: str
) -> None:
    refusal = (code, f"{BEGINNINGS[code]}: {text}")
    assert altcraft.refused(f"{PLACE}/add/", **NEEDED | body) == refusal
    assert altcraft.refused(f"{PLACE}/update/", id=1, **NEEDED | body) == refusal
    assert count(altcraft) == 1
    assert query(altcraft, 1) == AUTHORS


@pytest.mark.parametrize("path", ["get", "delete", "update"])
@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (None, (400, "Incorrect request: id: Field required")),
        ({}, (400, "Incorrect request: id: Input should be a valid integer")),
        (9, (404, "Object not found: query 9")),
    ],
)
def test_a_query_is_named_by_its_id(
    altcraft: Altcraft, path: str, number: object, refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(f"{PLACE}/{path}/", **NEEDED, id=number) == refusal


def test_a_token_of_a_group_sees_the_queries_of_the_group(altcraft: Altcraft) -> None:
    number = altcraft.data(f"{PLACE}/add/", token=SUBACCOUNT, **NEEDED)["saved_id"]
    assert query(altcraft, number)["groups_id"] == [2]
    assert [row["id"] for row in altcraft.data(f"{PLACE}/list/", token=SUBACCOUNT)] == [number]
    for path in ("get", "delete", "update"):
        refusal = altcraft.refused(f"{PLACE}/{path}/", token=SUBACCOUNT, id=1, **NEEDED)
        assert refusal == (404, "Object not found: query 1")


def test_a_token_puts_nothing_into_groups_that_it_does_not_see(altcraft: Altcraft) -> None:
    refusal = altcraft.refused(f"{PLACE}/add/", token=SUBACCOUNT, **NEEDED, groups_id=[2, 0])
    assert refusal == (404, "Object not found: group 0")


@pytest.mark.parametrize("path", ["add", "update", "delete"])
def test_changing_needs_the_right_to_edit(altcraft: Altcraft, path: str) -> None:
    assert altcraft.refused(f"{PLACE}/{path}/", token=VIEW_ONLY, id=1, **NEEDED) == (403, "Access denied")
    assert altcraft.data(f"{PLACE}/get/", token=VIEW_ONLY, id=1) == AUTHORS


def test_queries_in_xml(altcraft: Altcraft) -> None:
    parameter = "<parameters array='true'><name>CITY</name><type>string</type></parameters>"
    answer = altcraft.xml(
        f"{PLACE}/add/",
        "<name>Readers</name><shortname>readers</shortname><connector_id>2</connector_id><sql/>"
        f"<column>reader</column><groups_id>0</groups_id><groups_id>2</groups_id>{parameter}",
    ).text
    assert answer == (
        "<xml><data><saved_id>2</saved_id></data><error>0</error>"
        "<error_text>Successful operation</error_text></xml>"
    )
    assert altcraft.xml(f"{PLACE}/get/", "<id>2</id>").text == (
        "<xml><data><id>2</id><name>Readers</name><shortname>readers</shortname><description/>"
        "<connector_id>2</connector_id><column>reader</column><sql/><cache_time_min>0</cache_time_min>"
        "<groups_id>0</groups_id><groups_id>2</groups_id><groups><id>0</id><name>main</name></groups>"
        "<groups><id>2</id><name>subaccount</name></groups><parameters><name>CITY</name>"
        "<type>string</type><title/><options_type/></parameters></data><error>0</error>"
        "<error_text>Successful operation</error_text></xml>"
    )
    deleted = altcraft.xml(f"{PLACE}/delete/", "<id>2</id>").text
    assert deleted == "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>"


def test_texts_are_kept_to_the_last_character(altcraft: Altcraft) -> None:
    number = added(altcraft, shortname="a\0b", sql="SELECT '\0\"\U0001f600'\r\n", description="<b>&")
    shown = query(altcraft, number)
    assert (shown["shortname"], shown["sql"]) == ("a\0b", "SELECT '\0\"\U0001f600'\r\n")
    assert altcraft.refused(f"{PLACE}/add/", **NEEDED | {"shortname": "a\0b"})[0] == 409
    added(altcraft, shortname="a\0c")


def test_a_repeated_addition_is_one_query(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "readers"}
    assert added(altcraft, headers=headers) == added(altcraft, headers=headers)
    assert count(altcraft) == 2
