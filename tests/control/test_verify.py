"""Verification: whether the expected number of requests was received, and which came close."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox, in_process

CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    """Return a sandbox that has received two changes of a campaign and one read."""
    made = emulator.sandbox("one", clock="frozen")
    sender = {"from": {"email": "news@example.com", "name": "News"}}
    emulator.http.patch(CAMPAIGN, json={"name": "Autumn", "previewText": "1"} | sender, headers=made.autosend)
    emulator.http.patch(
        f"{CAMPAIGN}?dry=1", json={"name": "Winter"}, headers=made.autosend | {"X-Trace": "abc"}
    )
    emulator.http.get(CAMPAIGN, headers=made.autosend)
    return made


def verify(box: Sandbox, match: Any = None, **expected: Any) -> Any:
    answer = box.control("POST", "/requests/verify", json={"match": match or {}} | expected)
    assert answer.status_code == 200, answer.text
    return answer.json()


CHANGES = {"operation": "PATCH /v1/campaigns/{campaignId}"}


@pytest.mark.parametrize(
    ("match", "count"),
    [
        ({}, 3),
        (CHANGES, 2),
        ({"provider": "rcs"}, 0),
        ({"method": "get"}, 1),
        ({"path": CAMPAIGN}, 3),
        ({"path": {"matches": "^/v1/[a-z]+/66a0"}}, 3),
        ({"path": {"contains": "mailings"}}, 0),
        ({"query": {"dry": "1"}}, 1),
        ({"query": {"dry": {"absent": True}}}, 2),
        ({"headers": {"X-TRACE": "abc"}}, 1),
        ({"headers": {"content-type": {"contains": "json"}}}, 2),
        ({"body": {"name": "Autumn"}}, 1),
        ({"body": {"from.email": {"matches": "@example.com$"}}}, 1),
        ({"body": {"previewText": 1}}, 1),
        ({"body": {"from": {"absent": False}}}, 1),
        ({"status": 200}, 3),
        ({"text": "winter"}, 1),
        (CHANGES | {"body": {"name": "Autumn"}, "query": {"dry": "1"}}, 0),
    ],
)
def test_requests_are_described_by_path_header_query_and_body(box: Sandbox, match: Any, count: int) -> None:
    verdict = verify(box, match, exactly=count)
    assert (verdict["passed"], verdict["count"], len(verdict["matched"])) == (True, count, count)


@pytest.mark.parametrize(
    ("expected", "passed", "in_words"),
    [
        ({}, True, "at least 1"),
        ({"exactly": 2}, True, "exactly 2"),
        ({"exactly": 1}, False, "exactly 1"),
        ({"exactly": 3}, False, "exactly 3"),
        ({"exactly": 0}, False, "exactly 0"),
        ({"at_least": 2}, True, "at least 2"),
        ({"at_least": 3}, False, "at least 3"),
        ({"at_least": 0}, True, "at least 0"),
        ({"at_most": 2}, True, "at most 2"),
        ({"at_most": 1}, False, "at most 1"),
        ({"at_least": 1, "at_most": 2}, True, "at least 1, at most 2"),
        ({"at_least": 3, "at_most": 4}, False, "at least 3, at most 4"),
        ({"never": True}, False, "never"),
    ],
)
def test_how_many_there_should_be(box: Sandbox, expected: Any, *, passed: bool, in_words: str) -> None:
    verdict = verify(box, CHANGES, **expected)
    assert (verdict["passed"], verdict["count"], verdict["expected"]) == (passed, 2, in_words)


def test_what_never_came_passes(box: Sandbox) -> None:
    assert verify(box, {"method": "DELETE"}, never=True)["passed"]


def test_a_failure_shows_the_closest_requests_and_what_they_miss(box: Sandbox) -> None:
    verdict = verify(box, CHANGES | {"body": {"name": "Autumn"}, "query": {"dry": "1"}})
    assert not verdict["passed"]
    misses = [(miss["request"]["number"], miss["misses"]) for miss in verdict["near_misses"]]
    assert misses == [(2, ["body.name"]), (1, ["query.dry"]), (3, ["operation", "query.dry", "body.name"])]


TWICE: list[tuple[dict[str, Any], bool]] = [
    ({"query": {"page": "1"}}, True),
    ({"query": {"page": 2}}, True),
    ({"query": {"page": {"matches": "^1$"}}}, True),
    ({"query": {"page": "3"}}, False),
    ({"query": {"page": {"absent": True}}}, False),
    ({"headers": {"X-Tag": "one"}}, True),
    ({"headers": {"x-tag": {"contains": "tw"}}}, True),
    ({"headers": {"X-Tag": "one, two"}}, False),
]
"""Criteria, and whether a request that has a parameter and a header twice meets them."""


def ask_twice(box: Sandbox) -> int:
    headers = [*box.autosend.items(), ("X-Tag", "one"), ("X-Tag", "two")]
    return int(box.http.get("/v1/contact-lists?page=1&page=2", headers=headers).status_code)


@pytest.mark.parametrize(("match", "is_meant"), TWICE)
def test_any_value_of_what_comes_twice_is_looked_at(
    emulator: Emulator, match: dict[str, Any], *, is_meant: bool
) -> None:
    box = emulator.sandbox("twice", clock="frozen")
    ask_twice(box)
    assert verify(box, match)["passed"] is is_meant
    assert box.control("POST", "/wait", json={"request": match, "timeout": "0s"}).json()["met"] is is_meant
    rule = {"provider": "autosend", "match": match, "status": 503}
    assert box.control("POST", "/faults", json=rule).status_code == 201
    assert (ask_twice(box) == 503) is is_meant


def test_a_header_that_comes_twice_is_shown_with_both_values(emulator: Emulator) -> None:
    box = emulator.sandbox("twice", clock="frozen")
    ask_twice(box)
    (entry,) = box.control("GET", "/requests").json()["requests"]
    assert entry["request_headers"]["x-tag"] == "one, two"


def test_near_misses_are_at_most_five(emulator: Emulator, box: Sandbox) -> None:
    for _ in range(10):
        emulator.http.get(CAMPAIGN, headers=box.autosend)
    misses = verify(box, {"method": "DELETE"})["near_misses"]
    assert [miss["request"]["number"] for miss in misses] == [13, 12, 11, 10, 9]


def test_too_many_have_no_near_misses(box: Sandbox) -> None:
    verdict = verify(box, CHANGES, exactly=1)
    assert verdict["near_misses"] == []
    assert [entry["number"] for entry in verdict["matched"]] == [1, 2]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"exactly": 1, "at_least": 1}, "body"),
        ({"never": True, "exactly": 0}, "body"),
        ({"at_least": 2, "at_most": 1}, "body"),
        ({"never": False}, "never"),
        ({"exactly": -1}, "exactly"),
        ({"exactly": "few"}, "exactly"),
        ({"at_least": 1, "within": "1s"}, "body"),
        ({"within": "1s"}, "body"),
        ({"never": True, "within": "soon"}, "within"),
        ({"never": True, "within": "6m"}, "within"),
        ({"match": {"colour": "red"}}, "match.colour"),
        ({"match": {"path": {"matches": "("}}}, "match.path.matches"),
        ({"match": {"body": {"name": {}}}}, "match.body.name"),
        ({"times": 1}, "times"),
    ],
)
def test_a_wrong_verification_is_refused_by_name(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/requests/verify", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.slow
def test_nothing_coming_within_a_window_takes_the_whole_window(box: Sandbox) -> None:
    assert verify(box, {"method": "DELETE"}, never=True, within="100ms")["passed"]
    assert verify(box, CHANGES, exactly=2, within="10ms")["passed"]
    assert not verify(box, CHANGES, exactly=3, within="10ms")["passed"]


def test_a_request_within_the_window_fails_it_at_once(emulator: Emulator, box: Sandbox) -> None:
    with ThreadPoolExecutor() as pool:
        watching = pool.submit(verify, box, {"method": "DELETE"}, never=True, within="5m")
        emulator.http.delete(CAMPAIGN, headers=box.autosend)
        verdict = watching.result(timeout=20)
    assert (verdict["passed"], verdict["count"]) == (False, 1)


def test_a_sandbox_verifies_its_own_requests_only(emulator: Emulator, box: Sandbox) -> None:
    other = emulator.sandbox("other")
    verdict = verify(other)
    assert (verdict["count"], verdict["near_misses"]) == (0, [])


@pytest.fixture(scope="module")
def small() -> Iterator[Emulator]:
    """Run an emulator with journals of three requests, and of bodies up to 4 KB."""
    with in_process(fixtures="empty", journal_entries=3, journal_bytes=64_000) as emulator:
        yield emulator


@pytest.fixture
def full(small: Emulator) -> Iterator[Sandbox]:
    """Return a sandbox that has received five requests, of which its journal has the last three."""
    made = small.sandbox()
    for page in range(1, 6):
        small.http.get(f"/v1/campaigns?page={page}", headers=made.autosend)
    yield made
    small.reset()


LISTS = {"operation": "GET /v1/campaigns"}


@pytest.mark.parametrize(
    ("expected", "passed"),
    [
        ({"at_least": 3}, True),
        ({"at_least": 4}, False),
        ({"exactly": 3}, False),
        ({"at_most": 4}, False),
        ({"at_most": 5}, True),
    ],
)
def test_requests_that_are_no_longer_kept_may_be_meant(full: Sandbox, expected: Any, *, passed: bool) -> None:
    verdict = verify(full, LISTS, **expected)
    assert (verdict["passed"], verdict["count"], verdict["unknown"]) == (passed, 3, 2)


def test_what_never_came_is_not_known_once_requests_are_no_longer_kept(full: Sandbox) -> None:
    first = {"query": {"page": "1"}}
    assert not verify(full, first, never=True, within="5m")["passed"]
    full.control("DELETE", "/requests")
    assert verify(full, first, never=True)["passed"]


def test_the_list_says_how_many_are_no_longer_kept(full: Sandbox) -> None:
    listed = full.control("GET", "/requests", params={"limit": 1}).json()
    assert (listed["total"], listed["dropped"]) == (3, 2)


@pytest.mark.parametrize(
    ("match", "unknown"),
    [
        ({"body": {"subject": "Sale"}}, 1),
        ({"method": "POST", "body": {"html": "no"}}, 1),
        ({"text": "at the end"}, 1),
        ({"method": "GET", "body": {"subject": "Sale"}}, 0),
    ],
)
def test_what_is_looked_for_in_a_body_that_was_cut_is_not_known(
    small: Emulator, match: Any, unknown: int
) -> None:
    made = small.sandbox()
    mail = {"subject": "Sale", "html": "x" * 20_000 + "at the end"}
    small.http.post("/v1/mails/send", json=mail, headers=made.autosend)
    verdict = verify(made, match, never=True)
    assert (verdict["passed"], verdict["count"], verdict["unknown"]) == (not unknown, 0, unknown)
    (entry,) = made.control("GET", "/requests").json()["requests"]
    assert (entry["cut"], len(entry["request_body"])) == (True, 4_000)
    small.reset()


def test_a_body_that_was_too_large_to_be_read_is_not_known(small: Emulator) -> None:
    made = small.sandbox()
    headers = made.autosend | {"Content-Length": "99000000"}
    assert small.http.post("/v1/mails/send", content=b"{}", headers=headers).status_code == 413
    assert verify(made, {"body": {"subject": "Sale"}}, never=True)["unknown"] == 1
    small.reset()
