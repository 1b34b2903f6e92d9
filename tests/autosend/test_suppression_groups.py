"""Suppression groups: https://docs.autosend.com/api-reference/suppression-groups."""

import re

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import (
    ALL_MAIL,
    FOREIGN,
    GLOBAL,
    GROUPS,
    NEWSLETTER,
    codes,
    count,
    entries,
    group_of,
    holding,
    suppress,
    unsuppress,
)

ALL = [GLOBAL, NEWSLETTER, ALL_MAIL]
NOT_FOUND = {
    "success": False,
    "error": {"message": "Suppression group not found", "code": "GROUP_NOT_FOUND", "status": 404},
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [NEWSLETTER, ALL_MAIL]),
        ("?includeGlobal=true", ALL),
        ("?includeGlobal=false", [NEWSLETTER, ALL_MAIL]),
        ("?onlyGlobal=true", [GLOBAL]),
        ("?onlyGlobal=false", [NEWSLETTER, ALL_MAIL]),
        ("?onlyGlobal=true&includeGlobal=true", [GLOBAL]),
    ],
)
def test_the_global_group_is_listed_on_request(autosend: AutoSend, query: str, expected: list[str]) -> None:
    assert codes(autosend, query) == expected


@pytest.mark.parametrize("query", ["?onlyGlobal=maybe", "?includeGlobal=5"])
def test_a_list_wants_true_or_false(autosend: AutoSend, query: str) -> None:
    assert autosend.refused("GET", f"{GROUPS}{query}")[:2] == (400, "VALIDATION_FAILED")


def test_a_group(autosend: AutoSend) -> None:
    assert group_of(autosend, NEWSLETTER) == {
        "id": "66a2b3c4d5e6f7a8b9c00001",
        "groupId": NEWSLETTER,
        "name": "Newsletter",
        "description": "Weekly letter",
        "isGlobal": False,
        "isActive": True,
        "createdAt": "2026-01-15T10:30:00.000Z",
        "updatedAt": "2026-01-15T10:30:00.000Z",
        "suppressionCount": 1,
    }
    assert group_of(autosend, GLOBAL)["isGlobal"] is True


def test_a_new_group_gets_a_code(autosend: AutoSend) -> None:
    made = autosend.data("POST", GROUPS, {"name": "Offers", "description": "Now and then"})
    assert re.fullmatch("[A-Z0-9]{5}", made["groupId"])
    assert re.fullmatch("[0-9a-f]{24}", made["id"])
    assert (made["name"], made["description"]) == ("Offers", "Now and then")
    assert (made["isGlobal"], made["isActive"], made["suppressionCount"]) == (False, True, 0)
    assert made["createdAt"] == made["updatedAt"] == "2026-03-15T14:30:00.000Z"
    assert group_of(autosend, made["groupId"]) == made
    assert codes(autosend) == [NEWSLETTER, ALL_MAIL, made["groupId"]]


def test_groups_may_have_the_same_name(autosend: AutoSend) -> None:
    made = [autosend.data("POST", GROUPS, {"name": "Newsletter"})["groupId"] for _ in range(20)]
    assert len({*made, NEWSLETTER}) == 21


@pytest.mark.parametrize(("said", "is_active"), [(True, True), (False, False), (None, True)])
def test_a_new_group_can_be_inactive(autosend: AutoSend, said: object, is_active: object) -> None:
    assert autosend.data("POST", GROUPS, {"name": "Offers", "isActive": said})["isActive"] is is_active


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": 5}, "name"),
        ({"description": "d" * 1001}, "description"),
        ({"description": 5}, "description"),
        ({"isActive": "perhaps"}, "isActive"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", GROUPS), ("PUT", f"{GROUPS}/{NEWSLETTER}")])
def test_a_wrong_field_is_named(
    autosend: AutoSend, method: str, path: str, change: dict[str, object], field: str
) -> None:
    before = autosend.data("GET", GROUPS)
    answer = autosend.call(method, path, {"name": "Offers"} | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert autosend.data("GET", GROUPS) == before


def test_a_new_group_needs_a_name(autosend: AutoSend) -> None:
    assert autosend.refused("POST", GROUPS, {"description": "d"})[:2] == (400, "VALIDATION_FAILED")


def test_a_change_keeps_what_it_does_not_name(autosend: AutoSend) -> None:
    autosend.advance("1s")
    changed = autosend.data("PUT", f"{GROUPS}/{NEWSLETTER}", {"name": "n" * 200})
    assert (changed["name"], changed["description"]) == ("n" * 200, "Weekly letter")
    assert changed["updatedAt"] == "2026-03-15T14:30:01.000Z"
    changed = autosend.data("PUT", f"{GROUPS}/{NEWSLETTER}", {"description": ""})
    assert (changed["name"], changed["description"]) == ("n" * 200, "")


def test_a_change_that_does_not_say_inactive_activates(autosend: AutoSend) -> None:
    assert autosend.data("PUT", f"{GROUPS}/{NEWSLETTER}", {"isActive": False})["isActive"] is False
    assert group_of(autosend, NEWSLETTER)["isActive"] is False
    assert autosend.data("PUT", f"{GROUPS}/{NEWSLETTER}", {"name": "Again"})["isActive"] is True


def test_a_deleted_group_takes_its_entries_along(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"{GROUPS}/{NEWSLETTER}")
    assert answer.json() == {"success": True, "message": "Suppression group deleted successfully"}
    assert codes(autosend) == [ALL_MAIL]
    assert holding(autosend, "gone@example.com") == []
    assert {code for _, code, _ in entries(autosend)} == {GLOBAL}


def test_the_global_group_can_not_be_deleted(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"{GROUPS}/{GLOBAL}")
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Cannot delete global suppression group",
            "code": "CANNOT_DELETE_GLOBAL_GROUP",
            "status": 400,
        },
    }


@pytest.mark.parametrize("code", ["XXXXX", "7qk2m", "66a2b3c4d5e6f7a8b9c00001", FOREIGN, "é", "%00"])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"name": "n"}), ("DELETE", None)])
def test_an_unknown_group(autosend: AutoSend, method: str, body: object, code: str) -> None:
    answer = autosend.call(method, f"{GROUPS}/{code}", body)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("call", ["entries", "entries/all", "emails/suppress", "emails/unsuppress"])
@pytest.mark.parametrize("code", ["XXXXX", FOREIGN])
def test_an_unknown_group_in_a_body(autosend: AutoSend, call: str, code: str) -> None:
    body = {"emails": ["new@example.com"], "groupId": code}
    answer = autosend.call("POST", f"{GROUPS}/{call}", body)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert holding(autosend, "new@example.com") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"groupId": NEWSLETTER}, NEWSLETTER),
        ({"groupId": GLOBAL}, GLOBAL),
        ({}, ALL_MAIL),
        ({"isGlobal": False}, ALL_MAIL),
        ({"isGlobal": True}, GLOBAL),
        ({"isGlobal": True, "groupId": NEWSLETTER}, GLOBAL),
    ],
)
def test_addresses_go_into_a_group(autosend: AutoSend, fields: dict[str, object], code: str) -> None:
    before = count(autosend, code)
    assert suppress(autosend, "New@Example.com", "more@example.com", **fields) == 2
    assert holding(autosend, "new@example.com") == [code]
    assert count(autosend, code) == before + 2


@pytest.mark.parametrize("code", [NEWSLETTER, "XXXXX"])
def test_the_global_group_wins_over_a_named_one(autosend: AutoSend, code: str) -> None:
    suppress(autosend, "new@example.com", isGlobal=True, groupId=code)
    assert holding(autosend, "new@example.com") == [GLOBAL]
    assert unsuppress(autosend, "new@example.com", isGlobal=True, groupId=code) == 1
    assert holding(autosend, "new@example.com") == []


def test_without_a_default_group_the_global_one_takes_its_place(autosend: AutoSend) -> None:
    suppress(autosend, "first@example.org")
    assert holding(autosend, "first@example.org") == [ALL_MAIL]
    assert autosend.call("DELETE", f"{GROUPS}/{ALL_MAIL}").status_code == 200
    suppress(autosend, "next@example.org")
    assert holding(autosend, "next@example.org") == [GLOBAL]
    mail = {"from": {"email": "a@example.org"}, "to": {"email": "next@example.org"}, "subject": "s"}
    autosend.data("POST", "/mails/send", mail | {"text": "t"})
    assert [one["status"] for one in autosend.messages("next@example.org")] == ["suppressed"]
