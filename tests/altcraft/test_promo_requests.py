"""Requests about promo codes: refusals, rights, and XML."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft
from tests.altcraft.test_promo_codes import (
    ANN,
    ATTACHED,
    BIRTHDAY,
    CLEO,
    COUPONS,
    EVE,
    FREE,
    NOW,
    PARTNERS,
    attach,
    imported,
    state,
)
from tests.conftest import Emulator

EDITS: dict[str, dict[str, Any]] = {
    "/promocodes/import": {"loyalty_id": COUPONS, "codes": ["A"]},
    "/promocodes/activate": {"loyalty_id": BIRTHDAY, "code": "CODE-1"},
    "/promocodes/update": {"loyalty_id": BIRTHDAY, "code": "CODE-1", "activated": True},
    "/promocodes/attach": {"loyalty_id": BIRTHDAY, "db_id": 1, "email": CLEO},
    "/promocodes/detach": {"loyalty_id": BIRTHDAY, "db_id": 1, "email": ANN, "code": "CODE-1"},
}
READS: dict[str, dict[str, Any]] = {
    "/promocodes/get": {"loyalty_id": BIRTHDAY, "code": "CODE-1"},
    "/promocodes/export_all": {"loyalty_id": BIRTHDAY},
}
ALL = EDITS | READS
NEEDED = [
    ("/promocodes/import", "codes"),
    ("/promocodes/attach", "db_id"),
    ("/promocodes/attach", "email"),
    ("/promocodes/detach", "db_id"),
    ("/promocodes/detach", "code"),
    *((path, "code") for path in ("/promocodes/get", "/promocodes/activate", "/promocodes/update")),
    *((path, "loyalty_id") for path in ALL),
]


@pytest.mark.parametrize(("path", "field"), NEEDED)
def test_a_field_that_is_left_out_is_named(altcraft: Altcraft, path: str, field: str) -> None:
    body = {name: value for name, value in ALL[path].items() if name != field}
    assert altcraft.refused(path, **body) == (400, f"Incorrect request: {field}: Field required")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (
            "/promocodes/import",
            {"codes": ["A", ""]},
            (400, "codes.1: String should have at least 1 character"),
        ),
        ("/promocodes/import", {"codes": ["A", 5]}, (400, "codes.1: Input should be a valid string")),
        ("/promocodes/import", {"codes": ["A", "\0"]}, (400, "codes.1: must be one line")),
        ("/promocodes/update", {"activated": None}, (400, "activated: Field required")),
        ("/promocodes/update", {"activated": 1}, (400, "activated: Input should be a valid boolean")),
        (
            "/promocodes/update",
            {"expire_date": "tomorrow"},
            (400, "expire_date: must be an RFC 3339 date-time such as 2026-03-01T10:00:00Z"),
        ),
        (
            "/promocodes/attach",
            {"matching": "email_sub"},
            (400, "matching: must be one of email, phone, profile_id, custom"),
        ),
        ("/promocodes/attach", {"email": "nobody"}, (400, "email: is no e-mail address")),
        ("/promocodes/attach", {"db_id": 2}, (400, "db_id: loyalty program 5 is not of database 2")),
        ("/promocodes/attach", {"db_id": 9}, (404, "database 9")),
        ("/promocodes/attach", {"email": EVE}, (404, f"profile email={EVE}")),
        ("/promocodes/detach", {"email": EVE}, (404, f"profile email={EVE}")),
        ("/promocodes/detach", {"code": "NONE"}, (404, "promo code NONE")),
        ("/promocodes/get", {"code": "NONE"}, (404, "promo code NONE")),
        ("/promocodes/activate", {"code": "NONE"}, (404, "promo code NONE")),
        ("/promocodes/update", {"code": "NONE"}, (404, "promo code NONE")),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, reason = refusal
    kind = "Incorrect request" if code == 400 else "Object not found"
    assert altcraft.refused(path, **ALL[path] | body) == (code, f"{kind}: {reason}")


def test_a_profile_that_several_match_is_refused(altcraft: Altcraft) -> None:
    body = {"loyalty_id": BIRTHDAY, "db_id": 1, "field_name": "_city", "field_value": "Omsk"}
    refusal = (409, "More than one profile matches: _city=Omsk")
    assert altcraft.refused("/promocodes/attach", **body) == refusal
    assert state(altcraft, "CODE-3") == FREE


def test_an_unknown_code_is_not_attached_where_there_is_no_room(altcraft: Altcraft) -> None:
    imported(altcraft, "A", "B", "C", loyalty_id=BIRTHDAY)
    body = {"loyalty_id": BIRTHDAY, "db_id": 1, "email": CLEO, "code": "D"}
    assert altcraft.refused("/promocodes/attach", **body) == (402, "Tariff limit reached")


@pytest.mark.parametrize(("path", "body"), ALL.items())
def test_a_program_that_does_not_exist_is_not_found(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    refusal = (404, "Object not found: loyalty program 9")
    assert altcraft.refused(path, **body | {"loyalty_id": 9}) == refusal


@pytest.mark.parametrize(("path", "body"), ALL.items())
def test_a_program_of_a_database_that_the_token_does_not_see_does_not_exist(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    refusal = (404, f"Object not found: loyalty program {body['loyalty_id']}")
    assert altcraft.refused(path, token=SUBACCOUNT, **body) == refusal
    altcraft.answer("/promocodes/export_all", token=SUBACCOUNT, loyalty_id=PARTNERS)


@pytest.mark.parametrize(("path", "body"), EDITS.items())
def test_a_token_that_may_only_view_changes_nothing(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    assert altcraft.refused(path, token=VIEW_ONLY, **body) == (403, "Access denied")


@pytest.mark.parametrize(("path", "body"), READS.items())
def test_a_token_that_may_only_view_views(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    altcraft.answer(path, token=VIEW_ONLY, **body)


def test_a_repeated_attachment_takes_one_code(altcraft: Altcraft) -> None:
    for _ in range(2):
        attach(altcraft, CLEO, headers={"Request-ID": "one"})
    assert [state(altcraft, code) for code in ("CODE-3", "CODE-4")] == [ATTACHED, FREE]


def test_codes_in_xml(altcraft: Altcraft) -> None:
    said = "<codes array='true'>A</codes><loyalty_id>1</loyalty_id>"
    assert altcraft.xml("/promocodes/import", said).text == (
        "<xml><data><code>A</code><error>0</error><error_text/></data><error>0</error>"
        "<error_text>Successful operation</error_text><inserted>1</inserted><duplicated>0</duplicated>"
        "<discarded_by_limit>0</discarded_by_limit></xml>"
    )
    assert (
        "<inserted>1</inserted><duplicated>1</duplicated>"
        in altcraft.xml(
            "/promocodes/import", "<codes>A</codes><codes>B</codes><loyalty_id>1</loyalty_id>"
        ).text
    )
    assert altcraft.xml("/promocodes/get", "<code>A</code><loyalty_id>1</loyalty_id>").text == (
        f"<xml><data><created>{NOW}</created><is_attached>false</is_attached>"
        "<is_activated>false</is_activated><is_expired>false</is_expired><attached/><activated/><expired/>"
        "<expire_date/><loyalty_id>1</loyalty_id><code>A</code></data><error>0</error>"
        "<error_text>Successful operation</error_text></xml>"
    )
    assert (
        "<data><code>A</code></data><data><code>B</code></data>"
        in altcraft.xml("/promocodes/export_all", "<loyalty_id>1</loyalty_id>").text
    )


def test_changes_and_refusals_in_xml(altcraft: Altcraft) -> None:
    said = f"<code>A</code><db_id>1</db_id><loyalty_id>1</loyalty_id><email>{ANN}</email>"
    done = "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>"
    assert altcraft.xml("/promocodes/attach", said).text == done
    assert altcraft.xml("/promocodes/attach", said).text == (
        "<xml><data/><error>409</error><error_text>Already exists: attachment A</error_text></xml>"
    )


def test_the_codes_of_a_sandbox_are_its_own(emulator: Emulator) -> None:
    box = emulator.sandbox("one")
    body = {"loyalty_id": BIRTHDAY, "code": "CODE-1"}
    answer = emulator.http.post("/api/v1.1/promocodes/activate", json=body, headers=box.altcraft)
    assert answer.json() == SUCCESS
    assert state(Altcraft(emulator), "CODE-1") == ATTACHED
