"""Commands of a client that makes a sandbox, and looks at what it sent and received."""

import json

import pytest

from emulator.client import Control
from tests.server import Server, run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("options", "fixtures"), [((), "demo"), (("--fixtures", "empty"), "empty")])
def test_a_sandbox_is_made_with_a_set(server: Server, options: tuple[str, ...], fixtures: str) -> None:
    said = run("sandbox", "create", *options, "--json", "--url", server.url)
    assert json.loads(said.stdout)["fixtures"] == fixtures


def test_a_set_that_is_not_there_is_refused(server: Server) -> None:
    said = run("sandbox", "create", "--fixtures", "full", "--url", server.url)
    assert (said.returncode, "fixtures: is not a word here; there are empty, demo" in said.stderr) == (
        3,
        True,
    )


@pytest.mark.parametrize("fixtures", ["demo", "empty"])
def test_a_set_is_checked_by_its_name(fixtures: str) -> None:
    said = run("fixtures", "check", fixtures)
    assert (said.returncode, said.stdout.endswith(f"/fixtures/{fixtures}: valid\n")) == (0, True)


def test_a_message_that_was_just_sent_is_the_last_that_is_listed(server: Server) -> None:
    box = Control(server.url).create("shop", clock="frozen")
    body = {"phone": {"number": "380670001000"}, "sender": "my_agent", "options": {"text": "Your code is 77"}}
    bearer = {"Authorization": f"Bearer {box.credentials['rcs']}"}
    with server.client(headers=bearer) as http:
        assert http.post("/api/messages/rcs/send", json=body).status_code == 200
    about = ("--sandbox", "shop", "--url", server.url)
    lines = run("messages", *about, "--limit", "3").stdout.splitlines()
    assert len(lines) == 5
    assert "Your code is 77" in lines[3]
    assert " earlier: say which" in lines[4]
    listed = json.loads(run("messages", *about, "--limit", "3", "--json").stdout)["messages"]
    ids = [message["id"] for message in listed]
    assert ids == sorted(ids)
    assert ids[-1] == box.messages.find()["id"]


def test_requests_of_no_sandbox_are_announced_and_listed() -> None:
    with Server() as server, server.client(headers={"Authorization": "Bearer AS_somebodyelse"}) as client:
        assert "of no sandbox" not in run("requests", "--url", server.url).stdout
        assert client.get("/v1/campaigns").status_code == 401
        lines = run("requests", "--url", server.url).stdout.splitlines()
        listed = run("requests", "--unclaimed", "--url", server.url).stdout
    assert lines[-1] == "(1 of no sandbox: 1 unknown credential; emulator requests --unclaimed lists them)"
    assert listed.endswith(" unknown credential AS_some…\n")


def test_messages_and_requests_are_listed_up_to_a_time_and_after_a_number(server: Server) -> None:
    about = ("--url", server.url, "--sandbox", "listed", "--json")
    box = Control(server.url).create("listed", clock="frozen", fixtures="demo")
    with server.client(headers={"Authorization": f"Bearer {box.credentials['autosend']}"}) as client:
        for path in ("/v1/campaigns", "/v1/contact-lists"):
            assert client.get(path).status_code == 200
    early = json.loads(run("messages", *about, "--until", "2021-12-31T00:00:00Z").stdout)["messages"]
    assert {one["created_at"] for one in early} == {"2021-04-27T19:44:06.000Z"}
    assert json.loads(run("messages", *about, "--after", str(box.messages.beginning)).stdout)["total"] == 0
    (request,) = json.loads(run("requests", *about, "--after", "1").stdout)["requests"]
    assert request["path"] == "/v1/contact-lists"


def test_requests_are_listed_with_the_fault_rules_that_acted(server: Server) -> None:
    box = Control(server.url).create("faulty")
    box.faults.add("autosend", status=503)
    with server.client(headers={"Authorization": f"Bearer {box.credentials['autosend']}"}) as client:
        assert client.get("/v1/campaigns").status_code == 503
    said = run("requests", "--sandbox", "faulty", "--url", server.url)
    assert "GET     /v1/campaigns  503 (fault rule 1)" in said.stdout
