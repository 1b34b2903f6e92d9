"""Helpers that let a project receive mails, and read the received ones."""

from base64 import b64encode
from typing import Any

from tests.autosend.conftest import AutoSend

MESSAGES = "/inbound/messages"
HELP, DEFAULT = "help@support.example.org", "help@k3x9.autosend.email"
FIXTURE = "66b1c2d3e4f5a6b7c8d9f001"
UNKNOWN = "000000000000000000000000"
NOW = "2026-03-15T14:30:00.000Z"
BILL = {"fileName": "bill.pdf", "contentType": "application/pdf", "content": b64encode(b"%PDF-1.4").decode()}


def receive(autosend: AutoSend, to: str | list[str] = HELP, **said: Any) -> str:
    """Let the account receive a mail; return its id at the first project that received it."""
    mail = {"from": "Zoe <zoe@example.com>", "to": [to] if isinstance(to, str) else to} | said
    return str(sent(autosend, mail)[0])


def receive_raw(autosend: AutoSend, raw: str, **envelope: Any) -> str:
    return str(sent(autosend, {"raw": raw} | envelope)[0])


def sent(autosend: AutoSend, mail: dict[str, Any]) -> Any:
    answer = autosend.emulator.http.post("/_emulator/autosend/inbound", json=mail)
    assert answer.status_code == 201, answer.text
    return answer.json()["ids"]


def message(autosend: AutoSend, number: str) -> Any:
    return autosend.data("GET", f"{MESSAGES}/{number}")


def listed(autosend: AutoSend, query: str = "") -> list[str]:
    return [item["id"] for item in autosend.data("GET", f"{MESSAGES}{query}")["items"]]


def refused(autosend: AutoSend, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return the HTTP status and the field `error` of a refusal."""
    answer = autosend.call(method, path, body)
    assert answer.json()["success"] is False
    return answer.status_code, answer.json()["error"]
