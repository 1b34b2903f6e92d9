"""The webhook events of the providers, as a real receiver gets them."""

import hmac
from typing import Any

import pytest

from emulator.webhooks.events import NO_SUCCESS
from tests.conftest import Sandbox
from tests.control.webhooks.hooks import PHONE, deliveries, launch, mail, send, target
from tests.receiver import Receiver, receiving


def test_autosend_signs_what_it_tells(box: Sandbox, receiver: Receiver) -> None:
    secret = target(box, receiver, provider="autosend", events=["email.delivered"])["secret"]
    campaign = mail(box)
    box.advance("125s")
    first = next(one for one in receiver.requests if one.json["data"]["to"]["email"] == "ann@example.com")
    assert secret.startswith("whsec_")
    assert first.headers["x-webhook-signature"] == hmac.digest(secret.encode(), first.body, "sha256").hex()
    assert first.headers["x-webhook-event"] == "email.delivered"
    assert first.headers["user-agent"] == "AutoSend-Webhooks/1.0"
    assert list(first.json) == ["type", "createdAt", "data"]
    assert first.json["createdAt"] == "2026-03-15T14:32:03.000Z"
    data = first.json["data"]
    assert (data["subject"], data["campaignId"]) == ("Hello", campaign)


@pytest.mark.parametrize(
    ("outcome", "types", "details"),
    [
        ("delivered", ["email.sent", "email.delivered"], {}),
        ("delayed", ["email.sent", "email.deferred", "email.delivered"], {}),
        (
            "clicked",
            ["email.sent", "email.delivered", "email.opened", "email.clicked"],
            {"clickedUrl": "https://shop.example.com/sale"},
        ),
        ("bounced", ["email.sent", "email.bounced"], {"bounceType": "Permanent"}),
        ("soft-bounced", ["email.sent", "email.deferred", "email.bounced"], {"bounceType": "Transient"}),
        ("complained", ["email.sent", "email.delivered", "email.spam_reported"], {"complaintType": "abuse"}),
        ("unsubscribed", ["email.sent", "email.delivered", "email.opened", "email.unsubscribed"], {}),
    ],
)
def test_autosend_tells_what_becomes_of_a_mail(
    box: Sandbox, receiver: Receiver, outcome: str, types: list[str], details: Any
) -> None:
    target(box, receiver, provider="autosend")
    mail(box, outcome)
    box.advance("1h")
    ours = [
        one for one in receiver.requests if one.json["data"].get("to", {}).get("email") == "ann@example.com"
    ]
    told = [one.json["type"] for one in ours]
    if outcome == "unsubscribed":  # that event names no recipient
        told.append(next(type_ for type_ in receiver.types if type_ == "email.unsubscribed"))
    assert told == types
    assert details.items() <= ours[-1].json["data"].items()


def test_autosend_tries_again_after_5_10_and_20_seconds(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500, 404, 503, 200)
    target(box, receiver, provider="autosend", events=["email.bounced"])
    mail(box, "bounced")
    box.advance("122s")
    for wait, number in (("1s", 1), ("5s", 2), ("10s", 3), ("19s", 3), ("1s", 4), ("1h", 4)):
        box.advance(wait)
        assert len(receiver.requests) == number
    assert len({one.headers["x-webhook-delivery-id"] for one in receiver.requests}) == 1
    (delivery,) = deliveries(box)
    assert delivery["state"] == "delivered"
    assert [(one["status"], one["at"]) for one in delivery["attempts"]] == [
        (500, "2026-03-15T14:32:03.000Z"),
        (404, "2026-03-15T14:32:08.000Z"),
        (503, "2026-03-15T14:32:18.000Z"),
        (200, "2026-03-15T14:32:38.000Z"),
    ]


def test_a_long_advance_makes_all_attempts_at_their_times(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500)
    made = target(box, receiver, provider="autosend", events=["email.bounced"])
    mail(box, "bounced")
    box.advance("1h")
    (delivery,) = deliveries(box)
    assert (delivery["state"], len(delivery["attempts"])) == ("failed", 4)
    assert delivery["attempts"][-1]["at"] == "2026-03-15T14:32:38.000Z"
    (listed,) = box.control("GET", "/webhooks/targets").json()["targets"]
    assert (listed["id"], listed["failures"]) == (made["id"], 1)


def test_rcs_tells_each_status_to_the_url_of_the_message(box: Sandbox, receiver: Receiver) -> None:
    number = send(box, callback_url=receiver.url)
    box.advance("1m")
    told = [one.json for one in receiver.requests]
    assert [one["status"] for one in told] == ["sending", "sent", "delivered"]
    assert told[-1] == {
        "error": 0,
        "errorDescription": "No errors",
        "id": str(number),
        "msisdn": PHONE,
        "reference": "order42",
        "time_in": "2026-03-15 14:30:00",
        "time_sent": "2026-03-15 14:30:01",
        "time_dr": "2026-03-15 14:30:03",
        "status": "delivered",
        "price": "0.0175696",
        "currency": "USD",
    }
    assert told[1]["time_dr"] is None


def test_the_url_of_the_message_has_priority_over_that_of_the_account(
    box: Sandbox, receiver: Receiver
) -> None:
    target(box, receiver, provider="rcs")
    with receiving() as own:
        send(box, callback_url=own.url)
        send(box, "380670001111", "order43")
        box.advance("1m")
        assert {one.json["msisdn"] for one in own.requests} == {PHONE}
    assert {one.json["msisdn"] for one in receiver.requests if one.json["reference"]} == {"380670001111"}


def test_rcs_campaigns_report_to_the_account(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="rcs")
    body = {"phones": [{"number": PHONE}], "sender": "my_agent", "options": {"text": "Hi"}}
    assert box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs).status_code == 200
    box.advance("1m")
    assert [one.json["status"] for one in receiver.requests if one.json["msisdn"] == PHONE] == [
        "sending",
        "sent",
        "delivered",
    ]


def test_a_pressed_button_is_a_click_event(box: Sandbox, receiver: Receiver) -> None:
    button = {"text": "Open shop", "url": "https://shop.example.com", "postback_data": "shop"}
    cards = [{"title": "Spring", "text": "Hi", "suggestions": [button]}]
    number = send(box, "380670001909", callback_url=receiver.url, options={"cards": cards})
    box.advance("5m")
    assert receiver.requests[-1].json == {
        "id": str(number),
        "reference": "order42",
        "msisdn": "380670001909",
        "text": "Open shop",
        "postback": "shop",
        "time_click": "2026-03-15T14:31:30",
    }


@pytest.mark.slow
def test_rcs_does_not_try_again(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500)
    send(box, callback_url=receiver.url)
    box.advance("1d")
    assert [one["state"] for one in deliveries(box)] == ["failed"] * 3
    assert len(receiver.requests) == 3


@pytest.mark.slow
def test_altcraft_sends_lists_of_events(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["deliv"])
    launch(box, 91)
    box.advance("1h")
    event = next(one.json[0] for one in receiver.requests if one.json[0]["event_data"]["campaign_id"] == 91)
    assert event["event_type"] == "deliv"
    assert event["event_date"].startswith("2026-03-15T14:30:0")
    assert event["account_id"] == 161
    assert event["event_data"] == {"message_id": 46, "campaign_id": 91, "segment_id": 0, "resource_id": 0}
    assert len(event["_md5"]) == 32


def test_altcraft_gathers_events_up_to_a_number_or_a_time(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["send"], settings={"batch": 10, "timeout": 30})
    launch(box, 91)
    box.advance("2s")
    assert [len(one.json) for one in receiver.requests] == [10]
    box.advance("1m")
    assert len(receiver.requests[1].json) >= 5


@pytest.mark.slow
def test_altcraft_takes_an_answer_for_success_that_fits_the_pattern(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["send"], settings={"pattern": "^accepted"})
    launch(box, 91)
    box.advance("5s")
    assert {one["state"] for one in deliveries(box)} == {"failed"}
    receiver.answers = [(500, {}, b"accepted all")]
    assert box.control("POST", "/webhooks/replay", json={}).json()["replayed"] > 0
    assert {one["state"] for one in deliveries(box)} == {"delivered"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("provider", "status", "error"),
    [("rcs", 204, NO_SUCCESS), ("rcs", 200, None), ("rcs", 500, None), ("autosend", 204, None)],
)
def test_why_a_response_that_looks_like_a_success_is_none_is_said(
    box: Sandbox, receiver: Receiver, provider: str, status: int, error: str | None
) -> None:
    target(box, receiver, provider=provider)
    receiver.answer(status)
    send(box) if provider == "rcs" else mail(box)
    box.advance("10m")
    attempts = [attempt for one in deliveries(box) for attempt in one["attempts"]]
    assert {(attempt["status"], attempt["error"]) for attempt in attempts} == {(status, error)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "said", "state"),
    [(500, b"accepted all", "delivered"), (200, b"OK", "failed")],
)
def test_a_replay_to_a_deleted_target_is_judged_by_the_pattern_that_it_had(
    box: Sandbox, receiver: Receiver, status: int, said: bytes, state: str
) -> None:
    made = target(box, receiver, provider="altcraft", events=["send"], settings={"pattern": "^OK"})
    launch(box, 91)
    box.advance("5s")
    path = f"/webhooks/targets/{made['id']}"
    box.control("PATCH", path, json={"settings": {"pattern": "^accepted"}})
    assert box.control("DELETE", path).status_code == 204
    receiver.answers = [(status, {}, said)]
    assert box.control("POST", "/webhooks/replay", json={}).json()["replayed"] > 0
    assert {one["state"] for one in deliveries(box)} == {state}


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["rcs", "autosend"])
def test_a_replay_to_a_deleted_target_is_judged_by_its_status(
    box: Sandbox, receiver: Receiver, provider: str
) -> None:
    made = target(box, receiver, provider=provider)
    send(box) if provider == "rcs" else mail(box)
    box.advance("10m")
    assert box.control("DELETE", f"/webhooks/targets/{made['id']}").status_code == 204
    for status, state in ((500, "failed"), (200, "delivered")):
        receiver.answer(status)
        assert box.control("POST", "/webhooks/replay", json={}).json()["replayed"] > 0
        assert {one["state"] for one in deliveries(box)} == {state}


@pytest.mark.slow
def test_a_first_opening_is_unique(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["open", "uopen"])
    launch(box, 12)
    box.advance("1h")
    ours = [one.json[0] for one in receiver.requests if one.json[0]["event_data"]["campaign_id"] == 12]
    assert {event["event_type"] for event in ours} == {"open", "uopen"}
    assert ours[0]["event_data"]["ip"] == "192.0.2.14"


@pytest.mark.slow
def test_events_are_pulled_without_a_listener(box: Sandbox) -> None:
    after = box.control("GET", "/webhooks/events", params={"limit": 1000}).json()["after"]
    send(box, "380670001903")
    box.advance("1m")
    pulled = box.control("GET", "/webhooks/events", params={"after": after, "provider": "rcs"}).json()
    assert [event["body"]["status"] for event in pulled["events"]] == ["sending", "sent", "undelivered"]
    again = box.control("GET", "/webhooks/events", params={"after": pulled["after"]}).json()
    assert again["events"] == []


def test_pulled_events_have_the_bodies_of_deliveries(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="autosend")
    mail(box)
    box.advance("1h")
    pulled = box.control("GET", "/webhooks/events", params={"provider": "autosend", "limit": 1000}).json()
    bodies = [event["body"] for event in pulled["events"]]
    assert all(one.json in bodies for one in receiver.requests)
