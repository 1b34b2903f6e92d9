"""Helpers that use suppression groups over HTTP, as a client would."""

from typing import Any

from tests.autosend.conftest import AutoSend

GROUPS = "/suppression-groups"
NEWSLETTER, ALL_MAIL, GLOBAL, FOREIGN = "7QK2M", "9DFLT", "GLB00", "8DFLT"


def codes(autosend: AutoSend, query: str = "") -> list[str]:
    return [group["groupId"] for group in autosend.data("GET", f"{GROUPS}{query}")["groups"]]


def group_of(autosend: AutoSend, code: str) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"{GROUPS}/{code}")
    return found


def count(autosend: AutoSend, code: str) -> int:
    return int(group_of(autosend, code)["suppressionCount"])


def suppress(autosend: AutoSend, *emails: str, **fields: object) -> int:
    done = autosend.data("POST", f"{GROUPS}/emails/suppress", {"emails": emails} | fields)
    return int(done["suppressed"])


def unsuppress(autosend: AutoSend, *emails: str, **fields: object) -> int:
    done = autosend.data("POST", f"{GROUPS}/emails/unsuppress", {"emails": emails} | fields)
    return int(done["unsuppressed"])


def holding(autosend: AutoSend, email: str) -> list[str]:
    return [one["id"] for one in autosend.data("POST", f"{GROUPS}/email/entries", {"email": email})]


def entries(autosend: AutoSend, **filters: object) -> list[tuple[str, str, str]]:
    """Return address, group and reason of the entries that a search finds."""
    found = autosend.data("POST", f"{GROUPS}/entries", filters)["entries"]
    return [(one["email"], one["groupId"], one["reason"]) for one in found]
