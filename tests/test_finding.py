"""Finding a message with the client and on the command line, at a started emulator."""

import json

import pytest

from emulator.client import Control, SandboxClient
from tests.server import Server, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandbox(server: Server) -> SandboxClient:
    return Control(server.url).sandbox()


@pytest.fixture(scope="module")
def email_id(server: Server, sandbox: SandboxClient) -> str:
    mail = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ada@example.com"},
        "cc": [{"email": "bob@example.com"}],
        "subject": "Your verification code",
        "text": "482915 is valid for ten minutes.",
    }
    headers = {"Authorization": f"Bearer {sandbox.credentials['autosend']}"}
    with server.client() as client:
        return str(client.post("/v1/mails/send", json=mail, headers=headers).json()["data"]["emailId"])


def test_the_client_finds_a_mail_by_its_email_id(sandbox: SandboxClient, email_id: str) -> None:
    found = sandbox.messages.find(id=email_id)
    assert (found["provider_id"], found["role"], found["codes"]) == (email_id, "to", ["482915"])
    assert [one["email"] for one in found["cc"]] == ["bob@example.com"]
    assert sandbox.messages.get(email_id) == found
    assert sandbox.messages.codes(subject="verification", recipient="bob@") == ["482915"]
    assert sandbox.messages.wait(id=email_id, text="ten minutes")[0]["id"] == found["id"]
    assert b"Cc: bob@example.com\r\n" in sandbox.messages.raw(email_id)


def test_the_client_finds_the_latest_of_many(sandbox: SandboxClient, email_id: str) -> None:
    latest = sandbox.messages.find(subject="verification", since="2026-01-01T00:00:00Z", latest=True)
    assert latest["recipient"] == "bob@example.com"
    (shown,) = sandbox.jobs.list(id="60d5ec49f1b2c72d9c8b4567")
    assert shown["provider_ids"] == {"campaignId": "60d5ec49f1b2c72d9c8b4567"}


@pytest.mark.parametrize(
    "arguments",
    [("--subject", "verification code"), ("--text", "TEN minutes"), ("--text", "482915", "--latest")],
)
def test_the_command_line_finds_a_mail(server: Server, email_id: str, arguments: tuple[str, ...]) -> None:
    said = run("messages", *arguments, "--json", "--url", server.url)
    subjects = {message["subject"] for message in json.loads(said.stdout)["messages"]}
    assert subjects == {"Your verification code"}, said.stderr


def test_the_command_line_finds_a_mail_by_its_id(server: Server, email_id: str) -> None:
    said = run("messages", "--id", email_id, "--json", "--url", server.url)
    assert [message["provider_id"] for message in json.loads(said.stdout)["messages"]] == [email_id]
