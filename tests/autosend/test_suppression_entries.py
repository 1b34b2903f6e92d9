"""Searching suppression entries: https://docs.autosend.com/api-reference/suppression-groups."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import ALL_MAIL, GLOBAL, GROUPS, NEWSLETTER, entries, suppress


@pytest.fixture
def held(autosend: AutoSend) -> AutoSend:
    """A client with four additional entries, an hour apart."""
    for email, code, reason in (
        ("ann@example.com", NEWSLETTER, "UNSUBSCRIBE"),
        ("bob@example.com", NEWSLETTER, "BOUNCE"),
        ("ann@example.com", ALL_MAIL, "COMPLAINT"),
        ("cleo@example.com", GLOBAL, "BOUNCE"),
    ):
        suppress(autosend, email, groupId=code, reason=reason)
        autosend.advance("1h")
    return autosend


GONE, OLD = ("gone@example.com", NEWSLETTER, "MANUAL"), ("reader47@example.com", GLOBAL, "MANUAL")
ANN, BOB = ("ann@example.com", NEWSLETTER, "UNSUBSCRIBE"), ("bob@example.com", NEWSLETTER, "BOUNCE")
ANN_AGAIN, CLEO = ("ann@example.com", ALL_MAIL, "COMPLAINT"), ("cleo@example.com", GLOBAL, "BOUNCE")
DAN = ("dan+bounced@example.com", GLOBAL, "BOUNCE")  # by a campaign of the fixture
ALL = [CLEO, ANN_AGAIN, BOB, ANN, DAN, OLD, GONE]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ALL),
        ({"page": None, "limit": None, "groupId": None}, ALL),
        ({"groupId": NEWSLETTER}, [BOB, ANN, GONE]),
        ({"groupId": NEWSLETTER, "reason": "BOUNCE"}, [BOB]),
        ({"reason": "BOUNCE"}, [CLEO, BOB, DAN]),
        ({"isGlobal": True}, [CLEO, DAN, OLD]),
        ({"isGlobal": False}, ALL),
        ({"isGlobal": True, "groupId": NEWSLETTER}, []),
    ],
)
def test_entries_are_filtered_by_group_and_reason(
    held: AutoSend, filters: dict[str, Any], expected: list[Any]
) -> None:
    assert entries(held, **filters) == expected
    exported = held.data("POST", f"{GROUPS}/entries/all", filters)
    assert [(one["email"], one["groupId"], one["reason"]) for one in exported] == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"email": "ANN@example.com"}, [ANN_AGAIN, ANN]),
        ({"email": "ann"}, []),
        ({"search": "ANN"}, [ANN_AGAIN, ANN]),
        ({"search": "complaint"}, [ANN_AGAIN]),
        ({"search": "glb"}, [CLEO, DAN, OLD]),
        ({"search": "%"}, []),
        ({"startDate": "2026-03-15T16:30:00.000Z"}, [CLEO, ANN_AGAIN]),
        ({"startDate": "2026-03-15T15:30:00Z", "endDate": "2026-03-15T18:30:00+02:00"}, [ANN_AGAIN, BOB]),
        ({"endDate": "2026-03-15T14:30:00.000Z", "search": "ann"}, [ANN]),
        ({"startDate": "0001-01-01", "endDate": "2026-03-15T14:30:00.000Z", "search": "ann"}, [ANN]),
        ({"startDate": "2030-01-01"}, []),
    ],
)
def test_entries_are_searched(held: AutoSend, filters: dict[str, Any], expected: list[Any]) -> None:
    assert entries(held, **filters) == expected


def test_an_entry(held: AutoSend) -> None:
    found = held.data("POST", f"{GROUPS}/entries", {"reason": "COMPLAINT"})
    entry = {
        "id": found["entries"][0]["id"],
        "email": "ann@example.com",
        "groupId": ALL_MAIL,
        "reason": "COMPLAINT",
        "createdAt": "2026-03-15T16:30:00.000Z",
        "updatedAt": "2026-03-15T16:30:00.000Z",
    }
    assert found == {"entries": [entry], "pagination": {"page": 1, "limit": 20, "total": 1, "pages": 1}}
    del entry["updatedAt"]
    assert held.data("POST", f"{GROUPS}/entries/all", {"reason": "COMPLAINT"}) == [entry]


def test_what_was_there_from_the_start_is_as_old_as_its_project(autosend: AutoSend) -> None:
    found = autosend.data("POST", f"{GROUPS}/entries", {"reason": "MANUAL"})["entries"]
    assert {one["email"]: one["createdAt"] for one in found} == {
        "reader47@example.com": "2026-01-15T10:30:00.000Z",
        "gone@example.com": "2026-01-15T10:30:00.000Z",
    }


def test_entries_are_ordered_by_their_dates(held: AutoSend) -> None:
    held.emulator.query("UPDATE autosend_suppression SET created_at = 0 WHERE email = 'cleo@example.com'")
    assert entries(held) == [*ALL[1:], CLEO]


def test_entries_come_in_pages(held: AutoSend) -> None:
    pages = [held.data("POST", f"{GROUPS}/entries", {"page": page, "limit": 4}) for page in (1, 2, 3)]
    assert [len(page["entries"]) for page in pages] == [4, 3, 0]
    assert pages[2]["pagination"] == {"page": 3, "limit": 4, "total": 7, "pages": 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": 0},
        {"page": 10**30},
        {"limit": 0},
        {"limit": 101},
        {"reason": "bounce"},
        {"startDate": "soon"},
        {"endDate": 5},
        {"search": "s" * 321},
        {"email": 5},
        {"groupId": 5},
        {"isGlobal": "perhaps"},
    ],
)
def test_a_wrong_search_is_refused(autosend: AutoSend, wrong: dict[str, Any]) -> None:
    answer = autosend.call("POST", f"{GROUPS}/entries", wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [*wrong]
