"""The source and the attachments of received mails: when they are available, and that they are unchanged."""

from base64 import b64encode

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.inbound import BILL, FIXTURE, HELP, MESSAGES, message, receive, receive_raw, refused
from tests.autosend.webhooks import create
from tests.receiver import Receiver

UNAVAILABLE = {"message": "Raw MIME is not yet available for this message"}

ENDS = ("raw", "attachments/0", "attachments/0?download=true")


def with_file(*headers: str) -> str:
    """Return a mail with an attached file and further headers."""
    head = [f"From: zoe@example.com\r\nTo: {HELP}", *headers, "Content-Type: multipart/mixed; boundary=x"]
    part = "Content-Disposition: attachment; filename=a.txt\r\n\r\nHi"
    return "\r\n".join([*head, "", "--x", part, "--x--", ""])


def fetched(autosend: AutoSend, number: str) -> set[int]:
    """Return the HTTP statuses of the requests for a mail's source and file."""
    return {autosend.call("GET", f"{MESSAGES}/{number}/{end}").status_code for end in ENDS}


def test_the_source_is_there_when_the_webhook_comes(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.received")
    number = receive(autosend, attachments=[BILL])
    assert fetched(autosend, number) == {200}
    autosend.advance("1ms")
    assert [request.json["data"]["inboundEmailId"] for request in receiver.requests] == [number]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (["X-Emulator-Source: 5s"], "5s"),
        (["X-Emulator-Source: 2m"], "2m"),
        (["X-Emulator-Status: PROCESSING"], "10s"),
        (["X-Emulator-Status: PROCESSING", "X-Emulator-Source: 5s"], "10s"),
        (["X-Emulator-Status: PROCESSING", "X-Emulator-Source: 1m"], "1m"),
    ],
)
def test_a_mail_can_ask_for_a_late_source(autosend: AutoSend, headers: list[str], wait: str) -> None:
    number = receive_raw(autosend, with_file(*headers))
    for end in ENDS:
        assert refused(autosend, "GET", f"{MESSAGES}/{number}/{end}") == (404, UNAVAILABLE)
    autosend.advance(wait)
    assert fetched(autosend, number) == {200}


@pytest.mark.parametrize("headers", [[], ["X-Emulator-Source: 5s"], ["X-Emulator-Status: PROCESSING"]])
def test_a_source_that_was_there_stays_where_the_clock_is_set_back(
    autosend: AutoSend, headers: list[str]
) -> None:
    number = receive_raw(autosend, with_file(*headers))
    autosend.advance("1m")
    autosend.emulator.http.post("/_emulator/clock", json={"set": "2026-03-05T12:00:00Z"})
    assert message(autosend, number)["status"] == "PROCESSED"
    assert fetched(autosend, number) == {200}


@pytest.mark.parametrize("said", ["", "soon", "-5s", "5", "99999999s", "5s 5s"])
def test_a_source_header_that_says_no_time_changes_nothing(autosend: AutoSend, said: str) -> None:
    number = receive_raw(autosend, with_file(f"X-Emulator-Source: {said}"))
    assert fetched(autosend, number) == {200}


def test_a_fault_rule_withholds_the_source(autosend: AutoSend) -> None:
    rule = {"provider": "autosend", "error": "RawMimeNotAvailable", "times": 1}
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    number = receive(autosend, attachments=[BILL])
    assert refused(autosend, "GET", f"{MESSAGES}/{number}/attachments/0") == (404, UNAVAILABLE)
    assert fetched(autosend, number) == {200}


def test_a_download_address_works_once(autosend: AutoSend) -> None:
    number = receive(autosend, attachments=[BILL])
    path = f"{MESSAGES}/{number}/attachments/0"
    one, other = (autosend.data("GET", path)["downloadUrl"] for _ in range(2))
    http = autosend.emulator.http
    assert [http.head(one).status_code, http.get(one).status_code] == [200, 200]
    assert [http.head(one).status_code, http.get(one).status_code] == [404, 404]
    assert http.get(other).content == b"%PDF-1.4"
    assert autosend.emulator.http.get(autosend.data("GET", path)["downloadUrl"]).status_code == 200


@pytest.mark.parametrize("place", ["-1", "1.5", "att_", "att_0", "²", "x", "0x1", "66B1C2D3E4F5A6B7C8D9F0A"])
def test_what_names_no_file_is_invalid(autosend: AutoSend, place: str) -> None:
    path = f"{MESSAGES}/{FIXTURE}/attachments/{place}"
    assert refused(autosend, "GET", path) == (400, {"message": "Invalid value"})


INNER = (
    b"Received: from a\r\n\tby b; Mon, 1 Jan 2026\r\nSUBJECT:no space\r\nX-Empty:\r\n"
    b'Content-Type: multipart/mixed;\r\n   boundary="in"\r\n\r\npreamble\r\n'
    b"--in\r\n\r\nHi \xc3\xa9 \r\n--in--\r\nepilogue"
)
STATUS = (
    b"Reporting-MTA: dns; mx.example.com\r\n\r\n"
    b"Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\n"
    b"\r\nFinal-Recipient: rfc822; b@example.com\r\nAction: failed\r\n"
)


def enclosing(kind: str, content: bytes, *headers: str, of: str = "mixed") -> str:
    """Return a mail with one enclosed part."""
    head = [f"From: zoe@example.com\r\nTo: {HELP}", f"Content-Type: multipart/{of}; boundary=out", ""]
    part = [
        "--out",
        *([f"Content-Type: {kind}"] if kind else []),
        *headers,
        "",
        content.decode(),
        "--out--",
        "",
    ]
    return "\r\n".join([*head, *part])


@pytest.mark.parametrize("content", [INNER, INNER.replace(b"\r\n", b"\n"), b"", b"no mail at all", STATUS])
@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("message/rfc822", []),
        ("MESSAGE/RFC822; name=a.eml", ["Content-Disposition: attachment; filename=a.eml"]),
        ("message/rfc822", ["Content-Disposition: inline", "Content-Transfer-Encoding: 8bit"]),
        ("message/global", []),
        ("message/delivery-status", []),
        ("message/partial; id=x; number=1", []),
        ("text/rfc822-headers", []),
    ],
)
def test_an_enclosed_mail_comes_out_byte_for_byte(
    autosend: AutoSend, kind: str, headers: list[str], content: bytes
) -> None:
    number = receive_raw(autosend, enclosing(kind, content, *headers))
    (file,) = message(autosend, number)["attachments"]
    assert (file["contentType"], file["size"]) == (kind.lower().partition(";")[0], len(content))
    path = f"{MESSAGES}/{number}/attachments/0"
    assert autosend.call("GET", f"{path}?download=true").content == content
    answer = autosend.emulator.http.get(autosend.data("GET", path)["downloadUrl"])
    assert answer.content == content


def test_an_enclosed_mail_of_a_digest_comes_out_byte_for_byte(autosend: AutoSend) -> None:
    number = receive_raw(autosend, enclosing("", INNER, of="digest"))
    path = f"{MESSAGES}/{number}/attachments/0?download=true"
    assert autosend.call("GET", path).content == INNER


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_mail_comes_out_as_it_was_before(autosend: AutoSend, encoding: str) -> None:
    content = (
        b64encode(INNER) if encoding == "base64" else INNER.replace(b"=", b"=3D").replace(b" \r", b"=20\r")
    )
    raw = enclosing("message/rfc822", content, f"Content-Transfer-Encoding: {encoding}")
    number = receive_raw(autosend, raw)
    assert autosend.call("GET", f"{MESSAGES}/{number}/attachments/0?download=true").content == INNER


def test_an_enclosed_mail_made_of_fields_comes_out_byte_for_byte(autosend: AutoSend) -> None:
    enclosed = {"fileName": "a.eml", "contentType": "message/rfc822", "content": b64encode(INNER).decode()}
    number = receive(autosend, text="See below", attachments=[enclosed])
    assert autosend.call("GET", f"{MESSAGES}/{number}/attachments/0?download=true").content == INNER


def test_an_enclosed_mail_that_is_sent_comes_out_byte_for_byte(autosend: AutoSend) -> None:
    enclosed = {"fileName": "a.eml", "contentType": "message/rfc822", "content": b64encode(INNER).decode()}
    mail = {
        "from": {"email": "a@example.org"},
        "to": {"email": "zoe@example.com"},
        "subject": "s",
        "text": "t",
    }
    autosend.data("POST", "/mails/send", mail | {"attachments": [enclosed]})
    (file,) = autosend.messages("zoe@example.com")[-1]["attachments"]
    assert autosend.emulator.http.get(file["url"]).content == INNER
