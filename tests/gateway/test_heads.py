"""HEAD gets the response of GET, without the body."""

import pytest

from tests.conftest import Emulator, in_process

AUTOSEND = {"Authorization": "Bearer AS_emulator000000000000"}
RCS = {"Authorization": "Bearer live_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"
DIFFERS = {"content-security-policy"}
"""The header that two GET requests in a row do not share: it has a nonce."""


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/console/console.css", {}),
        ("/console/nothing.css", {}),
        ("/docs", {}),
        ("/docs/swagger-ui.css", {}),
        ("/openapi/autosend.json", {}),
        ("/openapi/control.json", {}),
        ("/livez", {}),
        ("/readyz", {}),
        ("/nothing", {}),
        ("/_emulator/clock", {}),
        ("/_emulator/sandboxes", {}),
        ("/_emulator/sandboxes/nobody", {}),
        ("/_emulator/messages?limit=2000000", {}),
        ("/_emulator/reset", {}),
        ("/_emulator/links/default/autosend/file/1", {}),
        ("/_emulator/clock", {"Origin": "https://example.com"}),
        (CAMPAIGN, AUTOSEND),
        (CAMPAIGN, {}),
        (f"{CAMPAIGN}/abort", AUTOSEND),
        ("/v1/campaigns/nothing", AUTOSEND),
        ("/v1/nothing", AUTOSEND),
        ("/api/accounts/balance", RCS),
        ("/api/accounts/balance", {}),
        ("/api/campaigns/rcs/send", RCS),
        ("/api/v1.1/campaigns/get?token=abcdefghijklmnqrstuvwxyz", {}),
        ("/api/v1.1/nothing", {}),
    ],
)
def test_head_gets_the_status_and_the_headers_of_get(
    emulator: Emulator, path: str, headers: dict[str, str]
) -> None:
    got = emulator.http.get(path, headers=headers)
    head = emulator.http.head(path, headers=headers)
    assert head.status_code == got.status_code
    assert head.headers.keys() == got.headers.keys()
    assert {name: head.headers[name] for name in head.headers.keys() - DIFFERS} == {
        name: got.headers[name] for name in got.headers.keys() - DIFFERS
    }
    assert int(head.headers["content-length"]) == len(got.content)
    assert head.content == b""


def test_the_journal_has_what_the_client_asked_and_got(emulator: Emulator) -> None:
    emulator.http.head(CAMPAIGN, headers=AUTOSEND)
    entry = emulator.http.get("/_emulator/requests").json()["requests"][-1]
    assert entry["method"] == "HEAD"
    assert entry["operation"] == "GET /v1/campaigns/{campaignId}"
    assert entry["status"] == 200
    assert entry["answer_body"] == ""


def test_a_fault_of_the_operation_meets_head_too(emulator: Emulator) -> None:
    rule = {"provider": "autosend", "operation": "GET /v1/campaigns/{campaignId}", "error": "NotFound"}
    emulator.http.post("/_emulator/faults", json=rule)
    assert emulator.http.head(CAMPAIGN, headers=AUTOSEND).status_code == 404


def test_a_stream_ends_with_its_head(emulator: Emulator) -> None:
    head = emulator.http.head("/_emulator/feed")
    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")


def test_what_is_head_counts_against_the_rate_limit_like_get() -> None:
    with in_process(autosend_rate_limit=True) as limited:
        answers = [limited.http.head(CAMPAIGN, headers=AUTOSEND) for _ in range(2)]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0"]
