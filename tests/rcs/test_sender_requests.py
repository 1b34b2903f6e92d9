"""The list of requests to register senders, and their moderation past the API."""

from typing import Any

import pytest

from tests.rcs.conftest import INVALID, Rcs
from tests.rcs.test_senders import ask, request, senders

PATH = "/senders/requests/sms"


def names(rcs: Rcs, **params: Any) -> list[str]:
    return [found["sender"] for found in rcs.data("GET", PATH, params=params)]


@pytest.fixture
def asked(rcs: Rcs) -> Rcs:
    """A client whose account has a request of each status, of two days, countries and types."""
    ask(rcs, sender="Anna", country_code="IT")
    rcs.advance("21s")
    ask(rcs, sender="Zoo", type="viber")
    return rcs


def test_the_list_shows_persons_and_companies(rcs: Rcs) -> None:
    [company, person] = rcs.data("GET", PATH)
    assert (company["legal_name"], company["name"]) == ("Bakery Ltd", None)
    assert person == {
        "id": 11002,
        "sender": "Casino",
        "status": "rejected",
        "created_at": "2026-02-23 14:30:00",
        "registered_at": None,
        "status_changed_at": "2026-02-23 14:31:00",
        "country_code": "DE",
        "code_of_company": "00032001",
        "tax_number": None,
        "type": "sms",
        "site_url": None,
        "name": "Ann Example",
        "legal_name": None,
        "address": None,
        "informing_purpose": "Prizes",
        "comment": None,
        "rejection_reason": "Rejected by the emulator",
        "description": "An example that operators reject",
    }


def test_requests_for_viber_are_listed_too(asked: Rcs) -> None:
    assert names(asked) == ["Bakery", "Casino", "Anna", "Zoo"]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("status", "new", ["Zoo"]),
        ("status", "accepted", ["Anna"]),
        ("status", "in_progress", []),
        ("status", "in progress", []),
        ("status", "registered", ["Bakery"]),
        ("status", "registration completed", ["Bakery"]),
        ("status", "rejected", ["Casino"]),
        ("id", 11002, ["Casino"]),
        ("id", 1, []),
        ("country_code", "UA", ["Bakery", "Zoo"]),
        ("country_code", "FR", []),
        ("sender", "Anna", ["Anna"]),
        ("sender", "Ann", []),
        ("created_at", "2026-03-15", ["Anna", "Zoo"]),
        ("created_at", "2026-03-15T00:00:00.000000", ["Anna", "Zoo"]),
        ("created_at", "2026-02-13 23:00:00", ["Bakery"]),
        ("created_at", "2026-02-14", []),
    ],
)
def test_filters(asked: Rcs, name: str, value: Any, found: list[str]) -> None:
    assert names(asked, **{f"filter[{name}]": value}) == found


def test_filters_are_combined(asked: Rcs) -> None:
    assert names(asked, **{"filter[country_code]": "UA", "filter[status]": "new"}) == ["Zoo"]


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("id", ["Bakery", "Casino", "Anna", "Zoo"]),
        ("sender", ["Anna", "Bakery", "Casino", "Zoo"]),
        ("status", ["Anna", "Zoo", "Bakery", "Casino"]),
        ("country_code", ["Casino", "Anna", "Bakery", "Zoo"]),
        ("created_at", ["Bakery", "Casino", "Anna", "Zoo"]),
    ],
)
def test_the_order(asked: Rcs, sort: str, found: list[str]) -> None:
    assert names(asked, sort=sort) == found
    assert sorted(names(asked, sort=sort, way="desc")) == sorted(found)


def test_the_opposite_order(asked: Rcs) -> None:
    assert names(asked, sort="sender", way="desc") == ["Zoo", "Casino", "Bakery", "Anna"]


def test_pages(asked: Rcs) -> None:
    answer = asked.call("GET", PATH, params={"page[limit]": 30, "page[offset]": 3}).json()
    assert [found["sender"] for found in answer["data"]] == ["Zoo"]
    assert answer["meta"] == {"page": {"total": 4, "limit": 30, "offset": 3}}


CHOICE = "The value you selected is not a valid choice."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("page[limit]", 29, "This value should be between 30 and 500."),
        ("page[limit]", 501, "This value should be between 30 and 500."),
        ("page[offset]", "x", "This value should be of type integer."),
        ("sort", "type", CHOICE),
        ("way", "up", CHOICE),
        ("filter[status]", "done", CHOICE),
        ("filter[id]", "x", "This value should be of type integer."),
        ("filter[id]", 2**63, f"This value should be less than or equal to {2**63 - 1}."),
        ("filter[country_code]", "UKR", "This value is not valid."),
        ("filter[sender]", "x" * 16, "This value is too long. It should have 15 characters or less."),
        ("filter[created_at]", "yesterday", "This value is not a valid datetime."),
    ],
)
def test_a_wrong_parameter(rcs: Rcs, name: str, value: Any, text: str) -> None:
    found = rcs.refused("GET", PATH, params={name: value})
    assert found == (422, INVALID, {name.replace("[", "").replace("]", ""): [text]})


def steer(rcs: Rcs, number: int, **wanted: Any) -> Any:
    path = f"/_emulator/jobs/rcs/sender_request/{number}"
    answer = rcs.emulator.http.post(f"{path}/status", json=wanted)
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_a_request_is_among_the_jobs(rcs: Rcs) -> None:
    number = ask(rcs)["id"]
    found = rcs.emulator.http.get(f"/_emulator/jobs/rcs/sender_request/{number}").json()
    assert (found["name"], found["status"], found["channel"]) == ("Sender NewShop in UA", "new", "sms")
    assert (found["total"], found["counts"]) == (0, {})
    assert found["actions"] == ["accept", "register", "reject"]


@pytest.mark.parametrize(("action", "status"), [("register", "registered"), ("reject", "rejected")])
@pytest.mark.parametrize("wait", ["0s", "25s", "45s"])
def test_tests_moderate_requests(rcs: Rcs, wait: str, action: str, status: str) -> None:
    number = ask(rcs)["id"]
    rcs.advance(wait)
    assert steer(rcs, number, action=action)["status"] == status
    rcs.advance("1d")
    assert request(rcs, number)["status"] == status
    assert ("NewShop" in senders(rcs)) == (action == "register")


def test_after_a_step_by_hand_a_request_goes_on_by_itself(rcs: Rcs) -> None:
    number = ask(rcs)["id"]
    steer(rcs, number, action="accept")
    steer(rcs, number, status="in_progress")
    rcs.advance("19s")
    assert request(rcs, number)["status"] == "in_progress"
    rcs.advance("1s")
    assert request(rcs, number)["status"] == "registered"


def test_a_request_that_has_ended_is_moved_by_force_alone(rcs: Rcs) -> None:
    number = ask(rcs)["id"]
    rcs.advance("1m")
    assert steer(rcs, number, action="reject") == 409
    assert steer(rcs, number, status="new", force=True)["status"] == "new"
    assert senders(rcs)["NewShop"] == (None, "registering")
    assert request(rcs, number)["status_changed_at"] is None
    rcs.advance("1m")
    assert senders(rcs)["NewShop"] == (8, "active")


def test_a_sender_stays_while_another_request_for_it_is_registered(rcs: Rcs) -> None:
    first = ask(rcs)["id"]
    steer(rcs, first, action="reject")
    rcs.advance("11s")
    ask(rcs)
    rcs.advance("1m")
    steer(rcs, first, status="registered", force=True)
    steer(rcs, first, status="rejected", force=True)
    assert senders(rcs)["NewShop"] == (7, "active")


def test_the_clock_runs_until_a_sender_is_registered(rcs: Rcs) -> None:
    number = ask(rcs)["id"]
    until = {"job": f"rcs/sender_request/{number}", "status": "registered", "within": "1h"}
    assert rcs.emulator.http.post("/_emulator/clock", json={"until": until}).status_code == 200
    assert request(rcs, number)["registered_at"] == "2026-03-15 14:31:00"
