"""Retries of deliveries whose webhook changes: https://docs.autosend.com/others/webhooks."""

import hmac
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.webhooks import create, logs, resend
from tests.receiver import Receiver


@pytest.mark.parametrize("change", [{"is_active": False}, {"settings": {"disabled": True}}])
def test_a_webhook_that_is_switched_off_gets_no_retries(
    autosend: AutoSend, receiver: Receiver, change: dict[str, Any]
) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    listed = autosend.emulator.http.get("/_emulator/webhooks/targets").json()["targets"]
    (target,) = (one for one in listed if one["url"] == receiver.url)
    path = f"/_emulator/webhooks/targets/{target['id']}"
    assert autosend.emulator.http.patch(path, json=change).status_code == 200
    autosend.advance("1h")
    assert len(receiver.requests) == 1
    found = autosend.emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    assert [(one["state"], one["next_attempt_at"]) for one in found] == [("dropped", None)]
    resend(autosend, made)
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("action", [{"action": "delay", "delay": "10m"}, {"action": "reorder"}])
def test_a_webhook_that_is_switched_off_gets_nothing_that_was_held_up(
    autosend: AutoSend, receiver: Receiver, action: dict[str, Any]
) -> None:
    made = create(autosend, receiver.url)
    disturbed = autosend.emulator.http.post("/_emulator/webhooks/disturbances", json={"times": 1} | action)
    assert disturbed.status_code == 201
    resend(autosend, made)
    autosend.data("PUT", f"/webhooks/{made['id']}", {"isActive": False})
    autosend.advance("1h")
    resend(autosend, made)  # a delivery after the reordered one
    assert len(receiver.requests) == 1
    found = autosend.emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    assert [one["state"] for one in found] == ["dropped", "delivered"]


def test_what_was_held_back_goes_to_the_address_of_the_same_instant(
    autosend: AutoSend, receiver: Receiver
) -> None:
    made = create(autosend, receiver.url)
    held = {"times": 1, "action": "reorder"}
    assert autosend.emulator.http.post("/_emulator/webhooks/disturbances", json=held).status_code == 201
    for email in ("ann@new.example", "bob@new.example"):
        autosend.data("POST", "/contacts", {"email": email})
        autosend.data("PUT", f"/webhooks/{made['id']}", {"url": f"{receiver.url}/new"})
    autosend.advance("0s")
    assert [one.path for one in receiver.requests] == ["/hooks/new", "/hooks/new"]


def test_who_has_a_delivery_repeated_gets_it_although_its_webhook_is_switched_off(
    autosend: AutoSend, receiver: Receiver
) -> None:
    made = create(autosend, receiver.url)
    resend(autosend, made)
    autosend.data("PUT", f"/webhooks/{made['id']}", {"isActive": False})
    autosend.advance("1h")
    (found,) = autosend.emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    assert autosend.emulator.http.post(f"/_emulator/webhooks/deliveries/{found['id']}/replay").is_success
    autosend.advance("1ms")
    assert len(receiver.requests) == 2


def test_what_is_replayed_after_its_webhook_was_deleted_is_signed_as_it_was(
    autosend: AutoSend, receiver: Receiver
) -> None:
    made = create(autosend, receiver.url)
    resend(autosend, made)
    assert autosend.call("DELETE", f"/webhooks/{made['id']}").status_code == 200
    assert autosend.emulator.http.post("/_emulator/webhooks/replay", json={}).json() == {"replayed": 1}
    first, again = receiver.requests
    signature = hmac.digest(made["secret"].encode(), first.body, "sha256").hex()
    assert [one.headers["x-webhook-signature"] for one in (first, again)] == [signature] * 2


def test_what_was_dropped_with_its_webhook_is_signed_when_it_is_replayed(
    autosend: AutoSend, receiver: Receiver
) -> None:
    held = {"action": "drop", "times": 1}
    assert autosend.emulator.http.post("/_emulator/webhooks/disturbances", json=held).status_code == 201
    made = create(autosend, receiver.url)
    resend(autosend, made)
    autosend.call("DELETE", f"/webhooks/{made['id']}")
    autosend.emulator.http.post("/_emulator/webhooks/replay", json={})
    (request,) = receiver.requests
    signature = hmac.digest(made["secret"].encode(), request.body, "sha256").hex()
    assert request.headers["x-webhook-signature"] == signature


def test_a_replayed_delivery_has_retries_of_its_own(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    autosend.advance("1m")
    (found,) = autosend.emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    path = f"/_emulator/webhooks/deliveries/{found['id']}"
    assert autosend.emulator.http.post(f"{path}/replay").is_success
    autosend.advance("1m")
    attempts = autosend.emulator.http.get(path).json()["attempts"]
    assert [one["number"] for one in attempts] == list(range(1, 9))
    assert [one["at"][17:19] for one in attempts[4:]] == ["00", "05", "15", "35"]


def test_a_webhook_that_is_active_again_in_time_gets_its_retries(
    autosend: AutoSend, receiver: Receiver
) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    for is_active in (False, True):
        autosend.data("PUT", f"/webhooks/{made['id']}", {"isActive": is_active})
    autosend.advance("1h")
    assert len(receiver.requests) == 4


def test_retries_go_to_the_address_that_a_webhook_has_by_then(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    autosend.data("PUT", f"/webhooks/{made['id']}", {"url": f"{receiver.url}/new"})
    receiver.answer(200)
    autosend.advance("1h")
    assert [one.path for one in receiver.requests] == ["/hooks", "/hooks/new"]
    deliver = [receiver.requests[number].headers["x-webhook-delivery-id"] for number in (0, 1)]
    assert deliver[0] == deliver[1]
    assert logs(autosend, made)["total"] == 1
