"""Promo codes: imported, attached, activated, expired, taken away, and shown."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import SUCCESS, Altcraft
from tests.altcraft.test_segments import added, count, item, rule

COUPONS, BIRTHDAY, PARTNERS = 1, 5, 6
"""An empty program; one for seven codes, which has four of them; one that reuses its codes."""

ANN, BOB, CLEO = "ann@example.com", "bob+opened@example.com", "cleo+clicked@example.com"
EVE, FRED = "eve@example.com", "fred+unsubscribed@example.com"
NOW = "2026-03-15T14:30:00Z"


def imported(altcraft: Altcraft, *codes: str, loyalty_id: int = COUPONS) -> Any:
    return altcraft.answer("/promocodes/import", loyalty_id=loyalty_id, codes=list(codes))


def attach(altcraft: Altcraft, email: str, loyalty_id: int = BIRTHDAY, **body: Any) -> None:
    database = 2 if loyalty_id == PARTNERS else 1
    said = {"loyalty_id": loyalty_id, "db_id": database, "email": email} | body
    assert altcraft.answer("/promocodes/attach", **said) == SUCCESS


def shown(altcraft: Altcraft, code: str, loyalty_id: int = BIRTHDAY) -> dict[str, Any]:
    return dict(altcraft.data("/promocodes/get", loyalty_id=loyalty_id, code=code))


def state(altcraft: Altcraft, code: str, loyalty_id: int = BIRTHDAY) -> tuple[bool, bool, bool]:
    """Return whether a code is attached, activated and expired."""
    one = shown(altcraft, code, loyalty_id)
    return one["is_attached"], one["is_activated"], one["is_expired"]


FREE, ATTACHED, ACTIVATED = (False, False, False), (True, False, False), (True, True, False)


def exported(altcraft: Altcraft, loyalty_id: int = BIRTHDAY) -> list[str]:
    return [row["code"] for row in altcraft.data("/promocodes/export_all", loyalty_id=loyalty_id)]


def told(altcraft: Altcraft) -> list[Any]:
    """Return the events that were delivered to the client's hook."""
    rows = altcraft.emulator.query("SELECT body FROM webhook_delivery ORDER BY id")
    return [event for (body,) in rows for event in json.loads(body)]


def listen(altcraft: Altcraft) -> None:
    target = {"provider": "altcraft", "url": "http://127.0.0.1:9/hooks"}
    assert altcraft.emulator.http.post("/_emulator/webhooks/targets", json=target).status_code == 201


def test_codes_are_imported_free(altcraft: Altcraft) -> None:
    assert imported(altcraft, "A", "B") == {
        "data": [{"code": "A", "error": 0, "error_text": ""}, {"code": "B", "error": 0, "error_text": ""}],
        "inserted": 2,
        "duplicated": 0,
        "discarded_by_limit": 0,
        "error": 0,
        "error_text": "Successful operation",
    }
    assert shown(altcraft, "A", COUPONS) == {
        "created": NOW,
        "is_attached": False,
        "is_activated": False,
        "is_expired": False,
        "attached": "",
        "activated": "",
        "expired": "",
        "expire_date": "",
        "loyalty_id": COUPONS,
        "code": "A",
    }


def test_a_known_code_is_counted_as_a_duplicate(altcraft: Altcraft) -> None:
    imported(altcraft, "A")
    answer = imported(altcraft, "A", "B", "B")
    assert (answer["inserted"], answer["duplicated"], answer["discarded_by_limit"]) == (1, 2, 0)
    assert [row["error"] for row in answer["data"]] == [409, 0, 409]
    assert answer["data"][0]["error_text"] == "Already exists: promo code A"
    assert exported(altcraft, COUPONS) == ["A", "B"]


def test_codes_that_there_is_no_room_for_are_discarded(altcraft: Altcraft) -> None:
    answer = imported(altcraft, "A", "CODE-1", "B", "C", "CODE-2", "D", loyalty_id=BIRTHDAY)
    assert (answer["inserted"], answer["duplicated"], answer["discarded_by_limit"]) == (3, 2, 1)
    assert answer["data"][-1] == {"code": "D", "error": 402, "error_text": "Tariff limit reached"}
    assert exported(altcraft) == ["CODE-1", "CODE-2", "CODE-3", "CODE-4", "A", "B", "C"]


def test_programs_have_codes_of_their_own(altcraft: Altcraft) -> None:
    assert imported(altcraft, "CODE-2")["inserted"] == 1
    assert state(altcraft, "CODE-2", COUPONS) == FREE
    assert state(altcraft, "CODE-2", BIRTHDAY) == ACTIVATED


def test_codes_differ_in_case_and_in_spaces(altcraft: Altcraft) -> None:
    assert imported(altcraft, "A", "a", "A ")["inserted"] == 3


def test_a_code_that_is_named_is_attached(altcraft: Altcraft) -> None:
    attach(altcraft, CLEO, code="CODE-4")
    assert state(altcraft, "CODE-4") == ATTACHED
    assert shown(altcraft, "CODE-4")["attached"] == NOW


def test_an_unknown_code_is_imported_and_attached(altcraft: Altcraft) -> None:
    attach(altcraft, CLEO, code="NEW")
    assert state(altcraft, "NEW") == ATTACHED
    assert exported(altcraft)[-1] == "NEW"


def test_without_a_code_the_oldest_free_one_is_attached(altcraft: Altcraft) -> None:
    attach(altcraft, CLEO)
    assert [state(altcraft, code) for code in ("CODE-3", "CODE-4")] == [ATTACHED, FREE]
    attach(altcraft, CLEO)
    assert state(altcraft, "CODE-4") == ATTACHED
    refusal = (404, f"Object not found: free promo code of loyalty program {BIRTHDAY}")
    assert altcraft.refused("/promocodes/attach", loyalty_id=BIRTHDAY, db_id=1, email=CLEO) == refusal


def test_an_expired_code_is_not_free(altcraft: Altcraft) -> None:
    altcraft.advance("2d")
    attach(altcraft, CLEO)
    assert state(altcraft, "CODE-3") == (False, False, True)
    assert state(altcraft, "CODE-4") == ATTACHED


def test_a_code_is_attached_once(altcraft: Altcraft) -> None:
    refusal = (409, "Already exists: attachment CODE-1")
    for email in (ANN, BOB):
        body = {"loyalty_id": BIRTHDAY, "db_id": 1, "email": email, "code": "CODE-1"}
        assert altcraft.refused("/promocodes/attach", **body) == refusal


def test_a_program_may_reuse_its_codes(altcraft: Altcraft) -> None:
    for email in (EVE, FRED, FRED):
        attach(altcraft, email, PARTNERS, code="WELCOME")
    having = altcraft.emulator.query("SELECT count(*) FROM altcraft_promo_attachment WHERE code_id = 5")
    assert having == [(2,)]


def test_a_reused_code_is_activated_by_each_who_gets_it(altcraft: Altcraft) -> None:
    said = {"loyalty_id": PARTNERS, "code": "WELCOME"}
    for email in (EVE, FRED):
        attach(altcraft, email, PARTNERS, code="WELCOME")
        assert altcraft.answer("/promocodes/activate", **said) == SUCCESS
    refusal = (400, "Incorrect request: promo code WELCOME is activated")
    assert altcraft.refused("/promocodes/activate", **said) == refusal


@pytest.mark.parametrize(
    "whom",
    [
        {"matching": "email", "email": " ANN@example.com"},
        {"matching": "phone", "phone": "7 900 000-00-01"},
        {"phone": 79000000001},
        {"matching": "custom", "field_name": "_fname", "field_value": "Ann"},
        {"field_name": "_fname", "field_value": "Ann"},
    ],
)
def test_profiles_are_found_in_four_modes(altcraft: Altcraft, whom: dict[str, Any]) -> None:
    said = {"loyalty_id": BIRTHDAY, "db_id": 1, "code": "CODE-1"} | whom
    assert altcraft.answer("/promocodes/detach", **said) == SUCCESS
    assert state(altcraft, "CODE-1") == FREE


def test_a_profile_is_found_by_its_id_alone(altcraft: Altcraft) -> None:
    ((number,),) = altcraft.emulator.query("SELECT id FROM altcraft_profile WHERE email = ?", ANN)
    said = {"loyalty_id": COUPONS, "db_id": 1, "code": "A", "profile_id": number}
    assert altcraft.answer("/promocodes/attach", **said) == SUCCESS
    assert altcraft.answer("/promocodes/detach", **said) == SUCCESS


def test_a_code_that_is_attached_is_activated(altcraft: Altcraft) -> None:
    altcraft.advance("90s")
    assert altcraft.answer("/promocodes/activate", loyalty_id=BIRTHDAY, code="CODE-1") == SUCCESS
    assert state(altcraft, "CODE-1") == ACTIVATED
    one = shown(altcraft, "CODE-1")
    assert (one["attached"], one["activated"]) == (NOW, "2026-03-15T14:31:30Z")


@pytest.mark.parametrize(
    ("code", "reason"), [("CODE-2", "activated"), ("CODE-4", "not attached"), ("CODE-3", "expired")]
)
def test_other_codes_are_not_activated(altcraft: Altcraft, code: str, reason: str) -> None:
    if reason == "expired":
        attach(altcraft, CLEO, code=code)
        altcraft.advance("2d")
    refusal = (400, f"Incorrect request: promo code {code} is {reason}")
    assert altcraft.refused("/promocodes/activate", loyalty_id=BIRTHDAY, code=code) == refusal


def test_a_code_expires_at_its_time(altcraft: Altcraft) -> None:
    altcraft.advance("172799s")
    assert state(altcraft, "CODE-3") == FREE
    altcraft.advance("1s")
    one = shown(altcraft, "CODE-3")
    assert one["is_expired"]
    assert one["expired"] == one["expire_date"] == "2026-03-17T14:30:00Z"


def test_an_expired_code_is_not_attached(altcraft: Altcraft) -> None:
    altcraft.advance("2d")
    body = {"loyalty_id": BIRTHDAY, "db_id": 1, "email": CLEO, "code": "CODE-3"}
    refusal = (400, "Incorrect request: promo code CODE-3 is expired")
    assert altcraft.refused("/promocodes/attach", **body) == refusal


def update(altcraft: Altcraft, code: str, **body: Any) -> None:
    assert altcraft.answer("/promocodes/update", loyalty_id=BIRTHDAY, code=code, **body) == SUCCESS


def test_an_update_changes_when_a_code_expires(altcraft: Altcraft) -> None:
    update(altcraft, "CODE-3", expire_date="2026-03-15T17:30:01+03:00")
    assert shown(altcraft, "CODE-3")["expire_date"] == "2026-03-15T14:30:01Z"
    altcraft.advance("1s")
    assert state(altcraft, "CODE-3") == (False, False, True)
    update(altcraft, "CODE-3", expire_date="2026-04-01T00:00:00Z")
    assert state(altcraft, "CODE-3") == FREE
    assert shown(altcraft, "CODE-3")["expired"] == ""


def test_an_update_activates_and_deactivates(altcraft: Altcraft) -> None:
    for activated, expected in ((False, ATTACHED), (True, ACTIVATED), ("true", ACTIVATED)):
        update(altcraft, "CODE-2", activated=activated)
        assert state(altcraft, "CODE-2") == expected
    update(altcraft, "CODE-4", activated=False)
    assert state(altcraft, "CODE-4") == FREE


def test_an_update_of_both_sets_the_date_first(altcraft: Altcraft) -> None:
    update(altcraft, "CODE-1", expire_date=NOW)
    update(altcraft, "CODE-1", expire_date="2026-03-15T14:30:01Z", activated=True)
    assert state(altcraft, "CODE-1") == ACTIVATED


def test_an_update_that_is_refused_changes_nothing(altcraft: Altcraft) -> None:
    body = {
        "loyalty_id": BIRTHDAY,
        "code": "CODE-4",
        "activated": True,
        "expire_date": "2027-01-01T00:00:00Z",
    }
    refusal = (400, "Incorrect request: promo code CODE-4 is not attached")
    assert altcraft.refused("/promocodes/update", **body) == refusal
    assert shown(altcraft, "CODE-4")["expire_date"] == ""


def test_a_code_that_is_taken_away_is_free_again(altcraft: Altcraft) -> None:
    body = {"loyalty_id": BIRTHDAY, "db_id": 1, "email": BOB, "code": "CODE-2"}
    assert altcraft.answer("/promocodes/detach", **body) == SUCCESS
    assert state(altcraft, "CODE-2") == FREE
    attach(altcraft, CLEO, code="CODE-2")
    assert state(altcraft, "CODE-2") == ATTACHED


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": "CODE-4"}, "promo code CODE-4 is not attached"),
        ({"code": "CODE-2"}, "promo code CODE-2 is not attached"),
        ({}, "code: Field required"),
    ],
)
def test_what_a_profile_does_not_have_is_not_taken_away(
    altcraft: Altcraft, body: dict[str, Any], reason: str
) -> None:
    said = {"loyalty_id": BIRTHDAY, "db_id": 1, "email": ANN} | body
    assert altcraft.refused("/promocodes/detach", **said) == (400, f"Incorrect request: {reason}")
    assert state(altcraft, "CODE-2") == ACTIVATED


def test_a_code_that_several_have_is_not_taken_away(altcraft: Altcraft) -> None:
    for email in (EVE, FRED):
        attach(altcraft, email, PARTNERS, code="WELCOME")
    body = {"loyalty_id": PARTNERS, "db_id": 2, "email": EVE, "code": "WELCOME"}
    refusal = (400, "Incorrect request: promo code WELCOME is attached to several profiles")
    assert altcraft.refused("/promocodes/detach", **body) == refusal


def test_an_export_leaves_out_what_did_not_happen(altcraft: Altcraft) -> None:
    assert altcraft.answer("/promocodes/export_all", loyalty_id=BIRTHDAY) == SUCCESS | {
        "data": [
            {"code": "CODE-1", "attached": NOW},
            {"code": "CODE-2", "attached": NOW, "activated": NOW},
            {"code": "CODE-3"},
            {"code": "CODE-4"},
        ]
    }
    assert altcraft.data("/promocodes/export_all", loyalty_id=COUPONS) == []


def test_a_deleted_profile_gives_its_codes_back(altcraft: Altcraft) -> None:
    altcraft.data("/profiles/delete", db_id=1, email=BOB)
    assert state(altcraft, "CODE-2") == FREE


def test_hooks_are_told_of_codes_that_are_attached_and_activated(altcraft: Altcraft) -> None:
    listen(altcraft)
    attach(altcraft, CLEO, code="CODE-4")
    altcraft.answer("/promocodes/activate", loyalty_id=BIRTHDAY, code="CODE-4")
    assert [event["event_type"] for event in told(altcraft)] == ["promo_attach", "promo_activate"]
    event = told(altcraft)[0]
    ((number, xxh),) = altcraft.emulator.query("SELECT id, xxh FROM altcraft_profile WHERE email = ?", CLEO)
    assert event["event_data"] == {"loyalty_id": BIRTHDAY, "code": "CODE-4"}
    assert (event["profile_id"], event["_xxh"], event["list_id"]) == (number, xxh, 1)
    assert (event["subscription_hash_id"], event["subscription"]) == ("", [])
    assert event["event_date"] == "2026-03-15T14:30:00.000000000Z"


def test_hooks_are_told_of_nothing_that_was_so_before(altcraft: Altcraft) -> None:
    attach(altcraft, EVE, PARTNERS, code="WELCOME")
    listen(altcraft)
    attach(altcraft, EVE, PARTNERS, code="WELCOME")
    update(altcraft, "CODE-2", activated=True)
    assert told(altcraft) == []


@pytest.mark.parametrize(("operator", "number"), [("attached", 2), ("activated", 1), ("not_exist", 39)])
def test_segments_choose_by_codes(altcraft: Altcraft, operator: str, number: int) -> None:
    segment = added(altcraft, item(rule("promo", operator, loyalty_id=BIRTHDAY)))
    assert count(altcraft, segment) == number


def test_a_rule_on_codes_follows_them(altcraft: Altcraft) -> None:
    segment = added(altcraft, item(rule("promo", "attached", loyalty_id=str(COUPONS))))
    assert count(altcraft, segment) == 0
    attach(altcraft, ANN, COUPONS, code="A")
    attach(altcraft, ANN, COUPONS, code="B")
    assert count(altcraft, segment) == 1


ARGUMENT = "Incorrect request: segment.0.queries.0.value.loyalty_id"


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (rule("promo", "attached", loyalty_id=9), (404, "Object not found: loyalty program 9")),
        (
            rule("promo", "attached", loyalty_id=PARTNERS),
            (400, f"{ARGUMENT}: loyalty program 6 is not of database 1"),
        ),
        (
            rule("promo", "attached"),
            (400, f"{ARGUMENT}: Field required"),
        ),
    ],
)
def test_a_rule_on_codes_names_a_program_of_its_database(
    altcraft: Altcraft, said: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/segments/add/", name="x", segment=[item(said)]) == refusal
