"""Contacts: https://docs.autosend.com/api-reference/contacts."""

from typing import Any

import pytest

from emulator.storage.session import KeepingSession
from tests.autosend.conftest import OTHER_PROJECT, AutoSend

ADA, GONE = "66c1d2e3f4a5b6c7d8e90001", "66c1d2e3f4a5b6c7d8e90002"
READERS, SEGMENT = "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd02"
UNKNOWN = "000000000000000000000000"


def contact(autosend: AutoSend, contact_id: str = ADA) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/contacts/{contact_id}")
    return found


def size(autosend: AutoSend, list_id: str) -> int:
    """Return how many contacts a list has, according to a campaign to it."""
    draft = {"name": "n", "subject": "s", "htmlTemplate": "h", "toLists": [list_id]}
    return int(autosend.data("POST", "/campaigns", draft)["toLists"][0]["contactCount"])


def test_an_address_is_stored_in_lower_case(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/contacts", {"email": "Grace@Example.COM"})
    assert made["email"] == "grace@example.com"
    assert contact(autosend, made["id"])["createdAt"] == "2026-03-15T14:30:00.000Z"


def test_create_refuses_an_address_that_exists(autosend: AutoSend) -> None:
    assert autosend.refused("POST", "/contacts", {"email": "ADA@example.com"}) == (
        400,
        "CONTACT_ALREADY_EXISTS",
        "A contact with this email already exists in the project",
    )


def test_an_upsert_clears_with_an_empty_text_and_keeps_with_null(autosend: AutoSend) -> None:
    change = {"email": "ada@example.com", "firstName": "", "lastName": None, "mobile": ""}
    after = autosend.data("POST", "/contacts/email", change)
    assert (after["id"], after["firstName"], after["lastName"], after["mobile"]) == (ADA, "", "Byron", "")
    assert after["userId"] == "u-1001"


def test_an_upsert_merges_custom_fields(autosend: AutoSend) -> None:
    fields = {"plan": "pro", "seats": None, "company": ""}
    after = autosend.data("POST", "/contacts/email", {"email": "ada@example.com", "customFields": fields})
    assert after["customFields"] == {"seats": 4, "isPremium": True, "plan": "pro"}


def test_an_upsert_makes_what_is_not_there(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/contacts/email", {"email": "new@example.com", "mobile": "+4915112345678"})
    again = autosend.data("POST", "/contacts/email", {"email": "new@example.com"})
    assert (again["id"], again["mobile"]) == (made["id"], "+4915112345678")


def test_a_contact_joins_lists_and_is_in_the_segments_that_it_fits(autosend: AutoSend) -> None:
    before = size(autosend, READERS)
    body = {"email": "eve+opened@example.com", "listIds": [READERS, READERS]}
    made = autosend.data("POST", "/contacts", body)
    assert made["listIds"] == [READERS]
    assert contact(autosend, made["id"])["segmentIds"] == [SEGMENT]
    assert size(autosend, READERS) == before + 1
    assert autosend.data("POST", "/contacts/email", body)["listIds"] == [READERS]
    assert size(autosend, READERS) == before + 1


@pytest.mark.parametrize("conditions", [1, 100])
def test_a_contact_is_in_those_of_several_segments_that_it_fits(autosend: AutoSend, conditions: int) -> None:
    """With 100 conditions each, one statement does not look in all of them."""

    def segment(name: str, named: str, inside: str | None = None) -> str:
        condition = {"field": "firstName", "fieldType": "string", "operator": "equals", "value": named}
        criteria = {"logicalOperator": "OR", "groups": [condition] * conditions}
        made = {"name": name, "type": "segment", "parentId": inside, "filterCriteria": criteria}
        return str(autosend.data("POST", "/contact-lists", made)["id"])

    fitting, other = segment("Graces", "Grace"), segment("Adas", "Ada")
    nested, outside = segment("Graces again", "Grace", fitting), segment("Graces of Adas", "Grace", other)
    made = autosend.data("POST", "/contacts", {"email": "grace@example.net", "firstName": "Grace"})
    shown = contact(autosend, made["id"])["segmentIds"]
    assert [one for one in shown if one in {fitting, other, nested, outside}] == [fitting, nested]


@pytest.mark.parametrize("path", ["/contacts", "/contacts/email"])
def test_a_contact_may_join_the_global_list_that_it_is_in_anyway(autosend: AutoSend, path: str) -> None:
    body = {"email": "new@example.com", "listIds": ["GLOBAL_CONTACT_LIST", READERS]}
    assert autosend.data("POST", path, body)["listIds"] == [READERS]
    assert autosend.data("GET", "/contact-lists/GLOBAL_CONTACT_LIST")["contactCount"] == 75


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"firstName": 5}, "firstName"),
        ({"listIds": [UNKNOWN]}, "listIds"),
        ({"listIds": [SEGMENT]}, "listIds"),
        ({"customFields": {"seats": "four"}}, "customFields.seats"),
        ({"customFields": {"seats": True}}, "customFields.seats"),
        ({"customFields": {"any": {"nested": 1}}}, "customFields.any"),
        ({"customFields": []}, "customFields"),
        ({"customFields": {f"field{number}": 1 for number in range(1001)}}, "customFields"),
    ],
)
@pytest.mark.parametrize("path", ["/contacts", "/contacts/email"])
def test_a_wrong_field_is_named_and_nothing_is_stored(
    autosend: AutoSend, path: str, change: dict[str, Any], field: str
) -> None:
    answer = autosend.call("POST", path, {"email": "new@example.com"} | change)
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    found = autosend.data("POST", "/contacts/search/emails", {"emails": ["new@example.com"]})
    assert found == {"contacts": []}


def test_a_number_too_large_for_any_database_is_refused(autosend: AutoSend) -> None:
    body = b'{"email": "new@example.com", "customFields": {"seats": 1e400}}'
    answer = autosend.call("POST", "/contacts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    details = answer.json()["error"]["details"]
    assert details == [{"field": "customFields.seats", "message": "Invalid value"}]


@pytest.mark.parametrize(("before", "after"), [(1, True), (True, 1), (0, False), (False, 0)])
def test_a_flag_is_another_value_than_a_number(autosend: AutoSend, before: object, after: object) -> None:
    for value in (before, after):
        body = {"email": "new@example.com", "customFields": {"trial": value}}
        found = autosend.data("POST", "/contacts/email", body)
    assert repr(found["customFields"]) == repr({"trial": after})


def test_the_same_number_in_other_figures_is_no_change(autosend: AutoSend) -> None:
    before = contact(autosend)
    autosend.advance("1s")
    body = {"email": "ada@example.com", "customFields": {"seats": 4.0}}
    assert autosend.data("POST", "/contacts/email", body)["updatedAt"] == before["updatedAt"]


@pytest.mark.parametrize(("contact_id", "status"), [("nope", 400), (UNKNOWN, 404)])
def test_get_tells_a_wrong_id_from_an_unknown_one(autosend: AutoSend, contact_id: str, status: int) -> None:
    assert autosend.refused("GET", f"/contacts/{contact_id}")[0] == status


def test_a_search_answers_those_that_exist(autosend: AutoSend) -> None:
    emails = ["GONE@example.com", "nobody@example.com", "ada@example.com", "ada@example.com"]
    found = autosend.data("POST", "/contacts/search/emails", {"emails": emails})["contacts"]
    assert [one["id"] for one in found] == [GONE, ADA]
    assert autosend.refused("POST", "/contacts/search/emails", {"emails": []})[0] == 400


def test_a_bulk_update_counts_what_it_could_not_store(autosend: AutoSend) -> None:
    contacts = [
        {"email": "Ada@example.com", "firstName": "A."},
        {"email": "new@example.com"},
        {"email": "nobody"},
        {"email": "seats@example.com", "customFields": {"seats": "x"}},
    ]
    counts = autosend.data("POST", "/contacts/bulk-update", {"contacts": contacts})
    assert counts == {"successCount": 2, "failedCount": 2, "totalCount": 4}
    assert contact(autosend)["firstName"] == "A."


@pytest.mark.parametrize("number", [0, 101])
def test_a_bulk_update_takes_1_to_100(autosend: AutoSend, number: int) -> None:
    contacts = [{"email": f"c{place}@example.com"} for place in range(number)]
    assert autosend.refused("POST", "/contacts/bulk-update", {"contacts": contacts})[0] == 400


def test_removed_contacts_leave_their_lists(autosend: AutoSend) -> None:
    before = size(autosend, READERS)
    answer = autosend.call("POST", "/contacts/remove", {"emails": ["ann@example.com", "nobody@example.com"]})
    assert answer.json() == {"success": True}
    assert size(autosend, READERS) == before - 1


@pytest.mark.parametrize("path", [f"/contacts/{ADA}", "/contacts/email/userId/u-1001"])
def test_a_deleted_contact_is_gone(autosend: AutoSend, path: str) -> None:
    answer = autosend.call("DELETE", path)
    assert answer.json() == {"success": True, "message": "Contact deleted successfully"}
    assert autosend.refused("GET", f"/contacts/{ADA}") == (404, "CONTACT_NOT_FOUND", "Contact not found")
    assert autosend.refused("DELETE", path) == (404, "CONTACT_NOT_FOUND", "Contact not found")


def test_its_unsubscribe_groups_are_those_of_the_project(autosend: AutoSend) -> None:
    groups = autosend.data("GET", f"/contacts/{GONE}/unsubscribe-groups")["groups"]
    assert groups == [{"groupId": "7QK2M", "name": "Newsletter"}]
    assert autosend.data("GET", f"/contacts/{ADA}/unsubscribe-groups")["groups"] == []


def test_a_copy_has_the_fields_and_lists_of_the_original(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts/email", {"email": "ada@example.com", "listIds": [READERS]})
    addresses = {"sourceEmail": "ada@example.com", "newEmail": "Ada2@example.com"}
    copy = autosend.data("POST", "/contacts/email/duplicate", addresses)["newContact"]
    assert (copy["email"], copy["firstName"], copy["listIds"]) == ("ada2@example.com", "Ada", [READERS])
    assert autosend.refused("POST", "/contacts/email/duplicate", addresses)[0] == 409
    unknown = {"sourceEmail": "nobody@example.com", "newEmail": "x@example.com"}
    assert autosend.refused("POST", "/contacts/email/duplicate", unknown)[:2] == (404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize("body", [{"plan": "pro"}, {"customFields": {"plan": "pro"}}])
def test_custom_fields_are_merged(autosend: AutoSend, body: dict[str, Any]) -> None:
    after = autosend.data("PATCH", "/contacts/email/Ada@example.com/custom-fields", body)
    assert after["customFields"] == {"company": "Engines Ltd", "seats": 4, "isPremium": True, "plan": "pro"}
    unknown = "/contacts/email/nobody@example.com/custom-fields"
    assert autosend.refused("PATCH", unknown, body)[:2] == (404, "CONTACT_NOT_FOUND")


def test_contacts_of_another_project_do_not_exist(autosend: AutoSend) -> None:
    magazine = OTHER_PROJECT
    assert autosend.call("GET", f"/contacts/{ADA}", headers=magazine).status_code == 404
    assert autosend.call("DELETE", f"/contacts/{ADA}", headers=magazine).status_code == 404
    made = autosend.call("POST", "/contacts", {"email": "ada@example.com"}, headers=magazine)
    assert made.json()["data"]["id"] != ADA
    assert contact(autosend)["firstName"] == "Ada"


def test_only_an_upsert_shows_the_phone_number(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/contacts", {"email": "new@example.com", "mobile": "0171"})
    assert not {"mobile", "segmentIds"} & made.keys()
    assert "mobile" not in contact(autosend, made["id"])
    again = {"email": "new@example.com"}
    assert autosend.data("POST", "/contacts/email", again)["mobile"] == ""
    details = autosend.call("POST", "/contacts/email", again | {"mobile": "0171"}).json()["error"]["details"]
    assert [one["field"] for one in details] == ["mobile"]


def test_null_stands_for_what_an_optional_field_is_when_it_is_left_out(autosend: AutoSend) -> None:
    body = {"email": "new@example.com", "listIds": None, "customFields": None, "firstName": None}
    assert autosend.data("POST", "/contacts", body)["listIds"] == []
    update = {"contacts": [{"email": "new@example.com"}], "runWorkflow": None}
    assert autosend.data("POST", "/contacts/bulk-update", update)["successCount"] == 1


def test_a_slash_in_a_path_is_a_letter_of_its_segment(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts", {"email": "a/b@example.com", "userId": "u/1"})
    changed = autosend.data("PATCH", "/contacts/email/a%2Fb@example.com/custom-fields", {"plan": "pro"})
    assert changed["customFields"] == {"plan": "pro"}
    assert autosend.call("DELETE", "/contacts/email/userId/u%2F1").status_code == 200
    assert autosend.call("GET", f"/contacts/{changed['id']}").status_code == 404


def test_what_is_said_is_checked_before_what_exists(autosend: AutoSend) -> None:
    taken = {"email": "ada@example.com", "customFields": {"seats": "x"}}
    assert autosend.refused("POST", "/contacts", taken)[:2] == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize("value", ["soon", 5, True])
def test_a_property_of_type_date_takes_dates(autosend: AutoSend, value: object) -> None:
    body = {"email": "new@example.com", "customFields": {"renewal": value}}
    assert autosend.refused("POST", "/contacts", body)[:2] == (400, "VALIDATION_FAILED")


def test_many_contacts_are_found_and_removed_at_once(autosend: AutoSend) -> None:
    emails = [f"{number}.many@example.com" for number in range(100)]
    autosend.data("POST", "/contacts/bulk-update", {"contacts": [{"email": email} for email in emails]})
    wanted = ["nobody@example.com", *reversed(emails), emails[0]]
    found = autosend.data("POST", "/contacts/search/emails", {"emails": wanted})["contacts"]
    assert [one["email"] for one in found] == emails[::-1]
    autosend.call("POST", "/contacts/remove", {"emails": wanted})
    assert autosend.data("POST", "/contacts/search/emails", {"emails": wanted})["contacts"] == []


def test_of_several_with_an_id_of_the_client_the_oldest_goes(autosend: AutoSend) -> None:
    for number in range(6):
        autosend.data("POST", "/contacts", {"email": f"{number}@new.example", "userId": "same"})
    for number in range(6):
        assert autosend.call("DELETE", "/contacts/email/userId/same").status_code == 200
        assert autosend.call("POST", "/contacts", {"email": f"{number}@new.example"}).status_code == 200


def test_custom_fields_are_an_object(autosend: AutoSend) -> None:
    answer = autosend.call("PATCH", "/contacts/email/ada@example.com/custom-fields", {"customFields": "x"})
    assert answer.status_code == 400
    wrong = [{"field": "customFields", "message": "customFields must be an object"}]
    assert answer.json()["error"]["details"] == wrong


@pytest.mark.parametrize(
    "written", ["20260315", "2026-W11-1", "2026-03-15T10:00:00,5Z", "2026-03-15T10:00:00+0300"]
)
def test_a_date_is_one_that_conditions_can_read(autosend: AutoSend, written: str) -> None:
    autosend.data("POST", "/contact-properties", {"name": "renews", "type": "date"})
    body = {"email": "new@example.com", "customFields": {"renews": written}}
    assert autosend.refused("POST", "/contacts", body)[0] == 400


MANY = [f"reader{number}@example.com" for number in range(100)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/contacts/bulk-update", {"contacts": [{"email": one, "customFields": {"a": 4}} for one in MANY]}),
        ("/contact-lists/contacts/bulk-add", {"contactListId": READERS, "emails": MANY}),
        ("/contacts/remove", {"emails": MANY}),
    ],
)
def test_no_contact_of_many_takes_a_query_of_its_own(
    autosend: AutoSend, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any]
) -> None:
    """Such a query takes a millisecond, in which clients of all sandboxes wait."""
    if path == "/contacts/remove":
        autosend.data("POST", "/contact-lists/contacts/bulk-add", {"contactListId": READERS, "emails": MANY})
    queries: list[Any] = []
    run = KeepingSession.exec

    def counted(session: KeepingSession, statement: Any, **options: Any) -> Any:
        queries.append(statement)
        return run(session, statement, **options)

    monkeypatch.setattr(KeepingSession, "exec", counted)
    assert autosend.call("POST", path, body).status_code == 200
    assert len(queries) < 20
