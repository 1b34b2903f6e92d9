"""Requests about loyalty programs: refusals, rights, and XML."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.loyalty import (
    ANN,
    BOB,
    CLEO,
    CLUB,
    NOW,
    accrue,
    balance,
    register,
    transactions,
    whom,
)
from tests.conftest import Emulator

STARS = {"points_currency_eid": "stars"}
YEAR = {"date_from": "2026-01-01T00:00:00Z", "date_to": "2026-12-31T23:59:59Z"}
EDITS: dict[str, dict[str, Any]] = {
    "/loyalty/register_member": whom(CLEO),
    "/loyalty/delete_member": whom(ANN),
    "/loyalty/accrue_points": whom(ANN) | {"amount": "1"},
    "/loyalty/redeeme_points": whom(ANN) | {"amount": "1"},
    "/loyalty/redeem_points": whom(ANN) | {"amount": "1"},
}
ENDINGS: dict[str, dict[str, Any]] = {
    f"/loyalty/{action}_transaction": {"transaction_eid": "TR-1"}
    for action in ("commit", "rollback", "cancel")
}
READS: dict[str, dict[str, Any]] = {
    "/loyalty/account/balance": whom(ANN),
    "/loyalty/account/expiring_points": whom(ANN) | STARS | YEAR,
    "/loyalty/account/transactions": whom(ANN) | STARS,
    "/loyalty/account/tiers": whom(ANN) | {"tiers_group_id": 3},
    "/loyalty/transactions_export": {"loyalty_program_id": CLUB} | STARS | YEAR,
    "/loyalty/trigger_promotions": {"loyalty_program_id": CLUB},
}
ALL = EDITS | ENDINGS | READS
OF_PROGRAM = {path: body for path, body in ALL.items() if "loyalty_program_id" in body}
OF_PERSON = {path: body for path, body in ALL.items() if "email" in body}
NEEDED = [
    *(
        (path, name)
        for path, body in (EDITS | READS).items()
        for name in body
        if name != "points_currency_eid"
    ),
    ("/loyalty/account/expiring_points", "points_currency_eid"),
    ("/loyalty/account/transactions", "points_currency_eid"),
    ("/loyalty/transactions_export", "points_currency_eid"),
]


@pytest.mark.parametrize(("path", "field"), NEEDED)
def test_a_field_that_is_left_out_is_named(altcraft: Altcraft, path: str, field: str) -> None:
    body = {name: value for name, value in ALL[path].items() if name != field}
    assert altcraft.refused(path, **body) == (400, f"Incorrect request: {field}: Field required")


@pytest.mark.parametrize("path", ENDINGS)
def test_a_transaction_is_named(altcraft: Altcraft, path: str) -> None:
    refusal = (400, "Incorrect request: transaction_id: Field required")
    assert altcraft.refused(path) == refusal
    for name in ("transaction_id", "transaction_eid"):
        refusal = (404, "Object not found: transaction none")
        assert altcraft.refused(path, **{name: "none"}) == refusal


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/loyalty/accrue_points", {"points_currency_eid": "moons"}, (404, "points currency moons")),
        ("/loyalty/accrue_points", {"points_currency_iid": 9}, (404, "points currency 9")),
        ("/loyalty/account/balance", STARS | {"points_currency_iid": 2}, (404, "points currency 2")),
        ("/loyalty/accrue_points", {"promotion_id": "P9"}, (404, "promotion P9")),
        ("/loyalty/account/tiers", {"tiers_group_id": 9}, (404, "group of tiers 9")),
        ("/loyalty/accrue_points", {"transaction_eid": "TR-1"}, (409, "transaction TR-1")),
        ("/loyalty/redeeme_points", {"transaction_eid": "trans_1"}, (409, "transaction trans_1")),
        (
            "/loyalty/accrue_points",
            {"expiration_date": NOW},
            (400, "expiration_date: must be later than the activation"),
        ),
        (
            "/loyalty/accrue_points",
            {"activation_date": "2026-05-01T00:00:00Z", "expiration_date": "2026-04-01T00:00:00Z"},
            (400, "expiration_date: must be later than the activation"),
        ),
        (
            "/loyalty/accrue_points",
            {"is_temp": True, "temp_timeout_sec": 0},
            (400, "temp_timeout_sec: Input should be greater than or equal to 1"),
        ),
        (
            "/loyalty/accrue_points",
            {"created_at": "yesterday"},
            (400, "created_at: must be an RFC 3339 date-time such as 2026-03-01T10:00:00Z"),
        ),
        (
            "/loyalty/accrue_points",
            {"external_data": [1]},
            (400, "external_data: Input should be a valid object"),
        ),
        ("/loyalty/accrue_points", {"is_temp": 1}, (400, "is_temp: Input should be a valid boolean")),
        (
            "/loyalty/account/expiring_points",
            {"date_to": "2025-01-01T00:00:00Z"},
            (400, "date_to: must not be before date_from"),
        ),
        (
            "/loyalty/transactions_export",
            {"date_to": "2025-01-01T00:00:00Z"},
            (400, "date_to: must not be before date_from"),
        ),
        ("/loyalty/account/transactions", {"from_id": "7"}, (400, "from_id: is no id of a transaction")),
        ("/loyalty/transactions_export", {"from_id": "7"}, (400, "from_id: is no id of a transaction")),
        (
            "/loyalty/account/transactions",
            {"limit": 101},
            (400, "limit: Input should be less than or equal to 100"),
        ),
        (
            "/loyalty/trigger_promotions",
            {"limit": 0},
            (400, "limit: Input should be greater than or equal to 1"),
        ),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, reason = refusal
    kind = {400: "Incorrect request", 404: "Object not found", 409: "Already exists"}[code]
    assert altcraft.refused(path, **ALL[path] | body) == (code, f"{kind}: {reason}")
    assert balance(altcraft, ANN) == ("1000.00", "800.50")


def test_a_program_without_points_has_no_first_currency(altcraft: Altcraft) -> None:
    body = {"loyalty_program_id": 6, "matching": "email", "email": "eve@example.com"}
    altcraft.answer("/loyalty/register_member", **body)
    refusal = (404, "Object not found: points currency of loyalty program 6")
    assert altcraft.refused("/loyalty/account/balance", **body) == refusal


def test_nobody_enters_an_inactive_program(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: loyalty program 5 is inactive")
    assert altcraft.refused("/loyalty/register_member", **whom(ANN) | {"loyalty_program_id": 5}) == refusal


@pytest.mark.parametrize(("path", "body"), OF_PERSON.items())
def test_a_person_who_is_not_there_is_not_found(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    refusal = (404, "Object not found: profile email=eve@example.com")
    assert altcraft.refused(path, **body | {"email": "eve@example.com"}) == refusal
    if path != "/loyalty/register_member":
        refusal = (404, f"Object not found: member email={CLEO}")
        assert altcraft.refused(path, **body | {"email": CLEO}) == refusal


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"matching": "email_sub"}, (400, "matching: must be one of email, phone, profile_id, custom")),
        ({"matching": "phone"}, (400, "phone: Field required")),
        ({"matching": "custom", "field_name": "none", "field_value": 1}, (400, "field_name: is no field")),
    ],
)
def test_a_match_that_can_not_be_one_is_refused(
    altcraft: Altcraft, said: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, text = altcraft.refused("/loyalty/account/balance", **whom(ANN) | said)
    assert (code, text.startswith(f"Incorrect request: {refusal[1]}")) == (refusal[0], True)


def test_members_are_found_in_four_modes(altcraft: Altcraft) -> None:
    number = register(altcraft, ANN)
    for said in (
        {"matching": "phone", "phone": "+7 900 000 00 01"},
        {"matching": "profile_id", "profile_id": number},
        {"matching": "custom", "field_name": "_fname", "field_value": "Ann"},
    ):
        found = altcraft.data("/loyalty/account/balance", loyalty_program_id=CLUB, **said)
        assert found == {"total_balance": "1000.00", "active_balance": "800.50"}


def test_several_profiles_are_no_member(altcraft: Altcraft) -> None:
    said = {"matching": "custom", "field_name": "_city", "field_value": "Omsk", "loyalty_program_id": CLUB}
    refusal = (409, "More than one profile matches: _city=Omsk")
    assert altcraft.refused("/loyalty/register_member", **said) == refusal


@pytest.mark.parametrize(("path", "body"), OF_PROGRAM.items())
def test_a_program_that_the_token_does_not_see_does_not_exist(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    refusal = (404, "Object not found: loyalty program 9")
    assert altcraft.refused(path, **body | {"loyalty_program_id": 9}) == refusal
    refusal = (404, f"Object not found: loyalty program {CLUB}")
    assert altcraft.refused(path, token=SUBACCOUNT, **body) == refusal


@pytest.mark.parametrize("path", ENDINGS)
def test_a_transaction_that_the_token_does_not_see_does_not_exist(altcraft: Altcraft, path: str) -> None:
    refusal = (404, "Object not found: transaction TR-1")
    assert altcraft.refused(path, token=SUBACCOUNT, transaction_eid="TR-1") == refusal
    assert balance(altcraft, BOB) == ("399.50", "399.50")


@pytest.mark.parametrize(("path", "body"), (EDITS | ENDINGS).items())
def test_a_token_that_may_only_view_changes_nothing(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    assert altcraft.refused(path, token=VIEW_ONLY, **body) == (403, "Access denied")


@pytest.mark.parametrize(("path", "body"), READS.items())
def test_a_token_that_may_only_view_views(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    altcraft.answer(path, token=VIEW_ONLY, **body)


@pytest.mark.parametrize(("path", "body"), (EDITS | ENDINGS).items())
def test_a_repeated_change_is_answered_as_before(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    answers = [altcraft.call(path, headers={"Request-ID": "one"}, **body) for _ in range(2)]
    assert answers[0].json()["error"] == 0
    assert answers[1].json() == answers[0].json()
    assert answers[1].headers["Duplicate-Request"] == "true"


def in_xml(email: str, more: str) -> str:
    person = f"<matching>email</matching><email>{email}</email>"
    return f"<loyalty_program_id>{CLUB}</loyalty_program_id>{person}{more}"


END = "<error>0</error><error_text>Successful operation</error_text>"


def test_members_in_xml(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/loyalty/register_member", in_xml(CLEO, "")).text
    assert answer == f"<xml>{END}<profile_id>{register(altcraft)}</profile_id></xml>"
    assert altcraft.xml("/loyalty/delete_member", in_xml("x@example.com", "")).text == (
        "<xml><data/><error>404</error>"
        "<error_text>Object not found: profile email=x@example.com</error_text></xml>"
    )


def test_points_in_xml(altcraft: Altcraft) -> None:
    said = "<amount>0.50</amount><is_temp>true</is_temp><external_data><order_id>7</order_id></external_data>"
    answer = altcraft.xml("/loyalty/redeeme_points", in_xml(ANN, said)).text
    number = transactions(altcraft, ANN)[-1]["transaction_id"]
    shown = f"<xml><data><transaction_id>{number}</transaction_id><balance>800.00</balance></data>{END}</xml>"
    assert answer == shown
    named = f"<transaction_id>{number}</transaction_id>"
    assert altcraft.xml("/loyalty/commit_transaction", named).text == shown
    assert altcraft.xml("/loyalty/accrue_points", in_xml(ANN, "<amount>1</amount><external_data/>")).text == (
        shown.replace("800.00", "801.00").replace(number, transactions(altcraft, ANN)[-1]["transaction_id"])
    )


def test_accounts_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/loyalty/account/balance", in_xml(ANN, "")).text == (
        "<xml><data><total_balance>1000.00</total_balance><active_balance>800.50</active_balance></data>"
        f"{END}</xml>"
    )
    stars = "<points_currency_iid>1</points_currency_iid><limit>1</limit>"
    page = altcraft.xml("/loyalty/account/transactions", in_xml(BOB, stars)).text
    number = transactions(altcraft, BOB)[0]["transaction_id"]
    assert f"<data><transaction_id>{number}</transaction_id><transaction_eid/>" in page
    assert page.endswith(
        f"<source_sid/></data>{END}<next_from_id>{number}</next_from_id><total_count>4</total_count></xml>"
    )
    shown = altcraft.xml("/loyalty/account/tiers", in_xml(ANN, "<tiers_group_id>4</tiers_group_id>")).text
    assert shown == (
        "<xml><data><tiers_group_type>balance</tiers_group_type><tier_eid>regular</tier_eid>"
        f"<tier_id>15</tier_id><tier_order>0</tier_order><reached_at>{NOW}</reached_at></data>{END}</xml>"
    )


def test_promotions_in_xml(altcraft: Altcraft) -> None:
    said = f"<loyalty_program_id>{CLUB}</loyalty_program_id><from_id>8</from_id>"
    rule = "<points_currency_iid>1</points_currency_iid><points_currency_eid>stars</points_currency_eid>"
    assert altcraft.xml("/loyalty/trigger_promotions", said).text == (
        "<xml><data><id>9</id><name>Not yet</name><description/><external_id>P2</external_id>"
        "<start_date/><end_date/><is_active>false</is_active><redeem_rules/>"
        f"<accrual_rules>{rule}<static_amount/><min_amount/><max_amount/></accrual_rules></data>"
        f"{END}<next_from_id>9</next_from_id><total_count>3</total_count></xml>"
    )


def test_the_points_of_a_sandbox_are_its_own(emulator: Emulator) -> None:
    box, altcraft = emulator.sandbox("one"), Altcraft(emulator)
    body = whom(ANN) | STARS | {"amount": "1"}
    answer = emulator.http.post("/api/v1.1/loyalty/accrue_points", json=body, headers=box.altcraft).json()
    assert answer["data"]["balance"] == "801.50"
    assert balance(altcraft, ANN) == ("1000.00", "800.50")
    refusal = altcraft.refused("/loyalty/cancel_transaction", transaction_id=answer["data"]["transaction_id"])
    assert refusal[0] == 404


def test_ids_are_the_same_in_each_run(emulator: Emulator) -> None:
    numbers = []
    for _ in range(2):
        emulator.reset()
        numbers.append(accrue(Altcraft(emulator), "1", ANN))
    assert numbers[0] == numbers[1]
