"""The contacts of lists: https://docs.autosend.com/api-reference/contact-lists."""

from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

GLOBAL, READERS, SEGMENT = "GLOBAL_CONTACT_LIST", "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd02"
TEAM, EMPTY = "66a0c1d2e3f4a5b6c7d8dd01", "66a0c1d2e3f4a5b6c7d8dd03"
ADA, GONE = "66c1d2e3f4a5b6c7d8e90001", "66c1d2e3f4a5b6c7d8e90002"
UNKNOWN = "000000000000000000000000"
ADD, SEARCH = "/contact-lists/contacts/bulk-add", "/contact-lists/contacts/search"
NOT_FOUND = (404, "CONTACT_LIST_NOT_FOUND", "Contact list not found")


def search(autosend: AutoSend, list_id: str, **filters: object) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("POST", SEARCH, {"contactListId": list_id} | filters)
    return found


def emails(autosend: AutoSend, list_id: str, **filters: object) -> list[str]:
    return [one["email"] for one in search(autosend, list_id, **filters)["contacts"]]


def add(autosend: AutoSend, list_id: str, **people: object) -> dict[str, Any]:
    added: dict[str, Any] = autosend.data("POST", ADD, {"contactListId": list_id} | people)
    return added


def remove(autosend: AutoSend, list_id: str, **people: object) -> dict[str, Any]:
    removed: dict[str, Any] = autosend.data("POST", f"/contact-lists/{list_id}/contacts/remove", people)
    return removed


def size(autosend: AutoSend, list_id: str) -> int:
    return int(autosend.data("GET", f"/contact-lists/{list_id}")["contactCount"])


def test_a_page_has_20_contacts(autosend: AutoSend) -> None:
    page = search(autosend, READERS)
    assert page["pagination"] == {"page": 1, "limit": 20, "total": 51, "pages": 3}
    assert len(page["contacts"]) == 20
    assert set(page["contacts"][0]) == {"id", "email", "firstName", "lastName", "createdAt", "updatedAt"}
    assert page["contacts"][0]["email"] == "ann@example.com"


def test_pages_follow_each_other(autosend: AutoSend) -> None:
    pages = [emails(autosend, READERS, page=page, limit=30) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [30, 21, 0]
    assert len({*pages[0], *pages[1]}) == 51


def test_a_search_finds_parts_of_addresses(autosend: AutoSend) -> None:
    assert emails(autosend, READERS, email="BOB+") == ["bob+opened@example.com"]
    assert emails(autosend, READERS, email="ada") == []
    assert emails(autosend, READERS, email="%") == []
    assert search(autosend, READERS, email="reader4")["pagination"]["total"] == 9


@pytest.mark.parametrize(
    ("list_id", "total"), [(GLOBAL, 74), (READERS, 51), (SEGMENT, 2), (TEAM, 3), (EMPTY, 0)]
)
def test_every_kind_of_list_can_be_searched(autosend: AutoSend, list_id: str, total: int) -> None:
    pagination = search(autosend, list_id, limit=100)["pagination"]
    assert pagination == {"page": 1, "limit": 100, "total": total, "pages": 1 if total else 0}


WRONG_SEARCHES: list[dict[str, Any]] = [
    {"contactListId": None},
    {"contactListId": 5},
    {"page": 0},
    {"page": 10**30},
    {"page": "two"},
    {"limit": 0},
    {"limit": 101},
    {"email": 5},
    {"email": "e" * 321},
]


@pytest.mark.parametrize("wrong", WRONG_SEARCHES)
def test_a_wrong_search_is_refused(autosend: AutoSend, wrong: dict[str, Any]) -> None:
    answer = autosend.call("POST", SEARCH, {"contactListId": READERS} | wrong)
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [*wrong]


def test_adding_tells_known_contacts_from_new_ones(autosend: AutoSend) -> None:
    autosend.advance("1s")
    added = add(autosend, TEAM, emails=["ADA@example.com", "new@example.com", "ann@example.com"])
    assert (added["added"], added["created"], added["alreadyInList"]) == (1, 1, 1)
    assert added["errors"] == []
    assert added["totalContactsInList"] == size(autosend, TEAM) == 5
    checked = [{"email": email, "status": "valid"} for email in ("ada@example.com", "new@example.com")]
    assert added["validation"]["valid"][:2] == checked
    assert [one["email"] for one in added["contacts"]] == [
        "ada@example.com",
        "new@example.com",
        "ann@example.com",
    ]
    assert added["contacts"][1] == {
        "id": added["contacts"][1]["id"],
        "email": "new@example.com",
        "createdAt": "2026-03-15T14:30:01.000Z",
        "updatedAt": "2026-03-15T14:30:01.000Z",
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "listIds": [TEAM],
        "segmentIds": [],
    }
    assert added["contacts"][2]["listIds"] == [READERS, TEAM]


def test_contacts_can_be_added_by_their_ids(autosend: AutoSend) -> None:
    added = add(autosend, TEAM, contactIds=[ADA, UNKNOWN, ADA, "nope"])
    assert (added["added"], added["created"], added["alreadyInList"]) == (1, 0, 0)
    assert added["errors"] == [
        {"contactId": UNKNOWN, "error": "Contact not found"},
        {"contactId": "nope", "error": "Contact not found"},
    ]
    assert added["validation"]["valid"] == [{"email": "ada@example.com", "status": "valid"}]
    assert emails(autosend, TEAM, email="ada") == ["ada@example.com"]


def test_an_address_counts_once(autosend: AutoSend) -> None:
    added = add(autosend, TEAM, emails=["new@example.com", "NEW@example.com"])
    assert (added["added"], added["created"], added["alreadyInList"]) == (0, 1, 0)


def test_a_new_contact_is_in_the_segments_that_it_fits(autosend: AutoSend) -> None:
    added = add(autosend, TEAM, emails=["zoe+opened@example.com"])
    assert added["contacts"][0]["segmentIds"] == [SEGMENT]
    assert size(autosend, SEGMENT) == 3


def test_invalid_addresses_are_named_and_left_out(autosend: AutoSend) -> None:
    added = add(autosend, EMPTY, emails=["nobody", "new@example.com", "e" * 400 + "@example.com"])
    assert (added["created"], added["totalContactsInList"]) == (1, 1)
    assert added["validation"]["valid"] == [{"email": "new@example.com", "status": "valid"}]
    assert added["validation"]["invalid"][0] == {
        "email": "nobody",
        "status": "invalid",
        "reason": "Invalid email format",
    }
    assert len(added["validation"]["invalid"]) == 2


def test_suppressed_addresses_are_added_and_named(autosend: AutoSend) -> None:
    added = add(autosend, EMPTY, emails=["reader47@example.com", "new@example.com"])
    assert (added["added"], added["created"]) == (1, 1)
    assert added["validation"]["suppressed"] == [{"email": "reader47@example.com", "status": "suppressed"}]
    assert added["validation"]["valid"] == [{"email": "new@example.com", "status": "valid"}]


def test_adding_to_the_global_list_makes_contacts(autosend: AutoSend) -> None:
    added = add(autosend, GLOBAL, emails=["ada@example.com", "new@example.com"])
    assert (added["added"], added["created"], added["alreadyInList"]) == (0, 1, 1)
    assert added["totalContactsInList"] == 75


@pytest.mark.slow
def test_500_contacts_can_be_added_at_once(autosend: AutoSend) -> None:
    added = add(autosend, EMPTY, emails=[f"n{number}@example.com" for number in range(500)])
    assert added["created"] == added["totalContactsInList"] == len(added["contacts"]) == 500


NONE = "Either emails or contactIds is required"
BOTH = "Either emails or contactIds must be empty"
WRONG_ADDITIONS = [
    ({"emails": [], "contactIds": None}, "body"),
    ({"emails": ["a@example.com"], "contactIds": [ADA]}, "body"),
    ({"emails": "a@example.com"}, "emails"),
    ({"emails": [f"n{number}@example.com" for number in range(501)]}, "emails"),
    ({"contactIds": [ADA] * 501}, "contactIds"),
    ({"emails": [None]}, "emails.0"),
    ({"contactIds": [5]}, "contactIds.0"),
    ({"contactListId": None, "emails": ["a@example.com"]}, "contactListId"),
    ({"contactListId": SEGMENT, "emails": ["new@example.com"]}, "contactListId"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG_ADDITIONS)
def test_a_wrong_addition_is_refused_and_adds_nobody(
    autosend: AutoSend, wrong: dict[str, Any], field: str
) -> None:
    answer = autosend.call("POST", ADD, {"contactListId": TEAM} | wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert size(autosend, GLOBAL) == 74


def test_contacts_are_taken_out_and_remain_in_the_project(autosend: AutoSend) -> None:
    removed = remove(autosend, TEAM, emails=["ANN@example.com", "ada@example.com", "nobody@example.com"])
    assert removed == {
        "removed": 1,
        "notInList": 1,
        "errors": [{"email": "nobody@example.com", "error": "Contact not found"}],
    }
    assert "ann@example.com" not in emails(autosend, TEAM)
    assert (size(autosend, TEAM), size(autosend, READERS), size(autosend, GLOBAL)) == (2, 51, 74)


def test_contacts_are_taken_out_by_their_ids(autosend: AutoSend) -> None:
    add(autosend, TEAM, contactIds=[ADA])
    removed = remove(autosend, TEAM, contactIds=[ADA, GONE, UNKNOWN])
    assert removed == {
        "removed": 1,
        "notInList": 1,
        "errors": [{"contactId": UNKNOWN, "error": "Contact not found"}],
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [({}, NONE), ({"emails": []}, NONE), ({"emails": ["a@example.com"], "contactIds": [ADA]}, BOTH)],
)
def test_taking_out_needs_addresses_or_ids(autosend: AutoSend, body: dict[str, Any], message: str) -> None:
    answer = autosend.call("POST", f"/contact-lists/{TEAM}/contacts/remove", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [{"field": "body", "message": message}]


def test_nobody_can_be_taken_out_of_the_global_list_or_of_a_segment(autosend: AutoSend) -> None:
    body = {"emails": ["ada@example.com"]}
    assert autosend.refused("POST", f"/contact-lists/{GLOBAL}/contacts/remove", body) == (
        400,
        "GLOBAL_CONTACT_LIST_IS_FIXED",
        "The global contact list can not be changed",
    )
    assert autosend.refused("POST", f"/contact-lists/{SEGMENT}/contacts/remove", body)[0] == 400


@pytest.mark.parametrize("list_id", [UNKNOWN, "nope", "é"])
def test_an_unknown_list(autosend: AutoSend, list_id: str) -> None:
    people = {"contactListId": list_id, "emails": ["new@example.com"]}
    assert autosend.refused("POST", SEARCH, {"contactListId": list_id}) == NOT_FOUND
    assert autosend.refused("POST", ADD, people) == NOT_FOUND
    assert autosend.refused("POST", f"/contact-lists/{list_id}/contacts/remove", people) == NOT_FOUND
    assert size(autosend, GLOBAL) == 74


def test_lists_and_contacts_of_another_project_do_not_exist(autosend: AutoSend) -> None:
    body = {"contactListId": TEAM, "contactIds": [ADA]}
    for path in (SEARCH, ADD, f"/contact-lists/{TEAM}/contacts/remove"):
        assert autosend.call("POST", path, body, headers=OTHER_PROJECT).status_code == 404
    body = {"contactListId": GLOBAL, "contactIds": [ADA]}
    added = autosend.call("POST", ADD, body, headers=OTHER_PROJECT).json()["data"]
    assert added["errors"] == [{"contactId": ADA, "error": "Contact not found"}]
    found = autosend.call("POST", SEARCH, {"contactListId": GLOBAL}, headers=OTHER_PROJECT).json()["data"]
    assert found["pagination"]["total"] == 0


def test_a_deleted_contact_is_in_no_list(autosend: AutoSend) -> None:
    add(autosend, TEAM, contactIds=[ADA])
    autosend.call("DELETE", f"/contacts/{ADA}")
    assert emails(autosend, TEAM, email="ada") == []
    assert size(autosend, TEAM) == 3


def test_a_campaign_goes_to_who_is_in_its_list_when_it_begins(autosend: AutoSend) -> None:
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "toLists": [TEAM]}
    campaign = autosend.data("POST", "/campaigns", draft | {"publish": True, "sendNow": True})["id"]
    add(autosend, TEAM, emails=["late@example.com"])
    remove(autosend, TEAM, emails=["ann@example.com"])
    autosend.advance("5m")
    add(autosend, TEAM, emails=["later@example.com"])
    metrics = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert (metrics["totalContacts"], metrics["sent"]) == (3, 3)
    assert [len(autosend.messages(f"{who}@example.com")) for who in ("late", "later")] == [1, 0]
