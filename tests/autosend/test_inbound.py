"""Received messages: https://docs.autosend.com/api-reference/inbound-emails."""

from pathlib import Path
from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend
from tests.autosend.inbound import (
    BILL,
    DEFAULT,
    FIXTURE,
    HELP,
    MESSAGES,
    NOW,
    UNKNOWN,
    listed,
    message,
    receive,
    receive_raw,
    refused,
    sent,
)
from tests.autosend.webhooks import create
from tests.receiver import Receiver

NOT_FOUND = {"message": "Inbound email not found"}


def test_a_message_is_answered_whole(autosend: AutoSend) -> None:
    number = receive(
        autosend,
        cc=["Bob <bob@example.com>"],
        subject="Grüße",
        text="Hello",
        html="<p>Hello</p>",
        attachments=[BILL],
    )
    found = message(autosend, number)
    (file,) = found.pop("attachments")
    assert file.pop("attachmentId").startswith("att_")
    assert file == {"filename": "bill.pdf", "contentType": "application/pdf", "size": 8, "index": 0}
    assert found.pop("headers")["subject"] == "Grüße"
    assert found.pop("messageId").endswith("@example.com>")
    assert (found.pop("text").strip(), found.pop("html").strip()) == ("Hello", "<p>Hello</p>")
    assert found == {
        "id": number,
        "domainName": "support.example.org",
        "from": {"email": "zoe@example.com", "name": "Zoe"},
        "to": [{"email": HELP, "name": None}],
        "cc": [{"email": "bob@example.com", "name": "Bob"}],
        "bcc": [],
        "replyTo": [],
        "subject": "Grüße",
        "spamVerdict": "PASS",
        "virusVerdict": "PASS",
        "spfVerdict": "PASS",
        "dkimVerdict": "PASS",
        "dmarcVerdict": "PASS",
        "status": "PROCESSED",
        "threadId": number,
        "inReplyTo": None,
        "inReplyToEmailActivityId": None,
        "inReplyToInboundEmailId": None,
        "receivedAt": NOW,
    }


def test_text_and_html_are_cut(autosend: AutoSend) -> None:
    found = message(autosend, receive(autosend, text="x" * 150_000, html="y" * 150_000))
    assert (len(found["text"]), len(found["html"])) == (100_000, 100_000)


def test_every_project_receives_at_its_own_domain_of_autosend(autosend: AutoSend) -> None:
    ids = sent(autosend, {"from": "zoe@example.com", "to": [DEFAULT, "desk@M4GZ.autosend.email"]})
    assert len(ids) == 2
    assert message(autosend, ids[0])["domainName"] == "k3x9.autosend.email"
    theirs = autosend.call("GET", f"{MESSAGES}/{ids[1]}", headers=OTHER_PROJECT).json()["data"]
    assert theirs["domainName"] == "m4gz.autosend.email"
    assert autosend.call("GET", f"{MESSAGES}/{ids[1]}").status_code == 404


def test_the_list_leaves_out_what_only_the_message_has(autosend: AutoSend) -> None:
    page = autosend.data("GET", MESSAGES)
    (item,) = page["items"]
    assert item == {
        "id": FIXTURE,
        "messageId": "<m1@mail.example.com>",
        "domainName": "support.example.org",
        "from": {"email": "ada@example.com", "name": "Ada"},
        "to": [{"email": HELP, "name": None}],
        "cc": [],
        "subject": "Question",
        "status": "PROCESSED",
        "attachmentCount": 1,
        "receivedAt": "2026-03-10T10:15:30.000Z",
    }
    assert page["pagination"] == {"page": 1, "limit": 50, "total": 1, "pages": 1}


def test_the_list_comes_in_pages_the_newest_first(autosend: AutoSend) -> None:
    ids = [receive(autosend, subject=str(number)) for number in range(2)]
    assert listed(autosend, "?limit=2") == [ids[1], ids[0]]
    assert listed(autosend, "?limit=2&page=2") == [FIXTURE]
    assert autosend.data("GET", f"{MESSAGES}?limit=2")["pagination"] == {
        "page": 1,
        "limit": 2,
        "total": 3,
        "pages": 2,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=ZOE@example.com", True),
        ("from=zoe", False),
        ("to=Help@Support.example.org", True),
        ("to=copy@example.com", True),
        ("to=hidden@support.example.org", True),
        ("to=ann@example.com", False),
        ("search=SALE 50%25", True),
        ("search=spring_", False),
        ("dateFrom=2026-03-15T14:30:00.000Z", True),
        ("dateFrom=2026-03-15T14:30:00.001Z", False),
        ("dateTo=2026-03-15T14:30:00.000Z", True),
        ("dateTo=2026-03-15T14:29:59.999Z", False),
        ("dateFrom=0001-01-01&dateTo=9999-12-31T23:59:59.999Z", True),
        ("threadId=nothing", False),
        ("from=&to=&threadId=&search=", True),
        ("from=zoe@example.com&search=other", False),
    ],
)
def test_the_list_is_filtered(autosend: AutoSend, query: str, found: bool) -> None:  # noqa: FBT001 -- a case of the table
    head = f"From: Zoe <zoe@example.com>\r\nTo: {HELP}\r\nCc: copy@example.com\r\n"
    raw = f"{head}Subject: Spring sale 50%\r\n\r\nHi"
    number = receive_raw(autosend, raw, to=[HELP, "hidden@support.example.org"])
    assert (number in listed(autosend, f"?{query}")) is found


def test_a_recipient_that_no_header_names_is_a_blind_copy(autosend: AutoSend) -> None:
    raw = f"From: zoe@example.com\r\nTo: {HELP}\r\n\r\nHi"
    number = receive_raw(autosend, raw, to=["hidden@support.example.org"])
    assert message(autosend, number)["bcc"] == [{"email": "hidden@support.example.org", "name": None}]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("page=0", "page"),
        ("dateFrom=yesterday", "dateFrom"),
        ("dateTo=99999-01-01", "dateTo"),
        ("search=" + "x" * 201, "search"),
        ("includeBlocked=perhaps", "includeBlocked"),
        ("from=" + "x" * 1001, "from"),
    ],
)
def test_a_bad_parameter_is_named(autosend: AutoSend, query: str, path: str) -> None:
    assert refused(autosend, "GET", f"{MESSAGES}?{query}") == (
        400,
        {"message": "Invalid value", "path": path},
    )


def test_an_unknown_key_is_refused_in_words_of_its_own(autosend: AutoSend) -> None:
    answer = autosend.call("GET", MESSAGES, headers={"Authorization": "Bearer AS_nobody00000000000"})
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "error": {"message": "Invalid or missing API key"}}


def test_mails_to_a_domain_that_does_not_receive_are_blocked(autosend: AutoSend) -> None:
    number = receive(autosend, "info@example.org")
    assert number not in listed(autosend)
    assert number in listed(autosend, "?includeBlocked=true")
    assert message(autosend, number)["status"] == "BLOCKED_UNROUTED"


@pytest.mark.slow
def test_mails_to_a_domain_that_is_not_verified_are_blocked(autosend: AutoSend) -> None:
    file = Path(__file__).parent.parent.parent / "fixtures" / "demo" / "autosend" / "account.yaml"
    text = file.read_text("utf-8").replace("status: PENDING}", "status: PENDING, inbound: true}")
    box = autosend.emulator.sandbox("pending", clock="frozen")
    detail = box.control("POST", "/seed", json={"fixtures": {"autosend": text}}).json()
    key = {"Authorization": f"Bearer {detail['environment']['AUTOSEND_API_KEY']}"}
    found = []
    for to in (["info@example.net"], ["info@example.net", HELP]):
        mail = {"from": "zoe@example.com", "to": to}
        number = box.control("POST", "/autosend/inbound", json=mail).json()["ids"][0]
        found.append(box.http.get(f"/v1{MESSAGES}/{number}", headers=key).json()["data"]["status"])
    assert found == ["BLOCKED_UNVERIFIED", "PROCESSED"]


@pytest.mark.parametrize("name", ["spam", "virus", "spf", "dkim", "dmarc"])
def test_a_mail_may_ask_for_a_verdict(autosend: AutoSend, name: str) -> None:
    raw = f"From: zoe@example.com\r\nTo: {HELP}\r\nX-Emulator-{name.title()}-Verdict: fail\r\n\r\nHi"
    found = message(autosend, receive_raw(autosend, raw))
    verdicts = {key: value for key, value in found.items() if key.endswith("Verdict")}
    assert {key for key, value in verdicts.items() if value == "FAIL"} == {f"{name}Verdict"}


def test_a_mail_may_ask_to_be_processed_later(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.received")
    number = receive_raw(autosend, asking_for("PROCESSING"))
    assert (message(autosend, number)["status"], receiver.requests) == ("PROCESSING", [])
    autosend.advance("10s")
    assert message(autosend, number)["status"] == "PROCESSED"
    assert [one.json["data"]["inboundEmailId"] for one in receiver.requests] == [number]


def test_a_mail_may_ask_to_fail(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.received")
    number = receive_raw(autosend, asking_for("failed"))
    autosend.advance("1h")
    assert (message(autosend, number)["status"], receiver.requests) == ("FAILED", [])
    assert number in listed(autosend)


def test_a_mail_that_is_blocked_stays_blocked(autosend: AutoSend) -> None:
    raw = asking_for("PROCESSING").replace(HELP, "info@example.org")
    assert message(autosend, receive_raw(autosend, raw))["status"] == "BLOCKED_UNROUTED"


def asking_for(status: str) -> str:
    return f"From: zoe@example.com\r\nTo: {HELP}\r\nX-Emulator-Status: {status}\r\n\r\nHi"


def test_webhooks_hear_of_a_mail_but_not_what_it_says(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.received")
    number = receive(autosend, subject="Question", text="Secret", attachments=[BILL])
    receive(autosend, "info@example.org")
    autosend.advance("1ms")
    (request,) = receiver.requests
    (file,) = message(autosend, number)["attachments"]
    assert request.json == {
        "type": "email.received",
        "createdAt": NOW,
        "data": {
            "inboundEmailId": number,
            "from": {"email": "zoe@example.com", "name": "Zoe"},
            "to": [{"email": HELP, "name": None}],
            "cc": [],
            "subject": "Question",
            "attachments": [
                {
                    "attachmentId": file["attachmentId"].removeprefix("att_"),
                    "attachmentIndex": 0,
                    "filename": "bill.pdf",
                    "contentType": "application/pdf",
                    "size": 8,
                }
            ],
            "spamVerdict": "PASS",
            "virusVerdict": "PASS",
            "receivedAt": NOW,
            "inReplyToEmailActivityId": None,
            "inReplyToInboundEmailId": None,
        },
    }


def test_the_answer_to_a_received_mail_is_in_its_thread(autosend: AutoSend) -> None:
    first = receive(autosend, subject="Question")
    answer = receive(autosend, inReplyTo=message(autosend, first)["messageId"])
    last = receive_raw(
        autosend,
        f"From: zoe@example.com\r\nTo: {HELP}\r\nIn-Reply-To: <lost@example.com>\r\n"
        f"References: <older@example.com> {message(autosend, answer)['messageId']}\r\n\r\nHi",
    )
    found = message(autosend, answer)
    assert (found["threadId"], found["inReplyToInboundEmailId"]) == (first, first)
    assert found["inReplyTo"] == message(autosend, first)["messageId"]
    assert message(autosend, last)["inReplyToInboundEmailId"] == answer
    assert message(autosend, last)["inReplyTo"] == "<lost@example.com>"
    assert listed(autosend, f"?threadId={first}") == [last, answer, first]


def test_the_answer_to_a_mail_of_ours_names_it(autosend: AutoSend) -> None:
    reply = {"from": {"email": HELP}, "text": "On its way"}
    first = receive(autosend)
    ours = autosend.data("POST", f"{MESSAGES}/{first}/reply", reply, status=202)["emailId"]
    shown = autosend.messages("zoe@example.com")[-1]["headers"]["Message-ID"]
    found = message(autosend, receive(autosend, inReplyTo=shown))
    assert (found["inReplyToEmailActivityId"], found["inReplyToInboundEmailId"]) == (ours, None)
    assert found["threadId"] == first


def test_a_webhook_names_a_thread_only_where_there_is_one(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.received")
    first = receive(autosend)
    receive(autosend, inReplyTo=message(autosend, first)["messageId"])
    autosend.advance("1ms")
    begun, answered = (request.json["data"] for request in receiver.requests)
    assert "threadId" not in begun
    assert (answered["threadId"], answered["inReplyToInboundEmailId"]) == (first, first)
    assert (answered["cc"], answered["attachments"]) == ([], [])


def test_the_answer_to_a_mail_of_another_project_begins_a_thread(autosend: AutoSend) -> None:
    theirs = sent(autosend, {"from": "zoe@example.com", "to": ["desk@m4gz.autosend.email"]})[0]
    path = f"{MESSAGES}/{theirs}/reply"
    body = {"from": {"email": "desk@m4gz.autosend.email"}, "text": "Hi"}
    ours = autosend.call("POST", path, body, headers=OTHER_PROJECT).json()["data"]["emailId"]
    number = receive(autosend, inReplyTo=f"<{ours}@autosend.email>")
    assert message(autosend, number)["inReplyToEmailActivityId"] is None
    assert message(autosend, number)["threadId"] == number


def test_a_file_can_be_fetched_for_15_minutes_without_a_key(autosend: AutoSend) -> None:
    number = receive(autosend, attachments=[BILL])
    autosend.advance("1s")
    (file,) = message(autosend, number)["attachments"]
    found = autosend.data("GET", f"{MESSAGES}/{number}/attachments/0")
    by_id = autosend.data("GET", f"{MESSAGES}/{number}/attachments/{file['attachmentId']}")
    wrong = refused(autosend, "GET", f"{MESSAGES}/{number}/attachments/0?download=x")
    assert wrong == (400, {"message": "Invalid value"})
    link = found.pop("downloadUrl")
    assert found.items() <= by_id.items()
    assert found == {
        "attachmentId": file["attachmentId"],
        "filename": "bill.pdf",
        "contentType": "application/pdf",
        "size": 8,
        "expiresIn": 900,
    }
    answer = autosend.emulator.http.get(link)
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.4", "application/pdf")
    assert answer.headers["content-disposition"].endswith("bill.pdf")
    unused = by_id["downloadUrl"]
    autosend.advance("15m")
    assert autosend.emulator.http.get(unused).status_code == 404


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("bill.pdf", 'attachment; filename="bill.pdf"'),
        ("Größe.pdf", "attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf"),
    ],
)
def test_a_file_can_be_streamed(autosend: AutoSend, name: str, header: str) -> None:
    number = receive(autosend, attachments=[BILL | {"fileName": name}])
    autosend.advance("1s")
    answer = autosend.call("GET", f"{MESSAGES}/{number}/attachments/0?download=true")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.4")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == header


def test_the_source_can_be_fetched_for_5_minutes(autosend: AutoSend) -> None:
    found = autosend.data("GET", f"{MESSAGES}/{FIXTURE}/raw")
    assert found["expiresIn"] == 300
    answer = autosend.emulator.http.get(found["url"])
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.content.startswith(b"Message-ID: <m1@mail.example.com>\r\n")
    autosend.advance("5m")
    assert autosend.emulator.http.get(found["url"]).status_code == 404


@pytest.mark.parametrize(
    "place", ["1", "99999999999", "att_66b1c2d3e4f5a6b7c8d9f0a1", "66b1c2d3e4f5a6b7c8d9f0a1"]
)
def test_a_file_that_is_not_there(autosend: AutoSend, place: str) -> None:
    path = f"{MESSAGES}/{FIXTURE}/attachments/{place}"
    assert refused(autosend, "GET", path) == (404, {"message": "Attachment not found"})


@pytest.mark.parametrize("end", ["", "/attachments/0", "/raw", "/reply"])
def test_an_unknown_message_is_told_from_a_malformed_id(autosend: AutoSend, end: str) -> None:
    method, body = ("POST", {"from": {"email": HELP}, "text": "Hi"}) if end == "/reply" else ("GET", None)
    invalid: Any = {"message": "Invalid value"}
    if end == "/raw":
        invalid = [{"message": "Invalid value", "path": "id"}]
    assert refused(autosend, method, f"{MESSAGES}/nope{end}", body) == (400, invalid)
    assert refused(autosend, method, f"{MESSAGES}/{UNKNOWN}{end}", body) == (404, NOT_FOUND)
    theirs = autosend.call(method, f"{MESSAGES}/{FIXTURE}{end}", body, headers=OTHER_PROJECT)
    assert (theirs.status_code, theirs.json()["error"]) == (404, NOT_FOUND)


def test_a_fault_rule_lets_a_download_fail(autosend: AutoSend) -> None:
    rule = {"provider": "autosend", "error": "InboundDownloadAttachmentFailed", "times": 1}
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    path = f"{MESSAGES}/{FIXTURE}/attachments/0"
    failed = {"message": "Failed to download attachment. Please try again."}
    assert refused(autosend, "GET", path) == (500, failed)
    assert autosend.call("GET", path).status_code == 200
