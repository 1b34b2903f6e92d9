"""The events and the format of webhooks: https://docs.autosend.com/others/webhooks."""

import hmac
import json
import re
from typing import Any
from unittest.mock import ANY

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend
from tests.autosend.webhooks import NOW, create
from tests.receiver import Received, Receiver

NOBODY_YET = "66a0c1d2e3f4a5b6c7d8dd03"
PAGE = "https://shop.example.com/sale"
MAILS = [
    "email.sent",
    "email.delivered",
    "email.deferred",
    "email.opened",
    "email.clicked",
    "email.bounced",
    "email.spam_reported",
    "email.unsubscribed",
    "email.group_unsubscribed",
]


def send(autosend: AutoSend, recipient: str, **more: Any) -> str:
    """Send a campaign to one recipient, and return its id."""
    contact = {"email": recipient, "firstName": "Zoe", "listIds": [NOBODY_YET]}
    autosend.data("POST", "/contacts", contact)
    campaign = {
        "name": "Hooks",
        "subject": "Order A-77 shipped",
        "htmlTemplate": f'<a href="{PAGE}">Sale</a>',
        "from": {"email": "hello@example.com"},
        "toLists": [NOBODY_YET],
        "sendNow": True,
        "publish": True,
    }
    number: str = autosend.data("POST", "/campaigns", campaign | more)["id"]
    return number


def of_campaign(receiver: Receiver, campaign: str) -> list[Received]:
    return [one for one in receiver.requests if one.json["data"].get("campaignId") == campaign]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("delivered", {"email.sent": {}, "email.delivered": {}}),
        (
            "delayed",
            {
                "email.sent": {},
                "email.deferred": {
                    "delayType": "MailboxFull",
                    "delayReason": "452 4.2.2 mailbox full",
                    "expirationTime": ANY,
                },
                "email.delivered": {},
            },
        ),
        (
            "clicked",
            {
                "email.sent": {},
                "email.delivered": {},
                "email.opened": {},
                "email.clicked": {"clickedUrl": PAGE},
            },
        ),
        (
            "bounced",
            {
                "email.sent": {},
                "email.bounced": {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "reason": "550 5.1.1 no such user",
                },
            },
        ),
        (
            "complained",
            {"email.sent": {}, "email.delivered": {}, "email.spam_reported": {"complaintType": "abuse"}},
        ),
    ],
)
def test_what_becomes_of_a_mail_is_told(
    autosend: AutoSend, receiver: Receiver, word: str, told: dict[str, dict[str, str]]
) -> None:
    create(autosend, receiver.url, *MAILS)
    campaign = send(autosend, f"zoe+{word}@example.com")
    autosend.advance("1h")
    bodies = [one.json for one in of_campaign(receiver, campaign)]
    number = bodies[0]["data"]["emailId"]
    about = {
        "emailId": number,
        "from": "hello@example.com",
        "to": {"email": f"zoe+{word}@example.com", "name": "Zoe"},
        "subject": "Order A-77 shipped",
        "test": False,
        "campaignId": campaign,
        "templateId": bodies[0]["data"]["templateId"],
    }
    assert re.fullmatch("[0-9a-f]{24}", number)
    assert {body["type"]: body["data"] for body in bodies} == {
        type_: about | details for type_, details in told.items()
    }
    assert [body["type"] for body in bodies] == list(told)


@pytest.mark.parametrize(
    ("group", "type_", "details"),
    [
        ({}, "email.unsubscribed", {}),
        (
            {"unsubscribeGroupId": "7QK2M"},
            "email.group_unsubscribed",
            {"unsubscribeGroupId": "7QK2M"},
        ),
    ],
)
def test_an_unsubscription_names_no_recipient(
    autosend: AutoSend, receiver: Receiver, group: Any, type_: str, details: Any
) -> None:
    create(autosend, receiver.url, "email.unsubscribed", "email.group_unsubscribed")
    campaign = send(autosend, "zoe+unsubscribed@example.com", **group)
    autosend.advance("1h")
    (request,) = of_campaign(receiver, campaign)
    assert request.json["type"] == type_
    data = request.json["data"]
    ids = {name: data[name] for name in ("emailId", "templateId")}
    assert data == ids | {"test": False, "campaignId": campaign} | details


@pytest.mark.parametrize(
    ("html", "clicked"),
    [
        ('<a href="https://shop.example.com/o/{{k}}?a=1&amp;b=2">', "https://shop.example.com/o/v1?a=1&b=2"),
        ("<a class=\"b\" HREF = '{{url}}'>", "https://shop.example.com/?q='a'&b=2"),
        ('<a href="{{{url}}}">', "https://shop.example.com/?q='a'&b=2"),
        ('<a href="\n https://b.example/ \n">', "https://b.example/"),
        ("<a href='http://b.example/\"'>", 'http://b.example/"'),
        ('<a href="http://b.example/' + " " * 200_000, None),
        ('<a href="{{unsubscribe}}">No</a> <a href="http://b.example/">', "http://b.example/"),
        ('<a href="{{unsubscribe_preference}}">No</a>', None),
        ('<link href="https://fonts.example/a.css"><a href="mailto:a@b.co">', None),
        (
            '{{#if k}}<a href="https://b.example/">{{else}}<a href="https://c.example/">{{/if}}',
            "https://b.example/",
        ),
        (
            '{{#each a}}{{#each ../a}}{{/each}}{{/each}}<a href="https://b.example/{{k}}">',
            "https://b.example/{{k}}",
        ),
    ],
)
def test_a_click_tells_the_link_as_the_mail_has_it(
    autosend: AutoSend, receiver: Receiver, html: str, clicked: str | None
) -> None:
    create(autosend, receiver.url, "email.clicked")
    mail = {
        "to": {"email": "zoe+clicked@example.com"},
        "from": {"email": "hello@example.com"},
        "subject": "Links",
        "html": html,
        "dynamicData": {"k": "v1", "url": "https://shop.example.com/?q='a'&b=2", "a": list(range(120))},
    }
    autosend.data("POST", "/mails/send", mail)
    autosend.advance("1h")
    told = [one.json["data"] for one in receiver.requests]
    assert [data["clickedUrl"] for data in told if data["subject"] == "Links"] == (
        [clicked] if clicked else []
    )


def test_who_comes_back_by_the_link_is_resubscribed(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.group_unsubscribed", "email.group_resubscribed")
    campaign = send(autosend, "zoe@example.com", unsubscribeGroupId="7QK2M")
    autosend.advance("3m")
    (message,) = autosend.messages("zoe@example.com")
    link = message["headers"]["List-Unsubscribe"].strip("<>")
    for action, button in (("unsubscribe", "Subscribe again"), ("resubscribe", "Unsubscribe")):
        assert button in autosend.emulator.http.post(link, data={"action": action}).text
    autosend.advance("1ms")
    left, back = of_campaign(receiver, campaign)
    assert left.json["type"] == "email.group_unsubscribed"
    assert back.json["type"] == "email.group_resubscribed"
    assert back.json["data"] == {
        "emailId": left.json["data"]["emailId"],
        "test": False,
        "unsubscribeGroupId": "7QK2M",
        "campaignId": campaign,
    }


def test_contacts_are_told_of(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "contact.created", "contact.updated", "contact.deleted")
    made = autosend.data("POST", "/contacts", {"email": "Zoe@example.com", "firstName": "Zoe"})
    change = {"email": "zoe@example.com", "lastName": "Z", "customFields": {"plan": "pro"}}
    autosend.data("POST", "/contacts/email", change)
    autosend.data("POST", "/contacts/email", change)
    autosend.call("DELETE", f"/contacts/{made['id']}")
    autosend.advance("1ms")
    who = {"contactId": made["id"], "email": "zoe@example.com"}
    assert [one.json for one in receiver.requests] == [
        {"type": "contact.created", "createdAt": NOW, "data": who | {"name": "Zoe"}},
        {
            "type": "contact.updated",
            "createdAt": NOW,
            "data": who | {"name": "Zoe Z", "changedFields": ["lastName", "customFields"]},
        },
        {"type": "contact.deleted", "createdAt": NOW, "data": who},
    ]


def test_a_webhook_hears_of_its_own_project_and_of_its_events_alone(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create(autosend, receiver.url, "contact.deleted")
    autosend.call("POST", "/contacts", {"email": "a@example.com"}, headers=OTHER_PROJECT)
    autosend.call("POST", "/contacts/remove", {"emails": ["a@example.com"]}, headers=OTHER_PROJECT)
    autosend.call("POST", "/contacts", {"email": "b@example.com"})
    autosend.advance("1s")
    assert receiver.requests == []


def test_the_raw_body_is_signed_with_the_secret(autosend: AutoSend, receiver: Receiver) -> None:
    secret = create(autosend, receiver.url, "contact.created")["secret"]
    autosend.data("POST", "/contacts", {"email": "zoe@example.com", "firstName": "Zoë"})
    autosend.advance("1ms")
    (request,) = receiver.requests
    signature = request.headers["x-webhook-signature"]
    assert signature == hmac.digest(secret.encode(), request.body, "sha256").hex()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-webhook-event"] == "contact.created"
    assert request.headers["user-agent"] == "AutoSend-Webhooks/1.0"
    assert request.headers["x-webhook-delivery-id"]


def test_a_client_that_writes_the_body_again_gets_the_same(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "contact.created")
    autosend.data("POST", "/contacts", {"email": "zoe@example.com", "firstName": "Zoë"})
    autosend.advance("1ms")
    (request,) = receiver.requests
    assert list(request.json) == ["type", "createdAt", "data"]
    assert request.body == json.dumps(request.json, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("1.5", "1.5"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("0.00001", "0.00001"),
        ("1.5e-7", "1.5e-7"),
        ("12345678901234567890", "12345678901234567000"),
        ("1e999", "null"),
        ("true", "true"),
    ],
)
def test_numbers_are_written_as_javascript_does(
    autosend: AutoSend, receiver: Receiver, number: str, written: str
) -> None:
    made = create(autosend, receiver.url, "contact.created")
    body = f'{{"event":"contact.created","data":{{"a":[{number}]}}}}'
    headers = {"Content-Type": "application/json"}
    answer = autosend.call("POST", f"/webhooks/{made['id']}/resend", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    autosend.advance("1ms")
    assert receiver.requests[0].body.endswith(f'"data":{{"a":[{written}]}}}}'.encode())


def test_names_that_are_numbers_come_first_as_in_javascript(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url, "contact.created")
    data = {"b": 1, "10": 2, "9": {"07": 3, "0": 4}, "4294967295": 5}
    body = {"event": "contact.created", "data": data}
    assert autosend.call("POST", f"/webhooks/{made['id']}/resend", body).status_code == 200
    autosend.advance("1ms")
    written = b'"data":{"9":{"0":4,"07":3},"10":2,"b":1,"4294967295":5}}'
    assert receiver.requests[0].body.endswith(written)


def test_a_delivery_keeps_its_id_over_its_four_attempts(autosend: AutoSend, receiver: Receiver) -> None:
    receiver.answer(500, 302, 404, 200)
    create(autosend, receiver.url, "contact.created")
    autosend.data("POST", "/contacts", {"email": "zoe@example.com"})
    for wait, number in (("1ms", 1), ("4s", 1), ("1s", 2), ("10s", 3), ("20s", 4), ("1h", 4)):
        autosend.advance(wait)
        assert len(receiver.requests) == number
    assert len({one.headers["x-webhook-delivery-id"] for one in receiver.requests}) == 1
    assert len({one.body for one in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "type_", "details"),
    [
        ("bounced", "NoEmail", "email.bounced", {"bounceType": "Permanent", "bounceSubType": "NoEmail"}),
        (
            "soft-bounced",
            "MessageTooLarge",
            "email.bounced",
            {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"},
        ),
        ("delayed", "InternalFailure", "email.deferred", {"delayType": "InternalFailure"}),
    ],
)
def test_a_rule_says_why_a_mail_bounces_or_is_delayed(
    autosend: AutoSend, receiver: Receiver, outcome: str, reason: str, type_: str, details: dict[str, str]
) -> None:
    create(autosend, receiver.url, type_)
    wanted = {"provider": "autosend", "outcome": outcome, "reason": reason, "delay": "1s"}
    assert autosend.emulator.http.post("/_emulator/outcomes", json=wanted).json()["reason"] == reason
    mail = {
        "to": {"email": "zoe@new.example"},
        "from": {"email": "hello@example.com"},
        "subject": "s",
        "text": "t",
    }
    autosend.data("POST", "/mails/send", mail)
    autosend.advance("1h")
    told = [
        one.json["data"] for one in receiver.requests if one.json["data"]["to"]["email"] == "zoe@new.example"
    ]
    assert [{name: data[name] for name in details} for data in told] == [details]


def test_a_deferred_mail_says_until_when_it_is_tried(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.deferred")
    mail = {"from": {"email": "hello@example.com"}, "subject": "s", "text": "t"}
    autosend.data("POST", "/mails/send", mail | {"to": {"email": "delayed@new.example"}})
    autosend.advance("1h")
    (told,) = [one.json["data"] for one in receiver.requests]
    assert told["expirationTime"] == "2026-03-16T14:30:02.000Z"


def test_an_open_by_a_machine_comes_just_after_the_delivery(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/contact-lists", {"name": "Scanned"})["id"]
    body = {"contactListId": made, "emails": ["ann+scanned@new.example", "bob+opened@new.example"]}
    autosend.data("POST", "/contact-lists/contacts/bulk-add", body)
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "toLists": [made]}
    campaign = autosend.data("POST", "/campaigns", draft | {"publish": True, "sendNow": True})["id"]
    autosend.advance("1h")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["opened"], counts["humanOpened"]) == (2, 1)


def test_the_events_of_a_test_mail_are_marked(autosend: AutoSend, receiver: Receiver) -> None:
    create(autosend, receiver.url, "email.delivered")
    mail = {"from": {"email": "hello@example.com"}, "subject": "s", "text": "t", "test": True}
    sent = autosend.data("POST", "/mails/send", mail | {"to": {"email": "zoe@new.example"}})["emailId"]
    forced = {"status": "delivered", "force": True}
    assert autosend.emulator.http.post(f"/_emulator/messages/{sent}/status", json=forced).status_code == 200
    autosend.advance("1m")
    assert [one.json["data"]["test"] for one in receiver.requests] == [True]
