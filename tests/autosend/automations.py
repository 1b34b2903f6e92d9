"""Automations as a client makes them, and what it sees of them."""

from typing import Any

from tests.autosend.conftest import AutoSend

TEMPLATE = "A-0f1e2d3c4b5a69788796"
EMAIL = {"type": "email", "email": {"subject": "Hello {{firstName}}", "htmlTemplate": "<p>Hello</p>"}}


def wait(value: float = 0, unit: str = "minutes", /, **fields: Any) -> dict[str, Any]:
    return {"type": "wait", "delay": {"value": value, "unit": unit}} | fields


def matches(field: str, value: Any, type_: str = "string") -> dict[str, Any]:
    """Return criteria that one field must equal a value."""
    return {"groups": [{"field": field, "fieldType": type_, "operator": "equals", "value": value}]}


def create(autosend: AutoSend, **fields: Any) -> Any:
    """Make an automation that is active, with a mail after no time, if nothing else is said."""
    body = {"name": "Series", "active": True, "steps": [wait(), EMAIL]} | fields
    return autosend.data("POST", "/automations", body, 201)


def get(autosend: AutoSend, automation: Any) -> Any:
    return autosend.data("GET", f"/automations/{automation['id']}")


def counts(autosend: AutoSend, automation: Any) -> tuple[int, int, int, int]:
    """Return how many contacts entered, completed, exited, and are in it."""
    numbers = get(autosend, automation)["analytics"]
    names = ("totalEntered", "totalCompleted", "totalExited", "totalActive")
    entered, completed, exited, active = (numbers[name] for name in names)
    return entered, completed, exited, active


def add_contact(autosend: AutoSend, email: str = "grace@example.com", **fields: Any) -> Any:
    return autosend.data("POST", "/contacts", {"email": email} | fields)


def subjects(autosend: AutoSend, email: str = "grace@example.com") -> list[str]:
    """Return the subjects of what was sent to an address, in the order of sending."""
    found = autosend.messages(email)
    return [one["subject"] for one in found if one["status"] not in {"queued", "suppressed"}]


def letter(subject: str, **fields: Any) -> dict[str, Any]:
    """Return an email step; it has a sender of its own where `senderEmail` is given."""
    email = {"subject": subject, "htmlTemplate": "<p>Hello</p>"}
    if "senderEmail" in fields:
        email["senderEmail"] = fields.pop("senderEmail")
    return {"type": "email", "email": email} | fields
