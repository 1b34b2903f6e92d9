"""Reply to Message: https://docs.autosend.com/api-reference/inbound-emails/reply-to-message."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.inbound import DEFAULT, FIXTURE, HELP, MESSAGES, message, receive, receive_raw, refused
from tests.autosend.suppressions import suppress

REPLY = {"from": {"email": HELP, "name": "Help"}, "text": "It is on its way."}
PATH = f"{MESSAGES}/{FIXTURE}/reply"
DOMAIN = "66a0c1d2e3f4a5b6c7d81005"


def reply(autosend: AutoSend, number: str, **change: Any) -> Any:
    return autosend.data("POST", f"{MESSAGES}/{number}/reply", REPLY | change, status=202)


def test_a_reply_is_queued_and_sent(autosend: AutoSend) -> None:
    answer = autosend.call("POST", PATH, REPLY)
    assert answer.status_code == 202
    number = answer.json()["data"]["emailId"]
    assert answer.json() == {
        "success": True,
        "message": "Reply queued",
        "data": {
            "emailId": number,
            "message": "Email queued successfully.",
            "status": "QUEUED",
            "totalRecipients": 1,
        },
    }
    autosend.advance("3s")
    (sent,) = autosend.messages("ada@example.com")
    assert (sent["sender"], sent["subject"]) == (f"Help <{HELP}>", "Re: Question")
    assert (sent["text"], sent["status"]) == ("It is on its way.", "delivered")
    assert len(number) == 24


def test_a_reply_stays_in_the_thread(autosend: AutoSend) -> None:
    first = message(autosend, receive(autosend))["messageId"]
    second = receive(autosend, inReplyTo=first)
    reply(autosend, second)
    own = message(autosend, second)["messageId"]
    (sent,) = autosend.messages("zoe@example.com")
    assert sent["headers"]["In-Reply-To"] == own
    assert sent["headers"]["References"] == f"{first} {own}"


def follow_up(autosend: AutoSend, answered: str, header: str = "In-Reply-To") -> str:
    """Send a mail that answers the one with this Message-ID; return its emailId."""
    mail = {"from": {"email": HELP}, "to": {"email": "zoe@example.com"}, "subject": "More", "text": "Hi"}
    sent_mail = autosend.data("POST", "/mails/send", mail | {"headers": {header: answered}})
    return str(sent_mail["emailId"])


@pytest.mark.parametrize("header", ["In-Reply-To", "in-reply-to"])
def test_a_mail_of_ours_may_be_in_a_thread(autosend: AutoSend, header: str) -> None:
    first = receive(autosend)
    ours = follow_up(autosend, message(autosend, first)["messageId"], header)
    assert message(autosend, receive(autosend, inReplyTo=f"<{ours}@autosend.email>"))["threadId"] == first


def test_mails_of_ours_that_follow_each_other_are_one_thread(autosend: AutoSend) -> None:
    first = follow_up(autosend, "<unknown@example.com>")
    second = follow_up(autosend, f"<{first}@autosend.email>")
    third = follow_up(autosend, f"<{second}@autosend.email>")
    found = message(autosend, receive(autosend, inReplyTo=f"<{third}@autosend.email>"))
    assert (found["inReplyToEmailActivityId"], found["threadId"]) == (third, first)


@pytest.mark.parametrize(
    ("original", "answered"),
    [
        ("Question", "Re: Question"),
        ("Re: Question", "Re: Question"),
        ("RE: Question", "RE: Question"),
        ("re : Question", "re : Question"),
        ("Return of goods", "Re: Return of goods"),
        ("", "Re: "),
    ],
)
def test_its_subject_has_one_prefix(autosend: AutoSend, original: str, answered: str) -> None:
    reply(autosend, receive(autosend, subject=original))
    (sent,) = autosend.messages("zoe@example.com")
    assert sent["subject"] == answered


def test_nothing_is_filled_in(autosend: AutoSend) -> None:
    reply(autosend, receive(autosend, subject="Price {{foo}} of {{email}}"), text="{{email}}")
    (sent,) = autosend.messages("zoe@example.com")
    assert (sent["subject"], sent["text"]) == ("Re: Price {{foo}} of {{email}}", "{{email}}")


def test_its_subject_can_be_chosen(autosend: AutoSend) -> None:
    reply(autosend, FIXTURE, subject="Your bill")
    (sent,) = autosend.messages("ada@example.com")
    assert sent["subject"] == "Your bill"


def test_without_a_name_it_comes_from_the_project_sender(autosend: AutoSend) -> None:
    reply(autosend, FIXTURE, **{"from": {"email": HELP}})
    (sent,) = autosend.messages("ada@example.com")
    assert sent["sender"] == f"Example Shop <{HELP}>"


def test_copies_and_files_go_with_it(autosend: AutoSend) -> None:
    files = [
        {"fileName": "a.txt", "content": "aGVs\nbG8=", "contentType": "text/plain"},
        {"fileName": "b.pdf", "fileUrl": "https://files.example.com/b.pdf", "fileSize": 5},
    ]
    copies = {"cc": [{"email": "Cleo@example.com"}], "bcc": [{"email": "dan@example.com", "name": "Dan"}]}
    answer = reply(autosend, FIXTURE, html="<b>Hi</b>", attachments=files, **copies)
    assert answer["totalRecipients"] == 3
    for recipient in ("ada@example.com", "cleo@example.com", "dan@example.com"):
        (sent,) = autosend.messages(recipient)
        text, pdf = sent["attachments"]
        assert (text["name"], text["size"]) == ("a.txt", 5)
        assert autosend.emulator.http.get(text["url"]).content == b"hello"
        assert (pdf["name"], pdf["size"], pdf["url"]) == ("b.pdf", None, "https://files.example.com/b.pdf")


@pytest.mark.parametrize("named", ["logo@example.com", "<logo@example.com>"])
def test_its_html_can_show_a_file(autosend: AutoSend, named: str) -> None:
    logo = {"fileName": "logo.gif", "content": "R0lGODlh", "contentId": named}
    bill = {"fileName": "bill.txt", "content": "QmlsbA=="}
    reply(autosend, FIXTURE, html="<img src='cid:logo@example.com'>", attachments=[bill, logo])
    (sent,) = autosend.messages("ada@example.com")
    assert [file["content_id"] for file in sent["attachments"]] == ["", "logo@example.com"]
    source = autosend.emulator.http.get(f"/_emulator/messages/{sent['id']}/raw").text
    assert "Content-ID: <logo@example.com>" in source
    assert 'Content-Disposition: inline; filename="logo.gif"' in source
    assert [text in source for text in ("multipart/related", "attachment; filename=")] == [True, True]


def test_copies_are_kept_back_with_it(autosend: AutoSend) -> None:
    suppress(autosend, "ada@example.com")
    reply(autosend, FIXTURE, cc=[{"email": "cleo@example.com"}], bcc=[{"email": "dan@example.com"}])
    found = [autosend.messages(f"{name}@example.com")[0]["status"] for name in ("ada", "cleo", "dan")]
    assert found == ["suppressed"] * 3


def test_all_whom_it_goes_to_are_shown(autosend: AutoSend) -> None:
    copies = {role: [{"email": f"{place}.{role}@x.example"} for place in range(50)] for role in ("cc", "bcc")}
    reply(autosend, FIXTURE, **copies)
    for recipient in ("ada@example.com", "0.cc@x.example", "49.bcc@x.example"):
        sent = autosend.messages(recipient)[0]
        assert [len(sent[role]) for role in ("to", "cc", "bcc")] == [1, 50, 50]


def test_it_goes_where_the_mail_wants_answers(autosend: AutoSend) -> None:
    raw = f"From: zoe@example.com\r\nTo: {HELP}\r\nReply-To: Desk <desk@shop.example.com>\r\n\r\nHi"
    reply(autosend, receive_raw(autosend, raw))
    assert len(autosend.messages("desk@shop.example.com")) == 1
    assert autosend.messages("zoe@example.com") == []


def test_a_mail_to_the_default_domain_is_answered_from_there(autosend: AutoSend) -> None:
    number = receive(autosend, DEFAULT)
    reply(autosend, number, **{"from": {"email": DEFAULT}})
    other = {"message": "Reply `from` address must use the same domain that received the message"}
    assert refused(autosend, "POST", f"{MESSAGES}/{number}/reply", REPLY) == (400, other)


@pytest.mark.parametrize("sender", [None, {}, {"name": "Help"}, {"email": ""}, {"email": None}])
def test_it_needs_a_sender(autosend: AutoSend, sender: Any) -> None:
    error = {"message": "A `from` address is required to reply"}
    assert refused(autosend, "POST", PATH, REPLY | {"from": sender}) == (400, error)
    assert refused(autosend, "POST", PATH, {"text": "Hi"}) == (400, error)


@pytest.mark.slow
@pytest.mark.parametrize("email", ["hello@example.com", "hello@example.net", "a@evil.support.example.org"])
def test_its_sender_is_at_the_domain_that_received_the_mail(autosend: AutoSend, email: str) -> None:
    error = {"message": "Reply `from` address must use the same domain that received the message"}
    assert refused(autosend, "POST", PATH, REPLY | {"from": {"email": email}}) == (400, error)


def test_a_mail_without_an_address_can_not_be_answered(autosend: AutoSend) -> None:
    raw = f"From: nobody\r\nTo: {HELP}\r\n\r\nHi"
    number = receive_raw(autosend, raw)
    error = {"message": "Inbound email not found"}
    assert refused(autosend, "POST", f"{MESSAGES}/{number}/reply", REPLY) == (404, error)


def test_a_domain_that_is_not_verified_any_more_answers_nothing(autosend: AutoSend) -> None:
    fall_back = {"status": "PENDING", "force": True}
    answer = autosend.emulator.http.post(f"/_emulator/jobs/autosend/domain/{DOMAIN}/status", json=fall_back)
    assert answer.status_code == 200, answer.text
    error = {"message": "Domain not verified", "code": "DOMAIN_NOT_VERIFIED"}
    assert refused(autosend, "POST", PATH, REPLY) == (403, error)


def test_a_domain_that_was_deleted_answers_nothing(autosend: AutoSend) -> None:
    assert autosend.call("DELETE", f"/domains/{DOMAIN}").status_code == 200
    error = {"message": "Domain not verified", "code": "DOMAIN_NOT_VERIFIED"}
    assert refused(autosend, "POST", PATH, REPLY) == (403, error)


FILE = {"fileName": "a.txt", "content": "aGVsbG8="}
MAIL = {"from": {"email": "a@example.org"}, "to": {"email": "ada@example.com"}, "subject": "s", "text": "t"}
FILES: list[tuple[dict[str, Any], list[str]]] = [
    (FILE | {"fileName": "a.exe"}, ["attachments.0"]),
    ({"fileName": "a.txt", "fileUrl": "nope"}, ["attachments.0.fileUrl"]),
    ({"fileName": "a.txt", "fileUrl": "file:///etc/hostname"}, ["attachments.0.fileUrl"]),
    ({"fileName": "a.txt", "fileUrl": "http://a b"}, ["attachments.0.fileUrl"]),
    ({"fileName": "a.txt", "fileUrl": "http://[::1"}, ["attachments.0.fileUrl"]),
    ({"fileName": "a.txt", "fileUrl": "http://"}, ["attachments.0.fileUrl"]),
    ({"fileName": "a.txt", "fileUrl": ""}, ["attachments.0.fileUrl"]),
    (FILE | {"contentType": "garbage"}, ["attachments.0.contentType"]),
    (FILE | {"content": "%"}, ["attachments.0.content"]),
    ({"fileName": "a.txt"}, ["attachments.0"]),
]


@pytest.mark.parametrize(("path", "mail"), [("/mails/send", MAIL), (PATH, REPLY)], ids=["mail", "reply"])
@pytest.mark.parametrize(("file", "fields"), FILES, ids=str)
def test_mails_and_replies_refuse_the_same_files(
    autosend: AutoSend, path: str, mail: dict[str, Any], file: dict[str, Any], fields: list[str]
) -> None:
    status, error = refused(autosend, "POST", path, mail | {"attachments": [file]})
    assert (status, error["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in error["details"]] == fields


@pytest.mark.parametrize(("path", "mail"), [("/mails/send", MAIL), (PATH, REPLY)], ids=["mail", "reply"])
@pytest.mark.parametrize(("field", "given"), [("cc.0", {"cc": [HELP]}), ("from", {"from": HELP})])
def test_mails_and_replies_refuse_addresses_that_are_texts(
    autosend: AutoSend, path: str, mail: dict[str, Any], field: str, given: dict[str, Any]
) -> None:
    _, error = refused(autosend, "POST", path, mail | given)
    assert error["details"] == [{"field": field, "message": f"{field} must be an object with email"}]


@pytest.mark.parametrize(("path", "mail"), [("/mails/send", MAIL), (PATH, REPLY)], ids=["mail", "reply"])
def test_a_file_without_an_ending_is_taken_whatever_it_is_called(
    autosend: AutoSend, path: str, mail: dict[str, Any]
) -> None:
    answer = autosend.call("POST", path, mail | {"attachments": [FILE | {"fileName": "app"}]})
    assert answer.status_code in {200, 202}


@pytest.mark.parametrize(("path", "mail"), [("/mails/send", MAIL), (PATH, REPLY)], ids=["mail", "reply"])
def test_the_content_of_a_file_is_taken_before_its_address(
    autosend: AutoSend, path: str, mail: dict[str, Any]
) -> None:
    file = FILE | {"fileUrl": "https://files.example.com/a.txt", "contentType": "text/x-note; charset=utf-8"}
    answer = autosend.call("POST", path, mail | {"attachments": [file]})
    assert answer.is_success, answer.text
    (taken,) = autosend.messages("ada@example.com")[0]["attachments"]
    assert (taken["size"], taken["content_type"]) == (5, "text/x-note; charset=utf-8")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "help@support.example.org"}, "from"),
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"from": {"email": HELP, "name": "x" * 257}}, "from.name"),
        ({"text": None}, "html"),
        ({"text": " \n "}, "html"),
        ({"html": "я" * (2 * 1024 * 1024 + 1)}, "html"),
        ({"subject": ""}, "subject"),
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 999}, "subject"),
        ({"cc": [{"email": "x"}]}, "cc.0.email"),
        ({"cc": [{"email": "a@example.com"}] * 51}, "cc"),
        ({"bcc": [{"email": "a@example.com"}] * 51}, "bcc"),
        ({"attachments": [FILE] * 21}, "attachments"),
        ({"attachments": [FILE | {"fileName": ""}]}, "attachments.0.fileName"),
        ({"attachments": [FILE | {"fileName": "x" * 257}]}, "attachments.0.fileName"),
        ({"attachments": [FILE | {"fileSize": 0}]}, "attachments.0.fileSize"),
        ({"attachments": [FILE | {"contentId": "x" * 129}]}, "attachments.0.contentId"),
        ({"attachments": [FILE | {"description": "x" * 257}]}, "attachments.0.description"),
        ({"attachments": [FILE, FILE | {"content": "%"}]}, "attachments.1.content"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_sent(
    autosend: AutoSend, change: dict[str, Any], field: str
) -> None:
    status, error = refused(autosend, "POST", PATH, REPLY | change)
    assert (status, error["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert autosend.messages("ada@example.com") == []
