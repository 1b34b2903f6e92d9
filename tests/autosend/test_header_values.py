"""Values that become headers of mails: line breaks and invalid addresses are refused."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.inbound import HELP, MESSAGES, receive_raw

BROKEN = ["Hello\r\nBcc: bob@example.com", "Hello\nthere", "Hello\rthere", "Hello\0there", "Hello\u2028there"]
NO_ADDRESS = [
    "\ufeffann@example.com",
    "ann@example..com",
    "a\u200bnn@example.com",
    "-ann@-example.com",
    "a@b",
]
FILE = {"fileName": "a.txt", "content": "aGVsbG8=", "contentType": "text/plain", "description": "A file"}
MAIL: dict[str, Any] = {
    "from": {"email": "hello@example.com", "name": "Hello"},
    "to": {"email": "ada@example.com", "name": "Ada"},
    "cc": [{"email": "bob@example.com", "name": "Bob"}],
    "replyTo": {"email": "desk@example.com", "name": "Desk"},
    "subject": "Hello",
    "text": "Hello",
    "headers": {"X-Order": "A-17"},
    "attachments": [FILE],
}
CAMPAIGN: dict[str, Any] = {
    "name": "Spring",
    "subject": "Hello",
    "from": {"email": "hello@example.com", "name": "Hello"},
    "replyTo": "desk@example.com",
    "htmlTemplate": "<p>Hello</p>",
}
SENDER: dict[str, Any] = {"email": "new@example.com", "name": "New", "replyTo": "desk@example.com"}
TEMPLATE: dict[str, Any] = {"templateName": "Hello", "subject": "Hello", "htmlTemplate": "<p>Hello</p>"}
REPLY: dict[str, Any] = {
    "from": {"email": HELP, "name": "Help"},
    "subject": "Hello",
    "text": "Hello",
    "cc": [{"email": "bob@example.com", "name": "Bob"}],
    "attachments": [FILE | {"contentId": "a"}],
}
REQUESTS = {"/mails/send": MAIL, "/campaigns": CAMPAIGN, "/senders": SENDER, "/templates": TEMPLATE}


def changed(body: Any, place: str, value: object) -> Any:
    """Return a copy of a body with a value at a place such as `cc.0.name`."""
    name, _, rest = place.partition(".")
    if isinstance(body, list):
        return [changed(body[0], rest, value)]
    return body | {name: changed(body[name], rest, value) if rest else value}


LINES = [
    ("/mails/send", "subject"),
    ("/mails/send", "from.name"),
    ("/mails/send", "to.name"),
    ("/mails/send", "cc.0.name"),
    ("/mails/send", "replyTo.name"),
    ("/mails/send", "headers.X-Order"),
    ("/mails/send", "attachments.0.fileName"),
    ("/mails/send", "attachments.0.contentType"),
    ("/mails/send", "attachments.0.description"),
    ("/campaigns", "subject"),
    ("/campaigns", "from.name"),
    ("/senders", "name"),
    ("/templates", "subject"),
]
ADDRESSES = [
    ("/mails/send", "from.email"),
    ("/mails/send", "to.email"),
    ("/mails/send", "cc.0.email"),
    ("/mails/send", "replyTo.email"),
    ("/campaigns", "from.email"),
    ("/campaigns", "replyTo"),
    ("/senders", "email"),
    ("/senders", "replyTo"),
]


def complaints(autosend: AutoSend, path: str, body: Any) -> list[str]:
    answer = autosend.call("POST", path, body)
    assert answer.status_code == 400, answer.text
    return [detail["field"] for detail in answer.json()["error"]["details"]]


@pytest.mark.parametrize("path", REQUESTS)
def test_the_requests_are_accepted_as_they_are(autosend: AutoSend, path: str) -> None:
    assert autosend.call("POST", path, REQUESTS[path]).status_code == 200


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize(("path", "place"), LINES)
def test_a_value_of_several_lines_is_refused(autosend: AutoSend, path: str, place: str, text: str) -> None:
    value = f"text/plain; {text}" if place.endswith("contentType") else text
    body = changed(REQUESTS[path], place, value)
    assert complaints(autosend, path, body) == [place]
    assert autosend.messages("ada@example.com") == []


@pytest.mark.parametrize("text", NO_ADDRESS)
@pytest.mark.parametrize(("path", "place"), ADDRESSES)
def test_what_is_no_address_is_refused(autosend: AutoSend, path: str, place: str, text: str) -> None:
    assert complaints(autosend, path, changed(REQUESTS[path], place, text)) == [place]


@pytest.mark.parametrize(
    "place",
    [
        "subject",
        "from.name",
        "cc.0.name",
        "attachments.0.fileName",
        "attachments.0.contentType",
        "attachments.0.contentId",
        "attachments.0.description",
    ],
)
def test_a_reply_has_one_line_in_each_header(autosend: AutoSend, place: str) -> None:
    number = receive_raw(autosend, f"From: zoe@example.com\r\nTo: {HELP}\r\nSubject: Hi\r\n\r\nHi")
    body = changed(REPLY, place, "a\r\nBcc: b@example.com")
    answer = autosend.call("POST", f"{MESSAGES}/{number}/reply", body)
    assert answer.status_code == 400
    assert place in answer.text


def test_a_value_of_a_variable_does_not_break_the_subject(autosend: AutoSend) -> None:
    values = {"name": "Ada\r\nBcc: bob@example.com"}
    autosend.data("POST", "/mails/send", MAIL | {"subject": "Hello {{name}}", "dynamicData": values})
    assert autosend.messages("ada@example.com")[0]["subject"] == "Hello Ada Bcc: bob@example.com"


def test_a_reply_to_a_subject_of_two_lines_has_one(autosend: AutoSend) -> None:
    raw = f"From: zoe@example.com\r\nTo: {HELP}\r\nSubject: =?utf-8?Q?Hi=0D=0ABcc:_b@example.com?=\r\n\r\nHi"
    number = receive_raw(autosend, raw)
    reply = {"from": REPLY["from"], "text": "Hello"}
    autosend.data("POST", f"{MESSAGES}/{number}/reply", reply, status=202)
    assert autosend.messages("zoe@example.com")[0]["subject"] == "Re: Hi Bcc: b@example.com"


@pytest.mark.parametrize(
    "mobile",
    [
        "14155550123",
        "+1415555012\uff13",
        "+1 415 555 0123",
        "+1415555012\u200b3",
        "\ufeff+14155550123",
        "+14155550123\n",
        "++14155550123",
        "+04155550123",
        "+141555",
        "+1415555012345678",
    ],
)
def test_what_is_no_phone_is_refused(autosend: AutoSend, mobile: str) -> None:
    body = {"email": "ann@example.com", "mobile": mobile}
    assert complaints(autosend, "/contacts/email", body) == ["mobile"]
