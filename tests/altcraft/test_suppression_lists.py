"""Suppression lists: made, renamed, shown and deleted, and which requests about them are refused."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, TOKEN, VIEW_ONLY, Altcraft

GLOBAL, PARTNERS, UNUSED = 1, 2, 3
EDITS: dict[str, dict[str, Any]] = {
    "/suppresses/add": {"name": "New"},
    "/suppresses/update": {"id": UNUSED, "name": "New"},
    "/suppresses/delete": {"id": UNUSED},
    "/suppresses/email_add": {"id": UNUSED, "email": "ann@example.org"},
    "/suppresses/emails_add": {"id": UNUSED, "emails": ["ann@example.org"]},
    "/suppresses/email_remove": {"id": UNUSED, "email": "ann@example.org"},
    "/suppresses/emails_remove": {"id": UNUSED},
    "/suppresses/domain_add": {"id": UNUSED, "domain": "example.org"},
    "/suppresses/domains_add": {"id": UNUSED, "domains": ["example.org"]},
    "/suppresses/domain_remove": {"id": UNUSED, "domain": "example.org"},
    "/suppresses/domains_remove": {"id": UNUSED},
    "/suppresses/phone_add": {"id": UNUSED, "value": "+79000000001"},
    "/suppresses/phones_add": {"id": UNUSED, "values": ["+79000000001"]},
    "/suppresses/phone_remove": {"id": UNUSED, "value": "+79000000001"},
    "/suppresses/phones_remove": {"id": UNUSED},
}
READS: dict[str, dict[str, Any]] = {
    "/suppresses/get": {"id": UNUSED},
    "/suppresses/export": {"id": UNUSED},
    "/suppresses/email_check": {"id": UNUSED, "email": "ann@example.org"},
    "/suppresses/domain_check": {"id": UNUSED, "domain": "example.org"},
    "/suppresses/phone_check": {"id": UNUSED, "value": "+79000000001"},
}
OF_A_LIST = {path: body for path, body in (EDITS | READS).items() if "id" in body}


def test_a_list_is_made_empty_and_shown(altcraft: Altcraft) -> None:
    number = altcraft.data("/suppresses/add", name="Complaints")["saved_id"]
    assert number == 4
    assert altcraft.data("/suppresses/get", id=number) == {
        "id": 4,
        "is_global": False,
        "name": "Complaints",
    }


def test_the_xml_of_a_new_list_has_a_root_of_its_own(altcraft: Altcraft) -> None:
    assert altcraft.xml("/suppresses/add", "<name>Complaints</name>").text == (
        "<result><data><saved_id>4</saved_id></data><error>0</error>"
        "<error_text>Successful operation</error_text></result>"
    )


def test_the_same_list_is_made_once_a_day(altcraft: Altcraft) -> None:
    first = altcraft.call("/suppresses/add", name="Complaints")
    again = altcraft.call("/suppresses/add", name="Complaints")
    assert again.json() == first.json()
    assert again.headers["Duplicate-Request"] == "true"
    assert altcraft.data("/suppresses/add", name="Complaints", request_id=2) == {"saved_id": 5}
    altcraft.advance("1d")
    assert altcraft.data("/suppresses/add", name="Complaints") == {"saved_id": 6}


def test_a_list_is_made_in_a_group_that_the_token_sees(altcraft: Altcraft) -> None:
    altcraft.data("/suppresses/add", token=SUBACCOUNT, name="Theirs")
    assert [row["id"] for row in altcraft.data("/suppresses/list", token=SUBACCOUNT)] == [PARTNERS, 4]
    assert altcraft.data("/suppresses/list", from_id=4)[0]["Groups"] == [{"Id": 2, "Name": "subaccount"}]


def test_a_list_is_renamed(altcraft: Altcraft) -> None:
    assert altcraft.data("/suppresses/update", id=PARTNERS, name="Friends") == {"saved_id": PARTNERS}
    assert altcraft.data("/suppresses/get", id=PARTNERS)["name"] == "Friends"


def test_lists_are_listed_with_their_groups(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/suppresses/list")
    assert [row["id"] for row in answer["data"]] == [GLOBAL, PARTNERS, UNUSED]
    assert answer["data"][1] == {
        "id": PARTNERS,
        "is_global": False,
        "name": "Partners",
        "ui_tags": [],
        "Groups": [{"Id": 0, "Name": "main"}, {"Id": 2, "Name": "subaccount"}],
    }
    assert (answer["next_from_id"], answer["total_count"]) == (4, 3)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"from_id": 2}, [2, 3]),
        ({"limit": 1}, [1]),
        ({"groups": ["subaccount"]}, [2]),
        ({"groups_id": [2]}, [2]),
        ({"ui_tags": ["b2c"]}, []),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, object], ids: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/suppresses/list", **filters)] == ids


def test_xml_spells_the_groups_small(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/suppresses/list", "<limit>1</limit>").text
    assert "<groups><id>0</id><name>main</name></groups>" in answer


def test_a_list_is_deleted_with_its_entries(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/email_add", id=UNUSED, email="ann@example.org")
    assert altcraft.answer("/suppresses/delete", id=UNUSED) == SUCCESS
    assert altcraft.refused("/suppresses/get", id=UNUSED) == (404, "Object not found: suppression list 3")
    left = altcraft.emulator.query("SELECT count(*) FROM altcraft_suppressed WHERE list_id = ?", UNUSED)
    assert left == [(0,)]


def test_the_id_of_a_deleted_list_is_not_used_again(altcraft: Altcraft) -> None:
    first = altcraft.data("/suppresses/add", name="One")["saved_id"]
    altcraft.answer("/suppresses/delete", id=first)
    assert altcraft.data("/suppresses/add", name="Two")["saved_id"] == first + 1


def test_a_list_that_a_database_uses_is_not_deleted(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: suppression list 2 is in use")
    assert altcraft.refused("/suppresses/delete", id=PARTNERS) == refusal
    assert altcraft.data("/suppresses/get", id=PARTNERS)["name"] == "Partners"


@pytest.mark.parametrize("path", ["/suppresses/update", "/suppresses/delete"])
def test_the_global_list_stays_as_it_is(altcraft: Altcraft, path: str) -> None:
    refusal = (400, "Incorrect request: suppression list 1 is global")
    assert altcraft.refused(path, id=GLOBAL, name="Mine") == refusal
    assert altcraft.data("/suppresses/get", id=GLOBAL)["name"] == "Global suppress list"


@pytest.mark.parametrize(("path", "body"), OF_A_LIST.items())
def test_a_list_that_does_not_exist_is_not_found(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    refusal = (404, "Object not found: suppression list 9")
    assert altcraft.refused(path, **body | {"id": 9}) == refusal


@pytest.mark.parametrize(("path", "body"), OF_A_LIST.items())
def test_a_list_of_other_groups_does_not_exist(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    refusal = (404, "Object not found: suppression list 3")
    assert altcraft.refused(path, token=SUBACCOUNT, **body) == refusal


@pytest.mark.parametrize(("path", "body"), EDITS.items())
def test_a_token_that_may_only_view_changes_nothing(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    assert altcraft.refused(path, token=VIEW_ONLY, **body) == (403, "Access denied")


@pytest.mark.parametrize(("path", "body"), READS.items())
def test_a_token_that_may_only_view_views(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    altcraft.answer(path, token=VIEW_ONLY, **body)


@pytest.mark.parametrize(("path", "body"), EDITS.items())
def test_a_repeated_change_is_answered_as_before(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    first = altcraft.call(path, headers={"Request-ID": "one"}, **body)
    again = altcraft.call(path, headers={"Request-ID": "one"}, **body)
    assert again.headers["Duplicate-Request"] == "true"
    assert (first.json()["error"], again.json()) == (0, first.json())


FIELDS = [(path, field) for path, body in (EDITS | READS).items() for field in body]


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_field_that_is_left_out_is_named(altcraft: Altcraft, path: str, field: str) -> None:
    body = {name: value for name, value in (EDITS | READS)[path].items() if name != field}
    assert altcraft.refused(path, **body) == (400, f"Incorrect request: {field}: Field required")


RUBBISH = [{}, {"a": [{}]}, [[1]], [{}], True, 1.5, 10**30, "\0", [None], ["a", 1, {}]]


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_rubbish_is_refused_or_stored_and_breaks_nothing(altcraft: Altcraft, path: str, field: str) -> None:
    for value in RUBBISH:
        answer = altcraft.call(path, **(EDITS | READS)[path] | {field: value})
        assert answer.status_code == 200, (value, answer.text)
        assert answer.json()["error"] in {0, 400}, (value, answer.text)


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_lone_surrogate_is_refused(altcraft: Altcraft, path: str, field: str) -> None:
    whole = json.dumps({"token": TOKEN} | (EDITS | READS)[path] | {field: "surrogate"})
    answer = altcraft.send(path, whole.replace("surrogate", "\\ud800"), None)
    assert answer.status_code == 200
    assert answer.json()["error_text"].startswith("Incorrect request: body: Malformed JSON")
