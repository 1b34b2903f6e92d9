"""Contacts and their fields: https://bsg.world/documentations/rest-api/contacts/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

PHONE = 380671112233
ANN = 388000001
BLANK, INVALID = ["This value should not be blank."], ["This value is not valid."]


def create(rcs: Rcs, phone: Any = PHONE, **settings: Any) -> Any:
    answer = rcs.call("POST", "/contacts", {"phone": phone} | settings)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def listed(rcs: Rcs, **params: Any) -> Any:
    answer = rcs.call("GET", "/contacts", params={"page[limit]": 500} | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(rcs: Rcs, field: Any, value: Any, operator: str = "=") -> list[int]:
    params = {"search[field]": field, "search[operator]": operator, "search[value]": value}
    return [contact["id"] for contact in rcs.data("GET", "/contacts/search", params=params)]


def test_a_new_contact(rcs: Rcs) -> None:
    contact = create(rcs, groups=[1860001], fields=[{"id": 387001, "value": "Jo"}])
    assert contact == {
        "id": contact["id"],
        "phone": PHONE,
        "fields": {"387001": "Jo"},
        "groups": [
            {
                "id": 1860001,
                "name": "VIP",
                "description": None,
                "default": True,
                "created_at": "2026-03-15 14:30:00",
            }
        ],
        "hlr_status": "unknown",
        "hlr_last_check": None,
        "created_at": "2026-03-15 14:30:00",
    }


def test_a_contact_without_values_has_an_empty_list_of_them(rcs: Rcs) -> None:
    assert create(rcs)["fields"] == []


@pytest.mark.parametrize("groups", [[1860001], ["1860001"], [{"id": 1860001, "default": False}]])
def test_lists_are_named_by_id_or_as_objects(rcs: Rcs, groups: Any) -> None:
    assert [one["id"] for one in create(rcs, groups=groups)["groups"]] == [1860001]


def test_a_contact_is_read_with_the_counts_of_its_lists(rcs: Rcs) -> None:
    contact = rcs.data("GET", f"/contacts/{ANN}")
    assert contact["fields"] == {"387001": "Ann", "387002": "12", "387003": "1990-05-17"}
    assert [(one["id"], one["items"]) for one in contact["groups"]] == [(1860001, 3), (1860002, 42)]


def test_contacts_are_listed_in_pages(rcs: Rcs) -> None:
    total = listed(rcs)["total"]
    page = listed(rcs, **{"page[limit]": 15, "page[offset]": total - 2})
    assert (len(page["data"]), page["total"]) == (2, total)
    assert len(rcs.call("GET", "/contacts").json()["data"]) == 20


def test_contacts_of_lists(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/contacts?groups[]=1860001&groups[]=1860003")
    assert answer.json()["total"] == 3


def test_a_send_adds_its_recipients_and_a_send_to_the_list_reaches_a_new_contact(rcs: Rcs) -> None:
    rcs.send(str(PHONE))
    [number] = found(rcs, "phone", PHONE)
    rcs.call("POST", "/groups/attach", {"contacts": [number], "groups": [1860003]})
    body = {"groups": [1860003], "sender": "my_agent", "options": {"text": "Hello"}}
    campaign = rcs.data("POST", "/campaigns/rcs/send-groups", body)["id"]
    assert [message["phone"] for message in rcs.messages(campaign_id=campaign)] == [PHONE]


def test_a_send_to_lists_says_the_values_of_their_contacts(rcs: Rcs) -> None:
    create(rcs, groups=[1860003], fields=[{"id": 387001, "value": "Jo"}])
    body = {"groups": [1860003], "sender": "MyShop", "text": "Dear {387001}"}
    campaign = rcs.data("POST", "/campaigns/sms/send-groups", body)["id"]
    assert [message["text"] for message in rcs.messages(campaign_id=campaign)] == ["Dear Jo"]


def test_an_update_sets_what_is_given_and_adds_to_lists(rcs: Rcs) -> None:
    fields = [{"id": 387001, "value": "Anna"}, {"id": 387002, "value": ""}]
    body = {"phone": str(PHONE), "groups": [1860003], "fields": fields}
    contact = rcs.data("PUT", f"/contacts/{ANN}", body)
    assert (contact["phone"], contact["fields"]) == (PHONE, {"387001": "Anna", "387003": "1990-05-17"})
    assert [one["id"] for one in contact["groups"]] == [1860001, 1860002, 1860003]


def test_an_update_without_fields_and_lists_leaves_them(rcs: Rcs) -> None:
    before = rcs.data("GET", f"/contacts/{ANN}")
    contact = rcs.data("PUT", f"/contacts/{ANN}", {"phone": before["phone"]})
    assert contact["fields"] == before["fields"]
    assert len(contact["groups"]) == 2


def test_a_deleted_contact_is_gone_from_the_book_and_its_lists(rcs: Rcs) -> None:
    answer = rcs.call("DELETE", f"/contacts/{ANN}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert rcs.refused("GET", f"/contacts/{ANN}") == (422, "Invalid contact id", [])
    assert rcs.data("GET", "/groups/1860001")["items"] == 2


def test_its_record_of_the_stop_list_stays(rcs: Rcs) -> None:
    rcs.data("POST", "/stoplist/attach", {"phones": [380670000001], "types": ["sms"]})
    rcs.call("DELETE", f"/contacts/{ANN}")
    stopped = rcs.data("GET", "/stoplist", params={"type": "sms"})
    assert 380670000001 in [item["phone"] for item in stopped]


def test_many_are_deleted_by_id_and_by_list(rcs: Rcs) -> None:
    number = create(rcs)["id"]
    answer = rcs.call("POST", f"/contacts/delete?contact_ids[]={number}&contact_ids[]=5&group_ids[]=1860001")
    assert answer.status_code == 204
    assert found(rcs, "phone", PHONE) == found(rcs, "group_id", 1860001) == []
    assert rcs.data("GET", "/groups/1860001")["items"] == 0


def test_two_deletions_may_follow_each_other(rcs: Rcs) -> None:
    for number in (ANN, ANN + 1, ANN):
        assert rcs.call("POST", f"/contacts/delete?contact_ids[]={number}").status_code == 204


def test_no_more_than_5000_are_deleted_at_once(rcs: Rcs) -> None:
    rcs.emulator.query(
        "INSERT INTO rcs_contact "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001) "
        "SELECT 500000000 + i, '37000' || (1000000 + i), 0 FROM n"
    )
    rcs.emulator.query("INSERT INTO rcs_list_member SELECT 1860003, id FROM rcs_contact WHERE id > 500000000")
    assert rcs.data("GET", "/groups/1860003")["items"] == 5001
    _, _, errors = rcs.refused("POST", "/contacts/delete?group_ids[]=1860003")
    assert errors == {"contact_ids": ["This collection should contain 5000 elements or less."]}
    assert rcs.data("GET", "/groups/1860003")["items"] == 5001


def test_a_deletion_of_nobody(rcs: Rcs) -> None:
    assert rcs.refused("POST", "/contacts/delete")[2] == {"contact_ids": BLANK}


@pytest.mark.parametrize("phone", ["abc", "12345678", 1234567890123456, "+380671112233", ""])
def test_a_phone_of_wrong_form(rcs: Rcs, phone: Any) -> None:
    assert rcs.refused("POST", "/contacts", {"phone": phone})[:2] == (422, "Invalid phone number format")


def test_a_phone_that_is_there(rcs: Rcs) -> None:
    refusal: Any = (422, "Phone number is already exist in contact book", [])
    assert rcs.refused("POST", "/contacts", {"phone": 380670000001}) == refusal
    assert rcs.refused("PUT", f"/contacts/{ANN}", {"phone": 380670000002}) == refusal


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"fields": [{"id": 5, "value": "x"}]}, {"fields0id": INVALID}),
        ({"fields": [{"id": 387002, "value": "many"}]}, {"fields0value": INVALID}),
        ({"fields": [{"id": 387003, "value": "2026-02-30"}]}, {"fields0value": INVALID}),
        ({"fields": {"387001": "Jo"}}, {"fields": ["This value should be of type array."]}),
        ({"groups": ["x"]}, {"groups0": ["This value should be of type integer."]}),
    ],
)
def test_what_is_wrong_and_nothing_is_stored(rcs: Rcs, settings: Any, wrong: Any) -> None:
    assert rcs.wrong("/contacts", {"phone": PHONE} | settings) == wrong
    assert found(rcs, "phone", PHONE) == []


def test_an_unknown_list(rcs: Rcs) -> None:
    refusal: Any = (422, "Contact group is not found", [])
    assert rcs.refused("POST", "/contacts", {"phone": PHONE, "groups": [5]}) == refusal
    assert rcs.refused("GET", "/contacts?groups[]=5") == refusal
    assert found(rcs, "phone", PHONE) == []


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"phone": PHONE}), ("DELETE", None)])
@pytest.mark.parametrize("number", ["5", "x", "0"])
def test_an_unknown_contact(rcs: Rcs, method: str, body: Any, number: str) -> None:
    assert rcs.refused(method, f"/contacts/{number}", body) == (422, "Invalid contact id", [])


def test_a_test_account_has_contacts_with_verified_phones(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'test', verified_phones = ?", f'["{PHONE}"]')
    create(rcs)
    assert rcs.wrong("/contacts", {"phone": PHONE + 1}) == {"phone": ["Phone number is not verified"]}


def test_a_phone_of_a_test_account_becomes_a_verified_one_or_stays(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'test', verified_phones = ?", f'["{PHONE}"]')
    kept = rcs.data("PUT", f"/contacts/{ANN}", {"phone": 380670000001, "groups": [1860003]})
    assert (kept["phone"], len(kept["groups"])) == (380670000001, 3)
    refusal = rcs.refused("PUT", f"/contacts/{ANN}", {"phone": PHONE + 1})
    assert refusal[2] == {"phone": ["Phone number is not verified"]}
    assert rcs.data("PUT", f"/contacts/{ANN}", {"phone": PHONE})["phone"] == PHONE


@pytest.mark.parametrize(
    ("field", "operator", "value", "count"),
    [
        ("id", ">=", ANN + 2, 42),
        ("phone", "like", "0000901", 1),
        ("group_id", "=", 1860001, 3),
        ("created_at", "=", "2026-03-15", 44),
        ("created_at", ">", "2026-03-15 14:30:00", 0),
        (387001, "=", "Ann", 1),
        (387001, "like", "A", 2),
        (387002, ">", "3", 1),
        (387002, "<=", "12", 2),
        (387003, "<", "2000-01-01", 1),
    ],
)
def test_a_search(rcs: Rcs, field: Any, operator: str, value: Any, count: int) -> None:
    assert len(found(rcs, field, value, operator)) == count


def test_a_search_by_several_criteria(rcs: Rcs) -> None:
    params = {
        "search_fields[0][field]": "group_id",
        "search_fields[0][value]": "1860002",
        "search_fields[1][field]": "387002",
        "search_fields[1][operator]": ">=",
        "search_fields[1][value]": "4",
    }
    answer = rcs.call("GET", "/contacts/search", params=params).json()
    assert [contact["id"] for contact in answer["data"]] == [ANN]
    assert answer["meta"]["search"] == {"field": "group_id", "operator": "=", "value": "1860002"}
    assert "items" not in answer["data"][0]["groups"][0]


@pytest.mark.parametrize("name", ["search", "search_fields[0]"])
def test_a_search_in_a_list_that_does_not_exist(rcs: Rcs, name: str) -> None:
    params = {f"{name}[field]": "group_id", f"{name}[value]": 99}
    refusal = rcs.refused("GET", "/contacts/search", params=params)
    assert refusal[:2] == (422, "Contact group is not found")


CHOICE = ["The value you selected is not a valid choice."]


@pytest.mark.parametrize(
    ("field", "operator", "value", "wrong"),
    [
        ("5", "=", "x", {"searchfield": CHOICE}),
        ("387001", ">", "x", {"searchoperator": CHOICE}),
        ("387002", "like", "1", {"searchoperator": CHOICE}),
        ("387002", "=", "x", {"searchvalue": INVALID}),
        ("387003", "=", "x", {"searchvalue": INVALID}),
        ("group_id", ">", "1", {"searchoperator": CHOICE}),
        ("id", "=", "99999999999999999999", {"searchvalue": INVALID}),
    ],
)
def test_a_wrong_search(rcs: Rcs, field: str, operator: str, value: str, wrong: Any) -> None:
    params = {"search[field]": field, "search[operator]": operator, "search[value]": value}
    assert rcs.refused("GET", "/contacts/search", params=params)[2] == wrong


@pytest.mark.parametrize("path", ["/contacts/search", "/groups/search", "/stoplist/search"])
def test_unread_are_the_parameters_that_are_no_criteria(rcs: Rcs, path: str) -> None:
    criteria = {"search[field]": "phone", "search[operator]": "=", "search[value]": str(PHONE)}
    misspelt = {"search[feld]": "id", "serach_fields[0][field]": "id"}
    assert (
        rcs.call("GET", path, params={"sort": "id", "page[limit]": 15} | criteria | misspelt).status_code
        == 200
    )
    [entry] = rcs.emulator.http.get("/_emulator/requests", params={"provider": "rcs"}).json()["requests"]
    assert entry["unread"] == [f"query.{name}" for name in misspelt]


def test_fields(rcs: Rcs) -> None:
    made = rcs.call("POST", "/contacts/fields", {"name": "City", "type": "text"})
    assert made.status_code == 201
    field = made.json()["data"]
    assert field == {
        "id": field["id"],
        "name": "City",
        "description": None,
        "is_visible": True,
        "type": "text",
    }
    changed = rcs.data("PATCH", f"/contacts/fields/{field['id']}", {"name": "Town", "is_visible": False})
    assert (changed["name"], changed["is_visible"], changed["type"]) == ("Town", False, "text")
    assert rcs.data("GET", "/contacts/fields")[-1] == changed


@pytest.mark.parametrize(("sent", "shown"), [("string", "text"), ("integer", "number"), ("datetime", "date")])
def test_types_have_other_names_in_requests_of_the_pages(rcs: Rcs, sent: str, shown: str) -> None:
    answer = rcs.call("POST", "/contacts/fields", {"name": "City", "type": sent})
    assert answer.json()["data"]["type"] == shown


def test_a_deleted_field_takes_its_values_along(rcs: Rcs) -> None:
    assert rcs.call("POST", "/contacts/fields/delete", {"ids": [387001, 5]}).status_code == 204
    assert list(rcs.data("GET", f"/contacts/{ANN}")["fields"]) == ["387002", "387003"]
    assert [field["id"] for field in rcs.data("GET", "/contacts/fields")] == [387002, 387003]


@pytest.mark.parametrize(
    ("method", "path", "body", "wrong"),
    [
        ("POST", "", {"type": "text"}, {"name": BLANK}),
        ("POST", "", {"name": "x", "type": "colour"}, {"type": CHOICE}),
        ("PATCH", "/387001", {}, {"name": BLANK}),
        ("PATCH", "/387001", {"type": "text"}, {"name": BLANK}),
        ("POST", "/delete", {"ids": []}, {"ids": BLANK}),
    ],
)
def test_what_is_wrong_of_fields(rcs: Rcs, method: str, path: str, body: Any, wrong: Any) -> None:
    assert rcs.refused(method, f"/contacts/fields{path}", body)[2] == wrong


def test_an_unknown_field(rcs: Rcs) -> None:
    refusal = rcs.refused("PATCH", "/contacts/fields/5", {"name": "x"})
    assert refusal == (404, "Model not found", [])


def test_phones_are_sorted_as_numbers(rcs: Rcs) -> None:
    for phone in (999999999, 4915112345678):
        assert rcs.call("POST", "/contacts", {"phone": phone}).status_code == 201
    found = rcs.data("GET", "/contacts/search", params={"sort": "phone", "way": "desc", "page[limit]": 500})
    phones = [int(contact["phone"]) for contact in found]
    assert phones == sorted(phones, reverse=True)
    assert {999999999, 4915112345678} <= set(phones)
