"""One profile, read and deleted; and all of a database, suspended by API 1.0."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, TOKEN, VIEW_ONLY, Altcraft
from tests.altcraft.test_profiles_writing import profile, subscription, write

ANN: dict[str, Any] = {"db_id": 1, "email": "ann@example.com"}


def test_a_profile_is_shown_with_its_fields(altcraft: Altcraft) -> None:
    shown = altcraft.data("/profiles/get/", **ANN)
    assert (shown["_fname"], shown["_lat"], shown["LOYALTY_SCORE"]) == ("Ann", 34.77, 500)
    assert shown["_bdate"] == "1990-07-06T11:15:25.526Z"
    assert (shown["_emaildomain"], shown["_domaingroup"]) == ("example.com", "other")
    assert shown["_md5"] == "257c57037d384ae37ea27a07e8a01665"
    assert shown["_xxh"] == "10f64e1beb9ffc07"
    assert (shown["_status"], shown["_is_test"], shown["phones"]) == (0, False, ["+79000000001"])


def test_its_subscriptions_are_in_the_extended_form(altcraft: Altcraft) -> None:
    email, push, sms = altcraft.data("/profiles/get/", **ANN)["subscriptions"]
    assert email["email_data"] == {
        "email": "ann@example.com",
        "domain": "example.com",
        "domain_group": "other",
        "md5": "257c57037d384ae37ea27a07e8a01665",
    }
    assert (email["is_delete"], len(email["hash_id"])) == (False, 8)
    assert email["reg_info"] == {"date": "2026-03-15T14:30:00.000Z"}
    assert push["push_data"]["provider"] == "google"
    assert sms["phone_data"] == {"phone": "+79000000001"}


def test_flags_tell_what_happened(altcraft: Altcraft) -> None:
    write(altcraft, email="cleo+clicked@example.com", data={})
    write(altcraft, email="nobody@example.com", data={})
    assert profile(altcraft, "nobody@example.com")["_send_exist"] is False
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    altcraft.advance("1h")
    shown = profile(altcraft, "cleo+clicked@example.com")
    assert (shown["_send_exist"], shown["_click_exist"], shown["_unsub_exist"]) == (True, True, False)
    assert shown["_click_date"] > shown["_deliv_date"] > "2026-03-15T14:30"
    assert (shown["_send_sms_exist"], "_send_sms_date" in shown) == (False, False)


MATCHES = [
    {"email": "ann@example.com"},
    {"matching": "email", "email": " ANN@example.com"},
    {"matching": "email", "email": "sub@example.org"},
    {"matching": "email_profile", "email": "ann@example.com"},
    {"matching": "email_sub", "email": "sub@example.org"},
    {"phone": "7 (900) 000-00-01"},
    {"phone": 79000000001},
    {"matching": "phone_sub", "phone": "+79110000009"},
    {"matching": "push_sub", "provider": "google", "subscription_id": "token-1"},
    {"provider": "google", "subscription_id": "token-1"},
    {"matching": "custom", "field_name": "CRM_ID", "field_value": "12"},
    {"field_name": "rating", "field_value": 4.5},
    {"field_name": "custom_tags", "field_value": "rare, old"},
    {"matching": "custom_sub", "field_name": "my_field", "field_value": 3},
    {"matching": "email_phone", "email": "ann@example.com", "phone": "+79000000002"},
    {"matching": "email_phone", "email": "nobody@example.com", "phone": "+79000000001"},
    {"matching": "email_phone_sub", "email": "sub@example.org"},
    {"matching": "email_phone_sub", "phone": "+79110000009"},
]


@pytest.mark.parametrize("match", MATCHES, ids=str)
def test_a_profile_is_found_in_eleven_modes(altcraft: Altcraft, match: dict[str, Any]) -> None:
    subscriptions = [
        subscription("sub@example.org", custom_fields={"my_field": 3}),
        {"channel": "sms", "phone": "+79110000009", "resource_id": 1},
        {"channel": "push", "provider": "google", "subscription_id": "token-1", "resource_id": 1},
    ]
    data = {
        "CRM_ID": 12,
        "rating": 4.5,
        "custom_tags": ["old", "rare", "new"],
        "subscriptions": subscriptions,
    }
    number = write(altcraft, email="ann@example.com", data=data)
    assert altcraft.data("/profiles/get/", db_id=1, **match)["id"] == number
    assert altcraft.data("/profiles/get/", db_id=1, profile_id=number)["id"] == number


REFUSED: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"email": "x@example.com"}, (404, "Object not found: profile email=x@example.com")),
    ({"email": "localhost"}, (404, "Object not found: profile email=localhost")),
    ({"matching": "email_sub", "email": "x@example.com"},
     (404, "Object not found: profile email=x@example.com")),
    ({"phone": "+79990000000"}, (404, "Object not found: profile phone=+79990000000")),
    ({"profile_id": "5f33"}, (404, "Object not found: profile profile_id=5f33")),
    ({"field_name": "CRM_ID", "field_value": 12}, (404, "Object not found: profile CRM_ID=12")),
    ({"field_name": "custom_tags", "field_value": "a, b"},
     (404, "Object not found: profile custom_tags=a, b")),
    ({"provider": "google", "subscription_id": "x"},
     (404, "Object not found: profile subscription_id=x")),
    ({"field_name": "level", "field_value": "gold"}, (409, "More than one profile matches: level=3")),
    ({"matching": "custom_sub", "field_name": "a b", "field_value": 1},
     (400, "Incorrect request: field_name: is no field of subscriptions")),
    ({"matching": "phone"}, (400, "Incorrect request: phone: Field required")),
    ({"matching": "push_sub", "subscription_id": "x"},
     (400, "Incorrect request: provider: Field required")),
    ({"matching": "email_phone"}, (400, "Incorrect request: email: Field required")),
    (
        {"matching": "email_phone", "phone": "79990000000"},
        (404, "Object not found: profile phone=+79990000000"),
    ),
    ({}, (400, "Incorrect request: email: Field required")),
    ({"email": "ann@example.com", "db_id": 9}, (404, "Object not found: database 9")),
    ({"email": "ann@example.com", "resource_id": 9}, (404, "Object not found: resource 9")),
    ({"email": "ann@example.com", "db_id": ""}, (400, "Incorrect request: db_id: Field required")),
]  # fmt: skip


@pytest.mark.parametrize(("match", "refusal"), REFUSED)
def test_nobody_or_several_or_no_match_are_refused(
    altcraft: Altcraft, match: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/profiles/get/", **{"db_id": 1} | match) == refusal


@pytest.mark.parametrize(("match", "refusal"), [pair for pair in REFUSED if "matching" not in pair[0]])
def test_deletions_refuse_them_too(
    altcraft: Altcraft, match: dict[str, Any], refusal: tuple[int, str]
) -> None:
    wanted = refusal if "provider" not in match else (400, "Incorrect request: email: Field required")
    assert altcraft.refused("/profiles/delete", **{"db_id": 1} | match) == wanted


def test_a_resource_narrows_the_look_into_subscriptions(altcraft: Altcraft) -> None:
    number = write(altcraft, email="ann@example.com", data={"subscriptions": [subscription("s@example.org")]})
    assert altcraft.data("/profiles/get/", db_id=1, email="s@example.org", resource_id=1)["id"] == number
    refusal = altcraft.refused("/profiles/get/", db_id=1, email="s@example.org", resource_id=36)
    assert refusal == (404, "Object not found: profile email=s@example.org")
    assert altcraft.data("/profiles/get/", **ANN, resource_id=36)["id"] == number


def test_a_profile_is_shown_in_xml(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/profiles/get/", "<db_id>1</db_id><email>ann@example.com</email>").text
    assert "<email>ann@example.com</email>" in answer
    assert answer.count("<subscriptions>") == 3
    assert "<_click_exist>false</_click_exist>" in answer


def test_a_token_of_a_group_sees_subscriptions_to_its_resources(altcraft: Altcraft) -> None:
    body: dict[str, Any] = {"db_id": 2, "email": "eve@example.com"}
    write(altcraft, **body, data={"subscriptions": [subscription("eve@example.com", 1)]})
    assert [one["resource_id"] for one in altcraft.data("/profiles/get/", **body)["subscriptions"]] == [24, 1]
    mine = altcraft.data("/profiles/get/", token=SUBACCOUNT, **body)["subscriptions"]
    assert [one["resource_id"] for one in mine] == [24]
    assert altcraft.refused("/profiles/get/", token=SUBACCOUNT, **ANN) == (
        404,
        "Object not found: database 1",
    )


def test_a_deleted_profile_is_gone_with_its_history_and_memberships(altcraft: Altcraft) -> None:
    number = altcraft.data("/profiles/get/", **ANN)["id"]
    assert altcraft.data("/profiles/delete", **ANN) == {"profile_id": number}
    assert altcraft.refused("/profiles/get/", db_id=1, profile_id=number)[0] == 404
    assert altcraft.refused("/profiles/get/", db_id=1, matching="phone", phone="+79000000001")[0] == 404
    for table in ("subscription", "phone_number", "segment_member", "past", "sent"):
        left = altcraft.emulator.query(f"SELECT 1 FROM altcraft_{table} WHERE profile_id = ?", number)  # noqa: S608 -- our tables
        assert left == []
    assert write(altcraft, email="ann@example.com", data={}) != number


@pytest.mark.parametrize("mode", ["email_sub", "push_sub", "email_profile", "custom_sub"])
def test_deletions_know_four_modes(altcraft: Altcraft, mode: str) -> None:
    assert altcraft.refused("/profiles/delete", **ANN, matching=mode) == (
        400,
        "Incorrect request: matching: must be one of email, phone, profile_id, custom",
    )


def test_deletions_need_a_right_of_their_own(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Grant, "may", lambda _, right: right in {"", "profiles.view", "profiles.edit"})
    assert write(altcraft, **ANN, data={})
    assert altcraft.refused("/profiles/delete", **ANN) == (403, "Access denied")


def all_of(altcraft: Altcraft, database: object, action: str, token: str = TOKEN) -> Response:
    return altcraft.emulator.http.post(f"/api/v1.0/lists/{database}/{action}", params={"token": token})


def test_all_profiles_of_a_database_are_suspended_and_back(altcraft: Altcraft) -> None:
    write(altcraft, email="ann@example.com", data={"_status": "complained"})
    assert all_of(altcraft, 1, "suspend_all").json() == {"Status": "Ok", "Suspended": 39}
    assert profile(altcraft, "bob+opened@example.com")["_status"] == 5
    assert profile(altcraft, "ann@example.com")["_status"] == 2
    assert profile(altcraft, "eve@example.com", 2)["_status"] == 0
    (email, *_) = altcraft.data("/databases/get_counters", id=1, resource_id=1)
    assert (email["status"]["subscribed"], email["status"]["subscribed_sendable"]) == (41, 0)
    assert all_of(altcraft, 1, "unsuspend_all").json() == {"Status": "Ok", "Unsuspended": 39}
    assert profile(altcraft, "bob+opened@example.com")["_status"] == 0
    assert profile(altcraft, "ann@example.com")["_status"] == 2


def test_a_suspension_is_not_executed_again(altcraft: Altcraft) -> None:
    first, second = (all_of(altcraft, 3, "suspend_all") for _ in range(2))
    assert second.json() == first.json() == {"Status": "Ok", "Suspended": 60}
    assert second.headers["Duplicate-Request"] == "true"


@pytest.mark.parametrize("action", ["suspend_all", "unsuspend_all"])
@pytest.mark.parametrize(
    ("database", "token", "status", "text"),
    [
        (1, "", 401, "API token required"),
        (1, "unknown", 403, "Access denied"),
        (1, VIEW_ONLY, 403, "Access denied"),
        (1, SUBACCOUNT, 404, "Object not found: database 1"),
        (9, TOKEN, 404, "Object not found: database 9"),
        ("one", TOKEN, 400, "Incorrect request: list_id: Input should be a valid integer"),
    ],
)
def test_api_1_0_refuses_in_a_form_of_its_own(
    altcraft: Altcraft, action: str, database: object, token: str, status: int, text: str
) -> None:
    answer = all_of(altcraft, database, action, token)
    assert answer.status_code == status
    assert answer.json() == {"Status": "Error", "Error": text}
