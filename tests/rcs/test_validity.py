"""How long messages are valid: https://telcowwt.com/documentations/rest-api/rcs-api/ (validity)."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

SMS = {"sender": "MyShop", "text": "Hello by SMS"}
BLANK = {"validity_seconds": ["This value should be blank."]}


def found(rcs: Rcs) -> list[tuple[str, str, str]]:
    """Return channel, status and time of the last change of this test's messages."""
    listed = rcs.emulator.http.get(
        "/_emulator/messages", params={"recipient": "380671112", "since": "2026-03-15T14:30:00Z"}
    ).json()["messages"]
    details = [rcs.emulator.http.get(f"/_emulator/messages/{one['id']}").json() for one in listed]
    return [(one["channel"], one["status"], one["history"][-1]["at"][11:19]) for one in details]


@pytest.mark.parametrize("ending", ["902", "906", "908"])
def test_what_has_not_arrived_in_time_expires_and_an_sms_stands_in(rcs: Rcs, ending: str) -> None:
    rule = {"provider": "rcs", "channel": "sms", "outcome": "delivered"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    rcs.send_one(f"380671112{ending}", validity_seconds=30, alternative_channel={"sms": SMS})
    rcs.advance("1h")
    assert found(rcs) == [("rcs", "expired", "14:30:30"), ("sms", "delivered", "14:30:32")]


def test_a_rule_does_not_deliver_what_has_expired(rcs: Rcs) -> None:
    rule = {"provider": "rcs", "recipient": "*777", "outcome": "delivered", "delay": "5m"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    rcs.send_one("380671112777", validity_seconds=60)
    rcs.advance("1h")
    assert found(rcs) == [("rcs", "expired", "14:31:00")]


@pytest.mark.parametrize(("seconds", "status"), [(899, "expired"), (900, "delivered")])
def test_what_arrives_when_validity_ends_has_arrived(rcs: Rcs, seconds: int, status: str) -> None:
    rcs.send_one("380671112908", validity_seconds=seconds)
    rcs.advance("1h")
    assert [status_ for _, status_, _ in found(rcs)] == [status]


def test_what_ended_in_time_does_not_expire(rcs: Rcs) -> None:
    rcs.send_one("380671112903", validity_seconds=30)
    rcs.advance("1h")
    assert found(rcs) == [("rcs", "undelivered", "14:30:03")]


def test_what_was_delivered_in_time_is_read_later(rcs: Rcs) -> None:
    rcs.send_one("380671112901", validity_seconds=30)
    rcs.advance("1h")
    assert found(rcs) == [("rcs", "read", "14:31:03")]


def test_an_sms_expires_too(rcs: Rcs) -> None:
    phone = {"number": "380671112902"}
    body = {"channels": ["sms"], "phone": phone, "sms": SMS, "validity_seconds": 90}
    rcs.data("POST", "/messages/send", body)
    rcs.advance("1h")
    assert found(rcs) == [("sms", "expired", "14:31:30")]
    assert rcs.balance() == 999.95


def test_an_alternative_sms_has_a_validity_of_its_own(rcs: Rcs) -> None:
    rule = {"provider": "rcs", "channel": "sms", "outcome": "delayed"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    sms = SMS | {"validity_seconds": 45, "validity": 24}
    rcs.send_one("380671112904", alternative_channel={"sms": sms})
    rcs.advance("1h")
    assert found(rcs) == [("rcs", "failed", "14:30:01"), ("sms", "expired", "14:30:46")]


def universal(**settings: Any) -> dict[str, Any]:
    return {"channels": ["rcs"], "rcs": {"sender": "my_agent", "text": "Hello"}} | settings


PHONE = {"number": "380671112902"}
SINGLE = {"phone": PHONE, "sender": "my_agent", "options": {"text": "Hello"}}
SENDS = {
    "/messages/rcs/send": SINGLE,
    "/campaigns/rcs/send": send_body("380671112902"),
    "/campaigns/rcs/send-groups": {"groups": [1860001], "sender": "my_agent", "options": {"text": "Hello"}},
    "/messages/send": universal(phone=PHONE),
    "/campaigns/send": universal(recipients={"phones": [PHONE]}),
}


@pytest.mark.parametrize("path", SENDS)
def test_seconds_beside_the_default_of_the_sdks(rcs: Rcs, path: str) -> None:
    answer = rcs.data("POST", path, SENDS[path] | {"validity": 72, "validity_seconds": 300})
    rcs.advance("10m")
    where = {"campaign_id" if "campaigns" in path else "id": answer["id"]}
    assert rcs.messages(**where)[-1]["validity"] == 1


@pytest.mark.parametrize("path", [path for path in SENDS if path != "/messages/rcs/send"])
def test_seconds_beside_hours_that_a_client_chose(rcs: Rcs, path: str) -> None:
    assert rcs.wrong(path, SENDS[path] | {"validity": 24, "validity_seconds": 300}) == BLANK


def test_seconds_win_over_hours_in_a_single_send(rcs: Rcs) -> None:
    rcs.data("POST", "/messages/rcs/send", SINGLE | {"validity": 24, "validity_seconds": 300})
    rcs.advance("10m")
    assert found(rcs) == [("rcs", "expired", "14:35:00")]
