"""Long requests in the journal are read while other requests are served, and shown whole."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.control.entries import LONG
from emulator.watching.redaction import Redactor
from tests.conftest import Emulator
from tests.held import held_by, served_beside

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
TEXT = "<p>Hello</p>" * (LONG // 10)
SAID = {"to": {"email": "ann@example.com"}, "from": {"email": "hello@example.com"}, "subject": "Long"}
OPERATION = "POST /v1/mails/send"
REQUEST_ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def long_request(emulator: Emulator) -> Emulator:
    answer = emulator.http.post("/v1/mails/send", json=SAID | {"html": TEXT}, headers=KEY)
    assert answer.status_code == 200
    return emulator


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/_emulator/requests", None),
        ("GET", "/_emulator/requests/1", None),
        ("POST", "/_emulator/requests/verify", {"match": {"operation": OPERATION}, "exactly": 1}),
        ("POST", "/_emulator/requests/verify", {"match": {"operation": "GET /v1/senders"}, "exactly": 1}),
        ("POST", "/_emulator/wait", {"request": {"operation": OPERATION}}),
        ("GET", "/__admin/requests", None),
        ("GET", f"/__admin/requests/{REQUEST_ID}", None),
        ("POST", "/__admin/requests/find", {"urlPath": "/v1/mails/send"}),
        ("POST", "/__admin/requests/remove", {"urlPath": "/v1/mails/send"}),
        ("POST", "/__admin/near-misses/request-pattern", {"urlPath": "/v1/mails/bulk"}),
    ],
)
def test_others_are_served_while_it_is_read(
    long_request: Emulator, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any
) -> None:
    http = long_request.http

    def read() -> Response:
        return http.request(method, path, json=body)

    answer = served_beside(held_by(monkeypatch, Redactor, "body"), read, lambda: http.get("/_emulator/clock"))
    assert answer.status_code == 200
    assert TEXT[:1000] in answer.text.replace("\\\\", "")


@pytest.mark.slow
def test_secrets_are_hidden_wherever_they_are_in_it(emulator: Emulator) -> None:
    html = "".join(
        f"<p>{number}: Bearer AS_{number:016} and token=abc{number}.</p>" for number in range(8000)
    )
    emulator.http.post("/v1/mails/send", json=SAID | {"html": html}, headers=KEY)
    (one,) = emulator.http.get("/_emulator/requests").json()["requests"]
    body = one["request_body"]
    assert (body.count("AS_0000…"), body.count("token=***")) == (8000, 8000)
    assert "AS_00000" not in body
    assert "abc" not in body
