"""Finding a message by ids in its provider's response, and by its texts."""

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("finding", clock="frozen")


def post(box: Sandbox, path: str, body: Any) -> Any:
    headers = box.autosend if path.startswith("/v1/") else box.rcs
    answer = box.http.post(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def mail(box: Sandbox, **said: Any) -> str:
    """Send a mail, and return its emailId."""
    body = {
        "from": {"email": "hello@example.com", "name": "Example Shop"},
        "to": {"email": "ada@example.com", "name": "Ada"},
        "subject": "Your order",
        "text": "On its way",
    }
    return str(post(box, "/v1/mails/send", body | said)["emailId"])


def rcs_message(
    box: Sandbox, number: str = "380670001000", reference: str = "order42", text: str = "Hi"
) -> str:
    body = {
        "phone": {"number": number, "reference_id": reference},
        "sender": "my_agent",
        "options": {"text": text},
    }
    return str(post(box, "/api/messages/rcs/send", body)["id"])


def find(box: Sandbox, **params: Any) -> Any:
    answer = box.control("GET", "/messages", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def detail(box: Sandbox, message_id: object) -> Any:
    answer = box.control("GET", f"/messages/{message_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_mail_is_found_by_its_email_id(box: Sandbox) -> None:
    own = mail(box)
    mail(box)
    (found,) = find(box, id=own)["messages"]
    assert (found["provider_id"], found["provider_ids"]) == (own, {"emailId": own})
    assert find(box, id=str(found["id"]))["messages"] == [found]
    assert detail(box, own)["id"] == found["id"]
    assert find(box, id=detail(box, own)["headers"]["Message-ID"])["messages"] == [found]


def test_a_batch_is_found_by_its_id(box: Sandbox) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "subject": "Hi",
        "text": "Hi",
        "recipients": [{"email": "ann@example.com"}, {"email": "bob@example.com"}],
    }
    batch = post(box, "/v1/mails/bulk", body)["batchId"]
    found = find(box, id=batch)["messages"]
    assert [message["recipient"] for message in found] == ["ann@example.com", "bob@example.com"]
    assert {message["provider_ids"]["batchId"] for message in found} == {batch}


def test_the_mails_of_a_campaign_are_found_by_its_id(box: Sandbox) -> None:
    found = find(box, id="60d5ec49f1b2c72d9c8b4567", limit=1)
    assert found["total"] == find(box, job="autosend/campaign/60d5ec49f1b2c72d9c8b4567")["total"] > 1
    assert found["messages"][0]["provider_ids"]["campaignId"] == "60d5ec49f1b2c72d9c8b4567"


def test_the_messages_of_a_job_are_found_by_its_name(box: Sandbox) -> None:
    name = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"
    assert find(box, id=name, limit=1) == find(box, job=name, limit=1)
    assert find(box, id=name, limit=1)["total"] > 0
    assert find(box, id="autosend/campaign/nothing")["total"] == 0


def test_an_rcs_message_is_found_by_its_id_and_by_its_reference(box: Sandbox) -> None:
    own = rcs_message(box)
    (found,) = find(box, id=own)["messages"]
    assert (found["provider_id"], found["provider_ids"]) == (own, {"id": own})
    assert find(box, id="order42")["messages"] == [found]
    assert detail(box, "order42")["id"] == found["id"]


def test_a_campaign_of_rcs_names_itself_in_its_messages(box: Sandbox) -> None:
    found = find(box, job="rcs/campaign/3", limit=1)["messages"][0]
    assert found["provider_ids"] == {"id": found["provider_id"], "campaign_id": "3"}


def test_the_messages_of_a_launch_are_found_by_its_id(box: Sandbox) -> None:
    found = find(box, provider="altcraft", limit=1)["messages"][0]
    ids = found["provider_ids"]
    assert ids.keys() == {"send_message_id", "campaign_id", "launch_id", "message_id", "profile_id"}
    listed = find(box, id=ids["launch_id"])["messages"]
    assert found in listed
    assert {message["job"] for message in listed} == {f"altcraft/mailing/{ids['campaign_id']}"}


def test_a_message_of_altcraft_is_found_by_its_own_id(box: Sandbox) -> None:
    found = find(box, provider="altcraft", limit=1)["messages"][0]
    own = found["provider_id"]
    assert own == found["provider_ids"]["send_message_id"]
    for prefix in "umfw":
        assert find(box, id=prefix + own[1:])["messages"] == [found]
    assert find(box, id="x" + own[1:])["total"] == 0


@pytest.mark.parametrize(
    "text", ["66b1c2d37fffffffffffffff", "nothing", "0", "-1", "9" * 30, "a\0b", "0" * 24, "<@>", "%", "ä"]
)
def test_an_unknown_id_finds_nothing(box: Sandbox, text: str) -> None:
    assert find(box, id=text)["total"] == 0


def test_the_id_of_a_mail_finds_no_message_of_another_provider(box: Sandbox) -> None:
    number = int(rcs_message(box))
    assert find(box, id=f"66b1c2d3{number:016x}")["total"] == 0


def test_an_id_that_names_several_messages_reads_none(box: Sandbox) -> None:
    answer = box.control("GET", "/messages/60d5ec49f1b2c72d9c8b4567")
    assert answer.status_code == 409
    assert "names" in answer.json()["detail"]


@pytest.mark.parametrize(
    "params",
    [
        {"subject": "YOUR code"},
        {"text": "is 4821"},
        {"text": "your CODE"},
        {"subject": "code", "text": "4821"},
        {"subject": "code", "recipient": "ada@"},
    ],
)
def test_a_mail_is_found_by_what_it_says(box: Sandbox, params: Any) -> None:
    own = mail(box, subject="Your code", html="<p>Hi&nbsp;Ada, it\n is <b>4</b>821</p>", text=None)
    mail(box, subject="Another")
    assert [message["provider_id"] for message in find(box, provider="autosend", **params)["messages"]] == [
        own
    ]


@pytest.mark.parametrize("params", [{"subject": "<b>"}, {"text": "<b>"}, {"subject": "4821"}, {"text": "{{"}])
def test_what_a_mail_does_not_say_does_not_find_it(box: Sandbox, params: Any) -> None:
    mail(
        box,
        subject="Your code",
        html="<p>It is <b>4821</b> {{name}}</p>",
        text=None,
        dynamicData={"name": "x"},
    )
    assert find(box, recipient="ada@", since="2026-03-15T14:30:00Z", **params)["messages"] == []


@pytest.mark.slow
def test_words_that_were_filled_in_are_found(box: Sandbox) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "subject": "Dear {{name}}",
        "text": "Order {{number}}",
        "recipients": [
            {"email": f"{name}@example.com", "dynamicData": {"name": name, "number": f"no-{name}"}}
            for name in ("ann", "bob", "cy")
        ],
    }
    post(box, "/v1/mails/bulk", body)
    for params in ({"subject": "dear bob"}, {"text": "Order no-bob"}, {"text": "dear bob"}):
        assert [message["recipient"] for message in find(box, **params)["messages"]] == ["bob@example.com"]


def test_an_rcs_message_is_found_by_its_text(box: Sandbox) -> None:
    own = rcs_message(box, text="Ваш код: 4821")
    found = find(box, text="ваш КОД", provider="rcs")["messages"]
    assert [message["provider_id"] for message in found] == [own]
    assert find(box, subject="ваш код")["messages"] == found


def test_a_message_that_stands_in_for_another_is_found_by_its_own_text(box: Sandbox) -> None:
    body = {
        "phone": {"number": "380670000903"},
        "sender": "my_agent",
        "options": {"text": "Rich"},
        "alternative_channel": {"sms": {"sender": "MyShop", "text": "Plain instead"}},
    }
    answer = box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    box.advance("10m")
    found = find(box, text="plain instead", since="2026-03-15T14:30:00Z")["messages"]
    assert [message["channel"] for message in found] == ["sms"], answer.text


def test_messages_of_altcraft_are_found_by_the_name_of_the_mailing(box: Sandbox) -> None:
    one = find(box, provider="altcraft", limit=1)["messages"][0]
    found = find(box, subject=one["subject"].upper(), provider="altcraft", limit=10_000)
    assert one in found["messages"]
    assert {message["subject"] for message in found["messages"]} == {one["subject"]}


def test_the_latest_alone_is_found(box: Sandbox) -> None:
    for number in range(3):
        mail(box, subject=f"Number {number}", text="same")
    found = find(box, recipient="ada@", latest=True)
    assert [message["subject"] for message in found["messages"]] == ["Number 2"]
    assert find(box, subject="number", latest=True)["messages"] == found["messages"]
    assert find(box, subject="number", latest=True)["total"] == 1


def test_words_find_the_same_in_both_orders_and_in_pages(box: Sandbox) -> None:
    for number in range(5):
        mail(box, subject=f"Number {number}")
    oldest = [message["id"] for message in find(box, subject="Number")["messages"]]
    assert [message["id"] for message in find(box, subject="Number", order="newest")["messages"]] == oldest[
        ::-1
    ]
    page = find(box, subject="number", limit=2, after=oldest[0])
    assert [message["id"] for message in page["messages"]] == oldest[1:3]
    assert page["total"] == 4


def test_each_recipient_has_a_role_and_the_whole_mail_its_recipients(box: Sandbox) -> None:
    mail(
        box,
        cc=[{"email": "bob@example.com", "name": "Bob"}],
        bcc=[{"email": "eve@example.com"}],
    )
    found = find(box, subject="your order", since="2026-03-15T14:30:00Z")["messages"]
    assert [(message["recipient"], message["role"]) for message in found] == [
        ("ada@example.com", "to"),
        ("bob@example.com", "cc"),
        ("eve@example.com", "bcc"),
    ]
    for message in found:
        whole = detail(box, message["id"])
        assert whole["to"] == [{"email": "ada@example.com", "name": "Ada"}]
        assert whole["cc"] == [{"email": "bob@example.com", "name": "Bob"}]
        assert whole["bcc"] == [{"email": "eve@example.com", "name": None}]


def test_a_batch_is_a_mail_to_each_of_its_recipients(box: Sandbox) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "subject": "Hi",
        "text": "Hi",
        "recipients": [
            {"email": "ann@example.com", "cc": [{"email": "c1@example.com"}]},
            {"email": "bob@example.com", "bcc": [{"email": "b2@example.com"}]},
        ],
    }
    found = find(box, id=post(box, "/v1/mails/bulk", body)["batchId"])["messages"]
    wholes = [detail(box, message["id"]) for message in found]
    shown = [[[one["email"] for one in whole[role]] for role in ("to", "cc", "bcc")] for whole in wholes]
    first = [["ann@example.com"], ["c1@example.com"], []]
    second = [["bob@example.com"], [], ["b2@example.com"]]
    assert shown == [first, first, second, second]


def test_a_message_that_is_no_mail_has_no_roles(box: Sandbox) -> None:
    found = detail(box, rcs_message(box))
    assert (found["role"], found["to"], found["cc"], found["bcc"]) == (None, [], [], [])


def test_the_source_of_a_mail_hides_blind_copies(box: Sandbox) -> None:
    own = mail(
        box,
        subject="Grüße",
        html="<p>Hi</p>",
        trackingOpen=False,
        headers={"X-Order": "A-77"},
        replyTo={"email": "desk@example.org"},
        cc=[{"email": "bob@example.com", "name": "Böb"}],
        bcc=[{"email": "eve@example.com"}],
        attachments=[
            {"fileName": "note.txt", "content": "SGVsbG8=", "contentType": "text/plain; charset=utf-8"}
        ],
    )
    answer = box.control("GET", f"/messages/{own}/raw")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].endswith('.eml"')
    read: Any = message_from_bytes(answer.content, policy=default)
    assert read.defects == []
    assert {name: str(read[name]) for name in ("From", "To", "Cc", "Subject", "X-Order", "Reply-To")} == {
        "From": "Example Shop <hello@example.com>",
        "To": "Ada <ada@example.com>",
        "Cc": "Böb <bob@example.com>",
        "Subject": "Grüße",
        "X-Order": "A-77",
        "Reply-To": "desk@example.org",
    }
    assert read["Message-ID"] == f"<{own}@autosend.email>"
    assert read["Date"].datetime.isoformat() == "2026-03-15T14:30:00+00:00"
    assert b"eve@example.com" not in answer.content
    assert read.get_body(("plain",)).get_content() == "On its way"
    assert read.get_body(("html",)).get_content() == "<p>Hi</p>"
    assert [part.get_content() for part in read.iter_attachments()] == ["Hello"]


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed", "message/rfc822", "text/plain;;;x", "a/b; c", "a/b/c"]
)
def test_files_of_any_type_stand_in_the_source(box: Sandbox, content_type: str) -> None:
    file = {"fileName": "x.bin", "content": "SGVsbG8=", "contentType": content_type}
    body = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ada@example.com"},
        "subject": "x",
        "text": "x",
    }
    sent = box.http.post("/v1/mails/send", json=body | {"attachments": [file]}, headers=box.autosend)
    if sent.status_code == 200:
        answer = box.control("GET", f"/messages/{sent.json()['data']['emailId']}/raw")
        assert b"SGVsbG8" in answer.content


@pytest.mark.parametrize("provider", ["rcs", "altcraft"])
def test_only_mails_have_a_source(box: Sandbox, provider: str) -> None:
    for message in find(box, provider=provider, limit=10_000)["messages"]:
        is_mail = message["channel"] == "email"
        if is_mail:
            break
    answer = box.control("GET", f"/messages/{message['id']}/raw")
    assert answer.status_code == (200 if is_mail else 404)


def test_links_and_codes_stand_in_the_detail(box: Sandbox) -> None:
    own = mail(
        box,
        subject="Your verification code",
        trackingClick=False,
        html='<h1>482915</h1><a href="https://shop.example.com/v?t=1&amp;u=2">Verify</a>',
        text="482915 or https://shop.example.com/v?t=1&u=2",
    )
    found = detail(box, own)
    assert (found["codes"], found["links"]) == (["482915"], ["https://shop.example.com/v?t=1&u=2"])


def test_the_redirect_of_a_tracked_link_stands_before_what_it_leads_to(box: Sandbox) -> None:
    own = mail(box, html='<a href="https://shop.example.com/v">Verify</a>', trackingClick=True)
    redirect, link = detail(box, own)["links"]
    answer = box.http.get(redirect, follow_redirects=False)
    assert (link, answer.headers["location"]) == ("https://shop.example.com/v",) * 2


def test_an_rcs_message_has_its_code_too(box: Sandbox) -> None:
    assert detail(box, rcs_message(box, text="Ваш код: 4821"))["codes"] == ["4821"]


def test_a_message_is_waited_for_by_what_it_says(box: Sandbox) -> None:
    own = mail(box, subject="Your code", text="4821")
    box.advance("1m")
    wanted = {"message": {"subject": "your CODE", "status": "delivered", "id": own}, "timeout": "1s"}
    answer = box.control("POST", "/wait", json=wanted).json()
    assert [message["provider_id"] for message in answer["matched"]] == [own]


def test_a_message_is_waited_for_by_its_number(box: Sandbox) -> None:
    number = find(box, id=mail(box))["messages"][0]["id"]
    answer = box.control("POST", "/wait", json={"message": {"id": number}, "timeout": "1s"})
    assert [message["id"] for message in answer.json()["matched"]] == [number]


@pytest.mark.slow
def test_what_is_waited_for_shows_the_latest(box: Sandbox) -> None:
    ids = [mail(box, subject=f"Number {number}") for number in range(103)]
    answer = box.control("POST", "/wait", json={"message": {"subject": "number"}, "timeout": "1s"}).json()
    assert [message["provider_id"] for message in answer["matched"]] == ids[3:]
    latest = {"message": {"subject": "number", "latest": True}, "timeout": "1s"}
    answer = box.control("POST", "/wait", json=latest).json()
    assert [message["provider_id"] for message in answer["matched"]] == ids[-1:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("html", "status"),
    [
        ("&#" + "9" * 5000 + ";", "opened"),
        ('<a href="https://a.example/&#' + "9" * 5000 + '">x</a>', "clicked"),
    ],
)
def test_a_number_of_no_letter_breaks_nothing(box: Sandbox, html: str, status: str) -> None:
    own = mail(box, to={"email": "clicked@example.com"}, html=html, text=None)
    box.advance("5m")
    assert detail(box, own)["status"] == status
    assert find(box, text="nowhere")["total"] == 0
