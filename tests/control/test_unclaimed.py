"""Requests that belong to no sandbox: why, and how many."""

from typing import Any

import pytest

from tests.conftest import Emulator

UNCLAIMED = "/_emulator/requests?unclaimed=true"
WRONG = {"Authorization": "Bearer AS_somebodyelse"}

CASES: list[Any] = [
    ("/v1/campaigns", WRONG, "unknown credential"),
    ("/v1/nothing", WRONG, "unknown credential"),
    ("/v1/campaigns", {}, "no credential"),
    ("/api/v1.1/campaigns/get_status?token=another", {}, "unknown credential"),
    ("/api/v1.1/campaigns/get_status", {}, "no credential"),
    ("/api/campaigns", {"Authorization": "Bearer live_another"}, "unknown credential"),
    ("/api/campaigns", {}, "no credential"),
    ("/v1/campaigns", WRONG | {"Host": "evil.example"}, "refused Host"),
    ("/_emulator/clock", {"Host": "evil.example"}, "refused Host"),
    ("/mails/send", WRONG, "path of no provider"),
]

OUR_PAGES = (
    "/_emulator/sandboxes",
    "/_emulator/clock",
    "/_emulator/nothing",
    "/",
    "/docs",
    "/livez",
    "/shop",
)


@pytest.fixture(autouse=True)
def forgotten(emulator: Emulator) -> None:
    assert emulator.http.delete(UNCLAIMED).status_code == 204


@pytest.mark.parametrize(("path", "headers", "reason"), CASES)
def test_a_request_says_why_it_belongs_to_no_sandbox(
    emulator: Emulator, path: str, headers: dict[str, str], reason: str
) -> None:
    emulator.http.get(path, headers=headers)
    listed = emulator.http.get(UNCLAIMED).json()
    (entry,) = listed["requests"]
    assert entry["unclaimed"] == reason
    assert listed["unclaimed"] == {"total": 1, "reasons": {reason: 1}, "latest": entry["number"]}


OTHERS = [
    ("/api/campaigns", {"Authorization": "Bearer AS_emulator000000000000"}, "autosend"),
    ("/api/v1.1/campaigns/get_status?token=AS_emulator000000000000", {}, "autosend"),
    ("/v1/campaigns", {"Authorization": "Bearer live_emulator000000000000"}, "rcs"),
    ("/v1/campaigns", WRONG, None),
    ("/v1/campaigns", {}, None),
]


@pytest.mark.parametrize(("path", "headers", "provider"), OTHERS)
def test_an_unknown_credential_that_is_of_another_provider_says_of_which(
    emulator: Emulator, path: str, headers: dict[str, str], provider: str | None
) -> None:
    emulator.http.get(path, headers=headers)
    (entry,) = emulator.http.get(UNCLAIMED).json()["requests"]
    assert entry["credential_of"] == provider


def test_the_lists_of_sandboxes_and_of_their_requests_count_those_of_none(emulator: Emulator) -> None:
    for path, headers, _ in CASES:
        emulator.http.get(path, headers=headers)
    counted = emulator.http.get("/_emulator/sandboxes").json()["unclaimed"]
    assert counted["total"] == len(CASES)
    assert counted["reasons"] == {
        "unknown credential": 4,
        "no credential": 3,
        "refused Host": 2,
        "path of no provider": 1,
    }
    assert emulator.http.get("/_emulator/requests").json()["unclaimed"] == counted


def test_the_control_plane_asked_by_us_does_not_count(emulator: Emulator) -> None:
    for path in OUR_PAGES:
        emulator.http.get(path)
    counted = emulator.http.get("/_emulator/sandboxes").json()["unclaimed"]
    assert counted == {"total": 0, "reasons": {}, "latest": 0}


def test_a_path_without_its_beginning_is_shown_with_those_that_it_may_mean(emulator: Emulator) -> None:
    emulator.http.post("/mails/send", headers={"Authorization": "Bearer AS_emulator000000000000"})
    answer = emulator.http.get(UNCLAIMED)
    (entry,) = answer.json()["requests"]
    assert (entry["provider"], entry["status"]) == ("emulator", 404)
    assert entry["nearest"][0] == "POST /v1/mails/send"
    assert "AS_emulator000000000000" not in answer.text


def test_a_request_of_a_sandbox_has_no_such_reason(emulator: Emulator) -> None:
    emulator.http.get("/v1/campaigns", headers={"Authorization": "Bearer AS_emulator000000000000"})
    listed = emulator.http.get("/_emulator/requests").json()
    assert listed["requests"][-1]["unclaimed"] is None
    assert listed["unclaimed"]["total"] == 0
