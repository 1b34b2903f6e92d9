"""Webhooks: what the providers tell their clients, seen by a real receiver."""

import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.receiver import Receiver, receiving

PHONE = "380670001000"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return without_targets(emulator.sandbox("hooks", clock="frozen"))


def without_targets(box: Sandbox) -> Sandbox:
    """Take away the target that the fixtures bring."""
    (target,) = box.control("GET", "/webhooks/targets").json()["targets"]
    assert box.control("DELETE", f"/webhooks/targets/{target['id']}").status_code == 204
    return box


def target(box: Sandbox, receiver: Receiver, **wanted: Any) -> Any:
    answer = box.control("POST", "/webhooks/targets", json={"url": receiver.url, **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


def mail(box: Sandbox, *contacts: str, subject: str = "Hello") -> str:
    """Publish a campaign to a list of the fixture and let it begin; answer its id."""
    draft = {
        "name": "Hooks",
        "subject": subject,
        "htmlTemplate": '<a href="https://shop.example.com/sale">Sale</a>',
        "from": {"email": "hello@example.com"},
        "toLists": ["66a0c1d2e3f4a5b6c7d8dd01"],
        "sendNow": True,
        "publish": True,
    }
    answer = box.http.post("/v1/campaigns", json=draft, headers=box.autosend)
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["data"]["id"]
    for contact in contacts:
        rule = {"job": f"autosend/campaign/{number}", "recipient": "ann@*", "outcome": contact}
        assert box.control("POST", "/outcomes", json=rule).status_code == 201
    return number


def send(box: Sandbox, phone: str = PHONE, reference: str = "order42", **more: Any) -> int:
    body: dict[str, Any] = {"phone": {"number": phone, "reference_id": reference}, "sender": "my_agent"}
    answer = box.http.post(
        "/api/messages/rcs/send", json=body | {"options": {"text": "Hi"}} | more, headers=box.rcs
    )
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["data"]["id"]
    return number


def deliveries(box: Sandbox, **params: Any) -> Any:
    return box.control("GET", "/webhooks/deliveries", params=params).json()["deliveries"]


def test_autosend_signs_what_it_tells(box: Sandbox, receiver: Receiver) -> None:
    secret = target(box, receiver, provider="autosend", events=["email.delivered"])["secret"]
    campaign = mail(box)
    box.advance("125s")
    first = next(one for one in receiver.requests if one.json["data"]["to"]["email"] == "ann@example.com")
    assert secret.startswith("whsec_")
    assert first.headers["x-webhook-signature"] == hmac.digest(secret.encode(), first.body, "sha256").hex()
    assert first.headers["x-webhook-event"] == "email.delivered"
    assert first.headers["user-agent"] == "AutoSend-Webhooks/1.0"
    assert first.headers["x-webhook-timestamp"] == "1773585123000"
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


def test_rcs_does_not_try_again(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500)
    send(box, callback_url=receiver.url)
    box.advance("1d")
    assert [one["state"] for one in deliveries(box)] == ["failed"] * 3
    assert len(receiver.requests) == 3


def launch(box: Sandbox, mailing: int) -> None:
    body = {"id": mailing, "run_now": True}
    answer = box.http.post("/api/v1.1/campaigns/activate", json=body, headers=box.altcraft)
    assert answer.json()["error"] == 0, answer.text


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


def test_altcraft_takes_an_answer_for_success_that_fits_the_pattern(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["send"], settings={"pattern": "^accepted"})
    launch(box, 91)
    box.advance("5s")
    assert {one["state"] for one in deliveries(box)} == {"failed"}
    receiver.answers = [(500, {}, b"accepted all")]
    assert box.control("POST", "/webhooks/replay", json={}).json()["replayed"] > 0
    assert {one["state"] for one in deliveries(box)} == {"delivered"}


def test_a_first_opening_is_unique(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["open", "uopen"])
    launch(box, 12)
    box.advance("1h")
    ours = [one.json[0] for one in receiver.requests if one.json[0]["event_data"]["campaign_id"] == 12]
    assert {event["event_type"] for event in ours} == {"open", "uopen"}
    assert ours[0]["event_data"]["ip"] == "192.0.2.14"


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


def test_a_delivery_is_logged_with_request_and_answer(box: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [(200, {"X-Receipt": "7"}, b"thanks")]
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    (attempt,) = delivery["attempts"]
    assert (attempt["status"], attempt["answer_body"]) == (200, "thanks")
    assert attempt["answer_headers"]["X-Receipt"] == "7"
    assert attempt["request_headers"]["Content-Type"] == "application/json"
    assert delivery["body"] == receiver.requests[0].body.decode()
    assert box.control("GET", f"/webhooks/deliveries/{delivery['id']}").json() == delivery


def test_a_delivery_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    again = box.control("POST", f"/webhooks/deliveries/{delivery['id']}/replay").json()
    assert [one.body for one in receiver.requests] == [receiver.requests[0].body] * 2
    assert [attempt["number"] for attempt in again["attempts"]] == [1, 1]


def test_all_failed_deliveries_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500, 200, 500, 200)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert [one["state"] for one in deliveries(box)] == ["failed", "delivered", "failed"]
    assert box.control("POST", "/webhooks/replay", json={"state": "failed"}).json() == {"replayed": 2}
    assert [one["state"] for one in deliveries(box)] == ["delivered"] * 3


def disturb(box: Sandbox, **wanted: Any) -> Any:
    answer = box.control("POST", "/webhooks/disturbances", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def told(receiver: Receiver) -> list[str]:
    return [one.json["status"] for one in receiver.requests]


def test_a_duplicate_arrives_twice_under_one_name(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="duplicate", times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sending", "sending", "sent", "delivered"]
    assert receiver.requests[0].body == receiver.requests[1].body


def test_reordered_events_come_after_the_next(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="reorder", after=1, times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sending", "delivered", "sent"]


def test_a_dropped_event_never_comes_and_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="drop", times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sent", "delivered"]
    (dropped,) = deliveries(box, state="dropped")
    box.control("POST", f"/webhooks/deliveries/{dropped['id']}/replay")
    assert told(receiver) == ["sent", "delivered", "sending"]


def test_a_delayed_event_comes_later_on_the_sandbox_clock(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="delay", delay="10m", times=1)
    send(box, callback_url=receiver.url)
    box.advance("9m")
    assert told(receiver) == ["sent", "delivered"]
    box.advance("1m")
    assert told(receiver) == ["sent", "delivered", "sending"]


def test_a_corrupt_signature_looks_right_and_is_wrong(box: Sandbox, receiver: Receiver) -> None:
    secret = target(box, receiver, provider="autosend", events=["email.sent"])["secret"]
    disturb(box, action="corrupt_signature", provider="autosend", times=1)
    mail(box)
    box.advance("1h")
    fine = [
        one.headers["x-webhook-signature"] == hmac.digest(secret.encode(), one.body, "sha256").hex()
        for one in receiver.requests
    ]
    assert fine[0] is False
    assert all(fine[1:])
    assert len(receiver.requests[0].headers["x-webhook-signature"]) == 64


def test_disturbances_are_counted_and_deleted(box: Sandbox, receiver: Receiver) -> None:
    made = disturb(box, action="drop", type="status", after=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    (listed,) = box.control("GET", "/webhooks/disturbances").json()["disturbances"]
    assert (listed["matched"], listed["hits"]) == (3, 2)
    assert box.control("DELETE", f"/webhooks/disturbances/{made['id']}").status_code == 204
    disturb(box, action="drop")
    assert box.control("DELETE", "/webhooks/disturbances").status_code == 204
    assert box.control("GET", "/webhooks/disturbances").json()["total"] == 0


def test_a_redirect_is_not_followed(box: Sandbox, receiver: Receiver) -> None:
    with receiving() as other:
        receiver.answers = [(302, {"Location": other.url}, b"")]
        send(box, callback_url=receiver.url)
        box.advance("1m")
        assert not other.requests
    assert {one["attempts"][0]["status"] for one in deliveries(box)} == {302}


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0:4610/",
        "http://8.8.8.8/",
        "http://100.100.100.200/",
    ],
)
def test_nothing_is_sent_to_addresses_that_are_not_private(box: Sandbox, url: str) -> None:
    send(box, callback_url=url)
    box.advance("1s")
    attempt = deliveries(box)[0]["attempts"][0]
    assert attempt["status"] is None
    assert "not loopback or private" in attempt["error"]


def test_a_receiver_that_is_not_there_is_an_error_of_the_attempt(box: Sandbox) -> None:
    with receiving() as gone:
        pass
    send(box, callback_url=gone.url)
    box.advance("1s")
    attempt = deliveries(box)[0]["attempts"][0]
    assert attempt["status"] is None
    assert attempt["error"]


def test_a_huge_answer_is_cut(box: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b"x" * 1_000_000)]
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    assert delivery["state"] == "delivered"
    assert len(delivery["attempts"][0]["answer_body"]) == 64 * 1024


def test_a_target_can_be_changed_switched_off_and_deleted(box: Sandbox, receiver: Receiver) -> None:
    made = target(box, receiver, provider="rcs")
    path = f"/webhooks/targets/{made['id']}"
    changed = box.control("PATCH", path, json={"events": ["click"]}).json()
    assert changed["events"] == ["click"]
    box.control("PATCH", path, json={"events": [], "is_active": False})
    send(box)
    box.advance("1m")
    assert not [one for one in receiver.requests if one.json["reference"]]
    assert box.control("DELETE", path).status_code == 204
    assert box.control("GET", "/webhooks/targets").json()["total"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"provider": "pigeon", "url": "http://127.0.0.1/"}, "provider"),
        ({"provider": "rcs"}, "url"),
        ({"provider": "rcs", "url": "ftp://127.0.0.1/"}, "url"),
        ({"provider": "rcs", "url": "127.0.0.1"}, "url"),
        ({"provider": "rcs", "url": "http://user:secret@127.0.0.1/"}, "url"),
        ({"provider": "rcs", "url": "http://127.0.0.1:99999/"}, "url"),
        ({"provider": "rcs", "url": "http://[::1/"}, "url"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "events": ["email.sent"]}, "events.0"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "settings": {"batch": 5}}, "settings.batch"),
        ({"provider": "altcraft", "url": "http://127.0.0.1/", "settings": {"batch": 0}}, "settings"),
        ({"provider": "altcraft", "url": "http://127.0.0.1/", "settings": {"pattern": "("}}, "settings"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_target_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/webhooks/targets", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert box.control("GET", "/webhooks/targets").json()["total"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "action"),
        ({"action": "burn"}, "action"),
        ({"action": "delay"}, "body"),
        ({"action": "drop", "delay": "1m"}, "body"),
        ({"action": "drop", "times": 0}, "times"),
        ({"action": "drop", "after": -1}, "after"),
        ({"action": "drop", "provider": "pigeon"}, "provider"),
        ({"action": "drop", "type": "email.vanished"}, "type"),
        ({"action": "drop", "provider": "rcs", "type": "email.sent"}, "type"),
        ({"action": "drop", "probability": 0.5}, "probability"),
    ],
)
def test_a_wrong_disturbance_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/webhooks/disturbances", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/webhooks/targets/9"),
        ("DELETE", "/webhooks/targets/9"),
        ("GET", "/webhooks/deliveries/9"),
        ("POST", "/webhooks/deliveries/9/replay"),
        ("DELETE", "/webhooks/disturbances/9"),
    ],
)
def test_what_is_not_there_is_a_problem(box: Sandbox, method: str, path: str) -> None:
    answer = box.control(method, path, json={} if method == "PATCH" else None)
    assert answer.status_code == 404


def test_targets_and_deliveries_belong_to_one_sandbox(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    other = without_targets(emulator.sandbox("other", clock="frozen"))
    target(box, receiver, provider="rcs")
    send(other)
    other.advance("1m")
    assert not receiver.requests
    assert other.control("GET", "/webhooks/targets").json()["total"] == 0


def test_a_snapshot_carries_deliveries_that_are_still_to_be_tried(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500)
    target(box, receiver, provider="autosend", events=["email.bounced"])
    mail(box, "bounced")
    box.advance("124s")
    box.control("POST", "/snapshots", json={"name": "failing"})
    box.advance("1h")
    assert len(receiver.requests) == 4
    receiver.answer(200)
    box.control("POST", "/snapshots/failing/restore")
    box.advance("1h")
    assert len(receiver.requests) == 5
    assert [one["state"] for one in deliveries(box)] == ["delivered"]


def test_nothing_of_before_a_reset_is_delivered_after_it(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="rcs")
    send(box)
    box.advance("1ms")
    before = len(receiver.requests)
    box.control("POST", "/reset")
    box.advance("1h")
    assert len(receiver.requests) == before


def test_deliveries_come_the_newest_first(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="rcs")
    send(box)
    box.advance("1h")
    oldest = [delivery["id"] for delivery in deliveries(box)]
    assert len(oldest) > 2
    assert [delivery["id"] for delivery in deliveries(box, order="newest", limit=2)] == oldest[:-3:-1]
