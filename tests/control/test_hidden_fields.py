"""Secrets in fields and headers of any usual name are hidden wherever the control plane shows requests."""

from typing import Any

import pytest

from tests.conftest import Emulator
from tests.control.test_secrets import everything_shown

SECRET = "hunter2hunter2"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

SLIPS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/auth/login", {"json": {"apiKey": SECRET}}),
    ("POST", "/api/auth/login", {"json": {"deep": [{"client_secret": [SECRET]}]}}),
    ("POST", "/api/auth/login", {"json": {"note": '{"password": "' + SECRET + '"}'}}),
    ("POST", "/api/auth/login", {"content": f"token=Bearer {SECRET}&id=1", "headers": FORM}),
    ("POST", "/api/auth/login", {"content": f"pass%77ord={SECRET}", "headers": FORM}),
    ("POST", "/api/v1.1/campaigns/get", {"content": f"<xml><api_key>{SECRET}</api_key></xml>"}),
    ("POST", "/api/v1.1/campaigns/get", {"files": {"private_key": ("key.pem", SECRET.encode())}}),
    ("POST", "/api/auth/login", {"json": {"callback_url": f"https://ann:{SECRET}@example.com/hook"}}),
    ("POST", "/api/auth/login", {"content": f"url=https%3A%2F%2Fann%3A{SECRET}%40h%2F", "headers": FORM}),
    ("GET", f"/v1/campaigns?url=https://ann:{SECRET}@example.com/", {}),
    ("POST", "/api/auth/login", {"json": {"credentials": {"user": "ann", "key": SECRET}}}),
    ("GET", f"/v1/campaigns?access_token={SECRET}", {}),
    ("GET", f"/v1/campaigns?%61piKey={SECRET}", {}),
    ("GET", "/v1/campaigns", {"headers": {"api-key": SECRET}}),
    ("GET", "/v1/campaigns", {"headers": {"X-Auth-Token": f"Token {SECRET}"}}),
    ("GET", "/v1/campaigns", {"headers": {"Cookie": f"a=b; sid={SECRET}"}}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path", "options"), SLIPS)
def test_a_slip_shows_no_secret(emulator: Emulator, method: str, path: str, options: dict[str, Any]) -> None:
    emulator.http.request(method, path, **options)
    for shown in everything_shown(emulator):
        assert SECRET not in shown
    totals = [
        emulator.http.get(f"/_emulator/requests?unclaimed={told}").json()["total"]
        for told in ("true", "false")
    ]
    assert sum(totals) >= 1


def test_the_secret_of_a_new_webhook_is_hidden_in_its_answer(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen")
    wanted = {"name": "n", "url": "http://127.0.0.1:9/hook", "events": ["email.delivered"]}
    made = emulator.http.post("/v1/webhooks", json=wanted, headers=box.autosend)
    secret = made.json()["data"]["webhook"]["secret"]
    for shown in everything_shown(emulator, "one"):
        assert secret not in shown
    (entry,) = box.control("GET", "/requests").json()["requests"]
    assert '"secret":"***"' in entry["answer_body"]


def test_hidden_fields_disturb_no_verification(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen")
    body = {"subject": "Hello", "tokens": 3, "keyword": "spring", "apiKey": SECRET}
    emulator.http.post("/v1/campaigns", json=body, headers=box.autosend | {"X-Token-Count": "3"})
    for place, value in body.items():
        wanted = {"match": {"body": {place: value}}, "exactly": 1}
        assert box.control("POST", "/requests/verify", json=wanted).status_code == 200, place
    (entry,) = box.control("GET", "/requests").json()["requests"]
    for word in ("Hello", '"tokens":3', "spring"):
        assert word in entry["request_body"]
    assert entry["request_headers"]["x-token-count"] == "3"
