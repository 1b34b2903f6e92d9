"""The messages of one-time passwords, as the control plane shows them and as callbacks report them."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.otp import OTP, VIBER, act, codes, send, session, verify, wrong
from tests.receiver import receiving


def found_by(rcs: Rcs, otp: Any) -> list[Any]:
    """Return the messages that the control plane finds by the id of a session."""
    answer = rcs.emulator.http.get("/_emulator/messages", params={"id": otp["id"]})
    found: list[Any] = answer.json()["messages"]
    return found


@pytest.mark.parametrize("digits", range(3, 10))
def test_a_code_is_found_whatever_its_length(rcs: Rcs, digits: int) -> None:
    otp = send(rcs, code_digits=digits)
    [code] = codes(rcs)
    assert (len(code), verify(rcs, otp, code)) == (digits, "verified")


@pytest.mark.parametrize("text", ["{code2fa}", "Order 20261 of {name}: {code2fa}", "Код 4711: {code2fa}"])
def test_a_code_is_found_in_any_text(rcs: Rcs, text: str) -> None:
    body = {"name": "Any text", "text": text}
    template = rcs.data("POST", "/2fa/authentications/templates", body)["template_id"]
    rcs.advance("1m")
    otp = send(rcs, template_id=template)
    [code] = codes(rcs)
    assert verify(rcs, otp, code) == "verified"


def test_every_message_keeps_its_own_code(rcs: Rcs) -> None:
    otp = send(rcs)
    [first] = codes(rcs)
    act(rcs, otp, "resend")
    assert codes(rcs)[0] == first != codes(rcs)[1]


EXPIRES = "380671112902"


def verify_rightly(rcs: Rcs, otp: Any) -> None:
    assert verify(rcs, otp, codes(rcs, EXPIRES)[0]) == "verified"


def use_up_the_tries(rcs: Rcs, otp: Any) -> None:
    for _ in range(3):
        verify(rcs, otp, wrong(codes(rcs, EXPIRES)[0]))
        rcs.advance("11s")
    assert session(rcs, otp)["status"] == "failed"


def cancel(rcs: Rcs, otp: Any) -> None:
    assert act(rcs, otp, "cancel").status_code == 200


@pytest.mark.parametrize("end", [verify_rightly, use_up_the_tries, cancel])
def test_no_sms_has_a_code_that_nobody_can_enter_any_more(rcs: Rcs, end: Any) -> None:
    otp = send(rcs, recipient=EXPIRES, **VIBER)
    rcs.advance("2s")
    end(rcs, otp)
    rcs.advance("10m")
    [viber] = session(rcs, otp)["messages"]
    assert (viber["channel"], rcs.messages(id=viber["id"])[0]["status"]) == ("viber", "expired")


def test_of_two_codes_an_sms_has_the_second_alone(rcs: Rcs) -> None:
    otp = send(rcs, recipient=EXPIRES, **VIBER)
    rcs.advance("1m")
    act(rcs, otp, "resend")
    rcs.advance("10m")
    assert [message["channel"] for message in session(rcs, otp)["messages"]] == ["viber", "viber", "sms"]
    first, second, by_sms = codes(rcs, EXPIRES)
    assert first != second == by_sms


def test_an_sms_that_follows_a_message_which_expires_has_its_code(rcs: Rcs) -> None:
    otp = send(rcs, recipient=EXPIRES, **VIBER)
    rcs.advance("10m")
    assert [message["channel"] for message in session(rcs, otp)["messages"]] == ["viber", "sms"]


def test_messages_are_found_by_the_session(rcs: Rcs) -> None:
    otp, _ = send(rcs, recipient="380671112905", **VIBER), send(rcs)
    rcs.advance("11s")
    act(rcs, otp, "resend")
    rcs.advance("20s")
    found = found_by(rcs, otp)
    assert [message["channel"] for message in found] == ["viber", "sms", "viber", "sms"]
    assert {message["provider_ids"]["authentication_id"] for message in found} == {otp["id"]}


def test_what_is_no_session_finds_nothing(rcs: Rcs) -> None:
    assert found_by(rcs, {"id": "0e7a1c52-0000-4000-a000-00000000ffff"}) == []


def test_callbacks_report_the_messages(rcs: Rcs) -> None:
    with receiving() as receiver:
        target = {"provider": "rcs", "url": receiver.url}
        assert rcs.emulator.http.post("/_emulator/webhooks/targets", json=target).status_code == 201
        otp = send(rcs, recipient="380671112905", **VIBER)
        rcs.advance("1m")
        told = [(one.json["id"], one.json["status"], one.json["price"]) for one in receiver.requests]
    viber, sms = (str(message["id"]) for message in session(rcs, otp)["messages"])
    assert told == [
        (viber, "sending", "0.0300000"),
        (viber, "not_viber_user", "0.0000000"),
        (sms, "sent", "0.0500000"),
        (sms, "delivered", "0.0500000"),
    ]


def test_a_code_is_not_sent_again_at_once(rcs: Rcs) -> None:
    otp = send(rcs)
    assert act(rcs, otp, "resend").status_code == 200
    again = act(rcs, otp, "resend")
    text = {"message": "Too many duplicate request detected"}
    assert (again.status_code, again.json()) == (429, text)
    assert len(codes(rcs)) == 2
    rcs.advance("10s")
    assert act(rcs, otp, "resend").status_code == 200


def test_without_money_the_code_before_stays(rcs: Rcs) -> None:
    otp = send(rcs)
    [code] = codes(rcs)
    rcs.emulator.http.post("/_emulator/balances/rcs", json={"set": 0})
    assert act(rcs, otp, "resend").json()["errors"] == ["Insufficient funds"]
    assert verify(rcs, otp, code) == "verified"


def test_a_phone_that_went_on_the_stop_list_gets_no_second_code(rcs: Rcs) -> None:
    otp = send(rcs)
    phones = {"phones": [int(OTP["recipient"])], "types": ["sms"]}
    assert rcs.call("POST", "/stoplist/attach", phones).status_code == 200
    assert act(rcs, otp, "resend").json()["errors"] == ["Exists on the stop list"]
