"""Attachments that are given as addresses, and replies of campaigns to their senders' addresses."""

from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.receiver import Receiver

MAIL = {"from": {"email": "a@example.org"}, "to": {"email": "ann@new.example"}, "subject": "s", "text": "t"}


def sent(autosend: AutoSend, url: str) -> Any:
    """Send a mail with a file to be fetched, let a minute pass, and return the file as it arrived."""
    body = MAIL | {"attachments": [{"fileName": "note.txt", "fileUrl": url}]}
    autosend.data("POST", "/mails/send", body)
    autosend.advance("1m")
    (message,) = autosend.messages("ann@new.example")
    assert message["status"] == "delivered"
    return message["attachments"][0]


def test_a_file_is_fetched_when_the_mail_is_sent(autosend: AutoSend, receiver: Receiver) -> None:
    content = b"what \xff stands in it"
    receiver.answers = [(200, {"Content-Type": "text/plain"}, content)]
    file = sent(autosend, receiver.url)
    assert (file["name"], file["size"]) == ("note.txt", len(content))
    assert autosend.emulator.http.get(file["url"]).content == content
    assert [request.headers["user-agent"] for request in receiver.requests] == ["AutoSend/1.0"]


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_file_that_can_not_be_had_stays_an_address(
    autosend: AutoSend, receiver: Receiver, status: int
) -> None:
    receiver.answers = [(status, {}, b"none")]
    file = sent(autosend, receiver.url)
    assert (file["size"], file["url"]) == (None, receiver.url)
    assert len(receiver.requests) == 4
    shown = autosend.emulator.http.get("/_emulator/webhooks/deliveries", params={"type": "file"}).json()
    assert [(one["state"], len(one["attempts"])) for one in shown["deliveries"]] == [("failed", 4)]


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "https://files.example.com/note.txt"])
def test_a_file_elsewhere_is_not_asked_for(autosend: AutoSend, url: str) -> None:
    file = sent(autosend, url)
    assert (file["size"], file["url"]) == (None, url)


def test_replies_to_a_campaign_go_where_its_sender_says(autosend: AutoSend) -> None:
    sender = autosend.data(
        "POST", "/senders", {"email": "b@example.org", "name": "B", "replyTo": "desk@example.org"}
    )["sender"]["id"]
    own = create(autosend, **RELEASE, fromSenderId=sender, replyTo="own@example.org")
    usual = create(autosend, **RELEASE, fromSenderId=sender)
    autosend.advance("10m")
    control = autosend.emulator.http
    found = []
    for campaign in (usual, own):
        asked = {"job": f"autosend/campaign/{campaign}", "limit": "1"}
        (message,) = control.get("/_emulator/messages", params=asked).json()["messages"]
        found.append(control.get(f"/_emulator/messages/{message['id']}").json()["headers"]["Reply-To"])
    assert found == ["desk@example.org", "own@example.org"]
