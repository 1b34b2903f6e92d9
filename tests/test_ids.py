"""Ids and credentials: no two sandboxes have the same ones, unless they are asked for by a seed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, mail, send, target
from tests.receiver import receiving

PHONES = [{"number": "380670001234"}]


def mail_id(box: Sandbox) -> str:
    body = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ann@example.com"},
        "subject": "Hello",
        "html": "<p>Hello</p>",
    }
    answer = box.http.post("/v1/mails/send", json=body, headers=box.autosend)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["emailId"])


def webhook_id(box: Sandbox) -> str:
    body = {"url": "https://example.com/hook", "events": ["email.sent"]}
    answer = box.http.post("/v1/webhooks", json=body, headers=box.autosend)
    assert answer.status_code < 300, answer.text
    return str(answer.json()["data"]["webhook"]["id"])


def rcs_campaign(box: Sandbox) -> int:
    body = {"phones": PHONES, "sender": "my_agent", "options": {"text": "Hi"}}
    answer = box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["data"]["id"])


def delivery_name(box: Sandbox) -> str:
    with receiving() as receiver:
        target(box, receiver, provider="autosend")
        mail(box)
        box.advance("10m")
        return receiver.requests[0].headers["x-webhook-delivery-id"]


def delivery(box: Sandbox) -> int:
    with receiving() as receiver:
        send(box, callback_url=receiver.url)
        box.advance("10m")
    return int(deliveries(box)[0]["id"])


IDS: dict[str, Callable[[Sandbox], object]] = {
    "mail": mail_id,
    "campaign": mail,
    "webhook": webhook_id,
    "delivery of a webhook": delivery_name,
    "RCS message": send,
    "RCS campaign": rcs_campaign,
    "delivery": delivery,
}


def made(emulator: Emulator, **wanted: Any) -> Sandbox:
    return emulator.sandbox(**{"clock": "frozen", "seed": None} | wanted)


@pytest.mark.parametrize("kind", IDS)
def test_sandboxes_without_a_seed_share_no_id(emulator: Emulator, kind: str) -> None:
    boxes = [made(emulator), made(emulator), made(emulator, seed=1), made(emulator, seed=2)]
    ids = [IDS[kind](box) for box in boxes]
    assert len(set(ids)) == len(boxes)


@pytest.mark.parametrize("kind", IDS)
def test_the_same_seed_gives_the_same_ids(emulator: Emulator, kind: str) -> None:
    assert IDS[kind](made(emulator, seed=7)) == IDS[kind](made(emulator, seed=7))


@pytest.mark.parametrize("kind", IDS)
def test_a_reset_keeps_the_seed_or_takes_another(emulator: Emulator, kind: str) -> None:
    box = made(emulator, seed=7)
    first = IDS[kind](box)
    box.control("POST", "/reset")
    assert IDS[kind](box) == first
    assert box.control("POST", "/reset", json={"seed": 8}).json()["seed"] == 8
    assert IDS[kind](box) != first


def test_a_sandbox_of_the_same_name_has_other_credentials(emulator: Emulator) -> None:
    first = made(emulator, name="again")
    emulator.http.delete("/_emulator/sandboxes/again")
    second = made(emulator, name="again")
    assert not set(first.environment.items()) & (set(second.environment.items()) - KEPT)
    assert emulator.http.get("/v1/campaigns", headers=first.autosend).status_code == 401


KEPT = {
    ("EMULATOR_SANDBOX", "again"),
    ("EMULATOR_URL", "http://127.0.0.1:4610"),
    ("ALTCRAFT_BASE_URL", "http://127.0.0.1:4610/api/v1.1"),
    ("RCS_BASE_URL", "http://127.0.0.1:4610"),
    ("AUTOSEND_BASE_URL", "http://127.0.0.1:4610/v1"),
    ("AUTOSEND_RESEND_KEY", "re_emulator000000000000"),
    ("AUTOSEND_SENDGRID_KEY", "SG.emulator000000000000"),
}
"""The variables that do not depend on the sandbox."""


def test_a_bearer_of_a_deleted_sandbox_stays_invalid(emulator: Emulator) -> None:
    first = made(emulator, name="again", seed=7)
    key = first.environment["RCS_API_KEY"]
    bearer = emulator.http.post("/api/auth/login", json={"api_key": key}).json()["bearer"]
    emulator.http.delete("/_emulator/sandboxes/again")
    made(emulator, name="again", seed=7)
    answer = emulator.http.get("/api/accounts/balance", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 401


def test_a_reset_keeps_the_credentials(emulator: Emulator) -> None:
    box = made(emulator)
    assert box.control("POST", "/reset", json={"seed": 8}).json()["environment"] == box.environment
