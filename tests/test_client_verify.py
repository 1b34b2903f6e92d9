"""The messages of `verify`, from which the author of a failing test learns of the requests."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.client import Control, SandboxClient
from emulator.client.report import report
from tests.stub import Stub, stub_server
from tests.test_client import REQUEST


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def sandbox(stub: Stub) -> SandboxClient:
    detail: Any = {"name": "box", "access": {}, "environment": {}}
    return SandboxClient(Control(stub.url).connection, detail)


def test_verify_fails_with_what_came_close(stub: Stub, sandbox: SandboxClient) -> None:
    near = {"request": REQUEST, "misses": ["body.name", "status"]}
    stub.answer = {
        "passed": False,
        "expected": "exactly 2",
        "count": 1,
        "unknown": 0,
        "matched": [REQUEST],
        "near_misses": [near],
    }
    with pytest.raises(AssertionError) as failed:
        sandbox.requests.verify(path="/v1/campaigns", exactly=2)
    assert str(failed.value).splitlines() == [
        "expected exactly 2 of {'path': '/v1/campaigns'}, received 1",
        "received:",
        "  #3 POST /v1/campaigns?dry=1 -> 201, nobody read query.dry",
        '    {"name": "Spring"}',
        "near miss: #3 POST /v1/campaigns?dry=1 -> 201, nobody read query.dry; other in body.name, status",
        '    {"name": "Spring"}',
    ]


def test_a_query_is_shown_with_its_brackets(stub: Stub, sandbox: SandboxClient) -> None:
    searched = REQUEST | {"query": "page%5Blimit%5D=10&text=a%26b", "unread": []}
    stub.answer = {
        "passed": False,
        "expected": "never",
        "count": 1,
        "unknown": 0,
        "matched": [searched],
        "near_misses": [],
    }
    with pytest.raises(AssertionError, match=re.escape("?page[limit]=10&text=a%26b -> 201")):
        sandbox.requests.verify(method="POST", never=True)


UNKNOWN = REQUEST | {
    "path": "/v1/campaign",
    "operation": None,
    "status": 404,
    "answer_body": '{"success": false,\n "error": {"message": "Not found"}}',
    "nearest": ["POST /v1/campaigns", "GET /v1/campaigns"],
    "faults": [],
}
REFUSED = REQUEST | {"status": 200, "refused": True, "answer_body": '{"error": 400}', "request_body": ""}


def test_verify_fails_with_the_words_of_the_provider(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = {
        "passed": False,
        "expected": "never",
        "count": 1,
        "unknown": 0,
        "matched": [REFUSED],
        "near_misses": [{"request": UNKNOWN, "misses": ["path"]}],
    }
    with pytest.raises(AssertionError) as failed:
        sandbox.requests.verify(path="/v1/campaigns", never=True)
    assert str(failed.value).splitlines()[2:] == [
        "  #3 POST /v1/campaigns?dry=1 -> 200, nobody read query.dry",
        '    refused: {"error": 400}',
        (
            "near miss: #3 POST /v1/campaign?dry=1 -> 404, no such operation; nearest: POST /v1/campaigns, "
            "GET /v1/campaigns, nobody read query.dry; other in path"
        ),
        '    {"name": "Spring"}',
        '    refused: {"success": false, "error": {"message": "Not found"}}',
    ]


def test_verify_says_what_can_not_be_known(stub: Stub, sandbox: SandboxClient) -> None:
    near = {"request": REQUEST | {"cut": True}, "misses": ["body.name"]}
    stub.answer = {
        "passed": False,
        "expected": "exactly 1",
        "count": 0,
        "unknown": 3,
        "matched": [],
        "near_misses": [near],
    }
    with pytest.raises(AssertionError) as failed:
        sandbox.requests.verify(body={"name": "Spring"}, exactly=1)
    unknown, near_miss = str(failed.value).splitlines()[1:3]
    assert unknown.startswith("3 more may be so: the journal had no room for them, or for their bodies (EMUL")
    assert near_miss.endswith("nobody read query.dry, bodies cut; other in body.name")


def test_a_report_counts_what_the_journal_had_no_room_for(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = {"requests": [REQUEST], "total": 3, "dropped": 2}
    assert "(4 earlier requests)\n#3 POST /v1/campaigns" in report(sandbox)
