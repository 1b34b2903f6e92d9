"""Sending messages, and their statuses: https://telcowwt.com/documentations/rest-api/rcs-api/."""

from collections import Counter

import pytest

from tests.rcs.conftest import Rcs, send_body

SMS = {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}


def statuses(rcs: Rcs, campaign: int) -> list[str]:
    return [message["status"] for message in rcs.messages(campaign_id=campaign)]


def test_a_message_waits_leaves_and_arrives(rcs: Rcs) -> None:
    campaign = rcs.send()["id"]
    seen = [statuses(rcs, campaign)]
    for step in ("3s", "1s", "2s"):
        rcs.advance(step)
        seen.append(statuses(rcs, campaign))
    assert seen == [["scheduled"], ["sending"], ["sent"], ["delivered"]]


def test_a_single_message_is_accepted_and_leaves_at_once(rcs: Rcs) -> None:
    message = rcs.send_one("380671112233")
    assert message == {
        "id": message["id"],
        "reference_id": None,
        "source": "rest",
        "type": "rcs",
        "phone": 380671112233,
        "status": "accepted",
        "validity": 72,
        "amount": {"value": "0.0175696", "currency": "USD"},
        "sender": "my_agent",
        "created_at": "2026-03-15 14:30:00",
        "sent_at": None,
        "delivered_at": None,
    }
    seen = []
    for step in ("0s", "1s", "2s"):
        rcs.advance(step)
        seen += [found["status"] for found in rcs.messages(id=message["id"])]
    assert seen == ["sending", "sent", "delivered"]


def test_a_single_message_belongs_to_no_campaign(rcs: Rcs) -> None:
    message = rcs.send_one("380671112233")
    assert rcs.messages(id=message["id"])[0]["campaign_id"] is None


@pytest.mark.parametrize(
    ("ending", "after", "status"),
    [
        ("000", "10s", "delivered"),
        ("901", "10s", "delivered"),
        ("901", "70s", "read"),
        ("902", "71h", "sent"),
        ("902", "73h", "expired"),
        ("903", "10s", "undelivered"),
        ("904", "10s", "failed"),
        ("905", "10s", "not_service_user"),
        ("906", "10s", "sent"),
        ("906", "70s", "unknown"),
        ("907", "10s", "undelivered"),
    ],
)
def test_the_end_of_the_number_decides(rcs: Rcs, ending: str, after: str, status: str) -> None:
    campaign = rcs.send(f"380671112{ending}")["id"]
    rcs.advance(after)
    assert statuses(rcs, campaign) == [status]


@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [({"validity": 1}, "59m", "2m"), ({"validity_seconds": 30}, "29s", "5s")],
)
def test_a_message_expires_when_its_validity_is_over(
    rcs: Rcs, settings: dict[str, int], before: str, after: str
) -> None:
    campaign = rcs.send("380671112902", **settings)["id"]
    rcs.advance(before)
    assert statuses(rcs, campaign) == ["sent"]
    rcs.advance(after)
    assert statuses(rcs, campaign) == ["expired"]


def test_messages_leave_at_the_pace_of_the_account(rcs: Rcs) -> None:
    campaign = rcs.send(*[f"3806711{number:05}" for number in range(50)])["id"]
    waiting = []
    for step in ("3s", "1s", "1s"):
        rcs.advance(step)
        waiting.append(rcs.detail(campaign)["statistics"]["scheduled"])
    assert waiting == [30, 10, 0]


def test_both_forms_of_the_statistics(rcs: Rcs) -> None:
    endings = ("000", "001", "901", "903", "904", "905", "906")
    campaign = rcs.send(*[f"380671112{ending}" for ending in endings])["id"]
    rcs.advance("5m")
    assert rcs.campaign(campaign)["statistics"] == {"delivered": 3, "sent": 5}
    detail = rcs.detail(campaign)
    assert detail["statistics"] == {
        "delivered": 2,
        "sent": 0,
        "scheduled": 0,
        "moderation": 0,
        "accepted": 0,
        "sending": 0,
        "expired": 0,
        "failed": 1,
        "undelivered": 1,
        "unknown": 1,
        "read": 1,
        "not_viber_user": 0,
        "not_rcs_user": 1,
    }
    assert (detail["total_messages"], detail["total_phones"]) == (7, 7)
    assert detail["started_at"] == detail["start_at"]
    assert detail["actual_start_at"] == detail["real_start_at"] == "2026-03-15 14:30:03"


@pytest.mark.parametrize("ending", ["902", "903", "904", "905"])
def test_an_sms_stands_in_for_a_message_that_did_not_arrive(rcs: Rcs, ending: str) -> None:
    campaign = rcs.send(f"380671112{ending}", alternative_channel=SMS)["id"]
    rcs.advance("80h")
    message, sms = rcs.messages(campaign_id=campaign)
    assert (sms["type"], sms["status"], sms["sender"]) == ("sms", "delivered", "MyShop")
    assert (sms["text"], sms["parts"], sms["phone"]) == ("Hello by SMS", 1, message["phone"])
    assert message["alternative_channels"] == {"sms": {"parts": 1, "id": [sms["id"]]}}
    channels = rcs.campaign(campaign)["alternative_channels"]["sms"]
    assert channels["statistics"] == channels["statistic"] == {"delivered": 1, "sent": 1}


@pytest.mark.parametrize("ending", ["000", "901", "906"])
def test_no_sms_stands_in_for_other_messages(rcs: Rcs, ending: str) -> None:
    campaign = rcs.send(f"380671112{ending}", alternative_channel=SMS)["id"]
    rcs.advance("80h")
    assert len(rcs.messages(campaign_id=campaign)) == 1
    assert rcs.campaign(campaign)["alternative_channels"]["sms"]["statistic"]["sent"] == 0


def test_the_sms_arrives_two_seconds_after_it_is_sent(rcs: Rcs) -> None:
    campaign = rcs.send("380671112903", alternative_channel=SMS)["id"]
    rcs.advance("6s")
    assert statuses(rcs, campaign) == ["undelivered", "sent"]
    rcs.advance("2s")
    assert statuses(rcs, campaign) == ["undelivered", "delivered"]


def test_an_sms_may_fail_too(rcs: Rcs) -> None:
    campaign = rcs.send("380671112907", alternative_channel=SMS)["id"]
    rcs.advance("1m")
    assert statuses(rcs, campaign) == ["undelivered", "undelivered"]
    assert rcs.detail(campaign)["alternative_channels"]["sms"]["statistics"]["undelivered"] == 1


def test_an_sms_stands_in_for_a_single_message(rcs: Rcs) -> None:
    rcs.send_one("380671112904", reference="r1", alternative_channel=SMS)
    rcs.advance("1m")
    found = rcs.messages(reference_id="r1")
    assert [(message["type"], message["status"]) for message in found] == [
        ("rcs", "failed"),
        ("sms", "delivered"),
    ]


def test_no_sms_goes_out_after_a_stop(rcs: Rcs) -> None:
    campaign = rcs.send("380671112902", "380671112903", *_many(40), alternative_channel=SMS)["id"]
    rcs.advance("4s")
    rcs.data("PUT", f"/campaigns/{campaign}/stop")
    rcs.advance("5d")
    assert {message["type"] for message in rcs.messages(campaign_id=campaign)} == {"rcs"}


def test_a_campaign_without_a_fallback_has_no_alternative_channels(rcs: Rcs) -> None:
    campaign = rcs.send()
    assert campaign["alternative_channels"] is None
    assert rcs.detail(campaign["id"])["alternative_channels"] is None


def test_stop_listed_phones_get_nothing(rcs: Rcs) -> None:
    campaign = rcs.send("380670000091", "380671112233")["id"]
    rcs.advance("1m")
    assert [message["phone"] for message in rcs.messages(campaign_id=campaign)] == [380671112233]
    assert rcs.detail(campaign)["total_phones"] == 2
    assert rcs.campaign(campaign)["statistics"] == {"delivered": 1, "sent": 1}


def test_the_stop_list_can_be_left_unchecked(rcs: Rcs) -> None:
    campaign = rcs.send("380670000091", check_stop_list=False)["id"]
    rcs.advance("1m")
    assert statuses(rcs, campaign) == ["delivered"]


def test_a_campaign_for_nobody_but_stop_listed_phones_is_done(rcs: Rcs) -> None:
    campaign = rcs.send("380670000091")["id"]
    rcs.advance("3s")
    assert rcs.campaign(campaign)["status"] == "done"


def test_a_stop_listed_phone_gets_no_single_message(rcs: Rcs) -> None:
    body = {"phone": {"number": "380670000091"}, "sender": "my_agent", "options": {"text": "Hello"}}
    refusal = rcs.refused("POST", "/messages/rcs/send", body)
    assert refusal == (422, "Exists on the stop list", [])


@pytest.mark.parametrize(("checked", "types"), [(True, ["rcs"]), (False, ["rcs", "sms"])])
def test_the_sms_has_a_stop_list_of_its_own(rcs: Rcs, checked: bool, types: list[str]) -> None:  # noqa: FBT001 -- a case
    sms = SMS["sms"] | {"check_stop_list": checked}
    campaign = rcs.send("380670092903", alternative_channel={"sms": sms})["id"]
    rcs.advance("1m")
    assert [message["type"] for message in rcs.messages(campaign_id=campaign)] == types


def test_an_agent_reaches_only_its_countries(rcs: Rcs) -> None:
    campaign = rcs.send("380671112233", "447911123456", sender="ukraine_only")["id"]
    rcs.advance("1m")
    assert statuses(rcs, campaign) == ["delivered", "failed"]


def test_a_list_is_a_recipient_too(rcs: Rcs) -> None:
    body = {"groups": [1860001, 1860002], "sender": "my_agent", "options": {"text": "Hello"}}
    campaign = rcs.data("POST", "/campaigns/rcs/send-groups", body)["id"]
    assert rcs.detail(campaign)["total_messages"] == 44
    phones = [message["phone"] for message in rcs.messages(campaign_id=campaign)]
    assert len(set(phones)) == 44


def test_an_empty_list_makes_an_empty_campaign(rcs: Rcs) -> None:
    body = {"groups": [1860003], "sender": "my_agent", "options": {"text": "Hello"}}
    campaign = rcs.data("POST", "/campaigns/rcs/send-groups", body)["id"]
    rcs.advance("3s")
    assert rcs.campaign(campaign)["status"] == "done"


def test_an_unknown_list(rcs: Rcs) -> None:
    body = {"groups": [1860001, 5], "sender": "my_agent", "options": {"text": "Hello"}}
    refusal = rcs.refused("POST", "/campaigns/rcs/send-groups", body)
    assert refusal == (422, "Contact group is not found", [])


def test_the_same_request_within_ten_seconds_is_refused(rcs: Rcs) -> None:
    body = send_body()
    rcs.data("POST", "/campaigns/rcs/send", body)
    rcs.advance("9s")
    answer = rcs.call("POST", "/campaigns/rcs/send", body)
    assert answer.status_code == 429
    assert answer.json() == {"message": "Too many duplicate request detected"}
    rcs.advance("1s")
    assert rcs.call("POST", "/campaigns/rcs/send", body).status_code == 200


def test_a_refused_request_is_no_duplicate(rcs: Rcs) -> None:
    body = send_body(sender="nobody")
    assert rcs.call("POST", "/campaigns/rcs/send", body).status_code == 422
    assert rcs.call("POST", "/campaigns/rcs/send", body).status_code == 422


def test_another_query_is_no_duplicate(rcs: Rcs) -> None:
    for query in ("", "?a=1", "?a=2"):
        assert rcs.call("POST", f"/campaigns/rcs/send{query}", send_body()).status_code == 200
    assert rcs.call("POST", "/campaigns/rcs/send?a=1", send_body()).status_code == 429


def test_another_body_is_no_duplicate(rcs: Rcs) -> None:
    rcs.send("380671112233")
    rcs.send("380671112234")


@pytest.mark.parametrize("name", ["", "dry_run", "nobody_knows_it"])
@pytest.mark.parametrize("value", [{}, True, "perhaps"])
def test_a_field_that_is_not_read_makes_no_rehearsal(rcs: Rcs, name: str, value: object) -> None:
    body = send_body() | {name: value}
    assert rcs.call("POST", "/campaigns/rcs/send", body).status_code == 200
    assert rcs.call("POST", "/campaigns/rcs/send", body).status_code == 429


def _many(count: int) -> list[str]:
    return [f"3806722{number:05}" for number in range(count)]


@pytest.mark.parametrize(
    "start_at",
    [
        "2026-03-16T09:00:00.123456789Z",
        "2026-03-16t09:00:00z",
        "2026-03-16T12:00:00+03",
        "2026-03-16 09:00:00",
    ],
)
def test_ways_to_write_a_start(rcs: Rcs, start_at: str) -> None:
    assert rcs.send(start_at=start_at)["start_at"] == "2026-03-16 09:00:00"


@pytest.mark.parametrize("validity", [True, "2_4", " 24 ", "24.0", 24.5])
def test_what_is_no_integer(rcs: Rcs, validity: object) -> None:
    found = rcs.wrong("/campaigns/rcs/send", send_body(validity=validity))
    assert found == {"validity": ["This value should be of type integer."]}


def test_the_guard_looks_at_the_clock_that_there_is(rcs: Rcs) -> None:
    rcs.send()
    rcs.emulator.http.post("/_emulator/clock", json={"set": "2026-03-15T14:00:00Z"})
    assert rcs.send()["status"] == "creation"


def test_the_events_of_a_campaign_say_how_many_messages_they_move(rcs: Rcs) -> None:
    """20 a second leave; events of many messages run on another thread."""
    campaign = rcs.send(*(f"3806711122{number:02}" for number in range(50)))
    [(job,)] = rcs.emulator.query("SELECT job_id FROM rcs_campaign WHERE id = ?", campaign["id"])
    subjects = f"rcs.campaign:{campaign['id']}", f"job:{job}"
    seen: dict[tuple[int, int], tuple[str, int]] = {}
    for _ in range(10):
        found = rcs.emulator.query(
            "SELECT due, id, name, rows FROM due_event WHERE subject IN (?, ?) ORDER BY due, id", *subjects
        )
        seen |= {(due, number): (name, rows) for due, number, name, rows in found}
        rcs.emulator.advance("1s")
    assert Counter(seen.values()) == {
        ("rcs.moderate", 1): 1,
        ("rcs.judge", 20): 1,
        ("rcs.batch", 20): 1,
        ("rcs.batch", 10): 1,
        ("rcs.step", 20): 4,
        ("rcs.step", 10): 2,
    }
