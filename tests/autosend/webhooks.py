"""Helpers that create webhooks, and cause events for them."""

from typing import Any

from tests.autosend.conftest import AutoSend

NOW = "2026-03-15T14:30:00.000Z"
URL = "http://127.0.0.1:9/hooks"


def create(autosend: AutoSend, url: str = URL, *events: str, **more: Any) -> dict[str, Any]:
    body = {"url": url, "events": list(events) or ["contact.created"]} | more
    made: dict[str, Any] = autosend.data("POST", "/webhooks", body, status=201)["webhook"]
    return made


def resend(autosend: AutoSend, webhook: dict[str, Any], event: str = "contact.created") -> str:
    body = {"event": event, "data": {"emailId": "66b1c2d3e4f5a6b7c8d9e001"}}
    job: str = autosend.data("POST", f"/webhooks/{webhook['id']}/resend", body)["jobId"]
    autosend.advance("1ms")
    return job


def logs(autosend: AutoSend, webhook: dict[str, Any], query: str = "") -> Any:
    return autosend.data("GET", f"/webhooks/{webhook['id']}/logs{query}")
