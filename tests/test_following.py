"""The client behind a load balancer: it goes on at the replica that made its sandbox."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.client import Control, SandboxClient, UnreachableError
from emulator.client.connection import Connection
from tests.stub import Stub, stub_server

NOWHERE = "http://127.0.0.1:9"


def detail(url: str | None) -> Any:
    return {"name": "box", "access": {}, "environment": {}, "last_message": None, "url": url}


@pytest.fixture
def balancer() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def replica() -> Iterator[Stub]:
    with stub_server() as running:
        running.answer = {"snapshots": [], "messages": [], "total": 0} | detail(running.url)
        yield running


def made(balancer: Stub, url: str | None) -> SandboxClient:
    balancer.answer = detail(url)
    return Control(balancer.url, "sesame").create("box")


def test_all_that_is_about_a_sandbox_goes_to_its_replica(balancer: Stub, replica: Stub) -> None:
    sandbox = made(balancer, replica.url)
    sandbox.reset()
    sandbox.messages.list()
    sandbox.snapshots.list()
    sandbox.delete()
    assert sandbox.url == replica.url
    assert [asked.partition("?")[0] for asked, _ in replica.asked] == [
        "POST /_emulator/reset",
        "GET /_emulator/messages",
        "GET /_emulator/snapshots",
        "DELETE /_emulator/sandboxes/box",
    ]
    assert len(balancer.asked) == 1


def test_the_token_goes_along(balancer: Stub, replica: Stub) -> None:
    sandbox = made(balancer, replica.url)
    sandbox.reset()
    assert replica.headers[-1]["Authorization"] == "Bearer sesame"
    assert sandbox.environment["EMULATOR_CONTROL_TOKEN"] == "sesame"


def test_so_with_a_sandbox_that_exists(balancer: Stub, replica: Stub) -> None:
    balancer.answer = detail(replica.url)
    Control(balancer.url).sandbox("box").delete()
    assert len(replica.asked) == 1


@pytest.mark.parametrize("named", [None, "its own"])
def test_it_stays_where_no_other_address_is_named(balancer: Stub, named: str | None) -> None:
    sandbox = made(balancer, f"{balancer.url}/" if named else None)
    sandbox.delete()
    assert (sandbox.url, len(balancer.asked)) == (balancer.url, 2)


def test_the_replica_may_be_below_a_path(balancer: Stub, replica: Stub) -> None:
    made(balancer, f"{replica.url}/emulators/2").delete()
    assert replica.last[0] == "DELETE /emulators/2/_emulator/sandboxes/box"


def test_a_replica_that_does_not_answer_is_named(balancer: Stub) -> None:
    sandbox = made(balancer, NOWHERE)
    with pytest.raises(UnreachableError) as raised:
        sandbox.messages.list()
    said = str(raised.value)
    assert said.startswith(f"No emulator answers at {NOWHERE} (")
    assert f"It is a replica of {balancer.url}. If it ended, so did its sandboxes" in said
    assert f"make new ones at {balancer.url}" in said


@pytest.mark.parametrize(
    ("at", "token", "named", "is_followed"),
    [
        ("https://ci", "sesame", "https://emulator-0", True),
        ("http://ci", "sesame", "https://emulator-0", True),
        ("http://ci", "sesame", "http://emulator-0", True),
        ("https://ci", None, "http://emulator-0", True),
        ("https://ci", "sesame", "http://emulator-0", False),
    ],
)
def test_the_token_never_goes_from_https_to_http(
    at: str, token: str | None, named: str, *, is_followed: bool
) -> None:
    connection = Connection(at, token)
    if is_followed:
        assert connection.following(named).url == named
        return
    with pytest.raises(UnreachableError, match="the token is not sent there without TLS"):
        connection.following(named)


def test_what_names_no_address_is_no_emulator(balancer: Stub) -> None:
    with pytest.raises(UnreachableError, match="not an emulator"):
        made(balancer, "emulator-0:4610")


def test_a_health_check_says_the_public_url(balancer: Stub) -> None:
    balancer.answer = json.dumps({"status": "ok", "public_url": NOWHERE}).encode()
    assert Control(balancer.url).public_url() == NOWHERE
    balancer.answer = {"status": "ok"}
    assert Control(balancer.url).public_url() is None
