"""Mails of the account to its own receiving addresses: they arrive there once they are delivered."""

from typing import Any

import pytest

from emulator.sending.mime import read_mail
from tests.autosend.conftest import OTHER_PROJECT, AutoSend
from tests.autosend.inbound import BILL, DEFAULT, HELP, MESSAGES, listed, message, receive
from tests.autosend.webhooks import create
from tests.receiver import Receiver

LETTER = {"from": {"email": "hello@example.com", "name": "Hello"}, "subject": "Ticket", "text": "Hi"}


def send(autosend: AutoSend, to: str = HELP, **change: Any) -> str:
    """Send a mail and let it arrive; return its emailId."""
    mail = LETTER | {"to": {"email": to}} | change
    email_id = autosend.data("POST", "/mails/send", mail)["emailId"]
    autosend.advance("2s")
    return str(email_id)


def newest(autosend: AutoSend) -> Any:
    return message(autosend, listed(autosend)[0])


def test_a_mail_to_a_receiving_address_of_the_account_arrives_when_it_is_delivered(
    autosend: AutoSend,
) -> None:
    before = listed(autosend)
    mail = LETTER | {"to": {"email": HELP, "name": "Help"}, "html": "<p>Hi</p>", "attachments": [BILL]}
    email_id = autosend.data("POST", "/mails/send", mail)["emailId"]
    autosend.advance("1s")
    assert listed(autosend) == before
    autosend.advance("1s")
    number, *others = listed(autosend)
    assert others == before
    found = message(autosend, number)
    assert found["receivedAt"] == autosend.data("GET", f"/mails/{email_id}/status")["deliveredAt"]
    assert found["messageId"] == f"<{email_id}@autosend.email>"
    assert found["from"] == {"email": "hello@example.com", "name": "Hello"}
    assert found["to"] == [{"email": HELP, "name": "Help"}]
    assert (found["subject"], found["text"], found["status"]) == ("Ticket", "Hi", "PROCESSED")
    assert [file["filename"] for file in found["attachments"]] == ["bill.pdf"]
    assert (found["threadId"], found["inReplyTo"]) == (number, None)


def test_webhooks_tell_of_the_delivery_first_and_then_of_the_arrival(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create(autosend, receiver.url, "email.delivered", "email.received")
    send(autosend)
    assert receiver.types == ["email.delivered", "email.received"]


def test_its_links_are_those_of_the_mail_that_was_sent(autosend: AutoSend) -> None:
    href = "https://example.com/" + "a" * 1500
    email_id = send(autosend, html=f'<a href="{href}">Look</a>', trackingClick=True, trackingOpen=True)
    found = newest(autosend)
    (own,) = autosend.messages(HELP)
    assert found["headers"]["list-unsubscribe"] == own["headers"]["List-Unsubscribe"]
    assert found["html"].rstrip() == autosend.emulator.http.get(f"/_emulator/messages/{own['id']}/html").text
    source = autosend.emulator.http.get(autosend.data("GET", f"{MESSAGES}/{found['id']}/raw")["url"]).content
    assert read_mail(source).html == found["html"]
    assert read_mail(source).headers == found["headers"]
    pixel = found["html"].rpartition('src="')[2].partition('"')[0].replace("&amp;", "&")
    assert autosend.emulator.http.get(pixel).status_code == 200
    assert autosend.data("GET", f"/mails/{email_id}/status")["openedAt"]


@pytest.mark.parametrize("name", ["HELP", "help+7", '"help@home"', '"a@b c"', r'"a\"@b"'])
def test_mails_arrive_whatever_stands_before_the_domain(autosend: AutoSend, name: str) -> None:
    before = len(listed(autosend))
    send(autosend, f"{name}@{HELP.partition('@')[2].upper()}")
    assert len(listed(autosend)) == before + 1


@pytest.mark.parametrize("to", [HELP.replace("@", "+bounced@"), "ann@example.com", "ann@elsewhere.org"])
def test_what_bounces_or_goes_elsewhere_does_not_arrive(autosend: AutoSend, to: str) -> None:
    before = listed(autosend, "?includeBlocked=true")
    send(autosend, to)
    assert listed(autosend, "?includeBlocked=true") == before


def test_a_mail_that_a_test_delivers_twice_arrives_once(autosend: AutoSend) -> None:
    send(autosend)
    before = listed(autosend)
    (own,) = autosend.messages(HELP)
    for status in ("sent", "delivered"):
        forced = {"status": status, "force": True}
        answer = autosend.emulator.http.post(f"/_emulator/messages/{own['id']}/status", json=forced)
        assert answer.status_code == 200
    autosend.advance("1s")
    assert listed(autosend) == before


def test_blind_copies_and_those_to_another_project_arrive(autosend: AutoSend) -> None:
    send(autosend, "ann@elsewhere.org", cc=[{"email": "desk@m4gz.autosend.email"}], bcc=[{"email": DEFAULT}])
    found = newest(autosend)
    assert [one["email"] for one in found["to"]] == ["ann@elsewhere.org"]
    assert [one["email"] for one in found["bcc"]] == [DEFAULT]
    theirs = autosend.call("GET", MESSAGES, headers=OTHER_PROJECT).json()["data"]["items"][0]
    assert [one["email"] for one in theirs["cc"]] == ["desk@m4gz.autosend.email"]


def test_an_answer_from_one_address_of_the_account_to_another_stays_in_the_thread(autosend: AutoSend) -> None:
    first = message(autosend, receive(autosend, **{"from": DEFAULT}))
    reply = {"from": {"email": HELP}, "text": "It is on its way."}
    autosend.data("POST", f"{MESSAGES}/{first['id']}/reply", reply, status=202)
    autosend.advance("2s")
    found = newest(autosend)
    assert (found["threadId"], found["inReplyToInboundEmailId"]) == (first["threadId"], first["id"])


def test_mails_of_campaigns_arrive(autosend: AutoSend) -> None:
    desk = autosend.data("POST", "/contact-lists", {"name": "Desk"})["id"]
    autosend.data("POST", "/contacts", {"email": HELP, "firstName": "Help", "listIds": [desk]})
    campaign = {
        "name": "News",
        "subject": "Hi {{firstName}}",
        "htmlTemplate": "<p>New</p>",
        "toLists": [desk],
    }
    autosend.data("POST", "/campaigns", campaign | {"from": LETTER["from"], "sendNow": True})
    autosend.advance("10m")
    assert newest(autosend)["subject"] == "Hi Help"
