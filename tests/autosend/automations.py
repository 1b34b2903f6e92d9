"""Helpers that create automations as a client does, and read them."""

from typing import Any

from tests.autosend.conftest import AutoSend

TEMPLATE = "A-0f1e2d3c4b5a69788796"
HTML = '<p>Hello, <a href="https://story.example/">read on</a></p>'
EMAIL = {"type": "email", "email": {"subject": "Hello {{firstName}}", "htmlTemplate": HTML}}


def wait(value: float = 0, unit: str = "minutes", /, **fields: Any) -> dict[str, Any]:
    return {"type": "wait", "delay": {"value": value, "unit": unit}} | fields


def matches(field: str, value: Any, type_: str = "string") -> dict[str, Any]:
    """Return criteria for contacts with this value in a field."""
    return {"groups": [{"field": field, "fieldType": type_, "operator": "equals", "value": value}]}


def create(autosend: AutoSend, **fields: Any) -> Any:
    """Create an automation: by default an active one, with a mail after a wait of no length."""
    body = {"name": "Series", "active": True, "steps": [wait(), EMAIL]} | fields
    return autosend.data("POST", "/automations", body, 201)


def get(autosend: AutoSend, automation: Any) -> Any:
    return autosend.data("GET", f"/automations/{automation['id']}")


def counts(autosend: AutoSend, automation: Any) -> tuple[int, int, int, int]:
    """Return how many contacts entered, completed and exited the automation, and are in it."""
    numbers = get(autosend, automation)["analytics"]
    names = ("totalEntered", "totalCompleted", "totalExited", "totalActive")
    entered, completed, exited, active = (numbers[name] for name in names)
    return entered, completed, exited, active


def add_contact(autosend: AutoSend, email: str = "grace@example.com", **fields: Any) -> Any:
    return autosend.data("POST", "/contacts", {"email": email} | fields)


def subjects(autosend: AutoSend, email: str = "grace@example.com") -> list[str]:
    """Return the subjects of the mails that were sent to an address, in order."""
    found = autosend.messages(email)
    return [one["subject"] for one in found if one["status"] not in {"queued", "suppressed"}]


def letter(subject: str, **fields: Any) -> dict[str, Any]:
    """Return an email step; with `senderEmail`, it has a sender of its own."""
    email = {"subject": subject, "htmlTemplate": "<p>Hello</p>"}
    if "senderEmail" in fields:
        email["senderEmail"] = fields.pop("senderEmail")
    return {"type": "email", "email": email} | fields
