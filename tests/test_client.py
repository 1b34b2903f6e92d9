"""The client of the control plane: the requests that it sends, and its treatment of responses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emulator.client import Control, ControlError, OutstandingWarning, SandboxClient, UnreachableError
from emulator.client.clock import Clock
from tests.stub import Stub, stub_server

EVERY_LIST: dict[str, Any] = {"total": 0, "after": 0} | {
    name: []
    for name in (
        "sandboxes", "snapshots", "requests", "messages", "jobs", "faults", "rules",
        "targets", "events", "deliveries", "disturbances", "matched", "ids", "balances", "paces",
    )
}  # fmt: skip
REQUEST = {
    "number": 3,
    "method": "POST",
    "path": "/v1/campaigns",
    "query": "dry=1",
    "status": 201,
    "unread": ["query.dry"],
    "operation": "POST /v1/campaigns",
    "request_body": '{"name":\n "Spring"}',
    "answer_body": '{"success": true}',
    "cut": False,
    "refused": False,
    "nearest": [],
    "faults": [],
}
MESSAGE = {
    "id": 7,
    "provider": "autosend",
    "channel": "email",
    "recipient": "ann@example.com",
    "status": "delivered",
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        running.answer = EVERY_LIST | {"passed": True, "met": True, "outstanding": 0}
        yield running


@pytest.fixture
def sandbox(stub: Stub) -> SandboxClient:
    detail: Any = {
        "name": "box",
        "access": {"rcs": {"base_url": "http://emulator", "credentials": ["live_a", "test_b"]}},
        "environment": {"RCS_API_KEY": "live_a"},
    }
    return SandboxClient(Control(stub.url, "sesame").connection, detail)


def refuse(stub: Stub, status: int, **problem: Any) -> None:
    stub.status, stub.media_type, stub.answer = status, "application/problem+json", problem


CALLS: list[tuple[Callable[[SandboxClient], Any], str, Any]] = [
    (lambda box: box.clock.freeze(), "POST /clock?sandbox=box", {"freeze": True}),
    (lambda box: box.clock.run(), "POST /clock?sandbox=box", {"freeze": False}),
    (lambda box: box.clock.run(speed=60), "POST /clock?sandbox=box", {"speed": 60}),
    (lambda box: box.clock.advance("2m"), "POST /clock?sandbox=box", {"advance": "2m"}),
    (
        lambda box: box.clock.advance(timedelta(minutes=1.5)),
        "POST /clock?sandbox=box",
        {"advance": "90000ms"},
    ),
    (
        lambda box: box.clock.set(datetime(2026, 5, 1, tzinfo=UTC)),
        "POST /clock?sandbox=box",
        {"set": "2026-05-01T00:00:00+00:00"},
    ),
    (lambda box: box.clock.to_next_event(), "POST /clock?sandbox=box", {"next_event": True}),
    (
        lambda box: box.clock.until(job="rcs/campaign/1", status="sent", within="1d"),
        "POST /clock?sandbox=box",
        {"until": {"job": "rcs/campaign/1", "status": "sent", "within": "1d"}},
    ),
    (
        lambda box: box.requests.list(method="POST", unread=True, text="a b"),
        "GET /requests?sandbox=box&method=POST&unread=true&text=a+b",
        None,
    ),
    (lambda box: box.requests.get(3), "GET /requests/3?sandbox=box", None),
    (lambda box: box.requests.clear(), "DELETE /requests?sandbox=box", None),
    (
        lambda box: box.requests.verify(path="/v1/campaigns", body={"name": "x"}, exactly=1, within="3s"),
        "POST /requests/verify?sandbox=box",
        {"match": {"path": "/v1/campaigns", "body": {"name": "x"}}, "exactly": 1, "within": "3s"},
    ),
    (
        lambda box: box.requests.wait(provider="rcs", count=2, timeout="1s"),
        "POST /wait?sandbox=box",
        {"request": {"provider": "rcs"}, "count": 2, "timeout": "1s"},
    ),
    (lambda box: box.messages.list(recipient="ann@"), "GET /messages?sandbox=box&recipient=ann%40", None),
    (
        lambda box: box.messages.list(id=7, subject="a b", text="c", latest=True),
        "GET /messages?sandbox=box&id=7&subject=a+b&text=c&latest=true",
        None,
    ),
    (lambda box: box.messages.get("66b1/c"), "GET /messages/66b1%2Fc?sandbox=box", None),
    (
        lambda box: box.messages.wait(id=7, subject="Code", latest=True),
        "POST /wait?sandbox=box",
        {"message": {"id": 7, "subject": "Code", "latest": True}, "count": 1, "timeout": "5s"},
    ),
    (lambda box: box.jobs.list(id="60d5"), "GET /jobs?sandbox=box&id=60d5", None),
    (lambda box: box.messages.get(7), "GET /messages/7?sandbox=box", None),
    (
        lambda box: box.messages.force(7, "bounced"),
        "POST /messages/7/status?sandbox=box",
        {"status": "bounced", "force": True},
    ),
    (
        lambda box: box.messages.wait(status="delivered"),
        "POST /wait?sandbox=box",
        {"message": {"status": "delivered"}, "count": 1, "timeout": "5s"},
    ),
    (lambda box: box.jobs.list(provider="rcs"), "GET /jobs?sandbox=box&provider=rcs", None),
    (lambda box: box.jobs.list(kind="domain"), "GET /jobs?sandbox=box&kind=domain", None),
    (lambda box: box.jobs.get("rcs/campaign/1"), "GET /jobs/rcs/campaign/1?sandbox=box", None),
    (
        lambda box: box.jobs.act("rcs/campaign/1", "stop"),
        "POST /jobs/rcs/campaign/1/status?sandbox=box",
        {"action": "stop"},
    ),
    (
        lambda box: box.jobs.force("rcs/campaign/1", "sent"),
        "POST /jobs/rcs/campaign/1/status?sandbox=box",
        {"status": "sent", "force": True},
    ),
    (lambda box: box.balances.list(), "GET /balances?sandbox=box", None),
    (lambda box: box.balances.get("rcs"), "GET /balances/rcs?sandbox=box", None),
    (lambda box: box.balances.add("rcs", Decimal("0.5")), "POST /balances/rcs?sandbox=box", {"add": "0.5"}),
    (lambda box: box.balances.set("rcs", 100), "POST /balances/rcs?sandbox=box", {"set": "100"}),
    (lambda box: box.pace(), "GET /pace?sandbox=box", None),
    (lambda box: box.pace(1), "POST /pace?sandbox=box", {"pace": 1}),
    (
        lambda box: box.pace(0.5, provider="rcs"),
        "POST /pace?sandbox=box",
        {"pace": 0.5, "provider": "rcs"},
    ),
    (
        lambda box: box.jobs.pace("rcs/campaign/1", 2),
        "POST /jobs/rcs/campaign/1/pace?sandbox=box",
        {"pace": 2},
    ),
    (
        lambda box: box.faults.add("rcs", status=503, times=2),
        "POST /faults?sandbox=box",
        {"provider": "rcs", "status": 503, "times": 2},
    ),
    (lambda box: box.faults.list(), "GET /faults?sandbox=box", None),
    (lambda box: box.faults.get("f1"), "GET /faults/f1?sandbox=box", None),
    (lambda box: box.faults.delete("f1"), "DELETE /faults/f1?sandbox=box", None),
    (lambda box: box.faults.clear(), "DELETE /faults?sandbox=box", None),
    (lambda box: box.faults.errors("rcs"), "GET /faults/errors?sandbox=box&provider=rcs", None),
    (
        lambda box: box.outcomes.add("bounced", recipient="*@slow.example.com", delay="2m"),
        "POST /outcomes?sandbox=box",
        {"outcome": "bounced", "recipient": "*@slow.example.com", "delay": "2m"},
    ),
    (
        lambda box: box.outcomes.unregister("38067*", "viber"),
        "POST /outcomes?sandbox=box",
        {"outcome": "not_registered", "provider": "rcs", "recipient": "38067*", "channel": "viber"},
    ),
    (
        lambda box: box.outcomes.register("380671112233"),
        "POST /outcomes?sandbox=box",
        {"outcome": "registered", "provider": "rcs", "recipient": "380671112233"},
    ),
    (lambda box: box.outcomes.list(), "GET /outcomes?sandbox=box", None),
    (lambda box: box.outcomes.clear(), "DELETE /outcomes?sandbox=box", None),
    (
        lambda box: box.webhooks.add("rcs", "http://127.0.0.1/hook", ["dlr"]),
        "POST /webhooks/targets?sandbox=box",
        {"provider": "rcs", "url": "http://127.0.0.1/hook", "events": ["dlr"]},
    ),
    (lambda box: box.webhooks.targets(), "GET /webhooks/targets?sandbox=box", None),
    (
        lambda box: box.webhooks.change("t/1", is_active=False),
        "PATCH /webhooks/targets/t%2F1?sandbox=box",
        {"is_active": False},
    ),
    (lambda box: box.webhooks.remove("t1"), "DELETE /webhooks/targets/t1?sandbox=box", None),
    (lambda box: box.webhooks.events(type="dlr"), "GET /webhooks/events?sandbox=box&type=dlr", None),
    (
        lambda box: box.webhooks.deliveries(state="failed", target=1, after=2, order="newest"),
        "GET /webhooks/deliveries?sandbox=box&state=failed&target=1&after=2&order=newest",
        None,
    ),
    (lambda box: box.webhooks.delivery("d1"), "GET /webhooks/deliveries/d1?sandbox=box", None),
    (lambda box: box.webhooks.replay("d1"), "POST /webhooks/deliveries/d1/replay?sandbox=box", None),
    (
        lambda box: box.webhooks.replay_all(state="failed"),
        "POST /webhooks/replay?sandbox=box",
        {"state": "failed"},
    ),
    (lambda box: box.webhooks.replay_all(target=1), "POST /webhooks/replay?sandbox=box", {"target": 1}),
    (
        lambda box: box.webhooks.wait(type="dlr", target=1),
        "POST /wait?sandbox=box",
        {"delivery": {"type": "dlr", "target": 1}, "count": 1, "timeout": "5s"},
    ),
    (
        lambda box: box.webhooks.disturb("drop", times=1),
        "POST /webhooks/disturbances?sandbox=box",
        {"action": "drop", "times": 1},
    ),
    (lambda box: box.webhooks.disturbances.clear(), "DELETE /webhooks/disturbances?sandbox=box", None),
    (
        lambda box: box.inbound.receive("ann@example.com", "help@k3x9.autosend.email", subject="Hi"),
        "POST /autosend/inbound?sandbox=box",
        {"from": "ann@example.com", "to": ["help@k3x9.autosend.email"], "subject": "Hi"},
    ),
    (
        lambda box: box.inbound.receive_raw("Subject: Hi"),
        "POST /autosend/inbound?sandbox=box",
        {"raw": "Subject: Hi"},
    ),
    (lambda box: box.restore("half way"), "POST /snapshots/half%20way/restore?sandbox=box", None),
    (lambda box: box.delete(), "DELETE /sandboxes/box", None),
]


@pytest.mark.parametrize(("call", "line", "body"), CALLS, ids=[line for _, line, _ in CALLS])
def test_a_call_is_a_request_of_the_control_plane(
    stub: Stub, sandbox: SandboxClient, call: Callable[[SandboxClient], Any], line: str, body: Any
) -> None:
    call(sandbox)
    assert stub.last == (line.replace(" /", " /_emulator/", 1), body)


def test_the_token_opens_the_control_plane_and_is_passed_on(stub: Stub, sandbox: SandboxClient) -> None:
    sandbox.requests.list()
    assert stub.headers[-1]["Authorization"] == "Bearer sesame"
    assert sandbox.environment == {"RCS_API_KEY": "live_a", "EMULATOR_CONTROL_TOKEN": "sesame"}
    assert sandbox.credentials == {"rcs": "live_a"}


def test_the_emulator_may_be_below_a_path(stub: Stub) -> None:
    Control(f"{stub.url}/below/").sandboxes()
    assert stub.last == ("GET /below/_emulator/sandboxes", None)


def test_a_page_is_read_as_it_is(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = "<p>Привет</p>".encode()
    assert sandbox.messages.html(7) == "<p>Привет</p>"


def test_the_source_of_a_mail_is_read_as_bytes(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = b"Subject: caf\xe9\r\n\r\nHi"
    assert sandbox.messages.raw("66b1") == stub.answer
    assert stub.last == ("GET /_emulator/messages/66b1/raw?sandbox=box", None)


def test_verify_answers_the_requests_that_are_meant(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = {"passed": True, "matched": [REQUEST]}
    assert sandbox.requests.verify(method="POST") == [REQUEST]


@pytest.mark.parametrize(
    ("arrived", "shown"),
    [([MESSAGE], "#7 autosend email to ann@example.com: delivered"), ([], "nothing")],
)
def test_waiting_in_vain_fails_with_what_did_arrive(
    stub: Stub, sandbox: SandboxClient, arrived: list[Any], shown: str
) -> None:
    stub.answer = {"met": False, "matched": [], "arrived": arrived}
    with pytest.raises(AssertionError) as failed:
        sandbox.messages.wait(status="read", timeout="1s")
    assert str(failed.value).splitlines() == [
        "waited 1s for 1 of message {'status': 'read'}; what did arrive:",
        f"  {shown}",
    ]


@pytest.mark.parametrize(
    ("state", "attempts", "shown"),
    [
        ("waiting", [], "waiting"),
        ("delivered", [(None, 200, "thanks")], "delivered, HTTP status 200"),
        ("failed", [(None, 401, "Invalid\nsignature")], "failed, HTTP status 401, Invalid signature"),
        ("waiting", [(None, 500, "")], "waiting, HTTP status 500"),
        ("failed", [("ConnectError: refused", None, "")], "failed, ConnectError: refused"),
    ],
)
def test_a_delivery_is_shown_with_the_words_of_a_receiver_that_refused_it(
    stub: Stub,
    sandbox: SandboxClient,
    state: str,
    attempts: list[tuple[str | None, int | None, str]],
    shown: str,
) -> None:
    names = ("error", "status", "answer_body")
    delivery = {
        "id": 1,
        "types": ["email.sent"],
        "url": "http://shop/hooks",
        "state": state,
        "attempts": [dict(zip(names, one, strict=True)) for one in attempts],
    }
    stub.answer = {"met": False, "matched": [], "arrived": [delivery]}
    with pytest.raises(AssertionError) as failed:
        sandbox.webhooks.wait(type="email.opened", timeout="1s")
    assert str(failed.value).splitlines()[1] == f"  #1 email.sent to http://shop/hooks: {shown}"


def test_find_fails_unless_exactly_one_message_is_meant(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = {"total": 2, "messages": [MESSAGE, MESSAGE]}
    with pytest.raises(AssertionError, match="there are 2"):
        sandbox.messages.find(recipient="ann@")
    stub.answer = {"total": 0, "messages": [], "arrived": []}
    with pytest.raises(AssertionError, match="there are 0"):
        sandbox.messages.find(recipient="ann@")


def test_find_says_what_comes_close(stub: Stub, sandbox: SandboxClient) -> None:
    stub.answer = {"total": 0, "messages": [], "arrived": [MESSAGE | {"misses": ["recipient", "status"]}]}
    with pytest.raises(AssertionError) as failed:
        sandbox.messages.find(recipient="anne@", status="opened")
    assert str(failed.value).splitlines() == [
        "expected one message of {'recipient': 'anne@', 'status': 'opened'}, there are 0",
        "  #7 autosend email to ann@example.com: delivered; other in recipient, status",
    ]


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        ({}, "&after=40"),
        ({"recipient": "ann@"}, "&recipient=ann%40&after=40"),
        ({"after": 0}, "&after=0"),
        ({"since": "2026-03-15T00:00:00Z"}, "&since=2026-03-15T00%3A00%3A00Z"),
        ({"job": "rcs/campaign/5"}, "&job=rcs%2Fcampaign%2F5"),
        ({"id": 7}, "&id=7"),
    ],
)
def test_a_sandbox_that_is_made_shows_what_it_sent_since(stub: Stub, wanted: Any, query: str) -> None:
    detail = {"name": "box", "access": {}, "environment": {}, "last_message": 40}
    stub.answer = detail
    made = Control(stub.url).create()
    stub.answer = detail | EVERY_LIST
    made.messages.list(**wanted)
    assert stub.last[0] == f"GET /_emulator/messages?sandbox=box{query}"
    stub.answer = detail | {"last_message": 90}
    made.reset()
    assert made.messages.beginning == 90
    made.restore("half-way")
    assert made.messages.beginning == 0


def test_a_refusal_names_the_fields(stub: Stub, sandbox: SandboxClient) -> None:
    wrong = [{"field": "advance", "message": "must be a duration"}]
    refuse(stub, 422, detail="Nothing was changed.", errors=wrong)
    with pytest.raises(ControlError) as refused:
        sandbox.clock.advance("soon")
    assert (refused.value.status, refused.value.errors) == (422, wrong)
    assert str(refused.value) == "Nothing was changed. advance: must be a duration"


@pytest.mark.parametrize("change", [lambda clock: clock.advance("1m"), lambda clock: clock.retry(1)])
def test_a_change_of_the_clock_warns_of_webhooks_that_were_not_waited_for(
    stub: Stub, sandbox: SandboxClient, change: Callable[[Clock], Any]
) -> None:
    stub.answer = {"outstanding": 2}
    with pytest.warns(OutstandingWarning, match="2 webhooks were not waited for any longer") as told:
        change(sandbox.clock)
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, b"<html>"), (200, []), (404, b"not here"), (302, b""), (500, {"detail": "no"})],
)
def test_something_else_than_an_emulator_is_noticed(stub: Stub, status: int, answer: Any) -> None:
    stub.status, stub.answer = status, answer
    with pytest.raises(UnreachableError, match="emulator"):
        Control(stub.url).sandboxes()
