"""Receiving mails: any mail is accepted, however malformed, and an invalid request is refused."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

HELP = "help@support.example.org"
MAIL = {"from": "Zoe <zoe@example.com>", "to": [HELP]}


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("inbound", clock="frozen")


def receive(box: Sandbox, mail: dict[str, Any]) -> Any:
    """Let the account receive a mail, and return it as AutoSend's API shows it."""
    answer = box.control("POST", "/autosend/inbound", json=mail)
    assert answer.status_code == 201, answer.text
    (number,) = answer.json()["ids"]
    found = box.http.get(f"/v1/inbound/messages/{number}", headers=box.autosend)
    assert found.status_code == 200, found.text
    return found.json()["data"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", {"subject": "", "text": ""}),
        ("Subject: Hi", {"subject": "Hi"}),
        ("no header at all\n\nand text", {"subject": ""}),
        ("Subject: =?utf-8?B?R3LDvMOfZQ==?=\n\n", {"subject": "Grüße"}),
        ("Subject: Grüße\n\n", {"subject": "Grüße"}),
        ("Subject: =?nonsense?Q?=FF?=\n\n", {}),
        ("Subject: two\n  lines\n\n", {"subject": "two lines"}),
        ("From: \nTo: @@@,,;<\nMessage-ID: <<>>\n\n", {"from": {"email": "zoe@example.com", "name": None}}),
        ("From: Bob <BOB@example.com>\n\n", {"from": {"email": "bob@example.com", "name": "Bob"}}),
        ("Content-Type: text/plain; charset=nonsense\n\nGrüße", {"text": "Grüße"}),
        ("Content-Type: text/plain; charset=zlib\n\nHi", {"text": "Hi"}),
        ("Content-Type: text/html\n\n<p>", {"html": "<p>", "text": ""}),
        ("Content-Type: ///\n\nHi", {}),
        ("Content-Transfer-Encoding: base64\n\n!!!", {}),
        ("Content-Type: multipart/mixed\n\nHi", {}),
        ("Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHi\n--x\n", {"text": "Hi"}),
        ("Content-Type: message/rfc822\n\nSubject: inner\n\nHi", {"text": ""}),
        ("Content-Disposition: attachment; filename*=x''%FF\n\nHi", {"text": ""}),
        (
            "In-Reply-To: " + "<x@y> " * 5000 + "\nReferences: " + "<x@y>" * 5000 + "\n\n",
            {"inReplyTo": "<x@y>"},
        ),
        ("To: " + "a@example.com, " * 20_000 + "\n\n", {}),
        ("\x00: \x00\n\n\x00", {}),
        ("".join(f"X-{number}: x\n" for number in range(2000)) + "\n", {}),
    ],
)
def test_any_mail_is_read(box: Sandbox, raw: str, said: dict[str, Any]) -> None:
    found = receive(box, {"raw": raw, "from": "zoe@example.com", "to": [HELP]})
    assert {name: found[name] for name in said} == said
    listed = box.http.get("/v1/inbound/messages", headers=box.autosend)
    assert listed.json()["data"]["pagination"]["total"] == 2


def test_of_parts_nested_beyond_reason_the_headers_are_read(box: Sandbox) -> None:
    head = "".join(
        f"Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n" for number in range(3000)
    )
    found = receive(box, {"raw": f"Subject: Deep\n{head}\nHi", "from": "zoe@example.com", "to": [HELP]})
    assert (found["subject"], found["attachments"]) == ("Deep", [])


LONG = "Grüße " * 300


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("Hello", ""),
        ("", "<p>Hello</p>"),
        ("", ""),
        (LONG, f"<p>{LONG}</p>"),
        ("Grüße\r\ntwo\r\n", ""),
    ],
)
@pytest.mark.parametrize("files", [[], [{"fileName": "a.txt", "content": "aGVsbG8="}]])
def test_a_mail_says_what_it_is_made_of(box: Sandbox, text: str, html: str, files: list[Any]) -> None:
    found = receive(box, MAIL | {"text": text, "html": html, "attachments": files})
    assert (found["text"], found["html"]) == (text, html)


def test_a_raw_mail_names_sender_and_recipients_itself(box: Sandbox) -> None:
    found = receive(box, {"raw": f"From: Bob <bob@example.com>\nCc: {HELP}\nSubject: Hi\n\nText"})
    assert (found["from"]["email"], found["cc"], found["text"]) == (
        "bob@example.com",
        [{"email": HELP, "name": None}],
        "Text",
    )


def test_names_are_read_as_they_were_written(box: Sandbox) -> None:
    found = receive(box, MAIL | {"from": '"Byron, Zoë" <zoe@example.com>'})
    assert found["from"] == {"email": "zoe@example.com", "name": "Byron, Zoë"}


def test_a_file_that_is_a_mail_is_kept(box: Sandbox) -> None:
    raw = (
        f"To: {HELP}\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nSee below\n--x\n"
        "Content-Type: message/rfc822\n\nSubject: inner\n\nHi\n--x--\n"
    )
    (file,) = receive(box, {"raw": raw})["attachments"]
    assert (file["filename"], file["contentType"]) == ("attachment-1", "message/rfc822")


def test_equal_sandboxes_receive_equal_mails(emulator: Emulator) -> None:
    sources = []
    for name in ("one", "two"):
        box = emulator.sandbox(name, clock="frozen", seed=7)
        file = {"fileName": "a.txt", "content": "aGVsbG8="}
        found = receive(box, MAIL | {"text": "Hi", "html": "<p>", "attachments": [file]})
        box.advance("1s")
        path = f"/v1/inbound/messages/{found['id']}/raw"
        link = box.http.get(path, headers=box.autosend).json()["data"]["url"]
        sources.append(box.http.get(link).content)
    assert sources[0] == sources[1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": None}, "body"),
        ({"to": []}, "body"),
        ({"raw": "Hi", "subject": "Hi"}, "body"),
        ({"from": "nobody"}, "from"),
        ({"from": "a@example.com, b@example.com"}, "from"),
        ({"from": "Zoe\r\nBcc: x <zoe@example.com>"}, "from"),
        ({"to": ["help@"]}, "to.0"),
        ({"to": ["nobody@nowhere.example.com"]}, "to"),
        ({"to": [HELP] * 101}, "to"),
        ({"subject": "two\nlines"}, "subject"),
        ({"inReplyTo": "m1@mail.example.com"}, "inReplyTo"),
        ({"attachments": [{"fileName": "a", "content": "%"}]}, "attachments.0.content"),
        ({"attachments": [{"fileName": "", "content": ""}]}, "attachments.0.fileName"),
        (
            {"attachments": [{"fileName": "a", "content": "", "contentType": "x"}]},
            "attachments.0.contentType",
        ),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_mail_is_refused(box: Sandbox, change: dict[str, Any], field: str) -> None:
    answer = box.control("POST", "/autosend/inbound", json=MAIL | change)
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    listed = box.http.get("/v1/inbound/messages?includeBlocked=true", headers=box.autosend)
    assert listed.json()["data"]["pagination"]["total"] == 1


@pytest.mark.parametrize(("provider", "status"), [("rcs", 409), ("altcraft", 409), ("pigeon", 422)])
def test_others_receive_no_mails(box: Sandbox, provider: str, status: int) -> None:
    answer = box.control("POST", f"/{provider}/inbound", json=MAIL)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"from": "zoe@example..com"},
        {"from": "\ufeffzoe@example.com"},
        {"from": "Zoe <z\u200boe@example.com>"},
        {"from": "Zoe\u2028 <zoe@example.com>"},
        {"to": ["he.@k3x9.autosend.email"]},
        {"cc": ["bob@-example.com"]},
        {"subject": "Hi\r\nBcc: bob@example.com"},
        {"subject": "Hi\x85there"},
        {"inReplyTo": "<a\0b@example.com>"},
        {"attachments": [{"fileName": "a\r\nb.txt", "content": ""}]},
        {"attachments": [{"fileName": "a\u2028b.txt", "content": ""}]},
        {"attachments": [{"fileName": "a.txt", "content": "", "contentType": "text/plain\r\nX: y"}]},
    ],
)
def test_what_no_mail_can_say_is_refused(box: Sandbox, change: dict[str, Any]) -> None:
    answer = box.control("POST", "/autosend/inbound", json=MAIL | change)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_raw_mail_reaches_addresses_alone(box: Sandbox) -> None:
    raw = f"From: bob@example.com\nTo: h\u200belp@{HELP.partition('@')[2]}\n\nText"
    assert box.control("POST", "/autosend/inbound", json={"raw": raw}).status_code == 422


def test_a_line_break_is_refused_in_plain_words(box: Sandbox) -> None:
    answer = box.control("POST", "/autosend/inbound", json=MAIL | {"subject": "two\nlines"})
    assert answer.json()["errors"] == [{"field": "subject", "message": "must be one line"}]


def test_a_subject_may_have_a_tab(box: Sandbox) -> None:
    answer = box.control("POST", "/autosend/inbound", json=MAIL | {"subject": "two\tcolumns"})
    (mail,) = answer.json()["ids"]
    found = box.http.get(f"/v1/inbound/messages/{mail}", headers=box.autosend).json()["data"]
    assert found["subject"].split() == ["two", "columns"]
