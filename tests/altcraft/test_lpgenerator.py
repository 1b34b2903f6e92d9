"""Forms of LPgenerator that people fill in: its webhook imports them."""

from typing import Any

import pytest
from httpx2 import Response

from tests.altcraft.conftest import SUBACCOUNT, TOKEN, VIEW_ONLY, Altcraft
from tests.altcraft.test_profiles_writing import profile, write
from tests.altcraft.test_quick_import import told

PATH = "/api/integrations/lpgenerator/profile_import"
DONE = (200, "Successful operation")


def filled(altcraft: Altcraft, lead: Any, path: str = PATH, **settings: Any) -> Response:
    """Send the webhook of a form that was filled in."""
    body = {
        "id": 77777777,
        "lead_data": lead,
        "meta_data": {"user_ip": "192.0.2.123", "form_name": "form 1"},
        "utm_data": {},
        "token": TOKEN,
        "db_id": "1",
    }
    return altcraft.emulator.http.post(path, json=body | settings)


def test_a_form_makes_a_profile_or_changes_it(altcraft: Altcraft) -> None:
    assert told(filled(altcraft, {"email": "q@example.com", "_fname": "Ann", "CRM_ID": "12"})) == DONE
    assert told(filled(altcraft, {"email": "q@example.com", "_fname": "Anna", "_city": ""})) == DONE
    shown = profile(altcraft, "q@example.com")
    assert (shown["_fname"], shown["CRM_ID"], shown["subscriptions"]) == ("Anna", 12, [])


def test_what_is_no_field_of_the_form_is_not_kept(altcraft: Altcraft) -> None:
    assert told(filled(altcraft, {"email": "q@example.com", "shoe": "43"}, db_id="2")) == DONE
    shown = profile(altcraft, "q@example.com", database=2)
    assert shown["shoe"] == "43"
    assert not {"meta_data", "utm_data", "form_name", "matching", "_ip", "_regip"} & shown.keys()


def test_a_form_subscribes_to_the_resource_of_the_settings(altcraft: Altcraft) -> None:
    lead = {"email": "q@example.com", "phone": "+7 911 000 00 01", "resource_id": "36"}
    assert told(filled(altcraft, lead, resource_id="1")) == DONE
    shown = profile(altcraft, "q@example.com")
    assert [(one["resource_id"], one["channel"]) for one in shown["subscriptions"]] == [
        (1, "email"),
        (1, "sms"),
    ]


@pytest.mark.parametrize(
    ("lead", "settings"),
    [
        ({"email": "ann@example.com"}, {}),
        ({"email": "ann@example.com"}, {"matching": "email"}),
        ({"phone": "+79000000001"}, {"matching": "phone"}),
        ({"CRM_ID": "7"}, {"matching": "custom", "field_name": "CRM_ID"}),
    ],
)
def test_the_profile_is_found_as_the_settings_say(
    altcraft: Altcraft, lead: dict[str, str], settings: dict[str, str]
) -> None:
    write(altcraft, "update", email="ann@example.com", data={"CRM_ID": 7})
    assert told(filled(altcraft, lead | {"_fname": "Found"}, **settings)) == DONE
    assert profile(altcraft, "ann@example.com")["_fname"] == "Found"


@pytest.mark.parametrize(
    "path",
    [
        "/api/integrations/lpgenerator/profile_import/",
        "/api/v1.1/integrations/lpgenerator/profile_import",
        "/integrations/lpgenerator/profile_import",
    ],
)
def test_pages_write_the_address_in_several_ways(altcraft: Altcraft, path: str) -> None:
    assert told(filled(altcraft, {"email": "q@example.com"}, path)) == DONE


@pytest.mark.parametrize(
    ("lead", "settings", "refusal"),
    [
        ({"email": "q@example.com"}, {"db_id": None}, (400, "Incorrect request: db_id: Field required")),
        ({"email": "q@example.com"}, {"utm_data": None}, (400, "Incorrect request: utm_data: Field")),
        (None, {}, (400, "Incorrect request: lead_data: Field required")),
        ("text", {}, (400, "Incorrect request: lead_data: Input should be a valid object")),
        ({"_fname": "Ann"}, {}, (400, "Incorrect request: email: Field required")),
        ({"email": "q@example.com"}, {"matching": "email_sub"}, (400, "Incorrect request: matching: ")),
        ({"email": "q@example.com"}, {"matching": "custom"}, (400, "Incorrect request: matching: ")),
        ({"email": "q@example.com", "shoe": "43"}, {}, (400, 'with field "shoe": Incorrect field')),
        ({"email": "q@example.com"}, {"db_id": "99"}, (404, "Object not found: database 99")),
        ({"email": "q@example.com"}, {"resource_id": "24"}, (404, "Object not found: resource 24")),
        ({"email": "q@example.com"}, {"token": VIEW_ONLY}, (403, "Access denied")),
        ({"email": "q@example.com"}, {"token": SUBACCOUNT}, (404, "Object not found: database 1")),
        (
            {"LOYALTY_SCORE": "100"},
            {"matching": "custom", "field_name": "LOYALTY_SCORE"},
            (409, "More than one profile matches: LOYALTY_SCORE=100"),
        ),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_with_a_status_and_a_text(
    altcraft: Altcraft, lead: Any, settings: dict[str, Any], refusal: tuple[int, str]
) -> None:
    status, text = told(filled(altcraft, lead, **settings))
    assert (status, text[: len(refusal[1])]) == refusal


def test_a_form_that_is_told_of_twice_counts_once(altcraft: Altcraft) -> None:
    lead = {"email": "q@example.com", "_fname": "Ann"}
    filled(altcraft, lead)
    write(altcraft, "update", email="q@example.com", data={"_fname": "Anna"})
    again = filled(altcraft, lead)
    assert (told(again), again.headers["Duplicate-Request"]) == (DONE, "true")
    assert profile(altcraft, "q@example.com")["_fname"] == "Anna"


def test_a_form_is_told_of_in_the_sandbox_of_its_token(altcraft: Altcraft) -> None:
    box = altcraft.emulator.sandbox("other")
    filled(altcraft, {"email": "q@example.com"}, token=box.environment["ALTCRAFT_TOKEN"])
    refusal = altcraft.refused("/profiles/get/", db_id=1, email="q@example.com")
    assert refusal == (404, "Object not found: profile email=q@example.com")
