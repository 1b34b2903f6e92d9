"""How many SQL statements a request runs: a measure of its cost that does not depend on the machine."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.conftest import Emulator

MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ann@new.example"},
    "subject": "Hi",
    "html": "<p>Hi</p>",
}
SINGLE = {"phone": {"number": "380671100000"}, "sender": "my_agent", "options": {"text": "Hi"}}
SMS = {"channels": ["sms"], "phone": {"number": "380671100000"}, "sms": {"sender": "MyShop", "text": "Hi"}}

SENDS = [
    pytest.param("POST", "/v1/mails/send", MAIL, "autosend", 18, id="mail"),
    pytest.param("POST", "/api/messages/rcs/send", SINGLE, "rcs", 23, id="RCS message"),
    pytest.param("POST", "/api/messages/send", SMS, "rcs", 24, id="SMS"),
    pytest.param("GET", "/v1/campaigns/60d5ec49f1b2c72d9c8b4567", None, "autosend", 1, id="campaign read"),
]


def statements(emulator: Emulator, sandbox: str, request: Callable[[], Any]) -> list[str]:
    """Return the statements that a sandbox's database runs for a request."""
    connection = emulator.world.sandboxes[sandbox].store.connection
    seen: list[str] = []
    emulator.on_the_loop(lambda: connection.set_trace_callback(seen.append))
    try:
        assert request().status_code == 200
    finally:
        emulator.on_the_loop(lambda: connection.set_trace_callback(None))
    return [statement for statement in seen if not statement.startswith("PRAGMA")]


@pytest.mark.parametrize(("method", "path", "body", "provider", "most"), SENDS)
def test_a_request_runs_few_statements(
    emulator: Emulator, method: str, path: str, body: Any, provider: str, most: int
) -> None:
    box, numbers = emulator.sandbox(clock="frozen", fixtures="demo"), count()
    key = {"autosend": box.autosend, "rcs": box.rcs}[provider]

    def request() -> Any:
        own = json.loads(json.dumps(body).replace("Hi", f"Hi {next(numbers)}"))
        return emulator.http.request(method, path, json=own, headers=key)

    request()
    seen = statements(emulator, box.name, request)
    assert len(seen) <= most, "\n".join(" ".join(one.split())[:120] for one in seen)
