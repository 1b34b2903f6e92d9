"""The quick import: flat parameters in, an HTTP status and a text out."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.altcraft.api.profiles.quick_import import MODES
from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, TOKEN, VIEW_ONLY, Altcraft
from tests.altcraft.test_profiles_writing import profile

PATH = "/api/integrations/any/profile_import"


def quick(
    altcraft: Altcraft, body: dict[str, Any] | None = None, token: str = TOKEN, **query: Any
) -> Response:
    params: dict[str, Any] = {"token": token, "db_id": 1} | query
    return altcraft.emulator.http.post(PATH, params=params, json=body)


def told(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.text


def test_parameters_come_in_the_url(altcraft: Altcraft) -> None:
    answer = quick(altcraft, email="q@example.com", _fname="Ann", CRM_ID=12, custom_tags=["a", "b"])
    assert told(answer) == (200, "Successful operation")
    shown = profile(altcraft, "q@example.com")
    assert (shown["_fname"], shown["CRM_ID"], shown["custom_tags"]) == ("Ann", 12, ["a", "b"])


def test_parameters_come_in_the_body(altcraft: Altcraft) -> None:
    body = {"token": TOKEN, "db_id": 1, "email": "q@example.com", "_fname": "Ann"}
    assert told(altcraft.emulator.http.post(PATH, json=body)) == (200, "Successful operation")
    assert profile(altcraft, "q@example.com")["_fname"] == "Ann"


def test_parameters_come_in_both(altcraft: Altcraft) -> None:
    assert quick(altcraft, {"_fname": "Body"}, email="ann@example.com", _fname="Url", _city="Omsk").text
    shown = profile(altcraft, "ann@example.com")
    assert (shown["_fname"], shown["_city"]) == ("Body", "Omsk")


def test_parameters_come_in_xml_and_the_response_is_a_text_all_the_same(altcraft: Altcraft) -> None:
    content = (
        f"<xml><token>{TOKEN}</token><db_id>1</db_id><email>q@example.com</email><CRM_ID>7</CRM_ID></xml>"
    )
    answer = altcraft.emulator.http.post(PATH, content=content, headers={"Content-Type": "application/xml"})
    assert told(answer) == (200, "Successful operation")
    assert profile(altcraft, "q@example.com")["CRM_ID"] == 7


def test_the_address_and_the_phone_subscribe_to_the_resource(altcraft: Altcraft) -> None:
    quick(altcraft, email="q@example.com", phone="+7 911 000 00 01", resource_id=1)
    shown = profile(altcraft, "q@example.com")
    assert shown["phones"] == ["+79110000001"]
    assert [one["channel"] for one in shown["subscriptions"]] == ["email", "sms"]
    quick(altcraft, email="r@example.com", phone="+79110000002", resource_id=36)
    assert [one["channel"] for one in profile(altcraft, "r@example.com")["subscriptions"]] == ["sms"]
    assert told(quick(altcraft, email="r@example.com", resource_id=26)) == (200, "Successful operation")


@pytest.mark.parametrize(
    "match",
    [
        {"email": "ann@example.com"},
        {"matching": "email", "email": "ann@example.com"},
        {"matching": "email_profile", "email": "ann@example.com"},
        {"phone": "79000000001"},
        {"matching": "phone", "phone": "79000000001", "email": "ann@example.com"},
        {"matching": "LOYALTY_SCORE", "LOYALTY_SCORE": 77},
        {"matching": "field_name", "field_name": "LOYALTY_SCORE", "field_value": 77},
    ],
)
def test_a_profile_is_found_by_address_phone_or_a_field(altcraft: Altcraft, match: dict[str, Any]) -> None:
    quick(altcraft, email="ann@example.com", LOYALTY_SCORE=77)
    assert told(quick(altcraft, _lname="Found", **match)) == (200, "Successful operation")
    assert profile(altcraft, "ann@example.com")["_lname"] == "Found"


def test_the_place_is_looked_up_by_the_address_of_the_registration(altcraft: Altcraft) -> None:
    quick(altcraft, email="q@example.com", _regip="203.0.113.9", _regurl="https://example.org/form")
    shown = profile(altcraft, "q@example.com")
    assert (shown["_country"], shown["_regurl"]) == ("DE", "https://example.org/form")


def test_the_page_of_the_registration_is_the_referer_where_none_is_named(altcraft: Altcraft) -> None:
    query: dict[str, Any] = {"token": TOKEN, "db_id": 1, "email": "q@example.com"}
    altcraft.emulator.http.post(PATH, params=query, headers={"Referer": "https://example.org/landing"})
    assert profile(altcraft, "q@example.com")["_regurl"] == "https://example.org/landing"


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"db_id": ""}, (400, "Incorrect request: db_id: Field required")),
        ({"db_id": "one"}, (400, "Incorrect request: db_id: Input should be a valid integer")),
        ({"db_id": 9, "email": "q@example.com"}, (404, "Object not found: database 9")),
        ({"resource_id": 9, "email": "q@example.com"}, (404, "Object not found: resource 9")),
        ({"resource_id": 24, "email": "q@example.com"}, (404, "Object not found: resource 24")),
        ({}, (400, "Incorrect request: email: Field required")),
        ({"email": "nobody"}, (400, "Incorrect request: email: is no e-mail address")),
        ({"email": "q@example.com", "unheard_of": 1}, (400, 'with field "unheard_of": Incorrect field')),
        ({"email": "q@example.com", "subscriptions": 1},
         (400, 'with field "subscriptions": Incorrect field')),
        ({"email": "q@example.com", "CRM_ID": "x"}, (400, 'with field "CRM_ID": Incorrect field')),
        ({"matching": "level", "level": "gold"}, (409, "More than one profile matches: level=3")),
        ({"matching": "CRM_ID"}, (400, "Incorrect request: field_value: Field required")),
        ({"matching": "push_sub", "email": "q@example.com"},
         (400, f"Incorrect request: matching: must be {', '.join(MODES)}, or a field of the database")),
        ({"email": "q@example.com", "trigger_id": 9}, (404, "Object not found: trigger 9")),
        ({"email": "q@example.com", "trigger_id": 12}, (404, "Object not found: trigger 12")),
        ({"email": "q@example.com", "workflow_id": 9}, (404, "Object not found: scenario 9")),
        ({"email": "q@example.com", "trigger_id": 61}, (400, "Incorrect request: mailing 61 is inactive")),
        ({"db_id": 2, "email": "q@example.com", "trigger_id": 60},
         (400, "Incorrect request: trigger_id: trigger 60 is of another database")),
        ({"db_id": 2, "email": "q@example.com", "workflow_id": 6},
         (400, "Incorrect request: workflow_id: scenario 6 is of another database")),
        ({"email": "q@example.com", "workflow_id": 6},
         (400, "Incorrect request: scenario 6 is inactive")),
    ],
)  # fmt: skip
def test_refusals_have_a_status_and_a_text(
    altcraft: Altcraft, query: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert told(quick(altcraft, **query)) == refusal
    assert altcraft.refused("/profiles/get/", db_id=1, email="q@example.com")[0] == 404


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("", (401, "API token required")),
        ("unknown", (403, "Access denied")),
        (VIEW_ONLY, (403, "Access denied")),
        (SUBACCOUNT, (404, "Object not found: database 1")),
    ],
)
def test_tokens_that_may_not(altcraft: Altcraft, token: str, refusal: tuple[int, str]) -> None:
    assert told(quick(altcraft, token=token, email="q@example.com")) == refusal


@pytest.mark.parametrize("what", [{"trigger_id": 60}, {"workflow_id": 4}])
def test_a_start_needs_the_right_of_its_area_too(
    altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch, what: dict[str, Any]
) -> None:
    monkeypatch.setattr(Grant, "may", lambda _, right: right in {"", "profiles.edit"})
    assert told(quick(altcraft, email="q@example.com", **what)) == (403, "Access denied")
    assert told(quick(altcraft, email="q@example.com")) == (200, "Successful operation")


def test_malformed_bodies_are_refused_in_a_text(altcraft: Altcraft) -> None:
    answer = altcraft.emulator.http.post(f"{PATH}?token={TOKEN}", content="{", headers={})
    assert told(answer)[0] == 400
    assert answer.text.startswith("Incorrect request: body: Malformed JSON")


def test_the_same_request_again_is_not_executed_again(altcraft: Altcraft) -> None:
    body = {"CRM_ID": {"action": "incr", "value": 1}}
    first, second = (quick(altcraft, body, email="ann@example.com") for _ in range(2))
    assert told(second) == told(first)
    assert second.headers["Duplicate-Request"] == "true"
    quick(altcraft, body, email="ann@example.com", request_id="12345")
    assert profile(altcraft, "ann@example.com")["CRM_ID"] == 2


def test_fields_count_as_read(altcraft: Altcraft) -> None:
    quick(altcraft, {"_lname": "Ivanova"}, email="q@example.com", _fname="Ann")
    (entry,) = altcraft.emulator.http.get("/_emulator/requests").json()["requests"]
    assert entry["unread"] == []


@pytest.mark.slow
def test_the_documents_show_texts(altcraft: Altcraft) -> None:
    document = altcraft.emulator.http.get("/openapi/altcraft.json").json()
    answers = document["paths"][PATH]["post"]["responses"]
    assert answers["200"]["content"].keys() == {"text/plain"}
    assert "More than one profile matches" in str(answers["409"]["content"]["text/plain"]["examples"])
