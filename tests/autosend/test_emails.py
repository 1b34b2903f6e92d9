"""Mails: https://docs.autosend.com/api-reference/mails."""

import base64
import re
from email import message_from_string
from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

MAIL = {
    "to": {"email": "Ada@Example.com", "name": "Ada"},
    "from": {"email": "hello@example.com", "name": "Example Shop"},
    "subject": "Order {{number}}",
    "html": "<p>Hello {{name}}</p>",
    "dynamicData": {"number": "A-77", "name": "Ada"},
}
LINK = '<a href="https://shop.example/">Shop</a>'
TEMPLATE = "A-0f1e2d3c4b5a69788796"
NEWSLETTER = "7QK2M"
TEXT = base64.b64encode(b"a file").decode()


def send(autosend: AutoSend, **changes: Any) -> str:
    body = {name: value for name, value in (MAIL | changes).items() if value is not None}
    return str(autosend.data("POST", "/mails/send", body)["emailId"])


def status(autosend: AutoSend, email_id: str) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/mails/{email_id}/status")
    return found


def fields_refused(autosend: AutoSend, path: str, body: dict[str, Any]) -> list[str]:
    answer = autosend.call("POST", path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    return [detail["field"] for detail in answer.json()["error"]["details"]]


def test_a_mail_is_queued_sent_and_delivered(autosend: AutoSend) -> None:
    sent = autosend.data("POST", "/mails/send", MAIL)
    assert (sent["message"], sent["totalRecipients"]) == ("Email queued successfully.", 1)
    queued = status(autosend, sent["emailId"])
    autosend.advance("2s")
    delivered = status(autosend, sent["emailId"])
    assert (queued["status"], queued["sentAt"]) in {("queued", None), ("sent", "2026-03-15T14:30:00.000Z")}
    assert delivered == {
        "id": sent["emailId"],
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "status": "delivered",
        "subject": "Order A-77",
        "recipient": {"email": "ada@example.com", "name": "Ada"},
        "sender": {"email": "hello@example.com", "name": "Example Shop"},
        "sentAt": "2026-03-15T14:30:00.000Z",
        "deliveredAt": "2026-03-15T14:30:02.000Z",
        "openedAt": None,
        "clickedAt": None,
        "bouncedAt": None,
    }


@pytest.mark.parametrize(
    ("word", "times"),
    [
        ("opened", {"openedAt": "2026-03-15T14:31:00.000Z"}),
        ("clicked", {"openedAt": "2026-03-15T14:31:00.000Z", "clickedAt": "2026-03-15T14:31:30.000Z"}),
        ("bounced", {"bouncedAt": "2026-03-15T14:30:02.000Z", "deliveredAt": None}),
        ("failed", {"sentAt": None}),
    ],
)
def test_the_address_decides_what_becomes_of_a_mail(
    autosend: AutoSend, word: str, times: dict[str, str | None]
) -> None:
    email = send(autosend, to={"email": f"ann+{word}@example.com"}, html=LINK)
    autosend.advance("1h")
    found = status(autosend, email)
    assert found["status"] == word
    assert {name: found[name] for name in times} == times


def test_without_tracking_nobody_hears_of_opens_and_clicks(autosend: AutoSend) -> None:
    to = {"email": "ann+clicked@example.com"}
    neither = send(autosend, to=to, html=LINK, trackingOpen=False, trackingClick=False)
    clicks = send(autosend, to=to, html=LINK, trackingOpen=False)
    autosend.advance("1h")
    assert (status(autosend, neither)["status"], status(autosend, neither)["openedAt"]) == ("delivered", None)
    assert (status(autosend, clicks)["status"], status(autosend, clicks)["openedAt"]) == ("clicked", None)


def test_copies_are_tracked_on_their_own(autosend: AutoSend) -> None:
    body = MAIL | {"cc": [{"email": "cc+bounced@example.com"}], "bcc": [{"email": "bcc@example.com"}]}
    assert autosend.data("POST", "/mails/send", body)["totalRecipients"] == 3
    autosend.advance("5s")
    statuses = [autosend.messages(who)[0]["status"] for who in ("cc+bounced@example.com", "bcc@example.com")]
    assert statuses == ["bounced", "delivered"]


def test_a_mail_says_what_its_template_and_variables_say(autosend: AutoSend) -> None:
    send(autosend, templateId=TEMPLATE, subject=None, html=None, dynamicData={"firstName": "<Ada>"})
    (mail,) = autosend.messages("ada@example.com")
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert (mail["subject"], mail["sender"]) == (
        "What happened this month",
        "Example Shop <hello@example.com>",
    )
    preview = '<div data-preview-text style="display:none">In three minutes</div>'
    assert html.startswith(f"{preview}<h1>Hi &lt;Ada&gt;</h1><p><a href=")
    assert mail["text"].startswith("Hi <Ada>\n")


def test_long_values_of_headers_are_written_as_they_are(autosend: AutoSend) -> None:
    long = "https://example.com/" + "b" * 200
    send(autosend, headers={"X-Url": long})
    (mail,) = autosend.messages("ada@example.com")
    raw = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/raw").text
    read = message_from_string(raw)
    assert (read["X-Url"], read["List-Unsubscribe"][:8]) == (long, "<http://")


@pytest.mark.parametrize("nothing", ["", " \n "])
def test_empty_texts_beside_a_template_count_as_not_given(autosend: AutoSend, nothing: str) -> None:
    template = {"templateName": "Receipt", "subject": "Thanks", "emailTemplate": "<p>Paid</p>"}
    made = autosend.data("POST", "/templates", template)["templateId"]
    send(autosend, templateId=made, subject=nothing, html=nothing, text=nothing, trackingOpen=False)
    (mail,) = autosend.messages("ada@example.com")
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert (mail["subject"], html, mail["text"]) == ("Thanks", "<p>Paid</p>", "Paid")


def test_variables_come_from_the_data_then_the_contact_then_the_property(autosend: AutoSend) -> None:
    text = "{{firstName}} {{lastName}} {{plan}} {{company}} {{email}} {{date}} {{nobody}}"
    send(autosend, text=text, html=None, dynamicData={"firstName": "Countess", "number": 1})
    assert autosend.messages("ada@example.com")[0]["text"] == (
        "Countess Byron free Engines Ltd ada@example.com 2026-03-15 {{nobody}}"
    )


def test_what_is_changed_later_does_not_change_a_mail(autosend: AutoSend) -> None:
    send(autosend, text="{{firstName}}", html=None)
    autosend.data("POST", "/contacts/email", {"email": "ada@example.com", "firstName": "Augusta"})
    assert autosend.messages("ada@example.com")[0]["text"] == "Ada"


def test_marketing_mail_has_links_and_headers_to_unsubscribe(autosend: AutoSend) -> None:
    send(autosend, templateId=TEMPLATE, subject=None, html="<p>No link</p>")
    (mail,) = autosend.messages("ada@example.com")
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f'href="{link}"' in html


def test_transactional_mail_has_the_headers_alone(autosend: AutoSend) -> None:
    send(autosend, bypassSuppressions=True)
    (mail,) = autosend.messages("ada@example.com")
    assert mail["headers"].keys() == {"Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"}
    assert "Unsubscribe" not in autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text


def test_an_unsubscribe_link_asks_first_and_then_suppresses(autosend: AutoSend) -> None:
    email = send(autosend, unsubscribeGroupId=NEWSLETTER)
    autosend.advance("5s")
    link = autosend.messages("ada@example.com")[0]["headers"]["List-Unsubscribe"].strip("<>")
    assert "gets these mails" in autosend.emulator.http.get(link).text
    assert "gets no more" in autosend.emulator.http.post(link, data={"List-Unsubscribe": "One-Click"}).text
    assert status(autosend, email)["status"] == "unsubscribed"
    assert status(autosend, send(autosend, unsubscribeGroupId=NEWSLETTER))["status"] == "suppressed"
    assert status(autosend, send(autosend))["status"] != "suppressed"
    autosend.emulator.http.post(link)
    assert status(autosend, send(autosend, unsubscribeGroupId=NEWSLETTER))["status"] == "suppressed"
    autosend.emulator.http.post(link, data={"action": "resubscribe"})
    assert status(autosend, send(autosend, unsubscribeGroupId=NEWSLETTER))["status"] != "suppressed"


@pytest.mark.parametrize("change", ["signature=0000", "signature="])
def test_a_link_can_not_be_forged(autosend: AutoSend, change: str) -> None:
    send(autosend, unsubscribeGroupId=NEWSLETTER)
    link = autosend.messages("ada@example.com")[0]["headers"]["List-Unsubscribe"].strip("<>")
    assert autosend.emulator.http.post(link.partition("signature=")[0] + change).status_code == 404


@pytest.mark.parametrize(
    ("address", "suppressed"),
    [("reader47@example.com", True), ("gone@example.com", False), ("ada@example.com", False)],
)
def test_a_suppressed_recipient_gets_nothing(autosend: AutoSend, address: str, *, suppressed: bool) -> None:
    email = send(autosend, to={"email": address}, cc=[{"email": "cc@example.com"}])
    autosend.advance("1h")
    assert (status(autosend, email)["status"] == "suppressed") is suppressed
    assert (autosend.messages("cc@example.com")[0]["status"] == "suppressed") is suppressed


def test_bypass_sends_all_the_same(autosend: AutoSend) -> None:
    email = send(autosend, to={"email": "reader47@example.com"}, bypassSuppressions=True)
    autosend.advance("1h")
    assert status(autosend, email)["status"] == "delivered"


@pytest.mark.parametrize("word", ["bounced", "complained", "unsubscribed", "soft-bounced"])
def test_bounces_complaints_and_unsubscriptions_suppress(autosend: AutoSend, word: str) -> None:
    to = {"email": f"ann+{word}@example.com"}
    send(autosend, to=to)
    autosend.advance("1h")
    assert status(autosend, send(autosend, to=to))["status"] == "suppressed"


def test_a_mail_can_wait_for_its_time(autosend: AutoSend) -> None:
    email = send(autosend, scheduledAt="2026-03-15T16:00:00.000Z")
    autosend.advance("89m")
    assert status(autosend, email)["status"] == "queued"
    autosend.advance("2m")
    assert status(autosend, email)["sentAt"] == "2026-03-15T16:00:00.000Z"


def test_a_test_mail_is_processed_and_not_sent(autosend: AutoSend) -> None:
    email = send(autosend, test=True)
    autosend.advance("1d")
    assert (status(autosend, email)["status"], status(autosend, email)["sentAt"]) == ("processed", None)


@pytest.mark.parametrize("name", ["fileName", "filename"])
def test_attachments_are_kept(autosend: AutoSend, name: str) -> None:
    files = [
        {name: "bill.txt", "content": TEXT, "description": "What you owe"},
        {name: "a.pdf", "fileUrl": "https://example.com/a.pdf"},
    ]
    send(autosend, attachments=files)
    first, second = autosend.messages("ada@example.com")[0]["attachments"]
    assert (first["name"], first["content_type"], first["size"]) == ("bill.txt", "text/plain", 6)
    assert first["description"] == "What you owe"
    assert autosend.emulator.http.get(first["url"]).content == b"a file"
    pdf = {"name": "a.pdf", "content_type": "application/pdf", "size": None}
    assert second == pdf | {"url": "https://example.com/a.pdf", "description": "", "content_id": ""}


def test_headers_of_ones_own_are_kept(autosend: AutoSend) -> None:
    send(autosend, headers={"X-Order": "A-77"}, replyTo={"email": "desk@example.org", "name": "Desk"})
    headers = autosend.messages("ada@example.com")[0]["headers"]
    assert re.fullmatch("<[0-9a-f]{24}@autosend.email>", headers.pop("Message-ID"))
    assert headers.pop("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert headers.pop("List-Unsubscribe").startswith("<http")
    assert headers == {"X-Order": "A-77", "Reply-To": "Desk <desk@example.org>"}


@pytest.mark.parametrize("domain", ["example.net", "elsewhere.org"])
def test_a_mail_from_a_domain_that_is_not_verified_is_refused(autosend: AutoSend, domain: str) -> None:
    wrong = MAIL | {"from": {"email": f"me@{domain}"}}
    refused = autosend.refused("POST", "/mails/send", wrong)
    assert refused == (403, "DOMAIN_NOT_VERIFIED", "Domain not verified")
    assert autosend.messages("ada@example.com") == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("De, sk", '"De, sk" <d@example.org>'),
        ('Ada "The Countess" Byron', r'"Ada \"The Countess\" Byron" <d@example.org>'),
        (r"a\b", r'"a\\b" <d@example.org>'),
        ("Desk (Berlin)", '"Desk (Berlin)" <d@example.org>'),
        ("Größe 大", "Größe 大 <d@example.org>"),
        ("Größe, 大", '"Größe, 大" <d@example.org>'),
        ("O'Hara & Co", "O'Hara & Co <d@example.org>"),
        ("", "d@example.org"),
    ],
)
def test_names_with_specials_are_quoted(autosend: AutoSend, name: str, shown: str) -> None:
    send(
        autosend,
        replyTo={"email": "d@example.org", "name": name},
        **{"from": {"email": "d@example.org", "name": name}},
    )
    (mail,) = autosend.messages("ada@example.com")
    assert (mail["headers"]["Reply-To"], mail["sender"]) == (shown, shown)


def test_what_the_recipient_does_not_see_is_shown_beside_the_mail(autosend: AutoSend) -> None:
    send(autosend, categories=["orders"], campaignName="Spring")
    assert autosend.messages("ada@example.com")[0]["payload"] == {
        "categories": ["orders"],
        "campaignName": "Spring",
    }


def people(number: int) -> list[dict[str, str]]:
    return [{"email": f"p{place}@example.com"} for place in range(number)]


def test_fifty_recipients_are_the_most(autosend: AutoSend) -> None:
    assert autosend.data("POST", "/mails/send", MAIL | {"cc": people(49)})["totalRecipients"] == 50
    assert fields_refused(autosend, "/mails/send", MAIL | {"cc": people(25), "bcc": people(25)}) == ["to"]


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"to": None}, ["to"]),
    ({"to": "ada@example.com"}, ["to"]),
    ({"to": {"email": "nobody"}}, ["to.email"]),
    ({"to": [{"email": "a@b.co"}, {"email": "c@d.co"}]}, ["to"]),
    ({"from": None}, ["from"]),
    ({"subject": None}, ["subject"]),
    ({"subject": "  "}, ["subject"]),
    ({"subject": "s" * 999}, ["subject"]),
    ({"html": None}, ["html"]),
    ({"html": " \n "}, ["html"]),
    ({"html": "h" * (4 * 1024 * 1024 + 1)}, ["html"]),
    ({"html": "{{#if x}}"}, ["html"]),
    ({"subject": "{{"}, ["subject"]),
    ({"dynamicData": []}, ["dynamicData"]),
    ({"replyTo": "desk@example.org"}, ["replyTo"]),
    ({"unsubscribeGroupId": "NOPE1"}, ["unsubscribeGroupId"]),
    ({"scheduledAt": "soon"}, ["scheduledAt"]),
    ({"headers": {f"X-{place}": "v" for place in range(21)}}, ["headers"]),
    ({"headers": {"X-Long": "v" * 1001}}, ["headers.X-Long"]),
    ({"headers": {"X-Two": "a\r\nBcc: x"}}, ["headers.X-Two"]),
    ({"headers": {"n" * 77: "v"}}, ["headers." + "n" * 77]),
    ({"headers": {"X Y": "v"}}, ["headers.X Y"]),
    ({"headers": {"reply-to": "v", "DKIM-Signature": "v"}}, ["headers.reply-to", "headers.DKIM-Signature"]),
    ({"attachments": [{"fileName": "run.exe", "content": TEXT}]}, ["attachments.0"]),
    ({"attachments": [{"fileName": "a.txt"}]}, ["attachments.0"]),
    ({"attachments": [{"fileName": "a.txt", "content": "no base64!"}]}, ["attachments.0.content"]),
    ({"attachments": [{"fileName": "a.txt", "fileUrl": "file:///etc/passwd"}]}, ["attachments.0.fileUrl"]),
    ({"attachments": [{"fileName": "a.txt", "content": TEXT}] * 21}, ["attachments"]),
]


@pytest.mark.parametrize(("change", "fields"), REFUSED, ids=str)
def test_a_wrong_mail_is_refused_and_nothing_is_queued(
    autosend: AutoSend, change: dict[str, Any], fields: list[str]
) -> None:
    body = {name: value for name, value in (MAIL | change).items() if value is not None}
    assert fields_refused(autosend, "/mails/send", body) == fields
    assert autosend.messages("ada@example.com") == []


@pytest.mark.parametrize("path", ["/mails/send", "/mails/bulk"])
def test_an_unknown_template_is_refused_in_a_form_of_its_own(autosend: AutoSend, path: str) -> None:
    body = MAIL | {"templateId": "A-00000000000000000000", "recipients": people(1)}
    answer = autosend.call("POST", path, body)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": "Template not found", "code": "TEMPLATE_NOT_FOUND"}


def test_a_batch_has_variables_for_each(autosend: AutoSend) -> None:
    batch = autosend.data(
        "POST",
        "/mails/bulk",
        MAIL
        | {
            "recipients": [
                {"email": "One@example.com", "dynamicData": {"number": 1}, "cc": people(1)},
                {"email": "two@example.com"},
                {"email": "nobody"},
                {"email": "reader47@example.com"},
            ]
        },
    )
    counts = {name: batch[name] for name in ("totalRecipients", "successCount", "failedCount")}
    assert counts == {"totalRecipients": 4, "successCount": 2, "failedCount": 2}
    assert batch["batchId"][14] == "4"
    assert [autosend.messages(f"{who}@example.com")[0]["subject"] for who in ("one", "p0", "two")] == [
        "Order 1",
        "Order 1",
        "Order A-77",
    ]


@pytest.mark.parametrize("number", [0, 101])
def test_a_batch_has_1_to_100_recipients(autosend: AutoSend, number: int) -> None:
    assert fields_refused(autosend, "/mails/bulk", MAIL | {"recipients": people(number)}) == ["recipients"]


@pytest.mark.parametrize("email_id", ["nope", "66b1c2d30000000000000fff", "66b1c2d3ffffffffffffffff", "%00"])
def test_an_unknown_mail_is_not_found(autosend: AutoSend, email_id: str) -> None:
    assert autosend.refused("GET", f"/mails/{email_id}/status")[:2] == (404, "NOT_FOUND")


def test_a_mail_of_another_project_is_not_found(autosend: AutoSend) -> None:
    email = send(autosend)
    assert autosend.call("GET", f"/mails/{email}/status", headers=OTHER_PROJECT).status_code == 404


def test_a_repeated_key_sends_once(autosend: AutoSend) -> None:
    key = {"Idempotency-Key": "order-77"}
    first, second = (autosend.call("POST", "/mails/send", MAIL, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert len(autosend.messages("ada@example.com")) == 1
    autosend.advance("24h")
    autosend.call("POST", "/mails/send", MAIL, headers=key)
    assert len(autosend.messages("ada@example.com")) == 2


def test_a_batch_without_any_address_sends_nothing(autosend: AutoSend) -> None:
    body = {name: value for name, value in MAIL.items() if name != "to"}
    sent = autosend.data("POST", "/mails/bulk", body | {"recipients": [{"email": "nobody"}, {"email": ""}]})
    assert (sent["successCount"], sent["failedCount"]) == (0, 2)
