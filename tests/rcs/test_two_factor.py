"""One-time passwords: https://telcowwt.com/documentations/rest-api/2fa-api/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.otp import (
    INVALID,
    OTP,
    SERVICE,
    VIBER,
    WRONG_CODE,
    act,
    codes,
    refused,
    send,
    session,
    verify,
    wrong,
)

FOREIGN = (
    "The recipients phone number is located in a country that is not on the list of countries "
    "allowed for the selected template. Please register new message template."
)
UNKNOWN = "0e7a1c52-0000-4000-a000-00000000ffff"


def test_a_code_is_sent_read_and_entered(rcs: Rcs) -> None:
    otp = send(rcs)
    assert (otp["status"], otp["price"], otp["country_code"], otp["message_text"]) == (
        "pending",
        0,
        "UA",
        "Your code is {code2fa}",
    )
    assert {name: value for name, value in otp.items() if name != "data"} == otp["data"]
    rcs.advance("10s")
    [code] = codes(rcs)
    assert len(code) == 5
    assert verify(rcs, otp, code) == "verified"
    found = session(rcs, otp)
    assert (found["status"], found["finished_at"], found["price"]) == (
        "verified",
        "2026-03-15 14:30:10",
        0.05,
    )


def test_the_code_stands_in_the_message_and_nowhere_in_the_session(rcs: Rcs) -> None:
    otp = send(rcs)
    [code] = codes(rcs)
    [message] = session(rcs, otp)["messages"]
    [listed] = rcs.messages(id=message["id"])
    assert (listed["source"], listed["text"], listed["campaign_id"]) == (
        "2fa",
        f"Your code is {code}",
        None,
    )
    assert code not in str(session(rcs, otp))


def test_a_code_may_be_a_number(rcs: Rcs) -> None:
    otp = {"id": "0e7a1c52-0000-4000-a000-000000000001"}
    assert verify(rcs, otp, 76928) == "verified"


def test_the_last_wrong_code_ends_the_session(rcs: Rcs) -> None:
    otp = send(rcs, code_max_tries=2)
    [code] = codes(rcs)
    assert verify(rcs, otp, wrong(code)) == WRONG_CODE
    assert session(rcs, otp)["status"] == "pending"
    assert verify(rcs, otp, wrong(code)) == WRONG_CODE
    found = session(rcs, otp)
    assert (found["status"], found["finished_at"]) == ("failed", "2026-03-15 14:30:00")
    assert verify(rcs, otp, code) == (422, SERVICE, ["Authentication failed status"])


@pytest.mark.parametrize("code", ["12", "1234567890", "12a45", "", None, [1]])
def test_what_is_no_code_takes_no_try(rcs: Rcs, code: Any) -> None:
    otp = send(rcs, code_max_tries=1)
    assert verify(rcs, otp, code)[0:2] == (422, INVALID)
    assert session(rcs, otp)["status"] == "pending"


def test_a_session_expires(rcs: Rcs) -> None:
    otp = send(rcs, code_lifetime=30)
    [code] = codes(rcs)
    rcs.advance("29s")
    assert session(rcs, otp)["status"] == "pending"
    rcs.advance("1h")
    found = session(rcs, otp)
    assert (found["status"], found["expired_at"], found["finished_at"]) == (
        "expired",
        "2026-03-15 14:30:30",
        "2026-03-15 14:30:30",
    )
    expired = (422, SERVICE, ["Authentication expired"])
    assert verify(rcs, otp, code) == expired
    assert act(rcs, otp, "resend").json()["errors"] == expired[2]


def test_a_code_that_is_sent_again_is_a_new_one(rcs: Rcs) -> None:
    otp = send(rcs, code_lifetime=30)
    rcs.advance("20s")
    again = act(rcs, otp, "resend")
    assert (again.status_code, again.json()["expired_at"]) == (200, "2026-03-15 14:30:50")
    rcs.advance("20s")
    first, second = codes(rcs)
    assert first != second
    assert verify(rcs, otp, first) == WRONG_CODE
    assert verify(rcs, otp, second) == "verified"
    found = session(rcs, otp)
    assert (len(found["messages"]), found["price"]) == (2, 0.1)


def test_tries_are_counted_over_all_codes(rcs: Rcs) -> None:
    otp = send(rcs, code_max_tries=2)
    assert verify(rcs, otp, wrong(codes(rcs)[0])) == WRONG_CODE
    act(rcs, otp, "resend")
    assert verify(rcs, otp, wrong(codes(rcs)[1])) == WRONG_CODE
    assert session(rcs, otp)["status"] == "failed"


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        ("verified", "Authentication verified status"),
        ("canceled", "Authentication canceled status"),
    ],
)
@pytest.mark.parametrize("action", ["resend", "verify", "cancel"])
def test_nothing_goes_on_after_the_end(rcs: Rcs, ended: str, error: str, action: str) -> None:
    otp = send(rcs)
    [code] = codes(rcs)
    if ended == "verified":
        verify(rcs, otp, code)
    else:
        assert act(rcs, otp, "cancel").json()["status"] == "canceled"
    rcs.advance("11s")
    answer = act(rcs, otp, action, {"access_code": code} if action == "verify" else None)
    assert (answer.status_code, answer.json()) == (422, {"message": SERVICE, "errors": [error]})


@pytest.mark.parametrize("number", [UNKNOWN, "x"])
@pytest.mark.parametrize("action", ["resend", "verify", "cancel"])
def test_an_unknown_session(rcs: Rcs, number: str, action: str) -> None:
    answer = act(rcs, {"id": number}, action, {"access_code": "12345"} if action == "verify" else None)
    assert (answer.status_code, answer.json()["errors"]) == (404, ["Authentication not found"])
    refusal = rcs.refused("GET", f"/2fa/authentications/{number}")
    assert refusal == (404, SERVICE, ["Authentication not found"])


def test_viber_with_an_sms_behind_it(rcs: Rcs) -> None:
    otp = send(rcs, recipient="380671112905", **VIBER)
    rcs.advance("1m")
    found = session(rcs, otp)
    seen = [(one["channel"], one["sender"], one["status"], one["price"]) for one in found["messages"]]
    assert seen == [("viber", "Notify", "sent", 0), ("sms", "MyShop", "sent", 0.05)]
    assert found["price"] == 0.05
    assert len(set(codes(rcs, "380671112905"))) == 1


def test_viber_alone(rcs: Rcs) -> None:
    otp = send(rcs, recipient="380671112905", **VIBER | {"sender_alt": None})
    rcs.advance("1m")
    assert [one["channel"] for one in session(rcs, otp)["messages"]] == ["viber"]


@pytest.mark.parametrize("channel", ["SMS", "Viber"])
def test_the_pages_write_channels_with_capitals(rcs: Rcs, channel: str) -> None:
    settings = VIBER if channel == "Viber" else {}
    assert send(rcs, **settings | {"channel": channel})["channel"] == channel.lower()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"template_id": 99}, "Template not found"),
        ({"template_id": 516}, "Invalid template status"),
        ({"template_id": 517}, "Invalid template status"),
        (
            {"template_id": 515, "recipient": "447911123456"},
            FOREIGN,
        ),
        ({"sender": "Nobody"}, "Sender not found"),
        (VIBER | {"sender_alt": "Nobody"}, "Sender not found"),
        ({"recipient": "380670000092"}, "Exists on the stop list"),
    ],
)
def test_why_no_code_is_sent(rcs: Rcs, settings: Any, error: str) -> None:
    assert refused(rcs, **settings) == [error]
    params = {"filter[from]": "2026-03-15", "filter[to]": "2026-03-15"}
    assert rcs.data("GET", "/2fa/authentications", params=params)["total"] == 1


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE rcs_account SET money = 0", "Insufficient funds"),
        ("UPDATE rcs_otp_settings SET channels = '[\"viber\"]'", "User channel inactive"),
        ("UPDATE rcs_otp_settings SET pending_limit = 1", "Authentication limit with status pending"),
        (
            "UPDATE rcs_account SET mode = 'demo'",
            "This action is available for the account of your type only for your manager phone number.",
        ),
    ],
)
def test_why_an_account_sends_no_code(rcs: Rcs, statement: str, error: str) -> None:
    rcs.emulator.query(statement)
    assert refused(rcs) == [error]


@pytest.mark.parametrize(
    ("statement", "errors"),
    [
        ("UPDATE rcs_account SET money = 0", ["Insufficient funds"]),
        ("UPDATE rcs_otp_settings SET channels = '[\"viber\"]'", ["User channel inactive"]),
        (
            "UPDATE rcs_account SET mode = 'demo'",
            ["This action is available for the account of your type only for your manager phone number."],
        ),
        ("UPDATE rcs_account SET mode = 'test'", {"recipient": ["Phone number is not verified"]}),
    ],
)
def test_why_an_account_sends_no_code_again(rcs: Rcs, statement: str, errors: Any) -> None:
    rcs.emulator.query(statement)
    path = "/2fa/authentications/otp/0e7a1c52-0000-4000-a000-000000000001/resend"
    assert rcs.refused("POST", path) == (422, INVALID, errors)


CHOICE, BLANK = ["The value you selected is not a valid choice."], ["This value should not be blank."]


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        ({"channel": "rcs"}, {"channel": CHOICE}),
        (
            {"recipient": "12"},
            {"recipient": ["This value is too short. It should have 9 characters or more."]},
        ),
        ({"code_lifetime": 29}, {"code_lifetime": ["This value should be between 30 and 300."]}),
        ({"code_max_tries": 6}, {"code_max_tries": ["This value should be between 1 and 5."]}),
        ({"code_digits": 2}, {"code_digits": ["This value should be between 3 and 9."]}),
        ({"template_id": "x"}, {"template_id": ["This value should be of type integer."]}),
        ({"sender": ""}, {"sender": BLANK}),
    ],
)
def test_what_is_wrong(rcs: Rcs, settings: Any, errors: Any) -> None:
    assert refused(rcs, **settings) == errors


def test_a_template_may_be_named_by_a_text(rcs: Rcs) -> None:
    assert send(rcs, template_id="515")["message_text"] == "{code2fa} is your code for the shop"


def test_the_same_is_not_sent_twice_within_ten_seconds(rcs: Rcs) -> None:
    send(rcs)
    assert rcs.call("POST", "/2fa/authentications/otp", OTP).status_code == 429
    rcs.advance("10s")
    send(rcs)


def test_sessions_are_listed(rcs: Rcs) -> None:
    first = send(rcs)
    rcs.advance("1d")
    second = send(rcs, **VIBER | {"recipient": "393331112233"})
    day = {"filter[from]": "2026-03-16", "filter[to]": "2026-03-16"}
    found = rcs.data("GET", "/2fa/authentications", params=day)
    assert (found["total"], [one["id"] for one in found["list"]]) == (1, [second["id"]])
    both = {"filter[from]": "2026-03-15", "filter[to]": "2026-03-16 10:00:00"}

    def ids(**filters: Any) -> set[str]:
        params = both | {f"filter[{name}]": value for name, value in filters.items()}
        return {one["id"] for one in rcs.data("GET", "/2fa/authentications", params=params)["list"]}

    assert ids(status="expired") >= {first["id"]}
    assert ids(channel="viber") == ids(country_code="IT") == ids(recipient="393331112233") == {second["id"]}
    assert ids(ids=f"{first['id']},{second['id']}") == {first["id"], second["id"]}
    assert ids(ids=[first["id"], second["id"]]) == {first["id"], second["id"]}
    backwards = rcs.data("GET", "/2fa/authentications", params=both | {"sort": "created_at", "way": "desc"})
    assert backwards["list"][0]["id"] == second["id"]


@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"filter[to]": "2026-03-15"}, {"filterfrom": BLANK}),
        (
            {"filter[from]": "2026-03-15", "filter[to]": "today"},
            {"filterto": ["This value is not a valid datetime."]},
        ),
    ],
)
def test_a_list_has_days(rcs: Rcs, params: Any, errors: Any) -> None:
    assert rcs.refused("GET", "/2fa/authentications", params=params)[2] == errors
