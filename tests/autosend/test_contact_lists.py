"""Lists and segments: https://docs.autosend.com/api-reference/contact-lists."""

import json
from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

GLOBAL, READERS, SEGMENT = "GLOBAL_CONTACT_LIST", "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd02"
TEAM, EMPTY = "66a0c1d2e3f4a5b6c7d8dd01", "66a0c1d2e3f4a5b6c7d8dd03"
UNKNOWN = "000000000000000000000000"
ON_GMAIL = {"field": "email", "fieldType": "string", "operator": "ends_with", "value": "@gmail.com"}
GMAIL: dict[str, Any] = {
    "name": "Gmail users",
    "type": "segment",
    "filterCriteria": {"logicalOperator": "AND", "groups": [ON_GMAIL]},
}
NOT_FOUND = {
    "success": False,
    "error": {"message": "Contact list not found", "code": "CONTACT_LIST_NOT_FOUND", "status": 404},
}


def lists(autosend: AutoSend, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = autosend.data("GET", f"/contact-lists{query}")["lists"]
    return found


def make(autosend: AutoSend, **fields: object) -> dict[str, Any]:
    made: dict[str, Any] = autosend.data("POST", "/contact-lists", fields)
    return made


def contains(text: str) -> dict[str, Any]:
    """Return criteria for addresses that contain a text."""
    group = {"field": "email", "fieldType": "string", "operator": "contains", "value": text}
    return {"logicalOperator": "AND", "groups": [group]}


def test_the_list_of_all_contacts_comes_first(autosend: AutoSend) -> None:
    found = lists(autosend)
    assert found[0] == {
        "id": GLOBAL,
        "name": "All Contacts",
        "description": "All contacts in the project",
        "type": "list",
        "contactCount": 74,
    }
    assert [one["id"] for one in found[1:4]] == [READERS, TEAM, SEGMENT]
    assert found[1]["createdAt"] == "2026-01-15T10:30:00.000Z"
    assert autosend.data("GET", f"/contact-lists/{GLOBAL}") == found[0]


def test_only_segments_show_a_filter(autosend: AutoSend) -> None:
    readers, segment = lists(autosend)[1], lists(autosend)[3]
    assert "filterCriteria" not in readers
    assert "parentId" not in readers
    assert segment["filterCriteria"]["logicalOperator"] == "OR"
    assert segment["contactCount"] == 2


@pytest.mark.parametrize(("type_", "first"), [("list", GLOBAL), ("segment", SEGMENT)])
def test_lists_can_be_filtered_by_type(autosend: AutoSend, type_: str, first: str) -> None:
    found = lists(autosend, f"?type={type_}")
    assert found[0]["id"] == first
    assert {one["type"] for one in found} == {type_}
    assert autosend.refused("GET", "/contact-lists?type=group")[:2] == (400, "INVALID_LIST_TYPE")


def test_a_new_list_is_empty(autosend: AutoSend) -> None:
    made = make(autosend, name="Fans", description="Of ours")
    assert made == {
        "id": made["id"],
        "name": "Fans",
        "description": "Of ours",
        "type": "list",
        "contactCount": 0,
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
    }
    assert autosend.data("GET", f"/contact-lists/{made['id']}") == made
    assert lists(autosend)[-1] == made


def test_a_new_segment_has_whoever_fits_already(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts", {"email": "ida@gmail.com"})
    made = make(autosend, **GMAIL)
    assert (made["type"], made["contactCount"], made["description"]) == ("segment", 1, "")
    assert made["filterCriteria"] == GMAIL["filterCriteria"]
    assert "parentId" not in made


def test_what_is_only_of_segments_is_ignored_on_lists(autosend: AutoSend) -> None:
    made = make(autosend, **GMAIL | {"type": "list", "parentId": UNKNOWN})
    assert (made["type"], made["contactCount"]) == ("list", 0)
    assert "filterCriteria" not in made
    assert "parentId" not in made


@pytest.mark.parametrize("parent", [GLOBAL, READERS, SEGMENT])
def test_a_sub_segment_has_contacts_of_its_parent_alone(autosend: AutoSend, parent: str) -> None:
    autosend.data("POST", "/contacts", {"email": "xbob@example.com"})
    made = make(autosend, name="Bobs", type="segment", parentId=parent, filterCriteria=contains("bob"))
    assert made["parentId"] == parent
    assert made["contactCount"] == (2 if parent == GLOBAL else 1)


def test_segments_can_be_nested_five_deep(autosend: AutoSend) -> None:
    parent = READERS
    for level in range(5):
        inner = GMAIL | {"name": f"s{level}", "parentId": parent, "filterCriteria": contains("example")}
        parent = make(autosend, **inner)["id"]
    assert autosend.data("GET", f"/contact-lists/{parent}")["contactCount"] == 51
    assert autosend.refused("POST", "/contact-lists", GMAIL | {"parentId": parent})[0] == 400


@pytest.mark.parametrize("name", ["Readers", "All Contacts"])
def test_names_are_unique(autosend: AutoSend, name: str) -> None:
    text = "A contact list with this name already exists in the project"
    refusal = (409, "CONTACT_LIST_ALREADY_EXISTS", text)
    assert autosend.refused("POST", "/contact-lists", {"name": name}) == refusal
    assert autosend.call("POST", "/contact-lists", {"name": "Readers"}, headers=OTHER_PROJECT).is_success


def test_the_name_of_a_deleted_list_is_free(autosend: AutoSend) -> None:
    autosend.call("DELETE", f"/contact-lists/{READERS}")
    assert make(autosend, name="Readers")["id"] != READERS


@pytest.mark.parametrize(
    "name", [{}, {"name": None}, {"name": ""}, {"name": "  "}, {"name": 5}, {"name": ["x"]}]
)
def test_a_list_needs_a_name(autosend: AutoSend, name: dict[str, object]) -> None:
    answer = autosend.call("POST", "/contact-lists", name | {"type": "group"})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {"message": "List name is required", "code": "LIST_NAME_REQUIRED"},
    }


@pytest.mark.parametrize("type_", ["group", "List", "", 5, ["list"], {}])
def test_a_list_is_a_list_or_a_segment(autosend: AutoSend, type_: object) -> None:
    answer = autosend.call("POST", "/contact-lists", {"name": "Fans", "type": type_})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": 'Invalid list type. Must be either "list" or "segment"',
            "code": "INVALID_LIST_TYPE",
        },
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "n" * 201}, "name"),
        ({"description": "d" * 501}, "description"),
        ({"description": 5}, "description"),
        ({"type": "segment"}, "filterCriteria"),
        (GMAIL | {"parentId": UNKNOWN}, "parentId"),
        (GMAIL | {"parentId": 5}, "parentId"),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, fields: dict[str, object], field: str) -> None:
    before = lists(autosend)
    answer = autosend.call("POST", "/contact-lists", {"name": "Fans"} | fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert lists(autosend) == before


def test_the_longest_name_and_description(autosend: AutoSend) -> None:
    made = make(autosend, name="n" * 200, description="d" * 500)
    assert (len(made["name"]), len(made["description"])) == (200, 500)


def test_an_outage_of_creating_has_no_code(autosend: AutoSend) -> None:
    rule = {
        "provider": "autosend",
        "operation": "POST /v1/contact-lists",
        "error": "ContactListCreationFailed",
    }
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    answer = autosend.call("POST", "/contact-lists", {"name": "Fans"})
    assert answer.status_code == 500
    assert answer.json() == {"success": False, "error": {"message": "Failed to create contact list"}}


def test_a_deleted_list_is_shown_once_more(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"/contact-lists/{READERS}").json()
    assert answer == {
        "success": True,
        "message": "Contact list deleted successfully",
        "data": {
            "id": READERS,
            "name": "Readers",
            "description": "",
            "type": "list",
            "filterCriteria": None,
            "contactCount": 51,
            "createdAt": "2026-01-15T10:30:00.000Z",
            "updatedAt": "2026-01-15T10:30:00.000Z",
            "parentId": None,
        },
    }
    assert READERS not in [one["id"] for one in lists(autosend)]


def test_a_deleted_list_leaves_its_contacts(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts/email", {"email": "ada@example.com", "listIds": [READERS]})
    autosend.call("DELETE", f"/contact-lists/{READERS}")
    ada = autosend.data("POST", "/contacts/search/emails", {"emails": ["ada@example.com"]})["contacts"][0]
    assert ada["listIds"] == []
    assert lists(autosend)[0]["contactCount"] == 74


def test_segments_inside_of_a_deleted_list_stay_as_they_are(autosend: AutoSend) -> None:
    inner = make(autosend, name="s", type="segment", parentId=READERS, filterCriteria=contains("reader"))
    autosend.call("DELETE", f"/contact-lists/{READERS}")
    assert autosend.data("GET", f"/contact-lists/{inner['id']}")["contactCount"] == 47
    deleted = autosend.call("DELETE", f"/contact-lists/{inner['id']}").json()["data"]
    assert (deleted["parentId"], deleted["filterCriteria"]) == (READERS, contains("reader"))


def test_no_campaign_can_be_for_a_deleted_list(autosend: AutoSend) -> None:
    autosend.call("DELETE", f"/contact-lists/{TEAM}")
    campaign = {"name": "n", "subject": "s", "htmlTemplate": "h", "toLists": [TEAM]}
    assert autosend.refused("POST", "/campaigns", campaign)[0] == 400


IN_USE = {
    "message": "Cannot delete contact list as it is used in active resources.",
    "code": "CANNOT_DELETE_CONTACT_LIST_IN_USE",
    "status": 400,
}


@pytest.mark.parametrize(
    ("status", "list_id", "deleted_at", "answered"),
    [
        ("active", EMPTY, None, 400),
        ("paused", EMPTY, None, 200),
        ("draft", EMPTY, None, 200),
        ("active", TEAM, None, 200),
        ("active", EMPTY, 1, 200),
    ],
)
def test_a_list_that_an_active_automation_uses_can_not_be_deleted(
    autosend: AutoSend, status: str, list_id: str, deleted_at: int | None, answered: int
) -> None:
    entry = json.dumps({"type": "contact_added_to_list", "contactListId": list_id})
    autosend.emulator.query(AUTOMATION, status, entry, deleted_at)
    answer = autosend.call("DELETE", f"/contact-lists/{EMPTY}")
    assert answer.status_code == answered
    if answered == 400:
        assert answer.json() == {"success": False, "error": IN_USE}
        assert autosend.call("GET", f"/contact-lists/{EMPTY}").is_success


AUTOMATION = """
    INSERT INTO autosend_automation (
        id, project_id, created_by, name, description, status, entry, exit, steps, tags,
        tracking_open, tracking_click, max_execution_days, allow_reentry, timezone, priority,
        created_at, updated_at, deleted_at
    )
    VALUES (
        'a1', '66a0c1d2e3f4a5b6c7d8aaaa', '', '', '', ?, ?, '{"type": "workflow_complete"}', '[]', '[]',
        1, 1, 60, 0, 'UTC', 1, 0, 0, ?
    )
"""


def test_the_global_list_can_not_be_deleted(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"/contact-lists/{GLOBAL}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "GLOBAL_CONTACT_LIST_IS_FIXED")


@pytest.mark.parametrize("list_id", [UNKNOWN, "nope", "global_contact_list", "%00", "é"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_list(autosend: AutoSend, method: str, list_id: str) -> None:
    answer = autosend.call(method, f"/contact-lists/{list_id}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_list_can_be_deleted_once(autosend: AutoSend) -> None:
    assert autosend.call("DELETE", f"/contact-lists/{TEAM}").is_success
    for method in ("GET", "DELETE"):
        answer = autosend.call(method, f"/contact-lists/{TEAM}")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_lists_of_another_project_do_not_exist(autosend: AutoSend) -> None:
    for method in ("GET", "DELETE"):
        answer = autosend.call(method, f"/contact-lists/{READERS}", headers=OTHER_PROJECT)
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    answer = autosend.call("POST", "/contact-lists", GMAIL | {"parentId": READERS}, headers=OTHER_PROJECT)
    assert answer.status_code == 400
    found = autosend.call("GET", "/contact-lists", headers=OTHER_PROJECT).json()["data"]["lists"]
    assert [(one["id"], one["contactCount"]) for one in found] == [(GLOBAL, 0)]


@pytest.mark.parametrize(
    "fields", [{"type": "group"}, {"type": "segment"}, {"type": "segment", "filterCriteria": {"groups": []}}]
)
def test_a_list_is_checked_before_its_name_is_found_taken(
    autosend: AutoSend, fields: dict[str, object]
) -> None:
    answer = autosend.call("POST", "/contact-lists", {"name": "Readers"} | fields)
    assert answer.status_code == 400


def test_a_plain_list_ignores_what_only_segments_have(autosend: AutoSend) -> None:
    body = {"name": "Plain", "type": "list", "filterCriteria": {"groups": "no"}, "parentId": "nope"}
    made = autosend.data("POST", "/contact-lists", body)
    assert not {"filterCriteria", "parentId"} & made.keys()


def test_a_list_that_only_stands_in_an_automation_is_not_in_use(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/contact-lists", {"name": "Named"})["id"]
    entry = {"type": "contact_created", "contactListId": made}
    autosend.call("POST", "/automations", {"name": "Welcome", "active": True, "entryCriteria": entry})
    assert autosend.call("DELETE", f"/contact-lists/{made}").status_code == 200
