"""Events of action hooks that recipients do not cause: failed deliveries and launches."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_runs import broadcast, events
from tests.altcraft.test_scenarios import ANN, engaged
from tests.altcraft.test_trigger_launches import made, profile

TARGETS = "/_emulator/webhooks/targets"


def listen(altcraft: Altcraft, *types: str) -> None:
    target = {"provider": "altcraft", "url": "http://127.0.0.1:9/hooks", "events": list(types)}
    assert altcraft.emulator.http.post(TARGETS, json=target).status_code == 201


def told(altcraft: Altcraft) -> list[dict[str, Any]]:
    """Return the events that were delivered to the client's hook."""
    rows = altcraft.emulator.query("SELECT body FROM webhook_delivery ORDER BY id")
    return [event for (body,) in rows for event in json.loads(body)]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["bounced", "soft-bounced", "failed"])
def test_what_is_not_delivered_is_told(altcraft: Altcraft, word: str) -> None:
    listen(altcraft, "undeliv")
    address = f"fay+{word}@example.com"
    altcraft.answer("/profiles/import", db_id=1, email=address, data={})
    mailing = made(altcraft)
    altcraft.answer("/campaigns/triggers/start", id=mailing, db_id=1, email=address)
    altcraft.advance("1h")
    [event] = told(altcraft)
    assert event["event_type"] == "undeliv"
    assert (event["profile_id"], event["list_id"]) == (profile(altcraft, address)["id"], 1)
    assert event["subscription"][0]["email"] == address
    assert event["event_data"] == {
        "message_id": 41, "campaign_id": mailing, "segment_id": 0, "resource_id": 0,
    }  # fmt: skip
    assert [one for one in events(altcraft.emulator) if one["event_type"] == "undeliv"][-1] == event


@pytest.mark.slow
@pytest.mark.parametrize(("channel", "resource", "number"), [("sms", 36, 1), ("push", 26, 0)])
def test_an_sms_that_is_not_delivered_is_told_and_a_push_is_not(
    altcraft: Altcraft, channel: str, resource: int, number: int
) -> None:
    whom = {"data_type": "list", "data_id": 1, "resource_id": resource, "send_channel": channel}
    mailing = broadcast(altcraft, unconditional_sending=True, content=[{"message_id": 21}], **whom)
    listen(altcraft, "undeliv")
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    bounced = "SELECT count(*) FROM message WHERE channel = ? AND status = 'bounced'"
    assert altcraft.emulator.query(bounced, channel)[0][0] > 0
    assert len(told(altcraft)) == number


@pytest.mark.slow
def test_a_launch_is_told_before_its_messages(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, is_active=False)
    listen(altcraft)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1m")
    event, *others = told(altcraft)
    assert event == {
        "event_type": "campaign_start",
        "event_date": "2026-03-15T14:30:00.000000000Z",
        "_xxh": "",
        "list_id": 1,
        "subscription_hash_id": "",
        "subscription": [],
        "account_id": 161,
        "is_test": False,
        "is_static": False,
        "custom_data": {},
        "event_data": {
            "message_id": 7,
            "campaign_id": mailing,
            "segment_id": 0,
            "resource_id": 0,
            "launch_id": f"000000a1{mailing:08x}69b6c268",
        },
    }
    assert {one["event_type"] for one in others} >= {"send"}
    assert "campaign_start" not in {one["event_type"] for one in others}


def test_each_launch_of_a_mailing_is_told(altcraft: Altcraft) -> None:
    by_request, by_import = made(altcraft), made(altcraft, trigger_type="api_import")
    listen(altcraft, "campaign_start")
    given = {"custom_data": {"order": "A-17"}}
    altcraft.answer("/campaigns/triggers/start", id=by_request, db_id=1, email=ANN, **given)
    altcraft.answer("/profiles/import", db_id=1, email=ANN, data={})
    engaged(altcraft)
    assert [one["event_data"]["campaign_id"] for one in told(altcraft)] == [by_request, by_import, 60]
    assert [one["custom_data"] for one in told(altcraft)] == [{"order": "A-17"}, {}, {}]


def test_a_launch_to_a_segment_names_it(altcraft: Altcraft) -> None:
    listen(altcraft, "campaign_start")
    source = {"override_source_type": "segment", "override_source_id": 17}
    altcraft.data("/campaigns/activate/", id=12, run_now=True, **source)
    [event] = told(altcraft)
    assert event["event_data"]["segment_id"] == 17
    assert "list_id" not in event


def pulled(altcraft: Altcraft, **wanted: Any) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"provider": "altcraft", "limit": 1000} | wanted
    found = altcraft.emulator.http.get("/_emulator/webhooks/events", params=params).json()["events"]
    assert all(one["message_id"] is None for one in found if one["type"] in wanted.values())
    return [one["body"] for one in found]


@pytest.mark.slow
def test_without_a_listener_launches_are_there_to_be_asked_for(altcraft: Altcraft) -> None:
    before = len(pulled(altcraft))
    mailing = made(altcraft)
    altcraft.answer("/campaigns/triggers/start", id=mailing, email=ANN)
    launch, sent = pulled(altcraft)[before:]
    assert (launch["event_type"], sent["event_type"]) == ("campaign_start", "send")
    assert pulled(altcraft, type="campaign_start")[-1] == launch
    assert launch["event_data"]["campaign_id"] == mailing


def test_without_a_listener_promo_codes_are_there_to_be_asked_for(altcraft: Altcraft) -> None:
    body: dict[str, Any] = {"loyalty_id": 5, "db_id": 1, "email": ANN}
    altcraft.answer("/promocodes/attach", **body, code="CODE-3")
    altcraft.answer("/promocodes/activate", **body, code="CODE-3")
    for name in ("promo_attach", "promo_activate"):
        *_, event = pulled(altcraft, type=name)
        assert event["event_data"] == {"loyalty_id": 5, "code": "CODE-3"}
        assert event["profile_id"] == profile(altcraft, ANN)["id"]


def test_a_batch_that_waits_is_not_sent_to_a_hook_that_is_switched_off(altcraft: Altcraft) -> None:
    hook = {"provider": "altcraft", "url": "http://127.0.0.1:9/", "settings": {"batch": 5, "timeout": 60}}
    number = altcraft.emulator.http.post(TARGETS, json=hook).json()["id"]
    altcraft.answer("/campaigns/triggers/start", id=made(altcraft), db_id=1, email=ANN)
    altcraft.advance("10s")
    assert altcraft.emulator.query("SELECT state FROM webhook_delivery") == [("gathering",)]
    altcraft.emulator.http.patch(f"{TARGETS}/{number}", json={"is_active": False})
    altcraft.advance("2m")
    assert altcraft.emulator.query("SELECT state FROM webhook_delivery") == [("dropped",)]
