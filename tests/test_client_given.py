"""The client of the control plane: arguments that it refuses itself, as they could be misunderstood."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from emulator.client import Control, SandboxClient
from tests.server import Server, run
from tests.stub import Stub, stub_server
from tests.test_client import EVERY_LIST, MESSAGE, REQUEST


class Word(str, Enum):  # noqa: UP042 -- it is about those
    """Words of a test suite, as they were written before StrEnum."""

    BOUNCED = "bounced"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        running.answer = EVERY_LIST | {"passed": True, "met": True, "id": 7}
        yield running


@pytest.fixture
def sandbox(stub: Stub) -> SandboxClient:
    detail: Any = {"name": "box", "access": {}, "environment": {}}
    return SandboxClient(Control(stub.url).connection, detail)


Call = Callable[[Any], Any]
NOTHING: list[tuple[str, Call]] = [
    ("id", lambda box: box.messages.find(id=None)),
    ("id", lambda box: box.messages.wait(id=None)),
    ("id", lambda box: box.messages.codes(id=None)),
    ("recipient", lambda box: box.messages.list(recipient=None)),
    ("path", lambda box: box.requests.verify(path=None, exactly=1)),
    ("operation", lambda box: box.requests.wait(operation=None)),
    ("provider", lambda box: box.requests.list(provider=None)),
    ("target", lambda box: box.webhooks.wait(target=None)),
    ("target", lambda box: box.webhooks.deliveries(target=None)),
    ("target", lambda box: box.webhooks.replay_all(target=None)),
    ("url", lambda box: box.webhooks.change(1, url=None)),
    ("recipient", lambda box: box.outcomes.add("bounced", recipient=None)),
    ("recipient", lambda box: box.outcomes.register(None)),
    ("recipient", lambda box: box.outcomes.unregister(None, "viber")),
    ("operation", lambda box: box.faults.add("rcs", status=503, operation=None)),
    ("type", lambda box: box.webhooks.disturb("drop", type=None)),
    ("inReplyTo", lambda box: box.inbound.receive("a@example.com", "b@example.com", inReplyTo=None)),
    ("advance", lambda box: box.clock.advance(None)),
    ("set", lambda box: box.clock.set(None)),
]


@pytest.mark.parametrize(("name", "call"), NOTHING)
def test_what_is_none_is_not_taken_for_any(stub: Stub, sandbox: SandboxClient, name: str, call: Call) -> None:
    with pytest.raises(TypeError, match=f"^{name} is None: leave it out, or say what is meant$"):
        call(sandbox)
    assert stub.asked == []


NAMELESS: list[Call] = [
    lambda box: box.messages.get(""),
    lambda box: box.messages.html(None),
    lambda box: box.requests.get(None),
    lambda box: box.jobs.get(""),
    lambda box: box.jobs.pace(None, 1),
    lambda box: box.jobs.people(None),
    lambda box: box.snapshots.delete(""),
    lambda box: box.clock.retry(None),
    lambda box: box.balances.get(""),
    lambda box: box.faults.delete(""),
]


@pytest.mark.parametrize("call", NAMELESS)
def test_what_has_no_name_is_refused(stub: Stub, sandbox: SandboxClient, call: Call) -> None:
    with pytest.raises(ValueError, match=r"^a name or an id is needed, not (''|None)$"):
        call(sandbox)
    assert stub.asked == []


def test_a_number_names_a_job_as_it_names_a_message(stub: Stub, sandbox: Any) -> None:
    sandbox.jobs.get(5)
    assert stub.last == ("GET /_emulator/jobs/5?sandbox=box", None)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("bytes", lambda box: box.messages.find(recipient=b"ann@example.com")),
        ("bytes", lambda box: box.inbound.receive("a@example.com", "b@example.com", text=b"Hi")),
        ("set", lambda box: box.faults.add("rcs", match={"status": {1, 2}})),
        ("Decimal", lambda box: box.requests.verify(body={"price": Decimal("0.5")})),
    ],
)
def test_a_value_that_can_not_be_sent_is_refused_with_its_type(
    stub: Stub, sandbox: SandboxClient, kind: str, call: Call
) -> None:
    with pytest.raises(TypeError, match=f"is of type {kind}, which can not be sent"):
        call(sandbox)
    assert stub.asked == []


def test_words_and_ids_of_other_types_are_sent_as_they_read(stub: Stub, sandbox: Any) -> None:
    sandbox.messages.list(status=Word.BOUNCED, id=UUID(int=7))
    query = f"sandbox=box&status=bounced&id={UUID(int=7)}"
    assert stub.last == (f"GET /_emulator/messages?{query}", None)


@pytest.mark.parametrize("name", ["limit", "order"])
def test_find_takes_nothing_that_is_about_lists(sandbox: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} is for list: find is about one message"):
        sandbox.messages.find(**{name: 1})


def test_a_raw_mail_may_be_bytes_and_to_somebody_else(stub: Stub, sandbox: SandboxClient) -> None:
    sandbox.inbound.receive_raw("Subject: Привет".encode(), to="help@k3x9.autosend.email")
    assert stub.last[1] == {"raw": "Subject: Привет", "to": ["help@k3x9.autosend.email"]}


def test_waiting_in_vain_shows_also_what_came(stub: Stub, sandbox: SandboxClient) -> None:
    near = MESSAGE | {"id": 8, "misses": ["status"]}
    stub.answer = {"met": False, "matched": [MESSAGE], "arrived": [near]}
    sandbox.messages.beginning = 6
    with pytest.raises(AssertionError) as failed:
        sandbox.messages.wait(status="read", count=2, timeout="1s")
    assert str(failed.value).splitlines() == [
        "waited 1s for 2 of message {'status': 'read'}, 1 came:",
        "  #7 autosend email to ann@example.com: delivered",
        "what else did arrive:",
        "  #8 autosend email to ann@example.com: delivered; other in status",
    ]
    assert stub.last[1]["message"] == {"status": "read", "after": 6}
    stub.answer = {"met": False, "matched": [REQUEST], "arrived": []}
    with pytest.raises(AssertionError) as failed:
        sandbox.requests.wait(method="POST", count=2)
    assert str(failed.value).splitlines()[1:] == [
        "  #3 POST /v1/campaigns?dry=1 -> 201, nobody read query.dry",
        '    {"name": "Spring"}',
        "what else did arrive:",
        "  nothing",
    ]


@pytest.mark.slow
def test_an_empty_name_is_wrong_usage(server: Server) -> None:
    for command in (("sandbox", "delete", ""), ("pace", "--job", ""), ("env", "--sandbox", "")):
        said = run(*command, EMULATOR_URL=server.url)
        assert (said.returncode, said.stderr) == (2, "emulator: a name or an id is needed, not ''\n")


@pytest.mark.slow
def test_the_pace_is_of_one_provider_where_one_is_named(server: Server) -> None:
    said = run("pace", "--provider", "rcs", EMULATOR_URL=server.url).stdout.splitlines()
    assert [line.split()[0] for line in said] == ["PROVIDER", "rcs"]
    for command in (("pace", "--provider", "autosent"), ("pace", "1", "--provider", "")):
        refused = run(*command, EMULATOR_URL=server.url)
        assert refused.returncode == 3
        assert "are altcraft, rcs, autosend" in refused.stderr
