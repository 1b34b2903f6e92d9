"""Helpers that create automations as a client does, and read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.autosend.conftest import AutoSend

TEMPLATE = "A-0f1e2d3c4b5a69788796"
HTML = '<p>Hello, <a href="https://story.example/">read on</a></p>'
EMAIL = {"type": "email", "email": {"subject": "Hello {{firstName}}", "htmlTemplate": HTML}}
CANNOT_ACTIVATE = {
    "success": False,
    "error": {
        "message": "Cannot activate workflow. Please check all required fields are filled",
        "code": "CANNOT_ACTIVATE_AUTOMATION",
    },
}


def wait(value: float = 0, unit: str = "minutes", /, **fields: Any) -> dict[str, Any]:
    return {"type": "wait", "delay": {"value": value, "unit": unit}} | fields


def branch(*ways: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "branch", "branches": list(ways)} | fields


def matches(field: str, value: Any, type_: str = "string") -> dict[str, Any]:
    """Return criteria for contacts with this value in a field."""
    return {"groups": [{"field": field, "fieldType": type_, "operator": "equals", "value": value}]}


def create(autosend: AutoSend, **fields: Any) -> Any:
    """Create an automation: by default an active one, with one mail and no wait before it."""
    body = {"name": "Series", "active": True, "steps": [wait(), EMAIL]} | fields
    return autosend.data("POST", "/automations", body, 201)


def get(autosend: AutoSend, automation: Any) -> Any:
    return autosend.data("GET", f"/automations/{automation['id']}")


def without_settings(automation: dict[str, Any]) -> dict[str, Any]:
    """Return an automation as Create and Update respond with it: only Get has the settings."""
    return {name: value for name, value in automation.items() if name != "settings"}


def numbers(autosend: AutoSend, automation: Any) -> Any:
    """Return all counters of an automation, which List Automations shows."""
    return numbers_of_all(autosend)[automation["id"]]


def numbers_of_all(autosend: AutoSend) -> dict[str, Any]:
    """Return all counters of each automation, by their ids."""
    listed = autosend.data("GET", "/automations?limit=100")["workflowAutomations"]
    return {one["id"]: one["analytics"] for one in listed}


def counts(autosend: AutoSend, automation: Any) -> tuple[int, int, int, int]:
    """Return how many contacts entered, completed and exited the automation, and are in it."""
    found = get(autosend, automation)["analytics"]
    names = ("totalEntered", "totalCompleted", "totalExited", "totalActive")
    entered, completed, exited, active = (found[name] for name in names)
    return entered, completed, exited, active


def add_contact(autosend: AutoSend, email: str = "grace@example.com", **fields: Any) -> Any:
    return autosend.data("POST", "/contacts", {"email": email} | fields)


def subjects(autosend: AutoSend, email: str = "grace@example.com") -> list[str]:
    """Return the subjects of the mails that were sent to an address, in order."""
    found = autosend.messages(email)
    return [one["subject"] for one in found if one["status"] not in {"queued", "suppressed"}]


def letter(subject: str, **fields: Any) -> dict[str, Any]:
    """Return an email step; `senderEmail` gives it a sender of its own."""
    email = {"subject": subject, "htmlTemplate": "<p>Hello</p>"}
    if "senderEmail" in fields:
        email["senderEmail"] = fields.pop("senderEmail")
    return {"type": "email", "email": email} | fields


def pause(autosend: AutoSend, automation: Any) -> None:
    autosend.data("POST", f"/automations/{automation['id']}/pause")


def change(autosend: AutoSend, email: str = "grace@example.com", **fields: Any) -> None:
    """Create or change a contact."""
    autosend.data("POST", "/contacts/email", {"email": email} | fields)


def set_up(autosend: AutoSend, automation: Any, **settings: Any) -> Any:
    """Set settings of an automation through the control plane; return the response."""
    path = f"/_emulator/jobs/autosend/automation/{automation['id']}/settings"
    return autosend.emulator.http.post(path, json={"settings": settings})


def new_segment(autosend: AutoSend, criteria: dict[str, Any], **fields: Any) -> str:
    """Create a segment, and return its id."""
    groups = {"logicalOperator": "AND"} | criteria
    body = {"name": "Some", "type": "segment", "filterCriteria": groups} | fields
    return str(autosend.data("POST", "/contact-lists", body)["id"])


def by_list(list_id: str, **fields: Any) -> dict[str, Any]:
    """Return entry criteria for contacts that join a list or segment."""
    return {"type": "contact_added_to_list", "contactListId": list_id} | fields


def join(autosend: AutoSend, list_id: str, *emails: str) -> None:
    body = {"contactListId": list_id, "emails": list(emails)}
    autosend.data("POST", "/contact-lists/contacts/bulk-add", body)


@contextmanager
def statements(autosend: AutoSend) -> Iterator[list[str]]:
    """Yield a list to which the statements that the sandbox's database runs are added."""
    connection, seen = autosend.emulator.world.default.store.connection, list[str]()
    autosend.emulator.on_the_loop(lambda: connection.set_trace_callback(seen.append))
    yield seen
    autosend.emulator.on_the_loop(lambda: connection.set_trace_callback(None))
